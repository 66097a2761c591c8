"""Monthly confirmations of points by a distributor."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market.errors import MarketError
from market.tables import TableProfile, parse_confirmations, preview

GOLDEN = (
    Path(__file__).resolve().parents[1] / "data" / "messages" / "confirmation.csv"
).read_bytes()
BULGARIAN = {
    "name": "Confirmation",
    "kind": "confirmations",
    "encoding": "cp1251",
    "decimal": ",",
    "thousands": " ",
    "date_format": "%d.%m.%Y",
    "unit": "MWh",
    "footer_match": ["Общо"],
    "code_scheme": "pattern",
    "code_pattern": "32Z\\d{30}",
    "columns": {
        "point": "Точка",
        "status": "Състояние",
        "customer": "Клиент",
        "company_number": "ЕИК",
        "street": "Адрес",
        "zip": "П.код",
        "city": "Населено място",
        "voltage": "Напрежение",
        "capacity": "Мощност, kW",
        "measurement": "Измерване",
        "load_profile": "СТП",
        "annual_quantity": "Годишно, MWh",
        "date_from": "От дата",
        "date_to": "До дата",
        "reason": "Основание",
    },
    "statuses": {
        "Нов": "new",
        "Променен": "changed",
        "Напускащ": "leaving",
        "Отказан": "rejected",
    },
}
HEAD = "point;status;from;to;kW"
COLUMNS = {
    "point": "point",
    "status": "status",
    "date_from": "from",
    "date_to": "to",
    "capacity": "kW",
}


def profile(**values):
    small = {"name": "C", "kind": "confirmations", "columns": COLUMNS}
    return TableProfile.from_dict(small | values)


def read(*rows, **values):
    content = "\n".join([HEAD, *rows, ""]).encode()
    parsed = parse_confirmations(profile(**values), io.BytesIO(content))
    return list(parsed), parsed


def golden():
    parsed = parse_confirmations(TableProfile.from_dict(BULGARIAN), io.BytesIO(GOLDEN))
    return list(parsed), parsed


def test_golden_file():
    rows, parsed = golden()
    assert not parsed.findings
    assert [row.status for row in rows] == [
        "new",
        "new",
        "changed",
        "leaving",
        "rejected",
        "listed",
    ]
    bakery, hotel, _furniture, printer, store, school = rows
    assert bakery.point == "32Z103" + "1".zfill(27)
    assert (bakery.customer, bakery.company_number) == (
        "Пекарна Слънце ООД",
        "831641791",
    )
    assert (bakery.street, bakery.zip, bakery.city) == ("ул. Липа 5", "1000", "София")
    assert (bakery.voltage, bakery.capacity) == ("НН", Decimal(80))
    assert (bakery.measurement, bakery.load_profile) == ("СТП", "Б2")
    assert (bakery.date_from, bakery.date_to) == (date(2026, 2, 1), None)
    # MWh of the file in kWh
    assert hotel.annual_quantity == Decimal(1250750)
    assert (printer.date_from, printer.date_to) == (
        date(2024, 3, 1),
        date(2026, 1, 31),
    )
    assert (store.date_from, store.reason) == (
        None,
        "Неплатени задължения към предишния доставчик",
    )
    # a company number keeps its zeros
    assert school.company_number == "000123455"


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("P1;new;;;5", "missing_value", "C (from)"),
        ("P1;changed;;;5", "missing_value", "C (from)"),
        ("P1;leaving;2026-01-01;;5", "missing_value", "D (to)"),
        ("P1;leaving;2026-02-01;2026-01-31;5", "dates_reversed", "D (to)"),
        ("P1;gone;2026-02-01;;5", "bad_status", "B (status)"),
        ("P1;new;1.2.26;;5", "bad_date", "C (from)"),
        ("P1;new;2026-02-01;;-5", "negative_quantity", "E (kW)"),
        (";new;2026-02-01;;5", "missing_value", "A (point)"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(row, code, column):
    rows, parsed = read(row, "P2;new;2026-02-01;;5")
    assert [found.point for found in rows] == ["P2"]
    (finding,) = parsed.findings
    assert (finding.code, finding.column, finding.row) == (code, column, 2)
    assert finding.message()


def test_a_point_is_confirmed_once():
    rows, parsed = read("P1;new;2026-02-01;;5", "P1;leaving;;2026-01-31;5")
    assert [row.status for row in rows] == ["new"]
    (finding,) = parsed.findings
    assert (finding.code, finding.row, finding.params["first"]) == ("point_twice", 3, 2)
    assert parsed.bad_points == {"P1"}


def test_a_file_without_status_lists_points():
    rows, parsed = read("P1;x;2026-02-01;;5", columns={"point": "point"})
    assert [row.status for row in rows] == ["listed"]
    assert (rows[0].date_from, rows[0].capacity) == (None, None)
    assert parsed.rows_read == 1


@pytest.mark.parametrize(
    "values",
    [
        {"columns": {"customer": "Customer"}},
        {"columns": COLUMNS | {"meter": "x"}},
        {"statuses": {"Neu": "fresh"}},
        {"unit": "MW"},
    ],
)
def test_settings_that_cannot_be_used(values):
    with pytest.raises(MarketError) as caught:
        profile(**values)
    assert caught.value.code == "profile_field"


def test_another_kind_of_profile_is_refused():
    other = TableProfile(name="x", kind="services", columns={
        "point": 1, "component": 2, "date_to": 3, "amount": 4,
    })  # fmt: skip
    with pytest.raises(MarketError) as caught:
        parse_confirmations(other, io.BytesIO(GOLDEN))
    assert caught.value.code == "profile_field"


def test_preview_shows_rows():
    shown = preview(TableProfile.from_dict(BULGARIAN), io.BytesIO(GOLDEN), count=2)
    assert shown.error is None
    assert [row.status for row in shown.parsed] == ["new", "new"]


def test_a_file_in_another_encoding_is_told_with_a_guess():
    parsed = parse_confirmations(
        TableProfile.from_dict(BULGARIAN | {"encoding": "utf-8"}), io.BytesIO(GOLDEN)
    )
    with pytest.raises(MarketError) as caught:
        list(parsed)
    assert caught.value.code in ("file_encoding", "file_encoding_guess")


@given(st.binary(max_size=400))
def test_anything_is_rows_or_a_market_error(noise):
    for content in (noise, HEAD.encode() + b"\n" + noise):
        try:
            parsed = parse_confirmations(profile(), io.BytesIO(content))
            assert all(row.point for row in parsed)
            assert all(finding.message() for finding in parsed.findings)
        except MarketError as error:
            assert error.message()


@given(st.data())
def test_damaged_golden_file(data):
    content = bytearray(GOLDEN)
    for _change in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 8))
        content[position : position + length] = data.draw(st.binary(max_size=8))
    try:
        parsed = parse_confirmations(
            TableProfile.from_dict(BULGARIAN), io.BytesIO(bytes(content))
        )
        points = [row.point for row in parsed]
        assert len(points) == len(set(points))
    except MarketError as error:
        assert error.message()
