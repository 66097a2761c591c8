"""Watched folders outlive what happens to the process that reads them.

In databases of their own, where everything is committed: a process that imports a
folder is ended by ``kill -9`` again and again, and two look at the same folder at once.
What is left behind equals an undisturbed import: nothing lost, nothing twice.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).parents[2]
BASE = "billing_test_intake"
FILES = 12
POINTS = 40
MINUTES = 60

PREPARE = """
env["ir.config_parameter"].set_param("energy_billing.intake_root", {root!r})
network = env["energy.network"].create({{
    "name": "Killed", "code": "KILLED", "tz": "Europe/Sofia",
    "partner_id": env["res.partner"].create({{"name": "Killed"}}).id,
}})
env["energy.metering.point"].create([
    {{"code": "K%03d" % n, "network_id": network.id}} for n in range({points})
])
Profile = env["energy.table.profile"]
profile = Profile.create({{
    **Profile._prepare_from_dict({{
        "name": "Killed", "kind": "readings", "timezone": "Europe/Sofia",
        "columns": {{"point": "Point", "date_from": "From", "date_to": "To",
                    "quantity": "kWh"}},
    }}),
    "network_id": network.id,
}})
env["energy.intake"].create({{
    "name": "Killed", "folder": "in", "profile_id": profile.id, "quiet_minutes": 0,
}})
env.cr.commit()
"""
SCAN = """
print("ready", flush=True)
env["energy.intake"]._cron_scan()
env.cr.commit()
print("scanned", flush=True)
"""
OUTCOME = """
    SELECT p.code, u.date_start::text, u.value::text, u.version, u.is_current
      FROM energy_usage u JOIN energy_metering_point p ON p.id = u.point_id
     WHERE p.code LIKE 'K%' ORDER BY p.code, u.date_start, u.version
"""
MESSAGES = "SELECT count(*), count(DISTINCT content_hash) FROM energy_message"


def rows(database, query):
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


def shell(database, script):
    done = subprocess.run(
        [ROOT / "script/shell", database, "--log-level=warn"],
        input=script,
        capture_output=True,
        text=True,
        timeout=10 * MINUTES,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stdout


def start(database):
    """A process that scans; in a group of its own, so that all of it dies."""
    process = subprocess.Popen(
        [ROOT / "script/shell", database, "--log-level=error"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    process.stdin.write(SCAN)
    process.stdin.close()
    return process


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def drop(database):
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)


def write_files(folder):
    """A file a month, each of all points; the last corrects the first."""
    folder.mkdir(parents=True)
    for number in range(FILES):
        month = number % (FILES - 1) + 1
        days = f"2026-{month:02d}-01;2026-{month:02d}-28"
        lines = ["Point;From;To;kWh"] + [
            f"K{point:03d};{days};{number * 100 + point}" for point in range(POINTS)
        ]
        path = folder / f"{number:02d}.csv"
        path.write_text("\n".join(lines) + "\n")
        os.utime(path, (1_700_000_000 + number,) * 2)


@pytest.fixture
def root(tmp_path):
    write_files(tmp_path / "in")
    return tmp_path


@pytest.fixture
def database(root):
    drop(BASE)
    template = os.environ["BILLING_TEST_DATABASE"]
    subprocess.run(["createdb", "-T", template, BASE], check=True)
    shell(BASE, PREPARE.format(root=str(root), points=POINTS))
    yield BASE
    drop(BASE)


def waiting(root):
    return sorted(path.name for path in (root / "in").glob("*.csv"))


def check(database, root):
    """Every file once, the corrected month in two versions."""
    assert waiting(root) == []
    assert len(list((root / "in" / "done").rglob("*.csv"))) == FILES
    ((count, distinct),) = rows(database, MESSAGES)
    assert count == distinct == FILES
    found = rows(database, OUTCOME)
    assert len(found) == FILES * POINTS
    assert [row[2:] for row in found if row[:2] == ("K007", "2026-01-01")] == [
        ("7.000000", 1, False),
        ("1107.000000", 2, True),
    ]
    assert sum(row[4] for row in found) == (FILES - 1) * POINTS


def test_killed_again_and_again(database, root):
    dice = random.Random(19)
    kills = 0
    while len(waiting(root)) > 2:
        process = start(database)
        try:
            before = len(waiting(root))
            while len(waiting(root)) > max(before - 2, 2) and process.poll() is None:
                time.sleep(dice.uniform(0, 0.03))
        finally:
            kill(process)
        kills += 1
        assert kills < 60, "it does not come forward"
    assert kills >= 3
    shell(database, SCAN)
    check(database, root)


def test_two_processes_look_at_one_folder(database, root):
    processes = [start(database), start(database)]
    try:
        for process in processes:
            said = process.stdout.read()
            assert process.wait(10 * MINUTES) == 0, said
            assert "scanned" in said, said
    finally:
        for process in processes:
            kill(process)
    # a file both reached for is left to the next look
    shell(database, SCAN)
    check(database, root)
