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
