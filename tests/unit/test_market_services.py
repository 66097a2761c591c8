"""Tables of network services."""

import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market.errors import MarketError
from market.tables import TableProfile
from market.tables.services import parse_services

COLUMNS = {
    "point": "Point",
    "component": "Service",
    "number": "Invoice",
    "date_from": "From",
    "date_to": "To",
    "quantity": "kWh",
    "amount": "Amount",
    "tax_rate": "VAT",
}
HEAD = "Point;Service;Invoice;From;To;kWh;Amount;VAT"


def profile(**values):
    return TableProfile.from_dict(
        {"name": "S", "kind": "services", "columns": COLUMNS, **values}
    )


def read(*rows, **values):
    content = "\n".join([HEAD, *rows, ""]).encode()
    parsed = parse_services(profile(**values), io.BytesIO(content))
    return list(parsed), parsed


def test_rows():
    rows, parsed = read("P1;ACCESS;F-1;2026-01-01;2026-01-31;310;31,05;20", decimal=",")
    (row,) = rows
    assert (row.point, row.component, row.number) == ("P1", "ACCESS", "F-1")
    assert (row.date_from, row.date_to) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (row.amount, row.tax_rate) == (Decimal("31.05"), Decimal(20))
    assert (parsed.rows_read, parsed.findings) == (1, [])


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("P1;A;F;2026-01-01;2026-01-31;1;;20", "missing_value", "G (Amount)"),
        ("P1;A;F;2026-01-01;31.1.26;1;1;20", "bad_date", "E (To)"),
        ("P1;A;F;2026-02-01;2026-01-31;1;1;20", "dates_reversed", "E (To)"),
        ("P1;A;F;2026-01-01;2026-01-31;x;1;20", "bad_number", "F (kWh)"),
        ("P1;;F;2026-01-01;2026-01-31;1;1;20", "missing_value", "B (Service)"),
        (";A;F;2026-01-01;2026-01-31;1;1;20", "missing_value", "A (Point)"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(row, code, column):
    rows, parsed = read(row, "P2;A;F;2026-01-01;2026-01-31;1;1;20")
    assert [found.point for found in rows] == ["P2"]
    (finding,) = parsed.findings
    assert (finding.code, finding.column, finding.row) == (code, column, 2)
    assert finding.message()


def test_needed_columns():
    with pytest.raises(MarketError) as caught:
        profile(columns={"point": "Point"})
    assert caught.value.code == "profile_field"


@given(st.binary(max_size=400))
def test_anything_is_rows_or_a_market_error(noise):
    try:
        list(parse_services(profile(), io.BytesIO(HEAD.encode() + b"\n" + noise)))
        list(parse_services(profile(), io.BytesIO(noise)))
    except MarketError:
        pass
