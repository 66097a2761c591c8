"""A report in Excel: debts by invoice, with the totals by age.

``--size`` is the number of rows (100,000 by default).
"""

import io

import interest
from openpyxl import load_workbook

SIZE = 100_000
SMALL = 20
DATABASE = True

TARGET_SECONDS = 30
TARGET_MIB = 300


def run(bench, size):
    with bench.environment() as env:
        company = interest.prepare(env, size)
        report = company.env.ref("billing_base.report_debts").with_company(company)
        with bench.measure() as measure:
            content, _kind = company.env["ir.actions.report"]._render(
                "billing_base.billing_report_excel", report.ids
            )
        sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        rows = sum(1 for _row in sheet.iter_rows(max_col=1)) - 2
        if rows != size:
            raise AssertionError(f"{rows} rows of {size} debts")
        bench.record(
            "xlsx: report with totals",
            "s CPU",
            measure.all_cpu_seconds,
            target=TARGET_SECONDS * size / SIZE,
            peak_mib=measure.peak_mib,
        )
        bench.record("xlsx: size of the file", "MiB", len(content) / 2**20)
        if size >= SIZE and measure.peak_mib > TARGET_MIB:
            raise AssertionError(f"{measure.peak_mib} MiB of {TARGET_MIB}")
