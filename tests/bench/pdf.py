"""PDF documents: invoices with statement and chart, against wkhtmltopdf.

``--size``: number of documents drawn for the figures of time and memory; wkhtmltopdf
converts a comparable page (same rows, same chart as SVG), one document a call, at most
five of them (the page of the two-page document; it has no style sheets of Odoo's, which
would slow it down). Documents are pure data here: what reading them from the database
takes is part of the benchmark ``month``.
"""

import html
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "addons/billing_base"), str(ROOT / "tests/unit")]

import document_samples as samples  # noqa: E402
from documents import render  # noqa: E402
from harness import peak_memory, reset_peak_memory  # noqa: E402

SIZE = 1000
SMALL = 5
CONVERSIONS = 5
VARIANTS = 25


def run(bench, size):
    two_pages = [_invoice(number, 34) for number in range(VARIANTS)]
    sixty_rows = [_invoice(number, 60) for number in range(VARIANTS)]
    converted = _median(_convert, two_pages, min(size, CONVERSIONS))
    render(two_pages[0])  # reads the fonts
    for name, documents in (
        ("pdf: two pages", two_pages),
        ("pdf: 60 statement rows", sixty_rows),
    ):
        with bench.measure() as ours:
            elapsed = _median(render, documents, size)
        milliseconds = 1000 * ours.cpu_seconds / size
        bench.record(name, "ms CPU", milliseconds, target=25, peak_mib=ours.peak_mib)
        bench.record(
            f"{name}, wkhtmltopdf",
            "ms median",
            1000 * elapsed,
            peer=1000 * converted,
            target=20,
        )
    bench.record("pdf: file size", "KiB", len(render(two_pages[0])) / 1024)
    bench.record("pdf: growth of memory", "MiB", _growth(two_pages, size), target=5)


def _growth(documents, size):
    """Peak memory of ``size`` documents over that of the first tenth of them."""
    reset_peak_memory()
    _median(render, documents, max(size // 10, 1))
    first = peak_memory()
    _median(render, documents, size)
    return peak_memory() - first


def _median(function, documents, count):
    """Median of the seconds one document takes."""
    times = []
    for number in range(count):
        start = time.perf_counter()
        function(documents[number % len(documents)])
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _invoice(number, rows):
    """An invoice whose names and figures differ from the others'."""
    charges = tuple(
        replace(charge, quantity=charge.quantity + number)
        for charge in samples.charges(rows)
    )
    return samples.invoice(
        number=f"{1000000 + number}",
        buyer=samples.buyer(name=f"Пекарна „Златен клас {number}“ ООД"),
        statement=(samples.point(number + 1, charges=charges),),
    )


def _convert(document):
    """The same content by HTML and wkhtmltopdf, as Odoo calls it."""
    with tempfile.TemporaryDirectory() as folder:
        page, pdf = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(_page(document))
        subprocess.run(
            [
                "wkhtmltopdf",
                "--quiet",
                "--disable-local-file-access",
                "--page-size",
                "A4",
                str(page),
                str(pdf),
            ],
            check=True,
            capture_output=True,
        )


def _page(document):
    lines = [
        (line.name, line.quantity, line.unit, line.unit_price, line.tax, line.amount)
        for section in document.sections
        for line in section.lines
    ]
    charges = [
        (c.name, c.date_from, c.date_to, c.quantity, c.unit, c.unit_price, c.amount)
        for section in document.statement
        for c in section.charges
    ]
    bars = "".join(
        f'<rect x="{40 * place}" y="{100 - height}" width="30" height="{height}"/>'
        for place, height in enumerate(
            int(bar.value / 50) for bar in document.chart.bars
        )
    )
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><style>
        body {{ font-family: "DejaVu Sans Condensed", sans-serif; font-size: 11px }}
        table {{ width: 100%; border-collapse: collapse }}
        td {{ border-bottom: 1px solid #ccc; padding: 3px }}
        </style></head><body>
        <h1>{html.escape(document.seller.name)}</h1>
        <p>{html.escape(document.buyer.name)}</p><h2>{document.number}</h2>
        {_table(lines)}<p>{document.untaxed} {document.total}</p>
        <svg width="540" height="100" fill="#0b4f8a">{bars}</svg>
        <div style="page-break-before: always"></div>{_table(charges)}
        </body></html>"""


def _table(rows):
    cells = (
        "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) for row in rows
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
