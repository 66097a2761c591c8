from datetime import timedelta

from odoo.tools.misc import formatLang

from .rating import to_decimal

DIGITS = 8


def format_number(env, value):
    """A number in the user's language with the decimals it has, at most eight.

    Quantities and unit prices are stored with more digits than most of them need:
    50.000000 reads as 50, 0.12345678 as it is.

    :param value: Decimal, float, int or their text
    """
    number = round(to_decimal(value), DIGITS).normalize()
    digits = max(0, -number.as_tuple().exponent)
    return formatLang(env, float(number), digits=digits)


def changed_days(before, after):
    """Days in force before or after a change of dates, but not both.

    :param before: first and last day; ``after`` likewise
    :return: ``[(first, last), …]``
    """
    (old_start, old_end), (new_start, new_end) = before, after
    changed = []
    if old_start != new_start:
        last = max(old_start, new_start) - timedelta(days=1)
        changed.append((min(old_start, new_start), last))
    if old_end != new_end:
        first = min(old_end, new_end) + timedelta(days=1)
        changed.append((first, max(old_end, new_end)))
    return changed
