"""What billing needs of an MSCONS message: days of load profiles, registers."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from .errors import Place
from .mscons import MsconsMessage, MsconsProfile
from .series import DayCollector
from .tables.intervals import IntervalChunk
from .tables.market_days import MarketDays
from .tables.readings import ReadingRow


def interval_chunks(
    message: MsconsMessage, profile: MsconsProfile | None = None
) -> list[IntervalChunk]:
    """Return the load profiles of a message as days in kWh."""
    profile = profile or MsconsProfile()
    days = MarketDays(ZoneInfo(profile.timezone), profile.minutes)
    collector = DayCollector(days, message.report)
    for series in message.series:
        channel = profile.channels.get(series.obis)
        if channel is None:
            continue
        for value in series.values:
            if value.quantity is None:
                continue
            place = Place(value.segment, element=f"QTY {value.segment}")
            collector.add(
                series.point,
                channel,
                value.begin,
                value.end,
                float(value.quantity),
                value.quality,
                place,
            )
    return collector.chunks()


def reading_rows(
    message: MsconsMessage, profile: MsconsProfile | None = None
) -> Iterator[ReadingRow]:
    """Yield energies and readings of registers.

    A value with a span is a quantity of local days (the end is exclusive); a value at
    one time is a reading, its date the last day before it.
    """
    profile = profile or MsconsProfile()
    zone = ZoneInfo(profile.timezone)
    for series in message.series:
        if series.obis in profile.channels:
            continue
        for value in series.values:
            if value.quantity is None:
                continue
            is_energy = value.end is not None
            end = _last_day(value.end or value.begin, zone)
            yield ReadingRow(
                row=value.segment,
                point=series.point,
                meter=series.meter,
                register=series.obis,
                date_from=value.begin.astimezone(zone).date() if is_energy else None,
                date_to=end,
                reading_from=None,
                reading_to=None if is_energy else value.quantity,
                multiplier=Decimal(1),
                quantity=value.quantity if is_energy else None,
                quality=value.quality,
            )


def _last_day(moment, zone) -> date:
    """Return the last local day that ends at or before a time."""
    local = moment.astimezone(zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return local.date() - timedelta(days=1)
    return local.date()
