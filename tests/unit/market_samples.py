"""Profiles and small files for the tests of market tables."""

import io

from market.errors import MarketError
from market.tables import TableProfile, parse_intervals, parse_readings

POINT = "32Z1030000000000000000000000000{:02d}"


def readings_profile(**settings):
    values = {
        "name": "readings",
        "kind": "readings",
        "decimal": ",",
        "date_format": "%d.%m.%Y",
        "columns": {
            "point": "point",
            "meter": "meter",
            "register": "register",
            "date_from": "from",
            "date_to": "to",
            "reading_from": "old",
            "reading_to": "new",
            "multiplier": "factor",
            "quantity": "kWh",
        },
        "registers": {"T": "1.8.0", "D": "1.8.1", "N": "1.8.2"},
    }
    return TableProfile(**values | settings)


READINGS_HEADER = "point;meter;register;from;to;old;new;factor;kWh"


def readings_file(*rows, header=READINGS_HEADER, encoding="utf-8"):
    return io.BytesIO("\n".join([header, *rows, ""]).encode(encoding))


def wide_profile(**settings):
    values = {
        "name": "wide",
        "kind": "intervals",
        "layout": "wide",
        "decimal": ",",
        "date_format": "%d.%m.%Y",
        "columns": {"point": "point", "day": "day"},
        "values_from": "@3",
    }
    return TableProfile(**values | settings)


def wide_file(*rows, columns=96):
    """Rows are (point, day text, list of texts)."""
    lines = [";".join(["point", "day", *map(str, range(1, columns + 1))])]
    lines += [";".join([point, day, *values]) for point, day, values in rows]
    return io.BytesIO("\n".join([*lines, ""]).encode())


def long_profile(**settings):
    values = {
        "name": "long",
        "kind": "intervals",
        "layout": "long",
        "minutes": 60,
        "columns": {"point": "point", "timestamp": "time", "value": "kWh"},
        "timestamp_format": "%Y-%m-%d %H:%M",
    }
    return TableProfile(**values | settings)


def text_file(*lines, encoding="utf-8"):
    return io.BytesIO("\n".join([*lines, ""]).encode(encoding))


def read(profile, fileobj):
    """Return (list of rows or chunks, exhausted result)."""
    parse = parse_readings if profile.kind == "readings" else parse_intervals
    result = parse(profile, fileobj)
    return list(result), result


def codes_of(result):
    """Return (level, code, row) of the findings."""
    return [(f.level, f.code, f.row) for f in result.findings]


def critical(profile, fileobj):
    """Return the code of the critical finding a file gives."""
    try:
        read(profile, fileobj)
    except MarketError as error:
        assert error.finding.level == "critical"
        assert error.message()
        return error.code
    return None
