"""What a prospect will use and pay: pure arithmetic, no Odoo, no clock.

Energies are Decimals in the unit of their kind (kWh), months are numbers 1 to 12.
"""

from calendar import monthrange
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

STEP = Decimal("0.001")
MONTHS = 12
COMMON_YEAR = 2025
"""Any with 28 days in February."""


def spread(yearly, weights=None):
    """Divide the quantity of a year among months; the parts add up exactly.

    :param Decimal yearly: of the whole year
    :param weights: 12 numbers not below zero, such as the sums of a load profile; None
        for equal parts
    :raises ValueError: for weights that divide nothing
    :return: ``{month: Decimal}``

    >>> [str(part) for part in spread(Decimal(1000), [1, 2] + [0] * 10).values()][:3]
    ['333.333', '666.667', '0.000']
    """
    weights = [Decimal(str(weight)) for weight in weights or [1] * MONTHS]
    total = sum(weights)
    if len(weights) != MONTHS or total <= 0 or min(weights) < 0:
        raise ValueError("twelve weights, not below zero and not all zero")
    parts, share, before = {}, Decimal(), Decimal()
    for month, weight in enumerate(weights, 1):
        share += weight
        until = (yearly * share / total).quantize(STEP, ROUND_HALF_UP)
        parts[month] = until - before
        before = until
    return parts


def year_of(pieces):
    """The year that measured pieces let expect, month by month.

    A month that was measured counts with its mean day; one that was not, with the mean
    day of all.

    :param pieces: ``[(first day, last day, Decimal), …]``, not overlapping
    :return: ``{month: Decimal}``, empty where nothing was measured

    >>> year = year_of([(date(2025, 1, 1), date(2025, 1, 31), Decimal(310))])
    >>> str(year[1]), str(year[2])
    ('310.000', '280.000')
    """
    days, sums = defaultdict(int), defaultdict(Decimal)
    for first, last, value in pieces:
        each = value / ((last - first).days + 1)
        for number in range(first.toordinal(), last.toordinal() + 1):
            month = date.fromordinal(number).month
            days[month] += 1
            sums[month] += each
    if not days:
        return {}
    mean = sum(sums.values()) / sum(days.values())
    return {
        month: (
            (sums[month] / days[month] if days[month] else mean)
            * monthrange(COMMON_YEAR, month)[1]
        ).quantize(STEP, ROUND_HALF_UP)
        for month in range(1, MONTHS + 1)
    }


def months_from(start):
    """The twelve calendar months of a year, from that of ``start`` on.

    :return: ``[(first day, last day), …]``

    >>> months_from(date(2025, 11, 15))[1]
    (datetime.date(2025, 12, 1), datetime.date(2025, 12, 31))
    """
    found = []
    for number in range(MONTHS):
        count = start.month - 1 + number
        year, month = start.year + count // MONTHS, count % MONTHS + 1
        found.append(
            (date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        )
    return found


def compare(today, offered):
    """What the offer saves a year, and in percent of today's cost.

    :return: ``(Decimal, Decimal or None)``; None where today's cost is not known

    >>> compare(Decimal(200), Decimal(150))
    (Decimal('50'), Decimal('25.0'))
    """
    if not today:
        return Decimal(), None
    saving = today - offered
    return saving, (saving * 100 / today).quantize(Decimal("0.1"), ROUND_HALF_UP)
