"""A file of half a gigabyte from a watched folder is read as a stream.

The process that reads it does nothing else, so that its peak memory, which it tells at
its end, is that of the scan. The layout is the one that needs most: a row per value.
"""

import os
import re
from datetime import date, timedelta

import pytest
from intake import SCAN, intake_database, rows
from loaded import shell

MEGABYTE = 1_000_000
SIZE = 500 * MEGABYTE
MOST_MEMORY = 500 * MEGABYTE
DAYS = [date(2026, 1, 1) + timedelta(n) for n in range(31)]
TIMES = [f"{n // 4:02d}:{n % 4 * 15:02d}" for n in range(96)]

PREPARE = """
env["ir.config_parameter"].set_param("energy_billing.intake_root", {root!r})
network = env["energy.network"].create({{
    "name": "Large", "code": "LARGE", "tz": "Europe/Sofia",
    "partner_id": env["res.partner"].create({{"name": "Large"}}).id,
}})
env["energy.metering.point"].with_context(tracking_disable=True).create([
    {{"code": "%033d" % n, "network_id": network.id, "measurement": "interval"}}
    for n in range({points})
])
Profile = env["energy.table.profile"]
profile = Profile.create({{
    **Profile._prepare_from_dict({{
        "name": "Large", "kind": "intervals", "timezone": "Europe/Sofia",
        "minutes": 15, "layout": "long",
        "columns": {{name: name for name in ("point", "day", "time", "value")}},
    }}),
    "network_id": network.id,
}})
env["energy.intake"].create({{
    "name": "Large", "folder": "in", "profile_id": profile.id, "quiet_minutes": 0,
}})
env.cr.commit()
"""
PEAK = """
import re
status = open("/proc/self/status").read()
print("peak", int(re.search(r"VmHWM:\\s*(\\d+) kB", status)[1]) * 1024)
"""
STATES = "SELECT state, error_count FROM energy_message"
STORED = """
    SELECT count(*), count(DISTINCT point_id), sum(cardinality(energy)),
           sum(missing_count), sum(total)::text
      FROM energy_interval
"""


def write_large(path):
    """A month of quarter hours of so many points as fill the file; :return: points"""
    point, size = 0, 0
    with path.open("w") as file:
        size += file.write("point;day;time;value\n")
        while size < SIZE:
            size += file.write(
                "".join(
                    f"{point:033d};{day};{time};0.125\n"
                    for day in DAYS
                    for time in TIMES
                )
            )
            point += 1
    os.utime(path, (1_700_000_000,) * 2)
    return point


@pytest.fixture
def root(tmp_path):
    (tmp_path / "in").mkdir()
    yield tmp_path
    # half a gigabyte is not kept with the folders of the last runs
    for path in (tmp_path / "in").rglob("*.csv"):
        path.unlink()


def test_half_a_gigabyte_is_read_in_less_memory(root):
    points = write_large(root / "in" / "large.csv")
    assert (root / "in" / "large.csv").stat().st_size >= SIZE
    prepare = PREPARE.format(root=str(root), points=points)
    with intake_database("billing_test_large", prepare) as database:
        said = shell(database, SCAN + PEAK)
        peak = int(re.search(r"peak (\d+)", said)[1])
        assert rows(database, STATES) == [("processed", 0)]
        ((days, stored, values, missing, total),) = rows(database, STORED)
    assert (stored, days) == (points, points * len(DAYS))
    assert (values, missing) == (days * len(TIMES), 0)
    assert float(total) == values * 0.125
    assert len(list((root / "in" / "done").rglob("large.csv"))) == 1
    print(f"peak memory {peak / MEGABYTE:.0f} MB")
    assert peak < MOST_MEMORY
