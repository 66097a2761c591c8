"""A month by two workers of the job runner, killed once: file to PDFs and e-invoices.

``--size`` is the number of metering points (10,000 by default), each of one customer,
with quarter hours and an invoice of five lines, a PDF and a BIS 3 document. Half-way
through the invoices the whole job process is ended by ``kill -9`` and started anew.
Seconds of a step are those from its first piece to the end of its last; its CPU is
that of all job and database processes. Afterwards each customer must have one posted
invoice, one PDF and one e-invoice.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import fixtures
import month
import psycopg2
import steps
from harness import TICKS
from ports import free_ports

SIZE = 10_000
SMALL = 20
DATABASE = True

WORKERS = 2
SMALL_PIECE = 5
#: Minutes for 100,000 customers on two cores.
TARGETS = {"generate and check": 5, "invoice and post": 50, "documents": 45}
TOGETHER = {
    "generate and check": ("generate", "check"),
    "invoice and post": ("invoice", "post"),
    "documents": ("documents",),
}
PAUSE = 0.3

WAITING = "SELECT count(*) FROM billing_run_piece WHERE state = 'pending'"
INVOICED = """
    SELECT count(*) FILTER (WHERE state = 'done') * 2 >= count(*)
      FROM billing_run_piece WHERE step = 'invoice' HAVING count(*) > 0
"""
STEP = """
    SELECT step FROM billing_run_piece WHERE started IS NOT NULL
  ORDER BY started DESC LIMIT 1
"""
SPANS = """
    SELECT step, extract(epoch FROM max(finished) - min(started))::float8, count(*)
      FROM billing_run_piece GROUP BY step
"""
DOCUMENTS = """
    SELECT count(*), count(DISTINCT res_id) FROM ir_attachment
     WHERE res_model = 'account.move' AND res_field = %s
       AND res_id IN (SELECT id FROM account_move WHERE company_id = %s)
"""


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size, measurement="interval")
        fixtures.take_e_invoices(fixture)
        imported = month.import_file(bench, fixture, size)
        bench.record("import", "s", imported.seconds, peak_mib=imported.peak_mib)
        if size < SIZE / 10:
            # a few pieces in each step at a small size too
            env["ir.config_parameter"].set_param(
                "billing_base.run_piece_size", SMALL_PIECE
            )
        env["ir.config_parameter"].set_param("billing_base.run_inline_size", 0)
        billing_run = fixture.env["billing.run"].create(
            {"period_id": fixture.period.id, "last_step": "documents"}
        )
        billing_run.action_start()
        env.cr.commit()
        with _Watch(bench.database) as watch:
            start = time.perf_counter()
            with _jobs(bench.database) as process:
                watch.until(process, lambda: watch.ask(INVOICED))
            with _jobs(bench.database) as process:
                watch.until(
                    process,
                    lambda: watch.step == "documents" and not watch.ask(WAITING),
                )
            seconds = time.perf_counter() - start
            spans = {step: (span, n) for step, span, n in watch.rows(SPANS)}
        env.invalidate_all()
        _check(fixture, billing_run, size)
        for name, parts in TOGETHER.items():
            bench.record(
                name,
                "s",
                sum(spans[step][0] for step in parts),
                target=max(TARGETS[name] * 60 * size / 100_000, 5),
            )
            bench.record(
                f"{name}, CPU",
                "ms each",
                1000 * sum(watch.cpu[step] for step in parts) / size,
            )
        bench.record(
            "all steps, killed once", "s", seconds, peak_mib=watch.peak_kib / 1024
        )
        bench.record("all steps, CPU", "s", sum(watch.cpu.values()))


def _check(fixture, billing_run, size):
    """Nothing is lost and nothing is there twice."""
    if billing_run.error_ids:
        raise AssertionError(billing_run.error_ids[0].message)
    steps.check_billed(billing_run, size)
    for field in ("invoice_pdf_report_file", "ubl_cii_xml_file"):
        fixture.env.cr.execute(DOCUMENTS, (field, fixture.company.id))
        if (found := fixture.env.cr.fetchone()) != (size, size):
            raise AssertionError(f"{field}: {found}, wanted {size} of each")


class _Watch:
    """Looks at a run, and at the processes that do it, from outside.

    :param cpu: seconds by step, of the job processes and of the database's
    :param peak_kib: the largest process of the jobs, in KiB
    """

    def __init__(self, database):
        self.database = database
        self.cpu, self.peak_kib, self.step = Counter(), 0, "generate"
        self._used = {}

    def __enter__(self):
        self._connection = psycopg2.connect(dbname=self.database)
        self._connection.autocommit = True
        self._cr = self._connection.cursor()
        return self

    def __exit__(self, *_error):
        self._connection.close()

    def rows(self, query):
        self._cr.execute(query)
        return self._cr.fetchall()

    def ask(self, query):
        rows = self.rows(query)
        return rows[0][0] if rows else None

    def until(self, process, condition):
        """Wait for a condition while a job process works."""
        while not condition():
            if process.poll() is not None:
                raise AssertionError(f"the job process ended: {process.returncode}")
            self._look(process)
            time.sleep(PAUSE)
        self._look(process)

    def _look(self, process):
        self.step = self.ask(STEP) or self.step
        backends = self.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        for pid in {*_group(process.pid), *(pid for (pid,) in backends)}:
            used = _cpu_seconds(pid)
            # what a process used before it was first seen belongs to it as well
            self.cpu[self.step] += max(used - self._used.get(pid, 0), 0)
            self._used[pid] = used
        for pid in _group(process.pid):
            self.peak_kib = max(self.peak_kib, _peak_kib(pid))


def _group(leader):
    """Processes of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(int(path.name)) == leader:
                found.append(int(path.name))
    return found


def _cpu_seconds(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def _peak_kib(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peaks = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0].split()[1]) if peaks else 0


@contextlib.contextmanager
def _jobs(database):
    """The job process as script/server starts it; killed with all its workers."""
    port = free_ports(2)
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("odoo"),
                f"--database={database}",
                f"--db-filter=^{database}$",
                "--http-interface=127.0.0.1",
                f"--http-port={port}",
                f"--gevent-port={port + 1}",
                f"--workers={WORKERS + 1}",
                "--max-cron-threads=0",
                "--limit-time-cpu=3600",
                "--limit-time-real=3600",
                f"--logfile={log.name}",
            ],
            env=dict(os.environ, ODOO_QUEUE_JOB_CHANNELS=f"root:{WORKERS},root.post:1"),
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
