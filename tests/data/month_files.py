"""The files three distributors send, each in a form of its own, and their faults.

A file with faults has a corrected version in the folder ``corrections``: readings as
a whole, intervals only of the point that was wrong.
"""

import csv
import io
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
from month_data import Month, Reading, first_point
from month_portfolio import CODE_LENGTH, NETWORKS, TIMEZONE

# the faults, by customer
MISSING = ("books", 2)
REPEATED = ("garage", 1)
NEGATIVE = ("winery", 1)
GAP = ("dairy", 1)
GAP_DAY = 13
GAP_SLOTS = range(40, 48)
UNKNOWN_CODE = NETWORKS["WEST"]["prefix"] + "9" * (CODE_LENGTH - 6)

QUALITY = {"measured": "Отчетено", "estimated": "Прогнозно"}
SCALES = {"1.8.0": "Единна", "1.8.1": "Дневна", "1.8.2": "Нощна"}


@dataclass
class Fault:
    """A fault of a file: what is wrong where, and who tells it.

    `told_by` is "parser" (market.tables), "import" (against the database) or
    "billing" (a check of the segment); `code` and `level` are the parser's.
    """

    kind: str
    file: str
    point: str
    told_by: str
    code: str = ""
    level: str = ""
    row: int | None = None
    correction: str | None = None


def write_month(data: Month, folder: Path) -> list[Fault]:
    """Write all files and corrections of a month; return the faults in them."""
    corrections = folder / "corrections"
    corrections.mkdir(parents=True, exist_ok=True)
    readings = {
        network: [r for r in data.readings if r.network == network]
        for network in NETWORKS
    }
    faults = []
    west = _with_west_faults(data, readings["WEST"], faults)
    write_west_readings(folder / "west_readings.csv", west)
    write_west_readings(corrections / "west_readings.csv", readings["WEST"])
    south = _with_south_faults(data, readings["SOUTH"], faults)
    write_south_readings(folder / "south_readings.xlsx", south, data.days[0])
    write_south_readings(
        corrections / "south_readings.xlsx", readings["SOUTH"], data.days[0]
    )
    write_north_readings(folder / "north_readings.csv", readings["NORTH"])
    dairy = first_point(data.points, *GAP)
    rows = _wide_rows(data, "WEST")
    write_west_intervals(folder / "west_intervals.csv", _with_gap(data, rows, faults))
    rows = [row for row in rows if row[0] == dairy.code]
    write_west_intervals(corrections / "west_intervals.csv", rows)
    write_south_intervals(folder / "south_intervals.csv", _wide_rows(data, "SOUTH"))
    write_north_intervals(folder / "north_intervals.csv", data)
    return faults


def _with_west_faults(data, readings, faults):
    name, correction = "west_readings.csv", "corrections/west_readings.csv"
    missing = first_point(data.points, *MISSING)
    repeated = first_point(data.points, *REPEATED)
    rows = [reading for reading in readings if reading.point != missing.code]
    (again,) = (reading for reading in rows if reading.point == repeated.code)
    stranger = replace(rows[0], point=UNKNOWN_CODE, meter="W49999999")
    rows.insert(12, stranger)
    at = rows.index(again) + 5
    rows.insert(at, again)
    faults += [
        Fault("missing_point", name, missing.code, "billing", correction=correction),
        Fault(
            "duplicate_row",
            name,
            repeated.code,
            "parser",
            "duplicate_row",
            "warning",
            at + 2,
            correction,
        ),
        Fault(
            "unknown_point",
            name,
            UNKNOWN_CODE,
            "import",
            row=12 + 2,
            correction=correction,
        ),
    ]
    return rows


def _with_south_faults(data, readings, faults):
    point = first_point(data.points, *NEGATIVE)
    rows = list(readings)
    at = next(n for n, reading in enumerate(rows) if reading.point == point.code)
    good = rows[at]
    units = good.reading_to - good.reading_from
    rows[at] = replace(
        good,
        reading_to=good.reading_from - units,
        quantity=-units * good.multiplier,
    )
    faults.append(
        Fault(
            "negative_value",
            "south_readings.xlsx",
            point.code,
            "parser",
            "negative_quantity",
            "error",
            at + 5,
            "corrections/south_readings.xlsx",
        )
    )
    return rows


def _with_gap(data, rows, faults):
    point = first_point(data.points, *GAP)
    rows = list(rows)
    day = data.days[0].replace(day=GAP_DAY)
    at = next(n for n, row in enumerate(rows) if row[:2] == (point.code, day))
    values = rows[at][2].copy()
    values[list(GAP_SLOTS)] = np.nan
    rows[at] = (point.code, day, values)
    faults.append(
        Fault(
            "gap",
            "west_intervals.csv",
            point.code,
            "parser",
            "missing_values",
            "warning",
            at + 2,
            "corrections/west_intervals.csv",
        )
    )
    return rows


# -- ERP West: semicolons, decimal comma, cp1251 ------------------------------------


def write_west_readings(path: Path, readings: list[Reading]):
    """A row per register, a total at the end."""
    header = (
        "Точка на измерване;Електромер;Скала;От дата;До дата;Старо показание;"
        "Ново показание;Константа;Количество, kWh;Отчет"
    )
    lines = [header]
    for reading in readings:
        cells = (
            reading.point,
            reading.meter,
            SCALES[reading.register],
            f"{reading.date_from:%d.%m.%Y}",
            f"{reading.date_to:%d.%m.%Y}",
            f"{reading.reading_from},00",
            f"{reading.reading_to},00",
            str(reading.multiplier),
            f"{reading.quantity},00",
            QUALITY[reading.quality],
        )
        lines.append(";".join(cells))
    total = sum(reading.quantity for reading in readings)
    lines.append(f"Общо;;;;;;;;{total},00;")
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1251"))


def write_west_intervals(path: Path, rows):
    """A row per point and day; as many columns as the longest day has quarters."""
    width = max(len(values) for _code, _day, values in rows)
    lines = [";".join(["Точка на измерване", "Дата", *map(str, range(1, width + 1))])]
    for code, day, values in rows:
        cells = [_comma(value) for value in values] + [""] * (width - len(values))
        lines.append(";".join([code, f"{day:%d.%m.%Y}", *cells]))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1251"))


# -- ERP South: workbook; text with a byte order mark ---------------------------------


def write_south_readings(path: Path, readings: list[Reading], month: date):
    """A workbook with a title, native dates and numbers; "to" is the day after."""
    book = openpyxl.Workbook()
    # the file is the same at each run: no time of making in it
    book.properties.created = book.properties.modified = datetime(2026, 2, 3)
    sheet = book.active
    sheet.title = "Отчет"
    sheet.append(["ЕРП Юг"])
    sheet.append([f"Отчетени количества за {month:%m.%Y} г."])
    sheet.append([])
    sheet.append(
        ["ИТН", "Фабр. №", "Регистър", "От", "До", "Начално", "Крайно", "К", "kWh"]
    )
    for reading in readings:
        sheet.append(
            [
                reading.point,
                reading.meter,
                reading.register,
                reading.date_from,
                reading.date_to + timedelta(days=1),
                reading.reading_from,
                reading.reading_to,
                reading.multiplier,
                reading.quantity,
            ]
        )
    sheet.append([])
    total = sum(reading.quantity for reading in readings)
    sheet.append(["Общо", None, None, None, None, None, None, None, total])
    sheet.column_dimensions["A"].width = 40
    stored = io.BytesIO()
    book.save(stored)
    _copy_without_times(stored, path)


def _copy_without_times(stored, path):
    with (
        zipfile.ZipFile(stored) as made,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed,
    ):
        for member in made.infolist():
            info = zipfile.ZipInfo(member.filename, (2026, 2, 3, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            content = made.read(member)
            if member.filename == "docProps/core.xml":
                content = _fixed_times(content)
            fixed.writestr(info, content)


def _fixed_times(content):
    """Return the workbook's properties with the time of saving replaced."""
    start = content.index(b"<dcterms:modified")
    start = content.index(b">", start) + 1
    end = content.index(b"<", start)
    return content[:start] + b"2026-02-03T00:00:00Z" + content[end:]


def write_south_intervals(path: Path, rows):
    """A row per point, day and channel, after two columns of no interest."""
    width = max(len(values) for _code, _day, values in rows)
    head = ["№", "ИТН", "Канал", "Ден", *(f"Q{n}" for n in range(1, width + 1))]
    lines = [";".join(head)]
    for number, (code, day, values) in enumerate(rows, 1):
        cells = [_comma(value) for value in values] + [""] * (width - len(values))
        lines.append(";".join([str(number), code, "AP", f"{day:%d/%m/%Y}", *cells]))
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-8-sig"))


# -- ERP North: commas, decimal point, readings only, a row per value in UTC ----------


def write_north_readings(path: Path, readings: list[Reading]):
    """A row per meter with old and new readings of three registers, no quantities."""
    meters: dict[tuple, dict] = {}
    for reading in readings:
        key = (reading.point, reading.meter, reading.date_from, reading.date_to)
        meters.setdefault(key, {})[reading.register] = reading
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["Metering point", "Meter", "From", "To", "CT ratio"]
            + [f"{name} {side}" for name in ("Total", "Day", "Night")
               for side in ("old", "new")]
        )  # fmt: skip
        for (point, meter, begin, end), registers in meters.items():
            cells = [point, meter, begin, end]
            cells.append(next(iter(registers.values())).multiplier)
            for register in SCALES:
                reading = registers.get(register)
                cells += (
                    [reading.reading_from, reading.reading_to] if reading else ["", ""]
                )
            writer.writerow(cells)


def write_north_intervals(path: Path, data: Month):
    """A row per value with the beginning of the quarter hour in UTC."""
    zone = ZoneInfo(TIMEZONE)
    lines = ["Metering point,Start (UTC),kWh"]
    for point in data.interval_points("NORTH"):
        for day in data.days:
            begin = datetime.combine(day, time(), zone).astimezone(UTC)
            for n, value in enumerate(data.intervals[point.code, day]):
                moment = begin + n * timedelta(minutes=15)
                lines.append(f"{point.code},{moment:%Y-%m-%d %H:%M},{value:.3f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _wide_rows(data, network):
    return [
        (point.code, day, data.intervals[point.code, day])
        for point in data.interval_points(network)
        for day in data.days
    ]


def _comma(value):
    return "" if np.isnan(value) else f"{value:.3f}".replace(".", ",")


# -- the profiles that read them ----------------------------------------------------

_PATTERN = {"code_scheme": "pattern"}
PROFILES = [
    {
        "name": "ERP West, readings",
        "kind": "readings",
        "encoding": "cp1251",
        "decimal": ",",
        "date_format": "%d.%m.%Y",
        "columns": {
            "point": "Точка на измерване",
            "meter": "Електромер",
            "register": "Скала",
            "date_from": "От дата",
            "date_to": "До дата",
            "reading_from": "Старо показание",
            "reading_to": "Ново показание",
            "multiplier": "Константа",
            "quantity": "Количество, kWh",
            "quality": "Отчет",
        },
        "registers": {text: register for register, text in SCALES.items()},
        "qualities": {text: quality for quality, text in QUALITY.items()},
        "footer_match": ["Общо"],
        "code_pattern": NETWORKS["WEST"]["pattern"],
        **_PATTERN,
    },
    {
        "name": "ERP South, readings",
        "kind": "readings",
        "format": "xlsx",
        "sheet": "Отчет",
        "header_match": "ИТН",
        "date_to_inclusive": False,
        "columns": {
            "point": "ИТН",
            "meter": "Фабр. №",
            "register": "Регистър",
            "date_from": "От",
            "date_to": "До",
            "reading_from": "Начално",
            "reading_to": "Крайно",
            "multiplier": "К",
            "quantity": "kWh",
        },
        "footer_match": ["Общо"],
        "code_pattern": NETWORKS["SOUTH"]["pattern"],
        **_PATTERN,
    },
    {
        "name": "ERP North, readings",
        "kind": "readings",
        "layout": "wide",
        "delimiter": ",",
        "columns": {
            "point": "Metering point",
            "meter": "Meter",
            "date_from": "From",
            "date_to": "To",
            "multiplier": "CT ratio",
        },
        "register_columns": [
            {
                "register": register,
                "reading_from": f"{name} old",
                "reading_to": f"{name} new",
            }
            for register, name in zip(SCALES, ("Total", "Day", "Night"), strict=True)
        ],
        "code_pattern": NETWORKS["NORTH"]["pattern"],
        **_PATTERN,
    },
    {
        "name": "ERP West, intervals",
        "kind": "intervals",
        "layout": "wide",
        "encoding": "cp1251",
        "decimal": ",",
        "date_format": "%d.%m.%Y",
        "columns": {"point": "Точка на измерване", "day": "Дата"},
        "values_from": "1",
        "code_pattern": NETWORKS["WEST"]["pattern"],
        **_PATTERN,
    },
    {
        "name": "ERP South, intervals",
        "kind": "intervals",
        "layout": "wide",
        "decimal": ",",
        "date_format": "%d/%m/%Y",
        "columns": {"point": "ИТН", "channel": "Канал", "day": "Ден"},
        "channels": {"AP": "A+"},
        "values_from": "Q1",
        "code_pattern": NETWORKS["SOUTH"]["pattern"],
        **_PATTERN,
    },
    {
        "name": "ERP North, intervals",
        "kind": "intervals",
        "layout": "long",
        "delimiter": ",",
        "timestamp_format": "%Y-%m-%d %H:%M",
        "clock": "UTC",
        "columns": {
            "point": "Metering point",
            "timestamp": "Start (UTC)",
            "value": "kWh",
        },
        "code_pattern": NETWORKS["NORTH"]["pattern"],
        **_PATTERN,
    },
]
FILES = [
    ("west_readings.csv", "ERP West, readings", "WEST"),
    ("south_readings.xlsx", "ERP South, readings", "SOUTH"),
    ("north_readings.csv", "ERP North, readings", "NORTH"),
    ("west_intervals.csv", "ERP West, intervals", "WEST"),
    ("south_intervals.csv", "ERP South, intervals", "SOUTH"),
    ("north_intervals.csv", "ERP North, intervals", "NORTH"),
]
CORRECTIONS = [
    ("corrections/west_readings.csv", "ERP West, readings", "WEST"),
    ("corrections/south_readings.xlsx", "ERP South, readings", "SOUTH"),
    ("corrections/west_intervals.csv", "ERP West, intervals", "WEST"),
]
