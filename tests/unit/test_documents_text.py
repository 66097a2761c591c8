"""What a reader finds on the pages: read back from the file."""

import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import document_samples as samples
import pdfplumber
import pytest
from documents import (
    Charge,
    Currency,
    DocumentError,
    Fact,
    Layout,
    Section,
    Tax,
    render,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy"
NORWEGIAN = "Ærlige Ødegård på Åsen"
POLISH = "Zażółć gęślą jaźń"
MONTENEGRIN = "Đurađ Šćepanović, Žabljak"
CYRILLIC = "Жълтата дюля беше щастлива"


def pages(pdf):
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def text(pdf):
    return "\n".join(pages(pdf))


def number(cell):
    """``7 211,84`` → Decimal."""
    return D(re.sub(r"\s", "", cell).replace(",", "."))


@pytest.mark.parametrize("name", [CZECH, NORWEGIAN, POLISH, MONTENEGRIN, CYRILLIC])
@pytest.mark.parametrize("lang", ["bg_BG", "cs_CZ"])
def test_letters_of_every_language_can_be_read_and_searched(name, lang):
    document = samples.invoice(buyer=samples.buyer(name=name), lang=lang)
    assert name in text(render(document))


def test_a_document_may_use_more_letters_than_one_subset_holds():
    greek = "".join(map(chr, range(0x3B1, 0x3CA)))
    note = f"{greek} {CZECH} {POLISH} {MONTENEGRIN} {CYRILLIC}"
    document = samples.invoice(notes=(note,), lang="cs_CZ")
    assert note in text(render(document)).replace("\n", " ")


def test_a_letter_the_font_lacks_is_a_question_mark():
    document = samples.invoice(buyer=samples.buyer(name="A\N{CJK RADICAL REPEAT}B"))
    assert "A?B" in text(render(document))


def test_every_page_says_which_of_how_many_it_is():
    document = samples.invoice(statement=(samples.point(1, 150),), texts={})
    read = pages(render(document))
    assert len(read) > 3
    for index, page in enumerate(read, start=1):
        assert f"Page {index} of {len(read)}" in page


def test_labels_are_the_translated_ones_and_english_where_one_is_missing():
    read = text(render(samples.invoice(texts={"invoice": "Фактура"})))
    assert "Фактура 0000012345" in re.sub(" +", " ", read)
    assert "Amount to pay" in read


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("invoice", "Invoice"),
        ("refund", "Credit note"),
        ("proforma", "Pro-forma invoice"),
    ],
)
def test_each_kind_has_its_title(kind, title):
    read = text(render(samples.invoice(kind=kind, texts={})))
    assert title in read
    assert ("Amount credited" in read) is (kind == "refund")
    # nobody is asked to pay a credit note
    assert ("Payee" in read) is (kind != "refund")


def test_an_unknown_kind_is_refused():
    with pytest.raises(DocumentError) as caught:
        render(samples.invoice(kind="poster"))
    assert caught.value.code == "kind"


def test_totals_printed_are_those_of_the_document():
    document = samples.invoice(
        untaxed=D("1234567.89"),
        taxes=(Tax("A", D("1000000"), D("200000")), Tax("B", D("234567.89"), D(0))),
        total=D("1434567.89"),
        amount_due=D("434567.89"),
        lang="en_US",
        texts={},
    )
    first = pages(render(document))[0]
    for figure in ("1,234,567.89", "200,000.00", "1,434,567.89", "-1,000,000.00"):
        assert figure in first
    # the strip, the band of the totals, the payment panel
    assert first.count("€434,567.89") == 3


def test_section_totals_are_the_sums_of_their_lines():
    document = samples.invoice(lang="en_US", texts={})
    read = text(render(document))
    for section in document.sections:
        total = sum(line.amount for line in section.lines)
        assert re.search(rf"Total {section.title}\s+{total:,}", read)


def test_a_line_shows_quantity_and_price_with_all_their_decimals():
    line = samples.line("Energy", "1234.567891", "kWh", "0.12345678")
    document = samples.invoice(sections=(Section("", (line,)),), lang="en_US", texts={})
    read = text(render(document))
    assert "1,234.567891" in read
    assert "0.12345678" in read
    assert "152.42" in read


def test_a_currency_without_cents_is_printed_without_them():
    document = samples.invoice(
        currency=Currency("HUF", "Ft", 0), untaxed=D(1500), total=D(1500)
    )
    assert "1 500 " in text(render(document)).replace("\xa0", " ").replace("\n", " ")


def test_an_account_is_printed_in_groups_of_four():
    assert "BG80 BNBG 9661 1020 3456 78" in text(render(samples.invoice()))


def test_a_draft_says_so():
    assert "Draft" in text(render(samples.invoice(draft=True, texts={})))


def test_the_detailed_statement_shows_readings_and_charges():
    read = text(render(samples.invoice(lang="en_US", texts={})))
    for expected in (
        "Detailed statement",
        "32Z400000000001A",
        "10,233.412",
        "10,291.9",
        "× 40",
        "2,339.52",
        "0.6129032",
        "07/20/2026 – 07/31/2026",
    ):
        assert expected in read


def test_an_explanation_stands_below_its_charge():
    charge = replace(samples.charges(1)[0], explanation="19 of 31 days at 0.14525")
    point = samples.point(charges=(charge,))
    read = text(render(samples.invoice(statement=(point,))))
    assert "19 of 31 days at 0.14525" in read


def test_an_invoice_without_anything_optional_is_one_page():
    document = samples.invoice(
        statement=(),
        payment=None,
        chart=None,
        figures=(),
        facts=(),
        notes=(),
        due_date=None,
        layout=Layout(),
    )
    assert len(pages(render(document))) == 1


def long_statement(count):
    charges = tuple(
        Charge(
            f"Charge {index:04d}",
            D(index).scaleb(-2),
            date(2026, 7, 1),
            date(2026, 7, 31),
        )
        for index in range(1, count + 1)
    )
    return samples.invoice(
        statement=(samples.point(charges=charges, readings=()),),
        chart=None,
        lang="en_US",
        texts={},
    )


def test_a_thousand_rows_are_split_with_carried_totals():
    read = pages(render(long_statement(1000)))[1:]
    printed, expected_forward = 0, None
    for index, page in enumerate(read):
        rows = re.findall(r"Charge (\d{4})", page)
        forward = re.search(r"Brought forward\s+([\d,]+\.\d\d)", page)
        if index:
            assert D(forward[1].replace(",", "")) == expected_forward
        printed += len(rows)
        last = int(rows[-1])
        carried = re.search(r"Carried over\s+([\d,]+\.\d\d)", page)
        if index < len(read) - 1:
            # 1 + 2 + … + last cents
            expected_forward = D(last * (last + 1) // 2).scaleb(-2)
            assert D(carried[1].replace(",", "")) == expected_forward
        else:
            assert carried is None
    assert printed == 1000
    assert "Total of this point 5,005.00" in re.sub(r"\s+", " ", read[-1])


@settings(max_examples=12)
@given(count=st.integers(1, 130))
def test_every_row_is_printed_once_wherever_the_page_ends(count):
    rows = re.findall(r"Charge (\d{4})", text(render(long_statement(count))))
    assert rows == [f"{index:04d}" for index in range(1, count + 1)]


NAME = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "Sc")), max_size=300
)


@settings(max_examples=25)
@given(name=NAME, number=st.text("0123456789/-ABC", max_size=60), detail=NAME)
def test_no_text_is_too_long_to_draw(name, number, detail):
    line = samples.line(name, "1", name[:8], "1", detail=detail)
    document = samples.invoice(
        number=number,
        buyer=samples.buyer(name=name, address=(name,) * 3),
        seller=samples.seller(name=name),
        sections=(Section(name, (line,), subtitle=detail),),
        facts=(Fact(name, detail),),
        statement=(samples.point(1, 2, title=name, subtitle=detail),),
    )
    assert pages(render(document))


def test_nothing_leaves_the_page_or_overlaps_in_a_row():
    """The words of one row never run into each other, however long the names are."""
    name = "Společenství vlastníků jednotek domu č. p. 1234 až 1260 " * 4
    line = samples.line(name, "34567.891234", "MWh/rok", "12345.12345678", "21 %")
    point = samples.point(
        charges=tuple(
            Charge(
                name,
                D("1234567890.12"),
                date(2026, 7, 1),
                date(2026, 7, 31),
                D("1234567890.123456"),
                "MWh/rok",
                D("12345.12345678"),
                D("0.1234567"),
            )
            for _row in range(5)
        )
    )
    document = samples.invoice(
        sections=(Section(name, (line,)),), statement=(point,), payment=None
    )
    with pdfplumber.open(io.BytesIO(render(document))) as pdf:
        for page in pdf.pages:
            words = page.extract_words(x_tolerance=1.5)
            for word in words:
                assert word["x0"] >= 40 and word["x1"] <= page.width - 40
                assert word["bottom"] <= page.height - 10
            for one in words:
                for other in words:
                    same_row = abs(one["bottom"] - other["bottom"]) < 0.5
                    if one is not other and same_row and one["x0"] <= other["x0"]:
                        assert one["x1"] <= other["x0"] + 0.1, (
                            one["text"],
                            other["text"],
                        )


def test_figures_of_a_column_end_at_the_same_place():
    with pdfplumber.open(io.BytesIO(render(samples.invoice()))) as pdf:
        words = pdf.pages[1].extract_words()
    amounts = [word["x1"] for word in words if word["x1"] > 535 and "," in word["text"]]
    assert len(amounts) >= 16
    assert max(amounts) - min(amounts) < 0.2
