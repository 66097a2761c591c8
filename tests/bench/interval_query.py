"""Interval queries: month sum of each point and hourly sum of a portfolio.

``--size`` is the number of metering points (1,000 by default): 31 days of 96 values
each, stored first. The bounds hold for 10,000 points; smaller sizes in proportion.
"""

import tempfile
from datetime import timedelta
from pathlib import Path

from intervals import DAYS, START, make_values, measure_import, prepare, write_wide

SIZE = 1_000
SMALL = 20
DATABASE = True
#: Seconds for 10,000 points, from the issue.
TARGET_SECONDS = 5
POINTS = 10_000


def run(bench, size):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.csv"
        write_wide(path, make_values(size))
        with bench.environment() as env:
            profiles = prepare(env, size)
            measure_import(bench, env, profiles["wide"], path, size * DAYS)
            env.cr.execute("ANALYZE energy_interval")
            last = START + timedelta(days=DAYS - 1)
            target = max(TARGET_SECONDS * size / POINTS, 0.1)
            with bench.measure() as month:
                env.cr.execute(
                    "SELECT point_id, sum(total) FROM energy_interval"
                    " WHERE day BETWEEN %s AND %s GROUP BY point_id",
                    (START, last),
                )
                rows = env.cr.fetchall()
            bench.record("month sum per point", "s", month.seconds, target=target)
            points = env["energy.metering.point"].browse(row[0] for row in rows)
            with bench.measure() as hours:
                found = env["energy.interval.hour"]._sum_portfolio(points, START, last)
            if len(found) != DAYS * 24:
                raise AssertionError(f"{len(found)} hours")
            bench.record("hourly sum of all", "s", hours.seconds, target=target)
            bench.record("the same, CPU of both", "s", hours.all_cpu_seconds)
