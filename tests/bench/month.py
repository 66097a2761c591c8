"""A month of interval points: file, run, documents, ledger, beside OCA and QWeb.

``--size`` is the number of metering points (2,000 by default), each of one customer
and on an invoice of five lines. Quarter hours come from one CSV file, as in the
benchmark ``intervals``; then the steps of a billing run, one piece after another in
this process, each committed; then the ledger export.

OCA contract invoices and posts a sample of at most 200 contracts with as many lines; a
few of its invoices are printed by Odoo's template and wkhtmltopdf, with a server beside
for its style sheets, as Odoo needs it, one document each. Of ours, as many are printed
by the same call.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import fixtures
import intervals
import steps

SIZE = 2_000
SMALL = 20
DATABASE = True

SAMPLE = 200
PRINTED = 5
REPORT = "account.account_invoices"
#: Times faster than OCA contract, times faster than wkhtmltopdf.
TARGET_BILL, TARGET_PRINT = 3, 20
#: Seconds to import the file of 2,000 points.
TARGET_IMPORT = 60
START_SECONDS = 120


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size, measurement="interval")
        sample = min(size, SAMPLE)
        contracts = fixtures.make_contracts(fixture, sample)
        theirs, their_moves = steps.invoice_contracts(bench, contracts)
        imported = import_file(bench, fixture, size)
        bench.record(
            f"month: import, {size * intervals.DAYS * intervals.SLOTS / 1e6:.2f} M",
            "s",
            imported.seconds,
            target=TARGET_IMPORT * size / SIZE,
            peak_mib=imported.peak_mib,
        )
        measures, moves = bill(bench, fixture, size)
        for step, measure in measures.items():
            bench.record(
                f"month: {step}", "s", measure.seconds, peak_mib=measure.peak_mib
            )
        exported = export_ledger(bench, fixture)
        bench.record("month: ledger", "s", exported.seconds, peak_mib=exported.peak_mib)
        to_posted = [m for step, m in measures.items() if step != "documents"]
        for name, unit in (("seconds", "s"), ("all_cpu_seconds", "s CPU")):
            bench.record(
                "month: bill and post",
                unit,
                steps.total(to_posted, name),
                peer=getattr(theirs, name) / sample * size,
                target=TARGET_BILL,
            )
        printed = min(PRINTED, max(size // 10, 1))
        bench.record(
            "month: one PDF",
            "ms median",
            1000 * print_each(env, moves[:printed]),
            peer=1000 * print_by_template(bench, env, their_moves[:printed]),
            target=TARGET_PRINT,
        )


def import_file(bench, fixture, size):
    network = fixture.env["energy.metering.point"].browse(fixture.points[0]).network_id
    profile = intervals.make_profiles(network)["wide"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "month.csv")
        intervals.write_wide(path, intervals.make_values(size))
        return intervals.measure_import(
            bench, fixture.env, profile, path, size * intervals.DAYS
        )


def bill(bench, fixture, size):
    """Bill all agreements, up to their documents.

    :return: ``({step: Measure}, account.move)``
    """
    billing_run = fixture.env["billing.run"].create(
        {"period_id": fixture.period.id, "last_step": "documents"}
    )
    measures = steps.run_steps(bench, billing_run)
    moves = steps.check_billed(billing_run, size)
    if not all(moves.mapped("invoice_pdf_report_id")):
        raise AssertionError("an invoice without its document")
    return measures, moves


def export_ledger(bench, fixture):
    batch = fixture.env["billing.ledger.export"].create(
        {"date_end": fixture.period.date_end}
    )
    with bench.measure() as measure:
        batch.action_export()
        fixture.env.cr.commit()
    return measure


def print_each(env, moves):
    """Median of the seconds that printing one invoice takes."""
    report = env["ir.actions.report"].with_context(report_pdf_no_attachment=True)
    times = []
    for move in moves:
        env.invalidate_all()
        start = time.perf_counter()
        content, _kind = report._render_qweb_pdf(REPORT, move.ids)
        times.append(time.perf_counter() - start)
        if not content.startswith(b"%PDF"):
            raise AssertionError(f"{move.name} gave no PDF")
    return statistics.median(times)


def print_by_template(bench, env, moves):
    with server(bench.database) as url:
        env["ir.config_parameter"].set_param("report.url", url)
        env.cr.commit()
        # the first call makes the bundles of style sheets
        print_each(env, moves[:1])
        env.cr.commit()
        return print_each(env, moves)


@contextlib.contextmanager
def server(database):
    """Odoo's screens on the database; gives their address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            Path(sys.executable).with_name("odoo"),
            f"--database={database}",
            f"--db-filter=^{database}$",
            "--http-interface=127.0.0.1",
            f"--http-port={port}",
            "--workers=0",
            "--max-cron-threads=0",
            f"--logfile={os.devnull}",
        ]
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url, process):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("Odoo's server ended at start")
        try:
            urllib.request.urlopen(f"{url}/web/health", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"{url} did not answer within {START_SECONDS} s")
