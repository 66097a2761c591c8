"""Sheets: what is written reads back; what is wrong names sheet, row and column."""

import doctest
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
import sheets
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sheets import (
    BOOLEAN,
    CHOICE,
    CODES,
    DATE,
    DECIMAL,
    INTEGER,
    Column,
    Finding,
    Sheet,
    read_file,
    sentence,
    write_file,
)

PRICES = Sheet(
    "prices",
    "Prices",
    (
        Column("code", "Code", required=True, aliases=("Kód",)),
        Column("name", "Name"),
        Column("price", "Price", DECIMAL, digits=8, minimum=0),
        Column("count", "Count", INTEGER, optional=True),
        Column("start", "From", DATE),
        Column("open", "Open", BOOLEAN, optional=True),
        Column(
            "basis",
            "Basis",
            CHOICE,
            choices=(("unit", "Per unit"), ("flat", "Flat, by time")),
            optional=True,
        ),
        Column("of", "Percent Of", CODES, optional=True),
    ),
    unique=("code", "start"),
)
words = st.text(
    st.characters(
        codec="utf-8", categories=("L", "N", "P", "S"), include_characters=" "
    ),
    min_size=1,
    max_size=20,
).map(str.strip)
code = words.filter(lambda text: text and "," not in text)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "code": code,
            "name": st.none() | words.filter(bool),
            "price": st.none()
            | st.decimals(0, 10**10, places=8, allow_nan=False, allow_infinity=False),
            "count": st.none() | st.integers(-(10**9), 10**9),
            "start": st.none() | st.dates(date(1899, 1, 1)),
            "open": st.none() | st.booleans(),
            "basis": st.sampled_from((None, "unit", "flat")),
            "of": st.lists(code, max_size=3).map(tuple),
        }
    ),
    max_size=8,
    unique_by=lambda row: (row["code"], row["start"]),
)


def workbook(*rows, title="Prices"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(*rows, heading=("Code", "Name", "Price", "From"), **options):
    return read_file(workbook(heading, *rows, **options), "x.xlsx", [PRICES])


def places(reading):
    return [(finding.code, finding.place) for finding in reading.findings]


@given(rows)
def test_what_is_written_reads_back(values):
    reading = read_file(write_file([(PRICES, values)]), "prices.xlsx", [PRICES])
    assert reading.findings == []
    assert [record.values for record in reading.records["prices"]] == values
    assert [record.row for record in reading.records["prices"]] == list(
        range(2, len(values) + 2)
    )


def test_a_row_that_is_wrong_is_named_and_the_others_are_read():
    reading = read(
        ("E1", "Energy", "much", date(2026, 1, 1)),
        ("E2", "Energy", 0.1, date(2026, 1, 1)),
        (None, "Energy", -1, "soon"),
    )
    assert [record["code"] for record in reading.records["prices"]] == ["E2"]
    assert places(reading) == [
        ("not_a_number", "Prices!C2 (Price)"),
        ("required", "Prices!A4 (Code)"),
        ("too_small", "Prices!C4 (Price)"),
        ("not_a_date", "Prices!D4 (From)"),
    ]
    assert sentence(reading.findings[0]) == "“much” is not a number."


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (0.1 + 0.2, "0.3"),
        (12, "12"),
        ("1234.5", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("0,123", "0.123"),
        ("1,5", "1.5"),
        ("1,234,567", "1234567"),
        ("\u00a00,05 ", "0.05"),
    ],
)
def test_numbers_as_people_write_them(cell, number):
    reading = read(("E1", "", cell, None))
    assert [record["price"] for record in reading.records["prices"]] == [
        Decimal(number)
    ]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("1,234", "ambiguous_number"),
        ("12.3.4", "not_a_number"),
        ("1e5", "not_a_number"),
        ("nan", "not_a_number"),
        ("٣", "not_a_number"),
        (True, "not_a_number"),
        (date(2026, 1, 1), "not_a_number"),
        (0.123456789, "too_many_decimals"),
        ("#N/A", "cell_error"),
        ("=1+1", "not_calculated"),
    ],
)
def test_no_number_is_guessed(cell, fault):
    reading = read(("E1", "", cell, None))
    assert places(reading) == [(fault, "Prices!C2 (Price)")]
    assert reading.records["prices"] == []


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("03/04/2026", "not_a_date"),
        ("31.2.2026", "not_a_date"),
        (46023, "not_a_date"),
        (datetime(2026, 1, 1, 12), "with_time"),
    ],
)
def test_no_date_is_guessed(cell, fault):
    assert places(read(("E1", "", 1, cell))) == [(fault, "Prices!D2 (From)")]


@pytest.mark.parametrize("cell", ["2026-01-31", "31.1.2026", "31. 1. 2026."])
def test_dates_as_people_write_them(cell):
    (record,) = read(("E1", "", 1, cell)).records["prices"]
    assert record["start"] == date(2026, 1, 31)


def test_a_code_entered_as_a_number_stays_a_code_or_is_refused():
    (record,) = read((123, "", 1, None)).records["prices"]
    assert record["code"] == "123"
    assert places(read((859182400100000016, "", 1, None))) == [
        ("lost_digits", "Prices!A2 (Code)")
    ]


def test_the_second_row_of_a_key_is_refused():
    reading = read(("E1", "", 1, None), ("E1", "", 2, None))
    assert [record["price"] for record in reading.records["prices"]] == [1]
    assert places(reading) == [("double_row", "Prices!D3 (From)")]
    assert reading.findings[0].params["first"] == 2


def test_headings_are_found_below_a_title_in_any_order_and_language():
    content = workbook(
        ("Price list of 2026",),
        (),
        ("price", "KÓD", "from", "Name", "Remark"),
        (5, "E1", None, None, "kept out"),
    )
    reading = read_file(content, "x.xlsx", [PRICES])
    (record,) = reading.records["prices"]
    assert (record["code"], record["price"], record.row) == ("E1", 5, 4)
    assert places(reading) == [("unknown_column", "Prices!E3 (Remark)")]
    assert reading.errors == []


def test_missing_and_double_columns_are_named():
    reading = read(("E1", 1, None), heading=("Code", "Price", "From"))
    assert places(reading) == [("missing_column", "Prices!1 (Name)")]
    reading = read(
        ("E1", "", 1, None, 2), heading=("Code", "Name", "Price", "From", "Price")
    )
    assert places(reading) == [("double_column", "Prices!E1 (Price)")]


def test_a_missing_sheet_is_named():
    other = Sheet("bands", "Bands", (Column("upper", "Up To", required=True),))
    content = workbook(("Code", "Name", "Price", "From"))
    reading = read_file(content, "x.xlsx", [PRICES, other])
    assert [(f.code, f.sheet) for f in reading.findings] == [("missing_sheet", "Bands")]
    assert "Prices" in sentence(reading.findings[0])


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04 no archive", "damaged"),
        (b"\xd0\xcf\x11\xe0 old", "old_excel"),
        (b"\x00\x01\x02", "not_a_table"),
        ("Code;Name;Price;From\nÉ;x;1;\n".encode("cp1250"), "not_utf8"),
    ],
)
def test_files_that_are_no_tables(content, fault):
    reading = read_file(content, "x", [PRICES])
    assert [finding.code for finding in reading.findings] == [fault]
    assert sentence(reading.findings[0])


def test_a_text_file_is_read_like_a_workbook():
    content = "\ufeffCode;Name;Price;From\nE1;Енергия;0,25;1.1.2026\n;;;\nE2;;x;\n"
    reading = read_file(content.encode(), "prices.csv", [PRICES])
    (record,) = reading.records["prices"]
    assert record.values["price"] == Decimal("0.25")
    assert record.values["name"] == "Енергия"
    assert places(reading) == [("not_a_number", "prices.csv!C4 (Price)")]


def test_a_choice_is_read_by_value_and_by_label():
    heading = ("Code", "Name", "Price", "From", "Basis", "Open")
    reading = read(
        ("E1", "", 1, None, "unit", "yes"),
        ("E2", "", 1, None, "flat, BY time", 0),
        ("E3", "", 1, None, "other", "perhaps"),
        heading=heading,
    )
    assert [(r["basis"], r["open"]) for r in reading.records["prices"]] == [
        ("unit", True),
        ("flat", False),
    ]
    assert places(reading) == [
        ("not_a_choice", "Prices!E4 (Basis)"),
        ("not_yes_or_no", "Prices!F4 (Open)"),
    ]


def test_too_many_rows_are_refused_as_a_whole():
    content = write_file([(PRICES, [{"code": str(n)} for n in range(12)])])
    reading = read_file(content, "x.xlsx", [PRICES], max_rows=10)
    assert [finding.code for finding in reading.findings] == ["too_large"]


def test_a_caller_names_a_cell_of_a_record():
    (record,) = read(("E1", "", 1, None)).records["prices"]
    finding = record.finding("No such charge.", "code")
    assert isinstance(finding, Finding)
    assert (finding.place, sentence(finding)) == (
        "Prices!A2 (Code)",
        "No such charge.",
    )


def test_no_text_becomes_a_formula():
    content = write_file([(PRICES, [{"code": "=1+1", "name": "+x"}])])
    (record,) = read_file(content, "x.xlsx", [PRICES]).records["prices"]
    assert (record["code"], record["name"]) == ("=1+1", "+x")


def test_the_examples_of_the_package_hold():
    for module in (sheets, sheets.cells, sheets.columns):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


def test_headings_and_labels_of_other_languages_are_read():
    basis = Column("basis", "Basis", CHOICE, choices=(("flat", "Flat"),))
    own = Sheet("items", "Charges", (Column("code", "Code", required=True), basis))
    other = Sheet(
        "items",
        "Poplatky",
        (
            Column("code", "Kód", required=True),
            Column("basis", "Základ", CHOICE, choices=(("flat", "Paušál"),)),
        ),
    )
    content = write_file([(other, [{"code": "E1", "basis": "flat"}])])
    reading = read_file(content, "x.xlsx", [own.also_read(other)])
    assert reading.findings == []
    assert reading.records["items"][0].values == {"code": "E1", "basis": "flat"}
