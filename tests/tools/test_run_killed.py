"""A billing run outlives what happens to its processes.

In databases of their own, where everything is committed: processes that do a run are
ended by ``kill -9`` again and again, two do the same run at once, two runs go over the
same customers, and the job runner does it, is killed and started anew. Each time what
is left behind equals an undisturbed month: nothing lost, nothing twice.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg2
import pytest
from loaded import MINUTES, Forked, shell

ROOT = Path(__file__).parents[2]
BASE = "billing_test_run"
CUSTOMERS = 40
PIECE = 6

PREPARE = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests" / "bench")!r})
import fixtures
fixture = fixtures.make(env, {CUSTOMERS})
for name, size in (("piece", {PIECE}), ("inline", 0)):
    env["ir.config_parameter"].set_param(f"billing_base.run_{{name}}_size", size)
for number in range(2):
    fixture.env["billing.run"].create(
        {{"period_id": fixture.period.id, "last_step": "documents"}}
    )
env.cr.commit()
print("made")
"""

# as the scheduled action does it without a job runner, and as often as it takes
WORK = """
import time
from psycopg2 import OperationalError
from odoo.addons.billing_base.models.billing_run_piece import PieceBusy, PieceOutdated
run = env["billing.run"].browse(%d)
run = run.with_user(run.create_uid).with_company(run.company_id)
print("ready", flush=True)
while True:
    try:
        run._run_pending(env.cr.commit)
        break
    except (PieceBusy, PieceOutdated, OperationalError) as conflict:
        env.cr.rollback()
        env.transaction.reset()
        print("again:", type(conflict).__name__, flush=True)
        time.sleep(0.2)
print("state:", run.state, flush=True)
"""

START = """
run = env["billing.run"].browse(%d)
run = run.with_user(run.create_uid).with_company(run.company_id)
run.action_start()
env.cr.commit()
print("started")
"""

# numbers are left out: two processes give them in another order
OUTCOME = """
    SELECT a.code, s.state, s.amount::text, s.snapshot_hash, m.state,
           m.amount_total::text, m.amount_residual::text,
           (SELECT count(*) FROM billing_segment_line l WHERE l.segment_id = s.id),
           (SELECT count(*) FROM account_move_line l WHERE l.move_id = m.id),
           (SELECT count(*) FROM ir_attachment t
             WHERE t.res_model = 'account.move' AND t.res_id = m.id)
      FROM billing_segment s
      JOIN billing_agreement a ON a.id = s.agreement_id
 LEFT JOIN account_move m ON m.id = s.invoice_id
  ORDER BY a.code, s.date_start
"""
TOTALS = """
    SELECT array_agg(name ORDER BY name), count(*), sum(amount_total)::text
      FROM account_move WHERE move_type = 'out_invoice'
"""
BALANCE = "SELECT sum(debit)::text, sum(credit)::text FROM account_move_line"
WAITING = "SELECT count(*) FROM billing_run_piece WHERE state = 'pending'"
DONE = "SELECT count(*) FROM billing_run_piece WHERE state <> 'pending'"
STEP_DONE = """
    SELECT count(*) FROM billing_run_piece WHERE state <> 'pending' AND step = %s
"""


def rows(database, query, *values):
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()


def number(database, query, *values):
    return rows(database, query, *values)[0][0]


def outcome(database):
    return rows(database, OUTCOME), rows(database, TOTALS), rows(database, BALANCE)


def wait_until(condition, minutes=5):
    end = time.monotonic() + minutes * MINUTES
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)


class Worker(Forked):
    """A process that does a run."""

    def __init__(self, database, run_id):
        super().__init__(database, WORK % run_id)
        self.said = ""

    def wait_ready(self):
        for line in self.stdout:
            self.said += line
            if "ready" in line:
                return
        raise AssertionError(self.said)

    def finish(self):
        """What it said until its end, which must be a good one."""
        self.said += self.stdout.read()
        assert self.wait() == 0, self.said
        return self.said


def drop(database):
    # the server's own vacuum may be in it
    command = ["dropdb", "--if-exists", "--force", database]
    wait_until(lambda: subprocess.run(command, capture_output=True).returncode == 0)


@pytest.fixture(scope="module")
def base():
    """A database with customers and two runs over all of them, not begun."""
    drop(BASE)
    subprocess.run(
        ["createdb", "-T", os.environ["BILLING_TEST_DATABASE"], BASE], check=True
    )
    shell(BASE, PREPARE)
    yield BASE
    drop(BASE)


@pytest.fixture(scope="module")
def undisturbed(base):
    """What an undisturbed run leaves behind."""
    name = f"{BASE}_undisturbed"
    drop(name)
    subprocess.run(["createdb", "-T", base, name], check=True)
    run_ids = [row[0] for row in rows(name, "SELECT id FROM billing_run ORDER BY id")]
    assert "state: done" in shell(name, WORK % run_ids[0])
    expected = outcome(name)
    drop(name)
    segments, ((numbers, count, _total),), _balance = expected
    assert len(segments) == count == len(set(numbers)) == CUSTOMERS
    assert {row[4] for row in segments} == {"posted"}
    return expected


@pytest.fixture
def database(base, undisturbed):
    name = f"{BASE}_disturbed"
    drop(name)
    subprocess.run(["createdb", "-T", base, name], check=True)
    yield name
    drop(name)


@pytest.fixture
def run_ids(database):
    return [row[0] for row in rows(database, "SELECT id FROM billing_run ORDER BY id")]


def test_killed_in_every_step(database, run_ids, undisturbed):
    """The process is killed while it does the second piece of each step, at a moment
    nobody chose."""
    dice = random.Random(19)
    for step in ("generate", "check", "invoice", "post", "documents"):
        worker = Worker(database, run_ids[0])
        try:
            worker.wait_ready()
            wait_until(
                lambda step=step, worker=worker: (
                    number(database, STEP_DONE, step) or worker.poll() is not None
                )
            )
            assert worker.poll() is None, worker.finish()
            time.sleep(dice.uniform(0, 0.15))
        finally:
            worker.kill()
        # what it held is free again
        wait_until(lambda: not backends(database))
    assert number(database, WAITING), "it was killed too late"
    assert "state: done" in shell(database, WORK % run_ids[0])
    assert outcome(database) == undisturbed


def backends(database):
    return number(
        "postgres",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s",
        database,
    )


def test_two_processes_do_one_run(database, run_ids, undisturbed):
    said = work_together(database, [run_ids[0], run_ids[0]])
    assert "again: PieceBusy" in said
    assert outcome(database) == undisturbed


def test_two_runs_over_the_same_customers(database, run_ids, undisturbed):
    """One wins each customer; the other repeats, and finds him done."""
    work_together(database, run_ids)
    assert outcome(database) == undisturbed
    assert number(database, "SELECT count(*) FROM billing_run_error") == 0


def work_together(database, run_ids):
    workers = [Worker(database, run_id) for run_id in run_ids]
    try:
        for worker in workers:
            worker.wait_ready()
        said = "".join(worker.finish() for worker in workers)
    finally:
        for worker in workers:
            worker.kill()
    assert said.count("state: done") == 2, said
    return said


def free_port():
    """The first of three free ports in a row."""
    for port in range(8110, 8990, 3):
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(3):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@contextlib.contextmanager
def job_process(database, log):
    """The job process as script/server starts it."""
    port = free_port()
    process = subprocess.Popen(
        [ROOT / "script/odoo", "-d", database, f"--db-filter=^{database}$"]
        + [f"--http-port={port}", f"--gevent-port={port + 1}", "--workers=3"]
        + ["--max-cron-threads=0", "--http-interface=127.0.0.1", f"--logfile={log}"],
        env=dict(os.environ, ODOO_QUEUE_JOB_CHANNELS="root:2,root.post:1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_job_runner_is_killed_and_goes_on(database, run_ids, undisturbed, tmp_path):
    """The whole process group of the runner is killed in the middle of a run; the
    next one takes up what it had begun."""
    shell(database, START % run_ids[0])
    pieces = -(-CUSTOMERS // PIECE)
    assert number(database, WAITING) == pieces
    # while it generates, and while it invoices
    for done in (2, 2 * pieces + 2):
        with job_process(database, tmp_path / f"jobs-{done}.log"):
            wait_until(lambda done=done: number(database, DONE) >= done)
            time.sleep(0.1)
    with job_process(database, tmp_path / "jobs.log"):
        wait_until(lambda: is_done(database))
    failed = "SELECT exc_info FROM queue_job WHERE state = 'failed'"
    assert rows(database, failed) == []
    assert outcome(database) == undisturbed


def is_done(database):
    query = "SELECT count(*) FROM billing_run_piece WHERE step = 'documents'"
    return number(database, query) and not number(database, WAITING)
