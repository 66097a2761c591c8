"""Portal: many customers at once who look at bills, PDF, consumption and contracts.

``--size`` is the number of customers in the database (2,000 by default), ``--users``
how many of them are there at the same time (50), for ``--seconds`` (120) after all are
logged in. Each thinks for 5 to 10 seconds between two pages; each has a posted bill
and a year of quarter hours. They come to script/server with all its processes. locust
runs in an environment of its own (`portal_users.txt`), which is made the first time.

CPU is that of the server's processes and of the database's; what takes longer on a
busy machine shows in the times, not in it.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import fixtures
from harness import TICKS, peers_python
from ports import free_ports

SIZE = 2_000
SMALL = 5
DATABASE = True
OPTIONS = {
    "users": "customers at the same time",
    "seconds": "how long, after all are logged in",
}

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
USERS, SECONDS, SMALL_SECONDS = 50, 120, 12
LOGINS_PER_SECOND = 1
#: Seconds for all of them; the hash of a password takes long by design.
LOGIN_LIMIT = 600
PASSWORD = "portal users"
TARGET_P95 = 1000
#: script/server takes four ports in a row
PORTS = 4


def run(bench, size, users=USERS, seconds=None):
    users = min(users, size)
    seconds = seconds or (SECONDS if size > SMALL else SMALL_SECONDS)
    with bench.environment() as env:
        customers = prepare(env, size, users)
    with serving(bench.database) as (url, server):
        with tempfile.TemporaryDirectory() as folder:
            found = drive(url, server, customers, seconds, Path(folder))
    report(bench, *found)


# === What is there ===


def prepare(env, size, users):
    """Customers with points, a year of quarter hours, a bill and a login.

    :return: what `portal_locust.py` is told of each of ``users``
    """
    fixture = fixtures.make(env, size, measurement="interval")
    env = fixture.env
    agreements = env["billing.agreement"].browse(fixture.agreements[:users])
    fixtures.make_year(env, agreements.point_id.ids, 2026)
    fixture.period.action_activate()
    segments = env["billing.generator"]._generate(agreements, fixture.period)
    invoicer = env["billing.invoicer"]
    moves = invoicer._create_invoices(segments)
    invoicer._post(moves)
    bills = {move.partner_id: move for move in moves}
    logins = make_logins(env, agreements.partner_id)
    fixtures.finish(env)
    return [
        {
            "login": logins[agreement.partner_id],
            "password": PASSWORD,
            "name": agreement.partner_id.name,
            "invoice_id": bills[agreement.partner_id].id,
            "invoice": bills[agreement.partner_id].name,
            "contract": agreement.contract_id.name,
        }
        for agreement in agreements
    ]


def make_logins(env, partners):
    """A portal user of each customer; the password is hashed once for all."""
    from odoo.fields import Command

    company = env.company
    env = env(user=1, context={"no_reset_password": True})
    users = env["res.users"].create(
        [
            {
                "login": f"portal_{partner.id}",
                "partner_id": partner.id,
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set(env.ref("base.group_portal").ids)],
            }
            for partner in partners
        ]
    )
    env.flush_all()
    env.cr.execute(
        "UPDATE res_users SET password = %s WHERE id = ANY(%s)",
        [users._crypt_context().hash(PASSWORD), users.ids],
    )
    return {user.partner_id: user.login for user in users}


# === The server ===


@contextlib.contextmanager
def serving(database):
    """script/server on a database and free ports, once it answers.

    :return: ``(address, process)``
    """
    port = free_ports(PORTS)
    process = subprocess.Popen(
        [ROOT / "script/server", "-d", database, "-p", str(port)],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield url, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_ready(url, process, seconds=150):
    for _second in range(seconds):
        if process.poll() is not None:
            raise RuntimeError("script/server ended at start; run it to see why")
        try:
            urllib.request.urlopen(f"{url}/web/health", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise RuntimeError(f"{url} did not answer within {seconds} s")


def cpu_seconds(server, database):
    """CPU used so far by the server's processes, and by its database connections."""
    own, backends, parents = 0.0, 0.0, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            _name, _bracket, rest = (folder / "stat").read_text().rpartition(")")
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        fields = rest.split()
        used = (int(fields[11]) + int(fields[12])) / TICKS
        parents[int(folder.name)] = int(fields[1]), used
        if command.startswith(b"postgres:") and f" {database} ".encode() in command:
            backends += used
    for process in parents:
        above = process
        while above in parents and above != server.pid:
            above = parents[above][0]
        if above == server.pid:
            own += parents[process][1]
    return own, backends


# === The customers ===


def drive(url, server, customers, seconds, folder):
    """Let the customers look around.

    :return: rows of locust, CPU of server and database after all had logged in, and
        what locust tells
    """
    python = peers_python(FOLDER / "portal_users.txt")
    told, ready = folder / "customers.json", folder / "ready"
    told.write_text(json.dumps(customers))
    arguments = {
        "--locustfile": FOLDER / "portal_locust.py",
        "--host": url,
        "--users": len(customers),
        "--spawn-rate": LOGINS_PER_SECOND,
        # it ends by itself; this is for when somebody cannot log in
        "--run-time": seconds + LOGIN_LIMIT,
        # a page asked for at the end is waited for
        "--stop-timeout": 30,
    }
    command = [python.parent / "locust", "--headless", "--json"]
    for name, value in arguments.items():
        command += [name, str(value)]
    values = {"CUSTOMERS": told, "READY": ready, "SECONDS": seconds, "PYTHONPATH": ""}
    database = server.args[2]
    log = folder / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            env={**os.environ, **{name: str(value) for name, value in values.items()}},
        ) as process,
    ):
        while process.poll() is None and not ready.exists():
            time.sleep(0.2)
        before = cpu_seconds(server, database)
        answer, _nothing = process.communicate()
        after = cpu_seconds(server, database)
    log = log.read_text()
    try:
        rows = json.loads(answer)
    except ValueError as error:
        raise RuntimeError(log[-2000:]) from error
    used = [end - start for start, end in zip(before, after, strict=True)]
    return rows, used, log


def percentile(times, percent):
    """Of a histogram ``{milliseconds: count}``.

    >>> percentile({"10": 9, "20": 1}, 50), percentile({"10": 9, "20": 1}, 95)
    (10.0, 20.0)
    """
    counts = sorted((float(time), count) for time, count in times.items())
    wanted, seen = sum(count for _time, count in counts) * percent / 100, 0
    for milliseconds, count in counts:
        seen += count
        if seen >= wanted:
            return milliseconds
    raise ValueError("no answers")


def report(bench, rows, used, log):
    """Times of each page, and of all of them together.

    :raises AssertionError: with what was wrong, where an answer was
    """
    together = Counter()
    # what was asked for before all were there counts nothing
    rows = [row for row in rows if row["num_requests"]]
    for row in sorted(rows, key=lambda row: row["name"]):
        times, name = row["response_times"], row["name"]
        together.update(times)
        bench.record(f"{name}: median", "ms", percentile(times, 50))
        bench.record(f"{name}: p95", "ms", percentile(times, 95), target=TARGET_P95)
    count = sum(row["num_requests"] for row in rows)
    failed = sum(row["num_failures"] for row in rows)
    bench.record("answers", "", count)
    bench.record("wrong answers", "", failed, target=0)
    bench.record("all pages: median", "ms", percentile(together, 50))
    bench.record("all pages: p95", "ms", percentile(together, 95), target=TARGET_P95)
    for name, seconds in zip(("server", "database"), used, strict=True):
        bench.record(f"CPU of the {name}", "ms each", 1000 * seconds / count)
    if failed:
        raise AssertionError(f"{failed} wrong answers\n{log[-3000:]}")
