"""Short ways to write charges, prices and quantities in the tests of rating."""

from datetime import date
from decimal import Decimal

from rating import Charge, PriceVersion, Quantity, Span, rate

D = Decimal
CENT = D("0.01")
APRIL = Span(date(2025, 4, 1), date(2025, 4, 30))
#: A floating month of 31 days with a price change on Jul 20 (18 and 13 days).
JULY = Span(date(2025, 7, 2), date(2025, 8, 1))


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(start: str, end: str) -> Span:
    return Span(day(start), day(end))


def price(value, start="2020-01-01", end=None, key=None, **fields) -> PriceVersion:
    return PriceVersion(
        key or start,
        day(start),
        end and day(end),
        None if value is None else D(str(value)),
        **fields,
    )


def banded(*bands, start="2020-01-01", end=None, mode="sliced", **fields):
    return price(None, start, end, bands=bands, band_mode=mode, **fields)


def charge(key, basis, *prices, quantity="kwh", **fields) -> Charge:
    if basis in ("flat", "percent"):
        quantity = ""
    return Charge(key, key.capitalize(), basis, quantity, prices, **fields)


def usage(value, over=APRIL, code="kwh", unit="kWh", **fields) -> Quantity:
    return Quantity(code, over, D(str(value)), unit, **fields)


def rated(charges, quantities, over=APRIL, period=None, **settings):
    """Rate one span; by default the span is the period and cents the currency."""
    settings.setdefault("rounding", CENT)
    if not isinstance(charges, list | tuple):
        charges = [charges]
    return rate(charges, quantities, over, period=period or over, **settings)


def figures(rating) -> list[tuple]:
    """(charge, first day, last day, quantity, unit price, amount) as text."""
    return [
        (
            line.charge_key,
            line.span.start.isoformat(),
            line.span.end.isoformat(),
            plain(line.quantity),
            plain(line.unit_price),
            str(line.amount),
        )
        for line in rating.lines
    ]


def plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def codes(rating) -> list[tuple]:
    return [(problem.code, problem.charge_key) for problem in rating.problems]
