"""Day-ahead prices in the European market's publication document (IEC 62325-451-3).

``Publication_MarketDocument`` with TimeSeries (area, currency, measure unit) of Periods
(UTC interval, resolution) of Points (position, price.amount). With curve type A03 a
position left out has the price of the one before it. Hardened as `ote` is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lxml import etree

from .errors import FindingReport, MarketError, Place
from .series import DayCollector
from .tables.cells import shorten
from .tables.intervals import IntervalChunk
from .tables.market_days import MarketDays

MAX_BYTES = 16 << 20
ROOT = "Publication_MarketDocument"
RESOLUTIONS: Mapping[str, int] = {"PT15M": 15, "PT30M": 30, "PT60M": 60, "PT1H": 60}
REPEATED = "A03"
"""Curve type whose points hold until the next one."""


@dataclass
class Prices:
    """Prices by area and local day; `chunks` hold the currency per `unit`."""

    chunks: list[IntervalChunk]
    currencies: set[str]
    units: set[str]
    report: FindingReport


def parse_prices(
    fileobj: BinaryIO, timezone: str, max_bytes: int = MAX_BYTES
) -> Prices:
    """Read a publication document to its end.

    :param timezone: of the market day
    :raises MarketError: for what is none, or has an unknown resolution
    """
    raw = fileobj.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise MarketError("message_too_large", params={"limit": max_bytes})
    root = _root(raw)
    report = FindingReport()
    found = Prices([], set(), set(), report)
    collectors: dict[int, DayCollector] = {}
    zone = ZoneInfo(timezone)
    count = 0
    for series in _all(root, "TimeSeries"):
        area = _text(series, "out_Domain.mRID") or _text(series, "in_Domain.mRID")
        if not area:
            raise _missing(series, "in_Domain.mRID")
        found.currencies.add(_text(series, "currency_Unit.name") or "")
        found.units.add((_text(series, "price_Measure_Unit.name") or "MWH").upper())
        repeated = _text(series, "curveType") == REPEATED
        for period in _all(series, "Period"):
            minutes = _minutes(period)
            if minutes not in collectors:
                days = MarketDays(zone, minutes)
                collectors[minutes] = DayCollector(days, report)
            count += _collect(collectors[minutes], area, period, minutes, repeated)
    if not count:
        raise MarketError("message_empty", params={"element": "Point"})
    for collector in collectors.values():
        found.chunks += collector.chunks()
    report.close()
    return found


def _root(raw):
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise MarketError("xml_doctype")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MarketError("xml_broken", params={"reason": shorten(error)}) from error
    name = etree.QName(root).localname
    if name != ROOT:
        params = {"found": shorten(name), "known": ROOT}
        raise MarketError("xml_root_unknown", Place(root.sourceline), params)
    return root


def _collect(collector, area, period, minutes, repeated):
    """Add the points of a period; return how many there were."""
    begin, end = _interval(period)
    step = timedelta(minutes=minutes)
    slots = int((end - begin) / step)
    prices = {}
    for point in _all(period, "Point"):
        position = _whole(point, "position", slots)
        prices[position] = (_price(point), point.sourceline)
    last = None
    for position in range(1, slots + 1):
        found = prices.get(position, last if repeated else None)
        if found is None:
            continue
        last = found
        price, row = found
        start = begin + (position - 1) * step
        place = Place(row, element=f"Point {position}")
        collector.add(area, "price", start, start + step, price, "measured", place)
    return len(prices)


def _interval(period):
    interval = next(_all(period, "timeInterval"), None)
    if interval is None:
        raise _missing(period, "timeInterval")
    times = []
    for name in ("start", "end"):
        text = _text(interval, name)
        if not text:
            raise _missing(interval, name)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise _wrong(interval, name, text, "moment") from error
        times.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if not timedelta(0) < times[1] - times[0] <= timedelta(days=400):
        raise _wrong(interval, "end", times[1].isoformat(), "moment")
    return times


def _minutes(period):
    text = _text(period, "resolution") or ""
    if text not in RESOLUTIONS:
        raise _wrong(period, "resolution", text, ", ".join(RESOLUTIONS))
    return RESOLUTIONS[text]


def _whole(point, name, most):
    text = _text(point, name) or ""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise _wrong(point, name, text, f"1–{most}")
    return int(text)


def _price(point):
    text = _text(point, "price.amount") or ""
    try:
        price = Decimal(text)
    except InvalidOperation as error:
        raise _wrong(point, "price.amount", text, "number") from error
    if not price.is_finite() or abs(price) > 1_000_000:
        raise _wrong(point, "price.amount", text, "number")
    return float(price)


def _all(element, name):
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).localname == name:
            yield child


def _text(element, name):
    child = next(_all(element, name), None)
    return None if child is None else (child.text or "").strip()


def _missing(element, name):
    return MarketError("field_missing", Place(element.sourceline), {"field": name})


def _wrong(element, name, text, kind):
    params = {"field": name, "value": shorten(text), "type": kind}
    return MarketError("field_wrong", Place(element.sourceline), params)
