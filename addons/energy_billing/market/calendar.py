"""Register calendars: what each interval of a local day counts as.

Hours are those of the wall clock. On the day the clock goes back the doubled hour
counts twice as what it is, on the day it goes forward the lost hour is not there.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from .tables.market_days import MarketDays

DAYS = ("all", "work", "saturday", "rest", "weekend")


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """Hours that count as `key`.

    :param season: first and last month and day ("11-01", "03-31"), both included; a
        last day before the first one lies in the next year
    :param days: one of `DAYS`; a holiday is a rest day, whatever weekday it is
    :param hours: from and to in hours (22.0, 6.0); to before from is over midnight
    """

    key: Hashable
    season: tuple[str, str] = ("01-01", "12-31")
    days: str = "all"
    hours: tuple[float, float] = (0.0, 24.0)

    def fits(self, day: date, is_holiday: bool) -> bool:
        """Whether the rule is for this day."""
        first, last = self.season
        here = f"{day:%m-%d}"
        in_season = (
            first <= here <= last if first <= last else here >= first or here <= last
        )
        return in_season and _is_day(self.days, day.weekday(), is_holiday)

    def covers(self, hour: float) -> bool:
        """Whether an interval that begins at this hour of the day is meant."""
        begin, end = self.hours
        if begin < end:
            return begin <= hour < end
        return hour >= begin or hour < end


def _is_day(days, weekday, is_holiday):
    if days == "all":
        return True
    rest = is_holiday or weekday == 6
    if days == "work":
        return weekday < 5 and not is_holiday
    if days == "saturday":
        return weekday == 5 and not is_holiday
    if days == "rest":
        return rest
    return rest or weekday == 5


def split_day(
    day: date,
    minutes: int,
    timezone: str,
    rules: Sequence[CalendarRule],
    default: Hashable,
    holidays: Collection[date] = (),
) -> list[Hashable]:
    """Return the key of each interval of a local day, in the order of time.

    The first rule that fits counts; where none does, `default`.
    """
    zone = ZoneInfo(timezone)
    is_holiday = day in holidays
    usable = [rule for rule in rules if rule.fits(day, is_holiday)]
    days = MarketDays(zone, minutes)
    keys = []
    for index in range(days.slots(day)):
        local = datetime.fromtimestamp(days.begin(day) + index * minutes * 60, zone)
        hour = local.hour + local.minute / 60
        keys.append(next((rule.key for rule in usable if rule.covers(hour)), default))
    return keys
