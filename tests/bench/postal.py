"""Postal: entries into consolidated invoices, the reports, a form of 500 entries.

``--size`` is the number of entries (50,000 by default), 50 for each partner: 5
specifications of 10 entries at 5 cost centres, consolidated into one invoice. Checking
is done first, as clerks do it during the month; generating, checking, invoicing and
posting are a billing.run, its pieces done by two processes as the job runner's workers
do, posting by one of them. OCA contract invoices and posts a sample with as many lines
an invoice, in one process: its clock is set against half of it, too, by the CPU time.

The universal report is read over the entries copied to forty times as many, all of them
billed, in the earlier periods of a second cycle; then the same goes to Excel.
"""

import io
import multiprocessing
import os
import time
import traceback

import fixtures
import postal_data
from steps import measure_overview

SIZE = 50_000
SMALL = 100
DATABASE = True

WORKERS = 2
PIECE = 500
SAMPLE = 20
TARGET_SECONDS = 180
TARGET_RATIO = 4
REPORT_FACTOR = 40
TARGET_REPORT = 5
TARGET_EXCEL = 30
FORM_LINES = 500
TARGET_FORM = 500


def run(bench, size):
    with bench.environment() as env:
        partners = max(1, size // postal_data.LINES)
        fixture = fixtures.make(env, partners, code="P")
        sample = min(partners, SAMPLE)
        contracts = postal_data.make_contracts(fixture, sample)
        theirs = postal_data.invoice_contracts(bench, contracts)
        ids = postal_data.make_specifications(fixture)
        entries = partners * postal_data.LINES
        bill(bench, fixture, ids, entries, theirs, partners / sample)
        report(bench, fixture, ids)
        form(bench, fixture)
        measure_overview(bench, fixture.env, "post", fixture.period)


def bill(bench, fixture, ids, entries, theirs, factor):
    """Check the specifications, run the month, see that all is there."""
    env = fixture.env
    check = Pool(bench.database, fixture, WORKERS)
    pieces = [ids[first : first + PIECE] for first in range(0, len(ids), PIECE)]
    seconds, cpu = check.work("check", pieces)
    bench.record("postal: entries checked", "ms each", 1000 * seconds / entries)
    billing_run = env["billing.run"].create(
        {
            "period_id": fixture.period.id,
            "last_step": "post",
            "agreement_domain": "[('type_id.code', '=', 'POST')]",
        }
    )
    total = total_cpu = 0.0
    billing_run._advance()
    env.cr.commit()
    while waiting := billing_run.piece_ids.filtered(lambda p: p.state == "pending"):
        step = waiting[0].step
        workers = 1 if step == "post" else WORKERS
        pool = Pool(bench.database, fixture, workers)
        piece_ids = [[piece.id] for piece in waiting.sorted("number")]
        seconds, cpu_seconds = pool.work("piece", piece_ids)
        total, total_cpu = total + seconds, total_cpu + cpu_seconds
        bench.record(f"postal: {step}", "ms each", 1000 * seconds / entries)
        # a new transaction sees what the workers committed
        env.cr.commit()
        env.invalidate_all()
        billing_run._advance()
        env.cr.commit()
    invoices = env["postal.specification"].browse(ids).sudo().invoice_ids
    lines = len(invoices.invoice_line_ids.filtered("tax_ids"))
    found = len(invoices), set(invoices.mapped("state")), lines
    if found != (entries // postal_data.LINES, {"posted"}, entries):
        errors = billing_run.error_ids.mapped("message")
        raise AssertionError(f"{entries} entries, but {found} {errors}")
    bench.record(
        f"postal: {entries:,} entries invoiced", "s", total, target=TARGET_SECONDS
    )
    bench.record(
        "postal: the same, against one process",
        "s",
        total,
        peer=theirs.seconds * factor,
        target=TARGET_RATIO,
    )
    bench.record(
        "postal: the same, CPU of the processes",
        "s",
        total_cpu,
        peer=theirs.cpu_seconds * factor,
        target=TARGET_RATIO,
    )
    return invoices


class Pool:
    """Processes that do pieces of work, each piece committed by itself."""

    def __init__(self, database, fixture, count):
        self.arguments = (
            database,
            fixture.env.uid,
            dict(fixture.env.context),
        )
        self.count = count

    def work(self, kind, pieces):
        """Do the pieces. :return: seconds of the clock and of all processes' CPU"""
        context = multiprocessing.get_context("fork")
        todo, done, begin = context.Queue(), context.Queue(), context.Event()
        for piece in pieces:
            todo.put(piece)
        for _worker in range(self.count):
            todo.put(None)
        workers = [
            context.Process(
                target=_work, args=(*self.arguments, kind, todo, done, begin)
            )
            for _worker in range(self.count)
        ]
        for worker in workers:
            worker.start()
        # registries are loaded before the clock starts
        for _worker in workers:
            done.get()
        start = time.perf_counter()
        begin.set()
        cpu = sum(done.get() for _worker in workers)
        seconds = time.perf_counter() - start
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise AssertionError("a worker failed, see above")
        return seconds, cpu


def _work(*arguments):
    """A worker's life; what fails is told and ends it."""
    try:
        _work_on(*arguments)
    except BaseException:
        traceback.print_exc()
        arguments[-2].put(0.0)
        os._exit(1)
    arguments[-2].close()
    arguments[-2].join_thread()
    # nothing of the parent's is to be tidied up here
    os._exit(0)


def _work_on(database, uid, context, kind, todo, done, begin):
    import odoo.api
    import odoo.sql_db
    from odoo.modules.registry import Registry

    # the connections of the parent are its own
    odoo.sql_db._Pool = None
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, uid, context)
        done.put(0.0)
        begin.wait()
        begun = time.process_time()
        while (piece := todo.get()) is not None:
            if kind == "check":
                env["postal.specification"].browse(piece).action_check()
            else:
                env["billing.run.piece"].browse(piece)._run()
            cr.commit()
            env.invalidate_all()
        done.put(time.process_time() - begun)


def report(bench, fixture, ids):
    """The universal report over many entries, on the screen and in Excel."""
    env = fixture.env
    total = postal_data.copy_billed(fixture, ids, REPORT_FACTOR)
    fixtures.finish(env)
    Report = env["postal.report"]
    company = [("company_id", "=", fixture.company.id)]
    for groups in (["partner_id", "document"], ["item_id", "cost_centre_id"]):
        with bench.measure() as measure:
            rows = Report._read_group(company, groups, ["quantity:sum", "amount:sum"])
        if not rows:
            raise AssertionError("the report is empty")
        bench.record(
            f"postal: {total:,} by {groups[0][:-3]}, {groups[1][:8]}",
            "s",
            measure.seconds,
            target=TARGET_REPORT,
        )
    periods = env["billing.period"].search(company)
    wizard = env["postal.report.wizard"].create(
        {
            "period_ids": [(6, 0, periods.ids)],
            "group_1": "partner_id",
            "group_2": "cost_centre_id",
            "group_3": "item_id",
        }
    )
    with bench.measure() as measure:
        content, _kind = env["ir.actions.report"]._render_xlsx(
            "postal_billing.report_xlsx", wizard.ids, {}
        )
    _check_workbook(content)
    bench.record(
        f"postal: {total:,} in Excel",
        "s",
        measure.seconds,
        target=TARGET_EXCEL,
        peak_mib=measure.peak_mib,
    )


def _check_workbook(content):
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    if sum(1 for _row in sheet.iter_rows(max_row=3)) != 3:
        raise AssertionError("the workbook has no rows")


def form(bench, fixture):
    """A draft of 500 entries is opened: what the server does for it."""
    env = fixture.env
    specification = postal_data.make_large(fixture, FORM_LINES)
    env.flush_all()
    env.cr.commit()
    views = env["postal.specification"].get_views([(False, "form")])
    fields = views["models"]["postal.specification"]["fields"]
    asked = postal_data.web_specification(
        env, "postal.specification", views["views"]["form"]["arch"], fields
    )
    # the first call fills caches of the registry, as any user's first form does
    for _repeat in range(2):
        env.invalidate_all()
        with bench.measure() as measure:
            (values,) = specification.web_read(asked)
    if len(values["line_ids"]) != FORM_LINES:
        raise AssertionError(f"{len(values['line_ids'])} entries")
    bench.record(
        f"postal: form of {FORM_LINES} entries",
        "ms",
        1000 * measure.seconds,
        target=TARGET_FORM,
    )
