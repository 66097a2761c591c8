"""What holds for any charges and quantities, not just for the vectors."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from rating import (
    Band,
    Discount,
    PriceVersion,
    Quantity,
    Rater,
    Span,
    rate,
    round_amount,
)
from rating.charges import DISCOUNT_RANKS
from rating.spans import split, time_factor
from rating_samples import CENT, D, charge, day

START = day("2025-03-10")
PERIOD = Span(START, START + timedelta(days=44))
BEFORE = day("2020-01-01")
ROUNDINGS = st.sampled_from([CENT, D("0.05"), D(1), D("0.001")])

inside = st.integers(1, PERIOD.days - 1).map(lambda n: START + timedelta(days=n))
cuts = st.lists(inside, max_size=4, unique=True).map(sorted)
prices = st.decimals(0, 5000, places=6)
some_quantities = st.decimals(-1000, 200000, places=6)


def versions_between(starts, values, **fields):
    """Versions without gap: the first from long ago, each to the next start."""
    begins = [BEFORE, *starts]
    ends = [start - timedelta(days=1) for start in starts] + [None]
    return tuple(
        PriceVersion(number, begin, end, value, **fields)
        for number, (begin, end, value) in enumerate(
            zip(begins, ends, values, strict=False), 1
        )
    )


@st.composite
def dated_prices(draw):
    starts = draw(cuts)
    values = draw(st.lists(prices, min_size=len(starts) + 1, max_size=len(starts) + 1))
    return versions_between(starts, values)


@st.composite
def dated_bands(draw):
    starts = draw(cuts)
    versions = []
    for version in versions_between(starts, [None] * (len(starts) + 1)):
        limits = draw(st.lists(st.integers(1, 9999), max_size=3, unique=True))
        bands = [Band(D(limit), draw(prices)) for limit in sorted(limits)]
        bands.append(Band(None, draw(prices)))
        versions.append(replace(version, bands=tuple(bands)))
    return tuple(versions)


@st.composite
def flows(draw, code="kwh"):
    """Quantities that cover the period: interim readings, daily values, profiles."""
    spans = split(PERIOD, draw(cuts))
    found = []
    for number, over in enumerate(spans):
        value = draw(some_quantities)
        kind = draw(st.sampled_from(["days", "days", "daily", "weights"]))
        fields = {}
        if kind != "days":
            seed = draw(st.integers(1, 10**6))
            parts = tuple(Decimal(seed * n * n % 1009 + 1) for n in range(over.days))
            fields = {kind: parts}
            if kind == "daily":
                value = sum(parts)
        found.append(
            Quantity(code, over, value, "kWh", source={"id": number}, **fields)
        )
    return found


@st.composite
def kilowatts(draw):
    spans = split(PERIOD, draw(cuts))
    return [
        Quantity("kw", over, draw(st.decimals(0, 5000, places=3)), "kW")
        for over in spans
    ]


discounts = st.lists(
    st.builds(
        Discount,
        key=st.integers(1, 99),
        percent=st.decimals(0, 100, places=2),
        start=inside,
        end=st.none(),
        rank=st.sampled_from(DISCOUNT_RANKS),
    ),
    max_size=3,
    unique_by=lambda discount: (discount.rank, discount.start),
).map(tuple)


@st.composite
def tariffs(draw):
    time_unit = st.sampled_from(["period", "day", "month", "year"])
    return [
        charge("energy", "unit", *draw(dated_prices()), discounts=draw(discounts)),
        charge(
            "capacity",
            "capacity",
            *draw(dated_prices()),
            quantity="kw",
            time_unit=draw(time_unit),
        ),
        charge(
            "fee",
            "flat",
            *draw(dated_prices()),
            time_unit=draw(time_unit),
            discounts=draw(discounts),
        ),
        charge(
            "bands",
            "bands",
            *draw(dated_bands()),
            prorate_limits=draw(st.booleans()),
            minimum=draw(st.none() | st.decimals(0, 500, places=2)),
        ),
        charge("levy", "percent", *draw(dated_prices()), percent_of=("energy", "fee")),
    ]


inputs = st.tuples(tariffs(), flows(), kilowatts())


def lines_of(charges, quantities, over=PERIOD, rounding=CENT):
    result = rate(charges, quantities, over, period=PERIOD, rounding=rounding)
    assert not result.problems
    return result.lines


def total(lines, key=None):
    return sum((x.amount for x in lines if key in (None, x.charge_key)), D(0))


def quantity(lines, key):
    return sum((x.quantity for x in lines if x.charge_key == key), D(0))


@given(inputs, ROUNDINGS)
def test_every_line_is_its_product_rounded(given_, rounding):
    charges, energy, levels = given_
    for line in lines_of(charges, energy + levels, rounding=rounding):
        assert line.amount == round_amount(line.quantity * line.unit_price, rounding)
        assert line.quantity.as_tuple().exponent >= -6
        assert line.unit_price.as_tuple().exponent >= -8


@given(inputs)
def test_parts_sum_to_the_whole_quantity(given_):
    charges, energy, _levels = given_
    lines = lines_of(charges[:1] + charges[3:4], energy)
    whole = sum(item.value for item in energy)
    assert quantity(lines, "energy") == whole
    in_bands = sum(
        (
            D(line.explanation["in_band"])
            for line in lines
            if line.charge_key == "bands" and "in_band" in line.explanation
        ),
        D(0),
    )
    assert in_bands == whole


@given(inputs, st.randoms(use_true_random=False))
def test_the_order_of_inputs_does_not_matter(given_, random):
    charges, energy, levels = given_
    given_order = rate(charges, energy + levels, PERIOD, period=PERIOD, rounding=CENT)
    quantities = energy + levels
    mixed = [
        replace(
            item,
            prices=tuple(random.sample(item.prices, len(item.prices))),
            discounts=tuple(random.sample(item.discounts, len(item.discounts))),
        )
        for item in random.sample(charges, len(charges))
    ]
    random.shuffle(quantities)
    again = rate(mixed, quantities, PERIOD, period=PERIOD, rounding=CENT)
    assert again == given_order


@given(inputs, cuts)
def test_rating_each_part_is_rating_the_whole(given_, where):
    """Quantities agree exactly; amounts but for the rounding of each line."""
    charges, energy, levels = given_
    charges = [
        replace(item, minimum=None, prorate_limits=False) for item in charges[:4]
    ]
    whole = lines_of(charges, energy + levels)
    parts = [
        line
        for over in split(PERIOD, where)
        for line in lines_of(charges, energy + levels, over)
    ]
    assert quantity(parts, "energy") == quantity(whole, "energy")
    for item in charges:
        count = sum(x.charge_key == item.key for x in [*whole, *parts])
        highest = max(
            [v.price for v in item.prices if v.price is not None]
            + [b.price for v in item.prices for b in v.bands]
        )
        # half a cent each, and half a millionth of the quantity at the price
        allowed = count * (CENT / 2 + D("0.000001") * highest)
        difference = abs(total(whole, item.key) - total(parts, item.key))
        assert difference <= allowed


@given(inputs)
def test_rating_up_to_each_change_is_exactly_the_whole(given_):
    """Parts that end where a price changes give the very same lines."""
    charges, energy, _levels = given_
    item = replace(charges[0], discounts=())
    whole = lines_of([item], energy)
    changes = [version.start for version in item.prices]
    parts = [
        line
        for over in split(PERIOD, changes)
        for line in lines_of([item], energy, over)
    ]
    assert [(x.span, x.quantity, x.amount) for x in parts] == [
        (x.span, x.quantity, x.amount) for x in whole
    ]


@given(inputs, inside)
def test_a_version_divided_at_the_same_price_changes_no_total(given_, where):
    charges, energy, levels = given_
    charges = [charges[0], charges[1], charges[2]]
    divided = []
    for item in charges:
        versions = []
        for version in item.prices:
            end = version.end
            if version.start < where and (end is None or end >= where):
                first = replace(version, end=where - timedelta(days=1))
                versions += [first, replace(version, key="new", start=where)]
            else:
                versions.append(version)
        divided.append(replace(item, prices=tuple(versions)))
    before = lines_of(charges, energy + levels)
    after = lines_of(divided, energy + levels)
    assert quantity(before, "energy") == quantity(after, "energy")
    for item in charges:
        count = sum(x.charge_key == item.key for x in [*before, *after])
        highest = max(version.price for version in item.prices)
        allowed = count * (CENT / 2 + D("0.000001") * highest)
        assert abs(total(before, item.key) - total(after, item.key)) <= allowed


@given(dated_prices(), st.decimals(0, 200000, places=6))
def test_energy_by_days_is_what_the_days_say(versions, value):
    """Against the definition: each day an equal share at its own price."""
    item = charge("energy", "unit", *versions)
    energy = Quantity("kwh", PERIOD, value, "kWh")
    lines = lines_of([item], [energy])
    exact = sum(
        Fraction(value) / PERIOD.days * Fraction(price_on(versions, number))
        for number in range(PERIOD.days)
    )
    highest = max(version.price for version in versions)
    allowed = len(lines) * (CENT / 2 + D("0.000001") * highest)
    assert abs(Fraction(total(lines)) - exact) <= Fraction(allowed)


@given(dated_prices(), kilowatts(), st.sampled_from(["period", "day", "month", "year"]))
def test_capacity_is_what_the_days_say(versions, levels, unit):
    """Each day its level × its price × its share of the time unit; each line is
    off by no more than half a cent, however the product is stated."""
    item = charge("capacity", "capacity", *versions, quantity="kw", time_unit=unit)
    lines = lines_of([item], levels)
    exact = Fraction(0)
    for number in range(PERIOD.days):
        today = START + timedelta(days=number)
        (level,) = (x.value for x in levels if today in x.span)
        share = time_factor(Span(today, today), unit, PERIOD.days)
        exact += Fraction(level) * Fraction(price_on(versions, number)) * share
    assert abs(Fraction(total(lines)) - exact) <= Fraction(len(lines), 200)


def price_on(versions, number) -> Decimal:
    today = START + timedelta(days=number)
    return next(
        version.price
        for version in versions
        if version.start <= today and (version.end is None or today <= version.end)
    )


@settings(max_examples=50)
@given(tariffs(), st.lists(st.tuples(flows(), kilowatts()), min_size=2, max_size=3))
def test_a_rater_serves_any_number_of_agreements(charges, agreements):
    """What it keeps between them never shows in their lines."""
    rater = Rater(charges, PERIOD, period=PERIOD, rounding=CENT)
    together = [rater.rate(energy + levels) for energy, levels in agreements]
    alone = [
        rate(charges, energy + levels, PERIOD, period=PERIOD, rounding=CENT)
        for energy, levels in agreements
    ]
    assert together == alone
