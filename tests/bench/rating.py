"""Rating: charge lines with proration and bands, streamed in pieces.

``--size`` is the number of charge lines (1,000,000 by default). Agreements of four
price lists are rated for a period of 31 days in which prices change; some move in
or out, some have interim readings, daily values or a change of capacity. The lines
of a piece are dropped before the next is made, as a run does.

The peer rates a tenth of the same agreements as one writes it first: line by line
and day by day, with exact fractions, looking up the price of each day. Its amounts
must be ours to the cent. For index prices the peer multiplies Decimals interval by
interval. Times are seconds of one core.
"""

import importlib.util
import itertools
import random
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

SIZE = 1_000_000
SMALL = 2_000

PACKAGE = Path(__file__).parents[2] / "addons/billing_base/rating"
PIECE = 500
PERIOD = date(2025, 7, 2), date(2025, 8, 1)
CHANGE = date(2025, 7, 20)
CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
#: Seconds for a million lines, and MiB: the aims of the project.
TARGET_SECONDS = 40
TARGET_MIB = 1024


def _load():
    """The package, under a name that this module doesn't have itself."""
    name = "billing_rating"
    spec = importlib.util.spec_from_file_location(
        name, PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rating = _load()


def price_list(number):
    """Five charges: energy, capacity, a fee, bands, and a percent of two of them."""

    def versions(*values, **fields):
        ends = [CHANGE - timedelta(days=1), None]
        starts = [date(2020, 1, 1), CHANGE]
        return tuple(
            rating.PriceVersion(f"{number}.{start}", start, end, value, **fields)
            for start, end, value in zip(starts, ends, values, strict=True)
        )

    def bands(first):
        return (
            rating.Band(Decimal(100), first),
            rating.Band(Decimal(400), first * 2),
            rating.Band(None, first * 3),
        )

    step = Decimal(number) / 1000
    banded = tuple(
        rating.PriceVersion(
            version.key,
            version.start,
            version.end,
            bands=bands(Decimal("0.01234") + step),
        )
        for version in versions(None, None)
    )
    return [
        rating.Charge(
            "energy",
            "Energy",
            "unit",
            "kwh",
            versions(Decimal("0.12345") + step, Decimal("0.13579") + step),
        ),
        rating.Charge(
            "capacity",
            "Capacity",
            "capacity",
            "kw",
            versions(Decimal("2.17") + step, Decimal("2.29") + step),
        ),
        rating.Charge("fee", "Fee", "flat", "", versions(Decimal(7), Decimal(8))),
        rating.Charge("network", "Network", "bands", "kwh", banded),
        rating.Charge(
            "levy",
            "Levy",
            "percent",
            "",
            versions(Decimal(6), Decimal("6.5")),
            percent_of=("energy", "fee"),
        ),
    ]


def agreements():
    """Endless (price list number, span, quantities), the same in each run."""
    dice = random.Random(2025)
    whole = rating.Span(*PERIOD)
    middle = date(2025, 7, 16)
    while True:
        span = whole
        if dice.random() < 0.1:
            moved = PERIOD[0] + timedelta(days=dice.randrange(1, 31))
            span = rating.Span(moved, whole.end)
        energy = Decimal(dice.randrange(1, 200_000_000)).scaleb(-5)
        power = Decimal(dice.randrange(1, 90))
        kind = dice.random()
        if kind < 0.1 and span is whole:  # an interim reading
            parts = (
                rating.Span(span.start, middle - timedelta(days=1)),
                rating.Span(middle, span.end),
            )
            quantities = [rating.Quantity("kwh", part, energy, "kWh") for part in parts]
        elif kind < 0.2:
            daily = tuple(
                Decimal(dice.randrange(90_000)) / 1000 for _ in range(span.days)
            )
            quantities = [rating.Quantity("kwh", span, sum(daily), "kWh", daily=daily)]
        else:
            quantities = [rating.Quantity("kwh", span, energy, "kWh")]
        if kind > 0.95 and span is whole:
            quantities += [
                rating.Quantity(
                    "kw",
                    rating.Span(span.start, middle - timedelta(days=1)),
                    power,
                    "kW",
                ),
                rating.Quantity("kw", rating.Span(middle, span.end), power + 1, "kW"),
            ]
        else:
            quantities.append(rating.Quantity("kw", span, power, "kW"))
        yield dice.randrange(4), span, quantities


class Ours:
    """A rater for each price list and span, as long as the piece keeps it."""

    def __init__(self):
        self.lists = [price_list(number) for number in range(4)]
        self.raters = {}

    def __call__(self, number, span, quantities):
        rater = self.raters.get((number, span))
        if rater is None:
            rater = self.raters[number, span] = rating.Rater(
                self.lists[number], span, period=rating.Span(*PERIOD), rounding=CENT
            )
        found = rater.rate(quantities)
        if found.problems:
            raise AssertionError(found.problems)
        return found.lines


class LineByLine:
    """The same rules without any preparation: each day looked up, each share an
    exact fraction."""

    def __init__(self):
        self.lists = [price_list(number) for number in range(4)]

    def __call__(self, number, span, quantities):
        lines = []
        for charge in self.lists[number]:
            for first, last, version in self.parts(charge, span):
                for line in getattr(self, charge.basis)(
                    charge, version, first, last, quantities, lines
                ):
                    lines.append(self.line(charge, version, *line))
        return lines

    def parts(self, charge, span):
        """(first day, last day, price version) by looking at each day."""
        day = span.start
        found = []
        while day <= span.end:
            (version,) = (
                v
                for v in charge.prices
                if v.start <= day and (v.end is None or day <= v.end)
            )
            if found and found[-1][2] is version:
                found[-1][1] = day
            else:
                found.append([day, day, version])
            day += timedelta(days=1)
        return found

    def share(self, quantity, first, last):
        """Rounded difference of what was used before and after the days."""

        def until(day):
            days = (day - quantity.span.start).days + 1
            if days <= 0:
                return Decimal(0)
            days = min(days, quantity.span.days)
            if quantity.daily:
                return sum(quantity.daily[:days])
            return self.round(
                Fraction(quantity.value) * days / quantity.span.days, MILLIONTH
            )

        return until(last) - until(first - timedelta(days=1))

    def used(self, charge, first, last, quantities):
        return sum(
            self.share(quantity, first, last)
            for quantity in quantities
            if quantity.code == charge.quantity
        )

    def round(self, value, step):
        whole, rest = divmod(abs(value) / Fraction(step), 1)
        rounded = (int(whole) + (rest >= Fraction(1, 2))) * step
        return rounded if value >= 0 else -rounded

    def time(self, first, last):
        days = (PERIOD[1] - PERIOD[0]).days + 1
        return Fraction((last - first).days + 1, days)

    def unit(self, charge, version, first, last, quantities, lines):
        quantity = self.used(charge, first, last, quantities)
        yield first, last, quantity, version.price, quantity * version.price

    def bands(self, charge, version, first, last, quantities, lines):
        quantity = self.used(charge, first, last, quantities)
        share = self.time(first, last)
        low = Decimal(0)
        for band in version.bands:
            high = quantity
            if band.upper is not None:
                limit = self.round(Fraction(band.upper) * share, MILLIONTH)
                high = min(quantity, limit)
            if high > low or not low:
                yield first, last, high - low, band.price, (high - low) * band.price
            low = max(low, high)

    def flat(self, charge, version, first, last, quantities, lines):
        share = self.time(first, last)
        yield first, last, share, version.price, Fraction(version.price) * share

    def capacity(self, charge, version, first, last, quantities, lines):
        for level in sorted(quantities, key=lambda q: q.span):
            start, end = max(first, level.span.start), min(last, level.span.end)
            if level.code == "kw" and start <= end:
                part = Fraction(level.value) * self.time(start, end)
                yield start, end, part, version.price, part * Fraction(version.price)

    def percent(self, charge, version, first, last, quantities, lines):
        base = sum(
            line["amount"]
            for line in lines
            if line["charge"] in charge.percent_of and first <= line["from"] <= last
        )
        yield first, last, base, version.price, base * version.price / 100

    def line(self, charge, version, first, last, quantity, price, amount):
        amount = self.round(Fraction(amount), CENT)
        return {
            "charge": charge.key,
            "from": first,
            "to": last,
            "quantity": quantity,
            "price": price,
            "amount": amount,
            "explanation": {
                "basis": charge.basis,
                "price_from": version.start.isoformat(),
                "from": first.isoformat(),
                "to": last.isoformat(),
                "days": (last - first).days + 1,
                "quantity": str(quantity),
                "price": str(price),
                "amount": str(amount),
            },
        }


def stream(rate, wanted):
    """Rate agreements until ``wanted`` lines are made; (lines, sum of amounts)."""
    lines = 0
    total = Decimal(0)
    source = agreements()
    while lines < wanted:
        piece = [rate(*item) for item in itertools.islice(source, PIECE)]
        for rated in piece:
            lines += len(rated)
            total += sum(_amount(line) for line in rated)
    return lines, total


def _amount(line):
    return line["amount"] if isinstance(line, dict) else line.amount


def compare(wanted):
    """Seconds per line of both for the same agreements, taking turns by piece."""
    ours, peer = Ours(), LineByLine()
    seconds = [0.0, 0.0]
    lines = 0
    source = agreements()
    while lines < wanted:
        piece = list(itertools.islice(source, PIECE))
        start = time.process_time()
        mine = [ours(*item) for item in piece]
        middle = time.process_time()
        theirs = [peer(*item) for item in piece]
        seconds[0] += middle - start
        seconds[1] += time.process_time() - middle
        lines += sum(map(len, mine))
        for a, b in zip(mine, theirs, strict=True):
            if sorted(map(_amount, a)) != sorted(map(_amount, b)):
                raise AssertionError(f"amounts differ: {a} {b}")
    return [spent / lines * 1e6 for spent in seconds]


def index_month(points):
    """Seconds for a month of quarter hours of ``points`` points: ours and Decimals."""
    import numpy as np

    days = (PERIOD[1] - PERIOD[0]).days + 1
    dice = np.random.default_rng(2025)
    hours = np.round(dice.normal(0.09, 0.05, (days, 24)), 5)
    series = rating.IndexSeries("index", PERIOD[0], tuple(hours))
    span = rating.Span(*PERIOD)
    charge = rating.Charge(
        "spot",
        "Spot",
        "index",
        "kwh",
        (rating.PriceVersion(1, date(2020, 1, 1)),),
        formula="index * 1.05 + 0.012",
    )
    rater = rating.Rater([charge], span, period=span, rounding=CENT, series=[series])
    seconds = [0.0, 0.0]
    for number in range(points):
        values = np.round(dice.gamma(2, 3, (days, 96)), 3)
        value = Decimal(str(round(float(values.sum()), 6)))
        quantity = rating.Quantity("kwh", span, value, "kWh", intervals=tuple(values))
        start = time.process_time()
        (line,) = rater.rate([quantity]).lines
        seconds[0] += time.process_time() - start
        if number % 10:
            continue  # the peer takes every tenth point
        start = time.process_time()
        amount = _decimals(values, hours)
        seconds[1] += (time.process_time() - start) * 10
        if amount != line.amount:
            raise AssertionError(f"{amount} is not {line.amount}")
    return seconds


def _decimals(values, hours):
    total = Decimal(0)
    for day, energies in enumerate(values):
        for interval, energy in enumerate(energies):
            price = Decimal(str(hours[day][interval // 4]))
            price = price * Decimal("1.05") + Decimal("0.012")
            total += price * Decimal(str(energy))
    return total.quantize(CENT, "ROUND_HALF_UP")


def run(bench, size):
    with bench.measure() as ours:
        lines, _total = stream(Ours(), size)
    bench.record(
        f"rating: {lines:,} lines",
        "s of CPU",
        ours.cpu_seconds,
        target=TARGET_SECONDS * lines / SIZE,
        peak_mib=ours.peak_mib,
    )
    bench.record("rating: the same by the clock", "s", ours.seconds)
    bench.record("rating: peak memory", "MiB", ours.peak_mib, target=TARGET_MIB)
    mine, theirs = compare(size // 10)
    bench.record("rating: one line", "µs", mine, peer=theirs)
    points = max(10, size // 1000)
    mine, theirs = index_month(points)
    name = f"rating: {points:,} index months"
    bench.record(name, "s", mine, peer=theirs)
