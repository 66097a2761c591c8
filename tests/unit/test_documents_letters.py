"""Letters: what they ask for is what their lines say."""

import io
from decimal import Decimal as D

import document_samples as samples
import pytest
from documents import DocumentError, Fact, render
from pypdf import PdfReader


def pages(pdf):
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def text(pdf):
    return " ".join("\n".join(pages(pdf)).split())


def test_a_reminder_shows_each_open_item_and_what_it_cost():
    read = text(render(samples.reminder()))
    assert "Second reminder REM/2026/0007" in read
    for expected in (
        "Invoice 2026/00117",
        "07/20/2026",
        "640.10",
        "240.10",
        "3.45",
        "243.55",
        "1,188.20",
        "CT-0042",
    ):
        assert expected in read
    # open, interest, the letter's own fee, and the sum of them
    for expected in ("1,420.10", "11.65", "Reminder fee 5.00", "€1,436.75"):
        assert expected in read
    assert "Please pay by 08/19/2026" in read
    assert "BG80 BNBG 9661 1020 3456 78" in read


def test_a_letter_never_asks_for_more_than_its_lines():
    with pytest.raises(DocumentError, match="REM/2026/0007") as caught:
        render(samples.reminder(total=D("2000.00")))
    assert caught.value.code == "total"


def test_columns_without_figures_are_left_out():
    items = (samples.open_item("1", "10.00"),)
    read = text(render(samples.reminder(items, charges=(), total=D("10.00"))))
    assert "Fee" not in read and "Interest" not in read
    assert "Days late" in read


def test_a_long_reminder_carries_its_total_over():
    items = tuple(samples.open_item(str(n), "10.00") for n in range(90))
    read = pages(render(samples.reminder(items)))
    assert len(read) >= 3
    for page in read[:-1]:
        assert "Carried over" in page
    assert "905.00" in read[-1]


def test_a_reminder_without_payment_slip_has_none():
    read = text(render(samples.reminder(payment=None)))
    assert "Payee" not in read


def test_a_letter_is_titled_in_the_file_too():
    file = PdfReader(io.BytesIO(render(samples.reminder(lang="cs_CZ"))))
    assert file.metadata.title == "Second reminder REM/2026/0007"
    assert file.trailer["/Root"]["/Lang"] == "cs-CZ"


def test_the_general_title_stands_in_for_a_level_without_one():
    facts = (Fact("Reminder fee", D(5)),)
    document = samples.reminder(title="", charges=facts)
    assert "Payment reminder REM/2026/0007" in text(render(document))


def test_a_claim_shows_its_rows_and_their_sum():
    read = text(render(samples.claim()))
    assert "Claim NET-2026-0815" in read
    for expected in ("32Z4000000000000A", "120.00", "20.00", "63.00", "€63.00"):
        assert expected in read
    assert "Answer until" in read and "08/30/2026" in read


def test_a_long_claim_carries_its_sum_over():
    read = pages(render(samples.claim(rows=90)))
    assert len(read) > 2
    assert all("Carried over" in page for page in read[:-1])


def test_an_interest_note_is_an_invoice_with_its_own_title():
    read = text(render(samples.invoice(kind="interest", texts={})))
    assert "Interest note 0000012345" in read
    assert "Payee" in read
