"""What billing needs of the operator's XML messages: days and registers in kWh."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from .errors import Place
from .ote import Block, XmlMessage
from .series import DayCollector
from .tables.cells import shorten
from .tables.intervals import IntervalChunk
from .tables.market_days import MarketDays
from .tables.profile import QUALITIES, UNITS
from .tables.readings import ReadingRow

MAX_TOLD = 100
"""Unknown states of a message that are listed one by one."""


def interval_chunks(message: XmlMessage) -> list[IntervalChunk]:
    """Return the values of a message of measured values as days in kWh.

    Reads the message to its end. Its group ``values`` has value, begin, and if given
    end, unit, value_type and status.
    """
    profile = message.profile
    days = MarketDays(ZoneInfo(profile.timezone), profile.minutes)
    collector = DayCollector(days, message.report)
    quality_of = _qualities(profile, message)
    for block in message:
        told = set()
        for number, record in enumerate(block.groups.get("values", ()), 1):
            place = Place(record["_row"], element=f"{block.element}/values[{number}]")
            factor = _factor(record.get("unit"), profile.minutes)
            if factor is None:
                if record["unit"] not in told:
                    told.add(record["unit"])
                    _unit_error(message, block, record, place)
                continue
            value_type = record.get("value_type")
            channel = profile.channels.get(value_type, value_type or "A+")
            collector.add(
                block.point,
                channel,
                record["begin"],
                record.get("end"),
                round(float(record["value"] * factor), 9),
                quality_of(record.get("status")),
                place,
            )
    return collector.chunks()


def reading_rows(
    message: XmlMessage, blocks: Iterable[Block] | None = None
) -> Iterator[ReadingRow]:
    """Yield the registers of a message of the data to bill (DUF), in kWh.

    Reads the message to its end, or `blocks` that were read from it.

    Its group ``readings`` has register, quantity and if given date_from, date_to
    (inclusive; otherwise the block's), reading_from, reading_to, multiplier, meter,
    unit and status.
    """
    profile = message.profile
    quality_of = _qualities(profile, message)
    for block in message if blocks is None else blocks:
        for record in block.groups.get("readings", ()):
            place = Place(record["_row"], element=block.element)
            factor = _factor(record.get("unit"), None)
            date_to = record.get("date_to") or block.values.get("date_to")
            if factor is None or date_to is None:
                if factor is None:
                    _unit_error(message, block, record, place)
                else:
                    message.report.error(
                        "field_missing",
                        place.row,
                        None,
                        block.point,
                        place.element,
                        field="date_to",
                    )
                continue
            register = record.get("register")
            quantity = record.get("quantity")
            yield ReadingRow(
                row=place.row,
                point=block.point,
                meter=record.get("meter"),
                register=profile.registers.get(register, register or "1.8.0"),
                date_from=record.get("date_from") or block.values.get("date_from"),
                date_to=date_to,
                reading_from=record.get("reading_from"),
                reading_to=record.get("reading_to"),
                multiplier=record.get("multiplier") or Decimal(1),
                quantity=None if quantity is None else quantity * factor,
                quality=quality_of(record.get("status")),
            )


def _factor(unit, minutes):
    """Return kWh per unit, None for an unknown one; no unit is kWh."""
    name = (unit or "kWh").casefold()
    for known, factor in UNITS.items():
        if known.casefold() == name:
            return factor
    if minutes and name in ("kw", "mw"):
        power = Decimal(1) if name == "kw" else Decimal(1000)
        return power * Decimal(minutes) / 60
    return None


def _unit_error(message, block, record, place):
    message.report.error(
        "unit_unknown",
        place.row,
        None,
        block.point,
        place.element,
        value=shorten(record.get("unit")),
    )


def _qualities(profile, message):
    """Return a function from status to quality that tells each unknown one once."""
    told = set()

    def quality_of(status):
        if status is None:
            return "measured"
        quality = profile.qualities.get(status, status)
        if quality in QUALITIES:
            return quality
        if status not in told and len(told) < MAX_TOLD:
            told.add(status)
            message.report.warning("status_unknown", value=shorten(status))
        return "measured"

    return quality_of
