"""Interval values in all layouts, duplicates, gaps and the days of clock change."""

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market.tables import day_store, parse_intervals, preview, sources
from market.tables.market_days import MarketDays
from market_samples import (
    POINT,
    codes_of,
    critical,
    long_profile,
    read,
    text_file,
    wide_file,
    wide_profile,
)

P1, P2, P3 = (POINT.format(n) for n in (1, 2, 3))
SOFIA = ZoneInfo("Europe/Sofia")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def texts(values):
    return [f"{value:.3f}".replace(".", ",") for value in values]


def flat(chunks):
    """Return {(point, channel, day): list of values} of all chunks."""
    return {
        key: chunk.values[i].tolist()
        for chunk in chunks
        for i, key in enumerate(
            zip(chunk.points, chunk.channels, chunk.days, strict=True)
        )
    }


QUARTERS = [float(i) for i in range(96)]


def test_wide_row_is_a_day():
    chunks, result = read(
        wide_profile(), wide_file((P1, "05.01.2026", texts(QUARTERS)))
    )
    (chunk,) = chunks
    assert (chunk.points, chunk.channels) == ([P1], ["A+"])
    assert (chunk.days, chunk.rows) == ([date(2026, 1, 5)], [2])
    assert (chunk.minutes, chunk.slots, len(chunk)) == (15, 96, 1)
    assert chunk.values.dtype == np.float64
    assert chunk.values[0].tolist() == QUARTERS
    assert chunk.quality is None
    assert result.findings == []
    assert (result.rows_read, result.days_kept, result.values_kept) == (1, 1, 96)


@pytest.mark.parametrize(
    ("codes", "scheme"),
    [
        (["007", "7", "7.0", "07"], "any"),
        (["859182400123456789", "859182400501380873"], "gsrn"),
        (["1E5", "100000", "+1"], "any"),
        (["TRUE", "1"], "any"),
    ],
)
def test_codes_of_digits_stay_texts(codes, scheme):
    profile = wide_profile(code_scheme=scheme, date_format="%Y%m%d")
    rows = [(code, "20260105", ["1"] * 96) for code in codes]
    chunks, result = read(profile, wide_file(*rows))
    assert flat(chunks).keys() == {(code, "A+", date(2026, 1, 5)) for code in codes}
    assert not result.findings


def test_channels_of_digits_stay_texts():
    profile = long_profile(
        columns={"point": 1, "channel": 2, "timestamp": 3, "value": 4},
        channels={"01": "A+", "1": "A-"},
    )
    lines = [
        f"77;{channel};2026-01-05 {hour:02d}:00;{hour}"
        for channel in ("01", "1")
        for hour in range(24)
    ]
    chunks, result = read(profile, text_file("p;c;t;v", *lines))
    assert {channel for _p, channel, _d in flat(chunks)} == {"A+", "A-"}
    assert not result.findings


def test_days_of_clock_change_have_92_and_100_quarters():
    chunks, result = read(
        wide_profile(),
        wide_file(
            (P1, "28.03.2026", texts(range(96))),
            (P1, "29.03.2026", texts(range(92))),
            (P1, "25.10.2026", texts(range(100))),
            columns=100,
        ),
    )
    assert {c.days[0]: c.slots for c in chunks} == {
        date(2026, 3, 28): 96,
        SPRING: 92,
        AUTUMN: 100,
    }
    assert flat(chunks)[P1, "A+", AUTUMN] == list(range(100))
    assert not result.findings


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_hourly_days_of_clock_change(day, hours):
    chunks, _result = read(
        wide_profile(minutes=60),
        wide_file((P1, f"{day:%d.%m.%Y}", texts(range(hours))), columns=25),
    )
    assert chunks[0].values.tolist() == [list(range(hours))]


def test_wall_clock_columns_with_the_doubled_hour_at_the_end():
    spring = [str(h) if h != 3 else "" for h in range(24)] + [""]
    autumn = [str(h) for h in range(24)] + ["103"]
    chunks, result = read(
        wide_profile(minutes=60, dst="wall_end"),
        wide_file((P1, "29.03.2026", spring), (P1, "25.10.2026", autumn), columns=25),
    )
    values = flat(chunks)
    assert values[P1, "A+", SPRING] == [0, 1, 2, *range(4, 24)]
    assert values[P1, "A+", AUTUMN] == [0, 1, 2, 3, 103, *range(4, 24)]
    assert not result.findings


def test_wall_clock_columns_with_the_doubled_hour_in_its_place():
    def row(day, doubled):
        first = ["" if day == SPRING and h == 3 else str(h) for h in range(4)]
        return (P1, f"{day:%d.%m.%Y}", [*first, doubled, *map(str, range(4, 24))])

    normal = date(2026, 1, 5)
    chunks, result = read(
        wide_profile(minutes=60, dst="wall_inline"),
        wide_file(row(normal, ""), row(SPRING, ""), row(AUTUMN, "103"), columns=25),
    )
    values = flat(chunks)
    assert values[P1, "A+", normal] == list(range(24))
    assert values[P1, "A+", SPRING] == [0, 1, 2, *range(4, 24)]
    assert values[P1, "A+", AUTUMN] == [0, 1, 2, 3, 103, *range(4, 24)]
    assert not result.findings


def test_value_for_a_period_the_day_does_not_have():
    row = (P1, "29.03.2026", texts(range(96)))
    chunks, result = read(wide_profile(), wide_file(row))
    assert chunks == []
    (finding,) = result.findings
    assert (finding.code, finding.row) == ("surplus_values", 2)
    assert finding.column == "CQ (93)"
    assert finding.params["day"] == "2026-03-29"
    assert result.bad_days == {(P1, "A+", SPRING)}


def test_day_with_more_periods_than_columns():
    row = (P1, "25.10.2026", texts(range(96)))
    chunks, result = read(wide_profile(), wide_file(row))
    assert chunks == []
    assert codes_of(result) == [("error", "too_few_columns", 2)]


@pytest.mark.parametrize("cell", ["x", "1.5", "1,5,0", "--", "inf", "nan", "1e999"])
def test_wrong_number_spoils_only_its_day(cell):
    wrong = texts(QUARTERS)
    wrong[4] = cell
    chunks, result = read(
        wide_profile(),
        wide_file(
            (P1, "05.01.2026", texts(QUARTERS)),
            (P1, "06.01.2026", wrong),
            (P2, "06.01.2026", texts(QUARTERS)),
        ),
    )
    assert set(flat(chunks)) == {
        (P1, "A+", date(2026, 1, 5)),
        (P2, "A+", date(2026, 1, 6)),
    }
    (finding,) = result.findings
    assert (finding.code, finding.row, finding.column) == ("bad_number", 3, "G (5)")
    assert result.bad_days == {(P1, "A+", date(2026, 1, 6))}


def test_empty_cells_are_missing_values():
    values = texts(QUARTERS)
    values[10:14] = ["", " ", "-", ""]
    chunks, result = read(
        wide_profile(empty=["-"]), wide_file((P1, "05.01.2026", values))
    )
    assert np.isnan(chunks[0].values[0, 10:14]).all()
    assert result.values_kept == 92
    (finding,) = result.findings
    assert (finding.level, finding.code) == ("warning", "missing_values")
    assert finding.params["count"] == 4
    assert "4 of 96" in finding.message()


def test_negative_value_is_an_error_unless_allowed():
    values = texts(QUARTERS)
    values[7] = "-0,001"
    row = (P1, "05.01.2026", values)
    chunks, result = read(wide_profile(), wide_file(row))
    assert chunks == []
    assert codes_of(result) == [("error", "negative_value", 2)]
    assert result.findings[0].column == "J (8)"
    chunks, result = read(wide_profile(allow_negative=True), wide_file(row))
    assert chunks[0].values[0, 7] == -0.001
    assert not result.findings


def test_same_row_again_is_a_warning():
    row = (P1, "05.01.2026", texts(QUARTERS))
    chunks, result = read(wide_profile(), wide_file(row, row))
    assert len(flat(chunks)) == result.days_kept == 1
    assert codes_of(result) == [("warning", "duplicate_row", 3)]
    assert not result.bad_days


def test_contradicting_rows_take_both_out():
    other = texts(QUARTERS)
    other[95] = "95,001"
    chunks, result = read(
        wide_profile(),
        wide_file(
            (P1, "05.01.2026", texts(QUARTERS)),
            (P2, "05.01.2026", texts(QUARTERS)),
            (P1, "05.01.2026", other),
        ),
    )
    assert set(flat(chunks)) == {(P2, "A+", date(2026, 1, 5))}
    assert codes_of(result) == [("error", "duplicate_conflict", 4)]
    assert result.findings[0].params["first"] == 2
    assert result.bad_days == {(P1, "A+", date(2026, 1, 5))}


def test_contradiction_far_from_the_first_row_is_found():
    # more than a block of text between the two rows
    days = [date(2026, 1, 1) + timedelta(n) for n in range(31)]
    rows = [
        (POINT.format(n), f"{day:%d.%m.%Y}", ["1000000,123"] * 96)
        for n in range(10, 40)
        for day in days * (n == 10) or days[:5]
    ] * 50
    first, last = (P1, "05.01.2026", ["1"] * 96), (P1, "05.01.2026", ["2"] * 96)
    chunks, result = read(wide_profile(), wide_file(first, *rows, last))
    assert result.bad_days == {(P1, "A+", date(2026, 1, 5))}
    handed_out = sum(list(c.points).count(P1) for c in chunks)
    assert handed_out == 1  # in an earlier chunk: the reader takes it out at the end
    assert result.days_kept == 1 + 31 + 29 * 5
    assert result.findings[-1].code == "more_findings"


def test_channels_and_row_quality():
    profile = wide_profile(
        columns={"point": "point", "day": "day", "channel": "what", "quality": "q"},
        values_from=5,
        channels={"AP": "A+", "RQ": "R+"},
        qualities={"W": "measured", "E": "estimated"},
        minutes=60,
    )
    head = ";".join(["point", "day", "what", "q", *map(str, range(24))])
    tail = ";" + ";".join(["1"] * 24)
    chunks, result = read(
        profile,
        text_file(
            head,
            f"{P1};05.01.2026;AP;W{tail}",
            f"{P1};05.01.2026;RQ;E{tail}",
            f"{P1};06.01.2026;XX;W{tail}",
            f"{P1};07.01.2026;AP;?{tail}",
        ),
    )
    (chunk,) = chunks
    assert chunk.channels == ["A+", "R+"]
    assert chunk.quality.dtype == np.uint8
    assert chunk.quality.tolist() == [[0] * 24, [1] * 24]
    assert codes_of(result) == [
        ("error", "bad_channel", 4),
        ("error", "bad_quality", 5),
    ]


def test_quality_beside_each_value():
    profile = wide_profile(
        minutes=60,
        value_step=2,
        quality_offset=1,
        qualities={"V": "measured", "S": "substituted"},
    )
    head = ";".join(["point", "day", *["v;q"] * 24])
    good = ";".join(["1;V"] * 23 + ["2;S"])
    bad = ";".join(["1;V"] * 23 + ["2;Z"])
    chunks, result = read(
        profile,
        text_file(head, f"{P1};05.01.2026;{good}", f"{P2};05.01.2026;{bad}"),
    )
    (chunk,) = chunks
    assert chunk.values.tolist() == [[1.0] * 23 + [2.0]]
    assert chunk.quality.tolist() == [[0] * 23 + [2]]
    assert codes_of(result) == [("error", "bad_quality", 3)]


def test_units_of_energy_and_power():
    row = (P1, "05.01.2026", ["0,012345"] * 96)
    chunks, _result = read(wide_profile(unit="MWh"), wide_file(row))
    assert chunks[0].values[0, 0] == 12.345
    chunks, _result = read(wide_profile(unit="kW", sign=-1), wide_file(row))
    assert chunks[0].values[0, 0] == -0.00308625


def test_ragged_totals_quotes_and_blank_lines():
    values = ";".join(texts(QUARTERS))
    head = ";".join(["point", "day", *map(str, range(96))])
    quoted = ";".join(f'"{v}"' for v in texts(QUARTERS))
    chunks, result = read(
        wide_profile(footer_match=["total"], footer_rows=1),
        text_file(
            head,
            f"{P1};05.01.2026;{values};",
            "",
            f"{P1};06.01.2026;{values};;7",
            ";" * 97,
            f'"{P2}";"05.01.2026";{quoted}',
            "Total;;1",
            f"{P3};05.01.2026;{values}",
            "end of file",
            "",
        ),
    )
    assert set(flat(chunks)) == {(p, "A+", date(2026, 1, 5)) for p in (P1, P2, P3)}
    assert [r for c in chunks for r in c.rows] == [2, 6, 8]
    assert codes_of(result) == [("error", "row_width", 4)]


def test_wide_workbook():
    book = openpyxl.Workbook()
    book.active.append(["Point", "Day", *range(1, 97)])
    book.active.append([P1, datetime(2026, 1, 5), *QUARTERS])
    book.active.append([P2, "05.01.2026", *QUARTERS[:-1], "x"])
    stored = io.BytesIO()
    book.save(stored)
    chunks, result = read(wide_profile(format="xlsx"), stored)
    assert flat(chunks) == {(P1, "A+", date(2026, 1, 5)): QUARTERS}
    assert codes_of(result) == [("error", "bad_number", 3)]


# -- a row per value ------------------------------------------------------------


def local_lines(day, minutes=60, point=P1, form="%Y-%m-%d %H:%M", stamp="start"):
    """Return lines of a day with local wall times; values count up from 0."""
    moment = datetime.combine(day, datetime.min.time(), SOFIA).astimezone(UTC)
    lines = []
    value = 0
    while (local := moment.astimezone(SOFIA)).date() == day:
        shown = local.replace(tzinfo=None)
        if stamp == "end":
            shown += timedelta(minutes=minutes)
        lines.append(f"{point};{shown:{form}};{value}")
        moment += timedelta(minutes=minutes)
        value += 1
    return lines


HEAD = "point;time;kWh"


@pytest.mark.parametrize("stamp", ["start", "end"])
@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("day", [date(2026, 1, 5), SPRING, AUTUMN])
def test_long_rows_with_local_times(day, minutes, stamp):
    lines = local_lines(day, minutes, stamp=stamp)
    profile = long_profile(minutes=minutes, stamp=stamp)
    chunks, result = read(profile, text_file(HEAD, *lines))
    (chunk,) = chunks
    hours = {SPRING: 23, AUTUMN: 25}.get(day, 24)
    assert chunk.slots == hours * 60 // minutes
    assert chunk.values.tolist() == [list(range(chunk.slots))]
    assert chunk.days == [day]
    assert not result.findings


@pytest.mark.parametrize("day", [date(2026, 1, 5), SPRING, AUTUMN])
@pytest.mark.parametrize("clock", ["UTC", "+01:00", "Europe/Prague"])
def test_long_rows_with_another_clock(day, clock):
    zone = {"UTC": UTC, "+01:00": None}.get(clock) or ZoneInfo("Europe/Prague")
    days = MarketDays(SOFIA, 60)
    lines = []
    for index in range(days.slots(day)):
        moment = datetime.fromtimestamp(days.begin(day) + index * 3600, UTC)
        if clock == "+01:00":
            shown = moment + timedelta(hours=1)
        else:
            shown = moment.astimezone(zone)
        lines.append(f"{P1};{shown:%Y-%m-%d %H:%M};{index}")
    chunks, result = read(long_profile(clock=clock), text_file(HEAD, *lines))
    assert flat(chunks) == {(P1, "A+", day): list(range(days.slots(day)))}
    assert not result.findings


def test_long_rows_with_offsets_in_the_text():
    profile = long_profile(timestamp_format="iso")
    lines = [
        f"{P1};2026-10-25T03:00:00+03:00;1",
        f"{P1};2026-10-25T03:00:00+02:00;2",
        f"{P1};2026-10-25T02:00:00Z;3",
    ]
    chunks, _result = read(profile, text_file(HEAD, *lines))
    assert chunks[0].values[0, 3:6].tolist() == [1, 2, 3]


def test_long_rows_in_any_order_of_points():
    lines = [
        line
        for pair in zip(local_lines(AUTUMN), local_lines(AUTUMN, point=P2), strict=True)
        for line in pair
    ]
    chunks, result = read(long_profile(), text_file(HEAD, *lines))
    assert flat(chunks) == {
        (P1, "A+", AUTUMN): list(range(25)),
        (P2, "A+", AUTUMN): list(range(25)),
    }
    assert not result.findings


def test_long_rows_with_a_mark_for_the_second_pass():
    profile = long_profile(
        columns={"point": 1, "timestamp": 2, "fold": 3, "value": 4},
    )
    lines = [f"{P1};2026-10-25 03:00;B;9", f"{P1};2026-10-25 03:00;A;8"]
    chunks, result = read(profile, text_file("point;time;f;kWh", *lines))
    assert chunks[0].values[0, 3:5].tolist() == [8, 9]
    assert codes_of(result) == [("warning", "missing_values", 2)]


def test_long_rows_with_day_and_time_or_number_of_the_period():
    profile = long_profile(columns={"point": 1, "day": 2, "time": 3, "value": 4})
    lines = [f"{P1};2026-01-05;{h}:00;{h}" for h in range(24)]
    chunks, _result = read(profile, text_file("p;d;t;v", *lines))
    assert flat(chunks) == {(P1, "A+", date(2026, 1, 5)): list(range(24))}
    ends = [f"{P1};2026-01-05;{h + 1:02}:00;{h}" for h in range(24)]
    profile = long_profile(
        columns={"point": 1, "day": 2, "time": 3, "value": 4}, stamp="end"
    )
    chunks, result = read(profile, text_file("p;d;t;v", *ends))
    assert flat(chunks) == {(P1, "A+", date(2026, 1, 5)): list(range(24))}
    assert not result.findings
    profile = long_profile(columns={"point": 1, "day": 2, "position": 3, "value": 4})
    numbered = [f"{P1};2026-10-25;{h + 1};{h}" for h in range(25)]
    chunks, _result = read(profile, text_file("p;d;t;v", *numbered))
    assert flat(chunks) == {(P1, "A+", AUTUMN): list(range(25))}
    wrong = [f"{P1};2026-01-05;25;1", f"{P1};2026-01-05;0;1", f"{P1};2026-01-05;;1"]
    _chunks, result = read(profile, text_file("p;d;t;v", *wrong))
    assert codes_of(result) == [
        ("error", "bad_number", 3),
        ("error", "missing_value", 4),
        ("error", "bad_position", 2),
    ]


@pytest.mark.parametrize(
    ("stamp", "code"),
    [
        ("2026-03-29 03:30", "nonexistent_time"),
        ("2026-01-05 03:30", "off_grid"),
        ("2026-01-05", "bad_date"),
        ("1066-01-05 03:00", "bad_date"),
        ("9999-12-31 23:00", "bad_date"),
        ("", "missing_value"),
    ],
)
def test_wrong_times(stamp, code):
    good = f"{P1};2026-01-05 00:00;1"
    chunks, result = read(long_profile(), text_file(HEAD, f"{P2};{stamp};1", good))
    assert [c.points for c in chunks] == [[P1]]
    errors = [f for f in result.findings if f.level == "error"]
    assert [(f.code, f.row, f.point) for f in errors] == [(code, 2, P2)]
    assert errors[0].message()


def test_long_value_twice():
    one = f"{P1};2026-01-05 01:00;1"
    other = f"{P2};2026-01-05 01:00;1"
    chunks, result = read(
        long_profile(),
        text_file(HEAD, one, one, other, f"{P2};2026-01-05 01:00;2"),
    )
    assert [c.points for c in chunks] == [[P1]]
    assert codes_of(result) == [
        ("warning", "duplicate_value", 3),
        ("error", "conflict_value", 5),
        ("warning", "missing_values", 2),
    ]
    assert result.bad_days == {(P2, "A+", date(2026, 1, 5))}
    assert "01:00" in result.findings[1].message()


def test_long_wrong_and_negative_values_spoil_their_day():
    lines = [
        *local_lines(date(2026, 1, 5)),
        *local_lines(date(2026, 1, 6)),
        f"{P1};2026-01-07 00:00;x",
        f"{P1};2026-01-08 00:00;-1",
    ]
    chunks, result = read(long_profile(), text_file(HEAD, *lines))
    assert {d for c in chunks for d in c.days} == {
        date(2026, 1, 5),
        date(2026, 1, 6),
    }
    assert codes_of(result) == [
        ("error", "bad_number", 50),
        ("error", "negative_value", 51),
    ]


def test_long_quality_of_each_value():
    profile = long_profile(
        columns={"point": 1, "timestamp": 2, "value": 3, "quality": 4},
        qualities={"M": "measured", "E": "estimated"},
    )
    lines = [
        f"{line};{'E' if n == 5 else 'M'}"
        for n, line in enumerate(local_lines(date(2026, 1, 5)))
    ]
    chunks, _result = read(profile, text_file("p;t;v;q", *lines))
    assert chunks[0].quality.tolist() == [[0] * 5 + [1] + [0] * 18]


@pytest.fixture
def small_store(monkeypatch):
    """Pages of 4 days, at most 20 days open, blocks of about 40 lines."""
    monkeypatch.setattr(day_store, "PAGE_ROWS", 4)
    monkeypatch.setattr(day_store, "REST_ROWS", 20)
    monkeypatch.setattr(day_store, "MAX_OPEN_ROWS", 20)
    monkeypatch.setattr(sources, "BLOCK", 2_000)


def month_of(point):
    days = [date(2026, 1, 1) + timedelta(n) for n in range(31)]
    return [line for day in days for line in local_lines(day, point=point)]


@pytest.mark.usefixtures("small_store")
def test_long_file_sorted_by_point_is_handed_out_as_it_is_read():
    lines = [line for n in range(1, 6) for line in month_of(POINT.format(n))]
    result = parse_intervals(long_profile(), text_file(HEAD, *lines))
    first = next(result)
    assert result.rows_read < len(lines) / 2
    days = flat([first, *result])
    assert len(days) == result.days_kept == 5 * 31
    assert all(values == list(range(24)) for values in days.values())
    assert not result.findings


@pytest.mark.usefixtures("small_store")
def test_value_for_a_day_that_was_handed_out_is_an_error():
    lines = [line for n in range(1, 6) for line in month_of(POINT.format(n))]
    _chunks, result = read(long_profile(), text_file(HEAD, *lines, lines[0]))
    (finding,) = result.findings
    assert (finding.level, finding.code) == ("error", "duplicate_late")
    assert finding.row == len(lines) + 2
    assert result.bad_days == {(P1, "A+", date(2026, 1, 1))}


@pytest.mark.usefixtures("small_store")
def test_long_file_sorted_by_time_must_fit_into_memory():
    months = [month_of(POINT.format(n)) for n in range(1, 25)]
    lines = [line for row in zip(*months, strict=True) for line in row]
    assert critical(long_profile(), text_file(HEAD, *lines)) == "too_many_values"


# -- a column per point -----------------------------------------------------------


def matrix_profile(**settings):
    values = {"layout": "matrix", "columns": {"timestamp": "time"}, "values_from": "@B"}
    return long_profile(**values | settings)


def test_columns_of_points():
    lines = [f"2026-01-05 {h:02}:00;{h};{h * 10};{h * 11}" for h in range(24)]
    chunks, result = read(
        matrix_profile(footer_match=["sum"]), text_file(f"time;{P1};{P2};Sum", *lines)
    )
    assert flat(chunks) == {
        (P1, "A+", date(2026, 1, 5)): list(range(24)),
        (P2, "A+", date(2026, 1, 5)): [h * 10 for h in range(24)],
    }
    assert not result.findings
    assert result.rows_read == 24


def test_columns_of_points_on_the_day_of_25_hours():
    hours = [0, 1, 2, 3, 3, *range(4, 24)]
    lines = [f"2026-10-25 {h:02}:00;{n};{-n}" for n, h in enumerate(hours)]
    chunks, _result = read(
        matrix_profile(allow_negative=True), text_file(f"time;{P1};{P2}", *lines)
    )
    assert flat(chunks)[P1, "A+", AUTUMN] == list(range(25))
    assert flat(chunks)[P2, "A+", AUTUMN] == [-n for n in range(25)]


def test_columns_of_points_with_wrong_headers_and_cells():
    profile = matrix_profile(code_scheme="pattern", code_pattern=r"32Z103\d{27}")
    lines = [f"2026-01-05 {h:02}:00;{h};1;1;{h}" for h in range(24)]
    lines[3] = lines[3][:-1] + "x"
    chunks, result = read(profile, text_file(f"time;{P1};oops;{P2};{P3}", *lines))
    assert set(flat(chunks)) == {
        (P1, "A+", date(2026, 1, 5)),
        (P2, "A+", date(2026, 1, 5)),
    }
    assert codes_of(result) == [
        ("error", "code_pattern", 1),
        ("error", "bad_number", 5),
    ]
    assert result.findings[1].column == f"E ({P3})"


# -- whatever the layout ---------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(
    day=st.sampled_from([date(2026, 1, 5), SPRING, AUTUMN]),
    minutes=st.sampled_from([15, 30, 60]),
    data=st.data(),
)
def test_all_layouts_read_the_same_values(day, minutes, data):
    days = MarketDays(SOFIA, minutes)
    count = days.slots(day)
    numbers = data.draw(
        st.lists(
            st.one_of(st.none(), st.integers(0, 10**9)), min_size=count, max_size=count
        )
    )
    cells = ["" if n is None else f"{n / 1000:.3f}" for n in numbers]
    expected = [float(c) if c else np.nan for c in cells]
    stamps = [
        datetime.fromtimestamp(days.begin(day) + i * minutes * 60, UTC)
        for i in range(count)
    ]
    wide = wide_profile(decimal=".", minutes=minutes, date_format="%Y-%m-%d")
    files = [
        (wide, wide_file((P1, str(day), cells), columns=25 * 60 // minutes)),
        (
            long_profile(minutes=minutes, clock="UTC"),
            text_file(
                HEAD,
                *(
                    f"{P1};{t:%Y-%m-%d %H:%M};{c}"
                    for t, c in zip(stamps, cells, strict=True)
                ),
            ),
        ),
        (
            matrix_profile(minutes=minutes, clock="UTC"),
            text_file(
                f"time;{P1}",
                *(
                    f"{t:%Y-%m-%d %H:%M};{c}"
                    for t, c in zip(stamps, cells, strict=True)
                ),
            ),
        ),
    ]
    for profile, fileobj in files:
        chunks, result = read(profile, fileobj)
        np.testing.assert_array_equal(chunks[0].values[0], expected)
        assert all(f.code == "missing_values" for f in result.findings)


@given(
    st.sampled_from([SPRING, AUTUMN, date(2026, 7, 1)]),
    st.sampled_from(["Europe/Sofia", "Europe/Prague", "Europe/Oslo", "UTC"]),
    st.sampled_from([5, 15, 30, 60]),
)
def test_every_period_is_found_by_its_instant_and_its_wall_time(day, zone, minutes):
    zone = ZoneInfo(zone)
    days = MarketDays(zone, minutes)
    for index in range(days.slots(day)):
        instant = datetime.fromtimestamp(days.begin(day) + index * minutes * 60, UTC)
        slot = days.at_instant(instant)
        assert (slot.day, slot.index) == (day, index)
        local = instant.astimezone(zone)
        slot = days.at_wall(local.replace(tzinfo=None, fold=0))
        assert index == (slot.second if local.fold else slot.index)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("+1", 1),
        (" 1,50 ", 1.5),
        (",5", 0.5),
        ("1e-05", 1e-05),
        ("1,5E+2", 150),
        ('"0,25"', 0.25),
        ("00012", 12),
        ("True", None),
        ("FALSE", None),
        ("NaN", None),
        ("1_0", None),
        ("0x10", None),
        ("1 000", None),
        ("\u0661", None),
        ("1e12", None),
        ("1" * 30, None),
    ],
)
@pytest.mark.parametrize("thousands", ["", "'"])
def test_fast_and_slow_reading_agree(cell, value, thousands):
    # a thousands mark in the profile leads past the fast parser
    profile = wide_profile(minutes=60, values_count=24, thousands=thousands)
    row = (P1, "05.01.2026", [cell] + ["0"] * 23)
    chunks, result = read(profile, wide_file(row, columns=24))
    if value is None:
        assert codes_of(result) == [("error", "bad_number", 2)]
    else:
        assert chunks[0].values[0, 0] == value


def test_profiles_of_intervals_need_their_columns():
    assert critical(wide_profile(values_from="nope"), wide_file()) == "column_missing"
    narrow = text_file("point;day;1;2;3", f"{P1};05.01.2026;1;2;3")
    assert critical(wide_profile(), narrow) == "too_few_columns"
    assert critical(wide_profile(), wide_file()) == "file_no_rows"
    assert critical(long_profile(), text_file(HEAD)) == "file_no_rows"
    assert critical(long_profile(), text_file(HEAD, "", ";;")) == "file_no_rows"


def test_preview_of_intervals():
    shown = preview(wide_profile(), wide_file((P1, "05.01.2026", texts(QUARTERS))))
    assert shown.header[:3] == ["point", "day", "1"]
    assert shown.parsed[0].points == [P1]


def test_chunks_have_at_most_5000_days():
    rows = [
        (POINT.format(n), f"{date(2026, 1, 1) + timedelta(d):%d.%m.%Y}", ["1"] * 24)
        for n in range(10, 85)
        for d in range(80)
    ]
    for profile, fileobj in (
        (wide_profile(minutes=60), wide_file(*rows, columns=24)),
        (
            long_profile(columns={"point": 1, "day": 2, "position": 3, "value": 4},
                         date_format="%d.%m.%Y"),
            text_file("p;d;n;v", *(f"{p};{d};{n};1" for p, d, _v in rows
                                   for n in range(1, 25))),
        ),
    ):  # fmt: skip
        result = parse_intervals(profile, fileobj)
        sizes = [len(chunk) for chunk in result]
        assert max(sizes) <= 5000
        assert sum(sizes) == 6000
        assert not result.findings
