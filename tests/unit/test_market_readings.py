"""Register readings from CSV and XLSX."""

import io
from datetime import date, datetime
from decimal import Decimal as D

import openpyxl
import pytest
from market.errors import MarketError
from market.tables import ReadingRow, TableProfile, preview
from market_samples import (
    POINT,
    READINGS_HEADER,
    codes_of,
    critical,
    read,
    readings_file,
    readings_profile,
)

P1, P2 = POINT.format(1), POINT.format(2)


def test_a_row_becomes_a_reading():
    rows, result = read(
        readings_profile(),
        readings_file(f"{P1};A17;D;01.01.2026;31.01.2026;1000,5;1031,5;10;310"),
    )
    assert rows == [
        ReadingRow(
            row=2,
            point=P1,
            meter="A17",
            register="1.8.1",
            date_from=date(2026, 1, 1),
            date_to=date(2026, 1, 31),
            reading_from=D("1000.5"),
            reading_to=D("1031.5"),
            multiplier=D(10),
            quantity=D(310),
            quality="measured",
        )
    ]
    assert result.findings == []
    assert (result.rows_read, result.rows_kept) == (1, 1)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (";A;T;01.01.2026;31.01.2026;0;5;1;5", "missing_value", "A (point)"),
        (f"{P1};A;T;01.01.2026;31.02.2026;0;5;1;5", "bad_date", "E (to)"),
        (f"{P1};A;T;;31.01.2026;0;5;1;5", "missing_value", "D (from)"),
        (f"{P1};A;T;01.02.2026;31.01.2026;0;5;1;5", "dates_reversed", "E (to)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5 kWh", "bad_number", "I (kWh)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5.0", "bad_number", "I (kWh)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;0;5;x;5", "bad_number", "H (factor)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;6", "difference", "I (kWh)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;0;-5;1;-5", "negative_quantity", "I (kWh)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;-5;0;1;5", "negative_reading", "F (old)"),
        (f"{P1};A;X;01.01.2026;31.01.2026;0;5;1;5", "bad_register", "C (register)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;;;1;", "missing_value", "I (kWh)"),
        (f"{P1};A;T;01.01.2026;31.01.2026;0;{'9' * 30};1;5", "bad_number", "G (new)"),
    ],
)
def test_a_wrong_row_is_left_out_and_told(row, code, column):
    good = f"{P2};B;T;01.01.2026;31.01.2026;0;5;1;5"
    rows, result = read(readings_profile(), readings_file(row, good))
    assert [r.point for r in rows] == [P2]
    (finding,) = result.findings
    assert (finding.level, finding.code, finding.row) == ("error", code, 2)
    assert finding.column == column
    assert finding.message()
    assert result.bad_points == ({P1} if row.startswith(P1) else set())


def test_a_point_code_is_checked_by_the_profile():
    profile = readings_profile(code_scheme="pattern", code_pattern=r"32Z103\d{27}")
    row = "{};A;T;01.01.2026;31.01.2026;0;5;1;5"
    rows, result = read(profile, readings_file(row.format("33Z1"), row.format(P1)))
    assert [r.point for r in rows] == [P1]
    assert codes_of(result) == [("error", "code_pattern", 2)]


def test_repeated_row_is_a_warning_contradicting_row_an_error():
    row = f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5"
    other = f"{P1};A;T;01.01.2026;31.01.2026;0;6;1;6"
    rows, result = read(readings_profile(), readings_file(row, row, other))
    assert [r.row for r in rows] == [2]
    assert codes_of(result) == [
        ("warning", "duplicate_row", 3),
        ("error", "duplicate_conflict", 4),
    ]
    assert result.findings[0].params["first"] == 2
    assert result.bad_points == {P1}


def test_meter_exchange_is_two_rows():
    rows, result = read(
        readings_profile(),
        readings_file(
            f"{P1};OLD;T;01.01.2026;14.01.2026;900;950;1;50",
            f"{P1};NEW;T;15.01.2026;31.01.2026;0;60;1;60",
        ),
    )
    assert [(r.meter, r.quantity) for r in rows] == [("OLD", D(50)), ("NEW", D(60))]
    assert not result.findings


def test_rollover_that_explains_the_quantity_is_a_warning():
    rows, result = read(
        readings_profile(),
        readings_file(f"{P1};A;T;01.01.2026;31.01.2026;99990;15;2;50"),
    )
    assert rows[0].quantity == D(50)
    assert codes_of(result) == [("warning", "rollover", 2)]


def test_units_sign_and_tolerance():
    profile = readings_profile(unit="MWh", sign=-1, tolerance="0.6")
    rows, result = read(
        profile, readings_file(f"{P1};A;T;01.01.2026;31.01.2026;0;5,4;1;5")
    )
    assert rows[0].quantity == D(-5000)
    assert not result.findings


def test_half_open_dates_become_inclusive():
    rows, _result = read(
        readings_profile(date_to_inclusive=False),
        readings_file(f"{P1};A;T;01.01.2026;01.02.2026;0;5;1;5"),
    )
    assert rows[0].date_to == date(2026, 1, 31)


def test_thousands_mark_only_where_thousands_are():
    profile = readings_profile(thousands=".")
    row = f"{P1};A;T;01.01.2026;31.01.2026;0;{{}};1;{{}}"
    rows, _result = read(profile, readings_file(row.format("1.234,5", "1234,50")))
    assert rows[0].reading_to == D("1234.5")
    _rows, result = read(profile, readings_file(row.format("12.34", "1234")))
    assert codes_of(result) == [("error", "bad_number", 2)]


def test_wide_rows_have_groups_of_registers():
    profile = TableProfile(
        name="wide",
        kind="readings",
        layout="wide",
        columns={"point": 1, "date_to": 2, "multiplier": 7},
        register_columns=[
            {"register": "1.8.1", "reading_from": 3, "reading_to": 4},
            {"register": "1.8.2", "reading_from": 5, "reading_to": "@F"},
        ],
    )
    header = "point;to;d0;d1;n0;n1;k"
    rows, result = read(
        profile,
        readings_file(
            f"{P1};2026-01-31;1;2;3;5;40", f"{P2};2026-01-31;1;2;;;", header=header
        ),
    )
    assert [(r.point, r.register, r.reading_to, r.multiplier) for r in rows] == [
        (P1, "1.8.1", D(2), D(40)),
        (P1, "1.8.2", D(5), D(40)),
        (P2, "1.8.1", D(2), D(1)),
    ]
    assert not result.findings


def test_header_is_found_by_its_text_and_totals_are_left_out():
    rows, result = read(
        readings_profile(
            header_match="KWH", skip_after_header=1, footer_match=("total",)
        ),
        readings_file(
            READINGS_HEADER,
            ";;;;;;;;[kWh]",
            f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5",
            "",
            "Total;;;;;;;;5",
            f"{P2};A;T;01.01.2026;31.01.2026;0;5;1;5",
            "TOTAL;;;;;;;;10",
            header="Readings of January;;;;;;;;",
        ),
    )
    assert [(r.row, r.point) for r in rows] == [(4, P1), (7, P2)]
    assert not result.findings


def test_last_rows_can_be_left_out():
    row = "{};A;T;01.01.2026;31.01.2026;0;5;1;5"
    rows, result = read(
        readings_profile(footer_rows=1),
        readings_file(row.format(P1), "made by the distributor's system", ""),
    )
    assert len(rows) == 1
    assert not result.findings


def test_file_without_header_uses_positions():
    profile = TableProfile(
        name="bare",
        kind="readings",
        header_row=0,
        columns={"point": "A", "date_to": "2", "quantity": "C"},
    )
    rows, _result = read(profile, io.BytesIO(f"{P1};2026-01-31;7.5".encode()))
    assert (rows[0].row, rows[0].quantity) == (1, D("7.5"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding, newline):
    header = "Точка;Дата;Количество"
    text = newline.join([header, f"{P1};2026-01-31;7", ""])
    profile = TableProfile(
        name="x",
        kind="readings",
        encoding=encoding,
        columns={"point": " ТОЧКА ", "date_to": "дата", "quantity": "Количество"},
    )
    rows, result = read(profile, io.BytesIO(text.encode(encoding)))
    assert [(r.row, r.quantity) for r in rows] == [(2, D(7))]
    assert not result.findings


@pytest.mark.parametrize(
    ("real", "stated", "code"),
    [
        ("utf-8", "cp1251", "file_encoding_guess"),
        ("cp1251", "utf-8", "file_encoding"),
        ("utf-8-sig", "cp1251", "file_encoding_guess"),
        ("utf-16", "utf-8", "file_encoding_guess"),
        ("utf-16-le", "cp1251", "file_not_text"),
    ],
)
def test_wrong_encoding_is_named(real, stated, code):
    profile = TableProfile(
        name="x",
        kind="readings",
        encoding=stated,
        columns={"point": "Точка", "date_to": "Дата", "quantity": "Количество"},
    )
    text = f"Точка;Дата;Количество\n{P1};2026-01-31;7\n"
    assert critical(profile, io.BytesIO(text.encode(real))) == code


def workbook(*rows, sheets=("Отчет",)):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stored = io.BytesIO()
    book.save(stored)
    stored.seek(0)
    return stored


XLSX = readings_profile(format="xlsx")
TITLES = READINGS_HEADER.split(";")


def test_workbook_cells_keep_their_types():
    rows, result = read(
        XLSX,
        workbook(
            TITLES,
            [P1, 1017, "D", datetime(2026, 1, 1), date(2026, 1, 31), 0.1, 0.4, 1, 0.3],
            [P2, "A", "N", 46023, "31.01.2026", "0", "5,25", None, 5.25],
            [None] * 9,
        ),
    )
    assert [(r.row, r.meter, r.date_from, r.quantity) for r in rows] == [
        (2, "1017", date(2026, 1, 1), D("0.3")),
        (3, "A", date(2026, 1, 1), D("5.25")),
    ]
    assert rows[0].reading_to - rows[0].reading_from == D("0.3")
    assert not result.findings


def test_code_stored_as_number_has_lost_its_digits():
    row = [859182400123456789, "A", "T", "01.01.2026", "31.01.2026", 0, 5, 1, 5]
    _rows, result = read(XLSX, workbook(TITLES, row))
    assert codes_of(result) == [("error", "code_as_number", 2)]


def test_sheet_by_name_or_number():
    book = workbook(TITLES, [P1, "A", "T", "01.01.2026", "31.01.2026", 0, 5, 1, 5],
                    sheets=("One", "Two"))  # fmt: skip
    for sheet in ("", "2", "Two"):
        book.seek(0)
        rows, _result = read(readings_profile(format="xlsx", sheet=sheet), book)
        assert len(rows) == 1
    book.seek(0)
    profile = readings_profile(format="xlsx", sheet="Three")
    assert critical(profile, book) == "sheet_missing"


def test_missing_column_lists_those_found():
    with pytest.raises(MarketError) as caught:
        read(readings_profile(), readings_file(header="point;kWh;Meter"))
    assert caught.value.code == "column_missing"
    assert caught.value.place.row == 1
    assert "point, kWh, Meter" in str(caught.value)


def test_two_columns_of_the_same_name_are_not_guessed():
    header = READINGS_HEADER + ";kWh"
    row = f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5;6"
    code = critical(readings_profile(), readings_file(row, header=header))
    assert code == "column_ambiguous"
    columns = dict(readings_profile().columns) | {"quantity": "@I"}
    rows, _result = read(
        readings_profile(columns=columns), readings_file(row, header=header)
    )
    assert rows[0].quantity == 5


def test_preview_shows_rows_results_and_errors():
    row = f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5"
    bad = f"{P2};A;T;01.01.2026;31.01.2026;0;5;1;7"
    shown = preview(readings_profile(), readings_file(row, bad), count=1)
    assert shown.letters == list("ABCDEFGHI")
    assert shown.header == TITLES
    assert shown.rows == [(2, row.split(";"))]
    assert [r.point for r in shown.parsed] == [P1]
    shown = preview(readings_profile(), readings_file(bad, header="a;b"))
    assert shown.error.code == "column_missing"
    assert shown.header == ["a", "b"]
    assert preview(readings_profile(), io.BytesIO()).error.code == "file_empty"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("kind", "bills"),
        ("format", "pdf"),
        ("layout", "matrix"),
        ("encoding", "klingon"),
        ("encoding", "base64"),
        ("delimiter", ";;"),
        ("delimiter", ","),
        ("decimal", "x"),
        ("thousands", ","),
        ("timezone", "Europe/Atlantis"),
        ("timezone", "../../etc/passwd"),
        ("clock", "+25:00"),
        ("unit", "kW"),
        ("tolerance", "NaN"),
        ("date_format", "dd.mm.yyyy"),
        ("header_row", -1),
        ("columns", {"point": 1, "date_to": 2}),
        ("columns", {"point": 1, "quantity": 2}),
        ("columns", {"point": 1, "date_to": 2, "quantity": 3, "colour": 4}),
        ("columns", []),
        ("qualities", {"x": "perfect"}),
        ("code_scheme", "pattern"),
    ],
)
def test_profile_refuses_settings_that_make_no_sense(setting, value):
    with pytest.raises(MarketError) as caught:
        readings_profile(**{setting: value})
    assert caught.value.code in ("profile_field", "pattern_invalid")
    assert str(caught.value)


def test_profile_is_data():
    profile = readings_profile(footer_match=["Total"])
    stored = profile.to_dict()
    assert TableProfile.from_dict(stored) == profile
    with pytest.raises(MarketError):
        TableProfile.from_dict(stored | {"colour": "red"})
    with pytest.raises(MarketError):
        TableProfile.from_dict({"name": "x"})
