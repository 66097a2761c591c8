"""Completeness: the board of what was received, of all points of a month.

``--size`` is the number of metering points (100,000 by default), each with an agreement
and the usage of January; the bounds of smaller sizes are in proportion. The
first figure is the board grouped by network and status, the second its first page.
"""

import fixtures

SIZE = 100_000
SMALL = 50
DATABASE = True
#: Seconds for 100,000 points, from the issue.
TARGET_SECONDS = 2
POINTS = 100_000


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size)
        fixture.period.action_activate()
        fixture.env.cr.commit()
        board = fixture.env["energy.completeness"]
        target = max(TARGET_SECONDS * size / POINTS, 0.2)
        with bench.measure() as groups:
            found = board._read_group(
                [], ["network_id", "status"], ["__count", "missing_days:sum"]
            )
        if sum(row[2] for row in found) != size:
            raise AssertionError(found)
        bench.record("board by network and status", "s", groups.seconds, target=target)
        with bench.measure() as page:
            board.search([("missing_days", ">", 0)], limit=80).read(
                ["point_id", "status", "missing_days"]
            )
        bench.record("first page of what is missing", "s", page.seconds, target=target)
