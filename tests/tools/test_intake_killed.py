"""Watched folders outlive what happens to the process that reads them.

In databases of their own, where everything is committed: a process that imports a
folder is ended by ``kill -9`` again and again, two look at the same folder at once, and
two import the same content at once. What is left behind equals an undisturbed import:
nothing lost, nothing twice. With tables and with EDIFACT interchanges, in which each
point has a message of its own.
"""

import os
import random
import time

import pytest
from intake import SCAN, intake_database, rows, start
from loaded import shell

FILES = 12
POINTS = 40

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
values = {profile!r}
if values["kind"] != "market":
    values = Profile._prepare_from_dict(values)
profile = Profile.create({{**values, "network_id": network.id}})
env["energy.intake"].create({{
    "name": "Killed", "folder": "in", "profile_id": profile.id, "quiet_minutes": 0,
}})
env.cr.commit()
"""
RACE = """
import os, time
from odoo.exceptions import ValidationError
from odoo.service.model import retrying
profile = env["energy.table.profile"].search([("name", "=", "Killed")])
Message = env["energy.message"].with_context(lang="en_US")
content = open({path!r}, "rb").read()
print("ready", flush=True)
while not os.path.exists({signal!r}):
    time.sleep(0.001)
try:
    # as a request does it
    state = retrying(lambda: Message._import_file(profile, "race", content).state, env)
    print("stored", state, flush=True)
except ValidationError as error:
    print("refused", error, flush=True)
"""
PROFILES = {
    "table": {
        "name": "Killed",
        "kind": "readings",
        "timezone": "Europe/Sofia",
        "columns": {
            "point": "Point",
            "date_from": "From",
            "date_to": "To",
            "quantity": "kWh",
        },
    },
    "mscons": {"name": "Killed", "kind": "market", "timezone": "Europe/Sofia"},
}
OUTCOME = """
    SELECT p.code, u.date_start::text, u.value::text, u.version, u.is_current
      FROM energy_usage u JOIN energy_metering_point p ON p.id = u.point_id
     WHERE p.code LIKE 'K%' ORDER BY p.code, u.date_start, u.version
"""
BACKENDS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend'
"""
MESSAGES = "SELECT count(*), count(DISTINCT content_hash) FROM energy_message"

REFUSED = """
    SELECT m.name, m.state, f.code, f.params::text
      FROM energy_message m
 LEFT JOIN energy_message_finding f ON f.message_id = m.id
     WHERE m.state <> 'processed'
"""


def table(number, month):
    """A table of all points."""
    days = f"2026-{month:02d}-01;2026-{month:02d}-27"
    lines = ["Point;From;To;kWh"] + [
        f"K{point:03d};{days};{number * 100 + point}" for point in range(POINTS)
    ]
    return "\n".join(lines) + "\n"


def interchange(number, month):
    """An interchange with a message for each point."""
    segments = [f"UNB+UNOC:3+A:14+B:14+260106:0800+R{number}"]
    for point in range(POINTS):
        segments += [
            f"UNH+{point}+MSCONS:D:04B:UN:2.4c",
            f"BGM+7+D{number}-{point}+9",
            "NAD+MS+A",
            "NAD+MR+B",
            "UNS+D",
            "NAD+DP",
            f"LOC+172+K{point:03d}",
            "LIN+1",
            "PIA+5+1-1?:1.8.0:SRW",
            f"QTY+220:{number * 100 + point}",
            f"DTM+163:2026{month:02d}01:102",
            f"DTM+164:2026{month:02d}28:102",
            f"UNT+13+{point}",
        ]
    return "'".join([*segments, f"UNZ+{POINTS}+R{number}", ""])


def write_files(folder, kind):
    """A file a month, each of all points; the last corrects the first."""
    folder.mkdir(parents=True)
    write = table if kind == "table" else interchange
    for number in range(FILES):
        path = folder / f"{number:02d}.csv"
        path.write_text(write(number, number % (FILES - 1) + 1))
        os.utime(path, (1_700_000_000 + number,) * 2)


@pytest.fixture(params=["table", "mscons"])
def kind(request):
    return request.param


@pytest.fixture
def root(tmp_path, kind):
    write_files(tmp_path / "in", kind)
    return tmp_path


@pytest.fixture
def database(root, kind):
    prepare = PREPARE.format(root=str(root), points=POINTS, profile=PROFILES[kind])
    with intake_database("billing_test_intake", prepare) as name:
        yield name


def waiting(root):
    return sorted(path.name for path in (root / "in").glob("*.csv"))


def check_messages(database, kind, files):
    """Every content once; an interchange is a message with messages in it."""
    ((count, distinct),) = rows(database, MESSAGES)
    assert count == distinct == files * (1 if kind == "table" else 1 + POINTS)


def check(database, root, kind):
    """Every file once, the corrected month in two versions."""
    assert waiting(root) == []
    assert rows(database, REFUSED) == []
    assert len(list((root / "in" / "done").rglob("*.csv"))) == FILES
    check_messages(database, kind, FILES)
    found = rows(database, OUTCOME)
    assert len(found) == FILES * POINTS
    assert [row[2:] for row in found if row[:2] == ("K007", "2026-01-01")] == [
        ("7.000000", 1, False),
        ("1107.000000", 2, True),
    ]
    assert sum(row[4] for row in found) == (FILES - 1) * POINTS


def test_killed_again_and_again(database, root, kind):
    dice = random.Random(19)
    kills = 0
    while len(waiting(root)) > 2:
        process = start(database)
        try:
            before = len(waiting(root))
            while len(waiting(root)) > max(before - 2, 2) and process.poll() is None:
                time.sleep(dice.uniform(0, 0.03))
        finally:
            process.kill()
        # what it held is free again
        while rows(database, BACKENDS) != [(0,)]:
            time.sleep(0.05)
        kills += 1
        assert kills < 60, "it does not come forward"
    assert kills >= 3
    shell(database, SCAN)
    check(database, root, kind)


def test_two_processes_look_at_one_folder(database, root, kind):
    processes = [start(database), start(database)]
    try:
        for process in processes:
            said = process.stdout.read()
            assert process.wait() == 0, said
            assert "scanned" in said, said
    finally:
        for process in processes:
            process.kill()
    # a file both reached for is left to the next look
    shell(database, SCAN)
    check(database, root, kind)


def test_two_imports_of_the_same_content_at_once(database, root, kind):
    signal = root / "go"
    path = root / "in" / "00.csv"
    script = RACE.format(path=str(path), signal=str(signal))
    processes = [start(database, script), start(database, script)]
    said = []
    try:
        for process in processes:
            while "ready" not in process.stdout.readline():
                assert process.poll() is None
        signal.touch()
        for process in processes:
            said.append(process.stdout.read())
            assert process.wait() == 0, said
    finally:
        for process in processes:
            process.kill()
    # whoever comes second is told so, or finds it stored already
    assert sum("stored processed" in text for text in said) >= 1, said
    for text in said:
        assert "stored processed" in text or "imported a moment ago" in text, said
    check_messages(database, kind, 1)
    found = rows(database, OUTCOME)
    assert [row[0] for row in found] == [f"K{point:03d}" for point in range(POINTS)]
    assert {row[3] for row in found} == {1}
