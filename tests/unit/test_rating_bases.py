"""Each basis by its own rule, with figures worked out by hand."""

import json
from dataclasses import replace

import pytest
from rating import DatedTax, Factor, RatingError, quantity_in
from rating_samples import (
    APRIL,
    JULY,
    D,
    charge,
    codes,
    day,
    figures,
    price,
    rated,
    span,
    usage,
)


def test_unit_is_quantity_times_price():
    rating = rated(charge("energy", "unit", price("0.1234")), [usage("310.5")])
    assert figures(rating) == [
        ("energy", "2025-04-01", "2025-04-30", "310.5", "0.1234", "38.32")
    ]


def test_energy_is_split_by_days_where_the_price_changes():
    """310 kWh over 31 days: 18 days are 180, 13 days are 130."""
    energy = charge(
        "energy", "unit", price("0.1", end="2025-07-19"), price("0.2", "2025-07-20")
    )
    rating = rated(energy, [usage(310, JULY)], JULY)
    assert figures(rating) == [
        ("energy", "2025-07-02", "2025-07-19", "180", "0.1", "18.00"),
        ("energy", "2025-07-20", "2025-08-01", "130", "0.2", "26.00"),
    ]
    assert [line.span.days for line in rating.lines] == [18, 13]


def test_an_interim_reading_splits_exactly():
    """Jul 2–19: 100 kWh, Jul 20–Aug 1: 210 kWh; no proration by days."""
    energy = charge(
        "energy", "unit", price("0.1", end="2025-07-19"), price("0.2", "2025-07-20")
    )
    readings = [
        usage(210, span("2025-07-20", "2025-08-01")),
        usage(100, span("2025-07-02", "2025-07-19")),
    ]
    assert [line.quantity for line in rated(energy, readings, JULY).lines] == [100, 210]


def test_daily_values_split_exactly():
    energy = charge(
        "energy", "unit", price("0.1", end="2025-07-19"), price("0.2", "2025-07-20")
    )
    daily = (D(1),) * 18 + (D(2),) * 13
    rating = rated(energy, [usage(44, JULY, daily=daily)], JULY)
    assert [line.quantity for line in rating.lines] == [18, 26]


def test_a_profile_splits_by_its_weights():
    energy = charge(
        "energy", "unit", price("0.1", end="2025-07-19"), price("0.2", "2025-07-20")
    )
    weights = (D(1),) * 18 + (D(2),) * 13
    rating = rated(energy, [usage(4400, JULY, weights=weights)], JULY)
    assert [line.quantity for line in rating.lines] == [1800, 2600]


def test_daily_values_must_sum_to_the_value():
    daily = (D(1),) * 31
    rating = rated(
        charge("energy", "unit", price(1)), [usage(32, JULY, daily=daily)], JULY
    )
    assert codes(rating) == [("parts_mismatch", "energy")]
    assert not rating.lines


def test_capacity_vector_2_per_kw_50_kw_15_of_30_days():
    capacity = charge("capacity", "capacity", price(2), quantity="kw")
    half = span("2025-04-01", "2025-04-15")
    rating = rated(capacity, [usage(50, code="kw", unit="kW")], half, APRIL)
    assert figures(rating) == [
        ("capacity", "2025-04-01", "2025-04-15", "25", "2", "50.00")
    ]
    assert str(rating.lines[0].factor) == "0.5000000"


def test_flat_charges_are_multiplied_by_the_factor():
    """April with a change after 20 days: 20/30 and 10/30."""
    fee = charge("fee", "flat", price(30, end="2025-04-20"), price(60, "2025-04-21"))
    rating = rated(fee, [])
    assert [str(line.factor) for line in rating.lines] == ["0.6666667", "0.3333333"]
    assert [str(line.amount) for line in rating.lines] == ["20.00", "20.00"]


def test_an_amount_without_exact_product_is_stated_as_it_is():
    """1,000,000.00 × 1/3 needs more than six digits of quantity."""
    fee = charge("fee", "flat", price(1000000))
    (line,) = rated(fee, [], span("2025-04-01", "2025-04-10"), APRIL).lines
    assert str(line.amount) == "333333.33"
    assert line.unit_price * line.quantity - line.amount < D("0.005")


def test_a_level_holds_for_its_days_and_a_change_splits():
    """50 kW for ten days, 60 kW for twenty: 2 × (50 × 10 + 60 × 20) / 30."""
    capacity = charge("capacity", "capacity", price(2), quantity="kw")
    levels = [
        usage(60, span("2025-04-11", "2025-05-31"), "kw", "kW"),
        usage(50, span("2025-01-01", "2025-04-10"), "kw", "kW"),
    ]
    rating = rated(capacity, levels)
    assert [(line.span.days, str(line.amount)) for line in rating.lines] == [
        (10, "33.33"),
        (20, "80.00"),
    ]


def test_a_level_stated_twice_changes_nothing():
    capacity = charge("capacity", "capacity", price(2), quantity="kw")
    levels = [
        usage(50, span("2025-01-01", "2025-04-10"), "kw", "kW"),
        usage(50, span("2025-04-11", "2025-04-30"), "kw", "kW"),
    ]
    (line,) = rated(capacity, levels).lines
    assert line.amount == D(100)
    assert len(line.explanation["inputs"]) == 2


def test_contradicting_levels_are_a_problem():
    capacity = charge("capacity", "capacity", price(2), quantity="kw")
    levels = [
        usage(50, span("2025-04-01", "2025-04-20"), "kw", "kW"),
        usage(60, span("2025-04-15", "2025-04-30"), "kw", "kW"),
    ]
    rating = rated(capacity, levels)
    assert codes(rating) == [("ambiguous_level", "capacity")]
    assert rating.problems[0].span == span("2025-04-15", "2025-04-20")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("period", "30.00"), ("day", "900.00"), ("month", "30.00"), ("year", "2.47")],
)
def test_time_units(unit, expected):
    """30.00 a period, day, month or year, for April: 30 × 30/365 = 2.4657…"""
    rating = rated(charge("fee", "flat", price(30), time_unit=unit), [])
    assert str(rating.total) == expected


def test_a_year_of_monthly_fees_over_two_price_decisions():
    """2025-03-15…2026-03-14: 12 months; to New Year 9 + 17/31, then 2 + 14/31."""
    fee = charge(
        "fee",
        "flat",
        price(256, "2025-01-01", "2025-12-31"),
        price(300, "2026-01-01"),
        time_unit="month",
    )
    rating = rated(fee, [], span("2025-03-15", "2026-03-14"))
    # 256 × (17/31 + 9) = 2444.387…, 300 × (2 + 14/31) = 735.4838…
    assert [str(line.amount) for line in rating.lines] == ["2444.39", "735.48"]


def test_normal_proration_divides_by_the_cycles_days():
    fee = charge("fee", "flat", price(30))
    half = span("2025-07-02", "2025-07-16")
    rating = rated(fee, [], half, JULY, proration="normal", normal_days=30)
    assert str(rating.total) == "15.00"
    rating = rated(
        fee, [], JULY, proration="normal", normal_days=30, normal_tolerance=3
    )
    assert str(rating.total) == "30.00"


def test_a_rate_change_on_april_16_gives_two_lines_of_half():
    """6 % then 6.5 % of a fee of 100: 50 × 6 % = 3.00 and 50 × 6.5 % = 3.25."""
    fee = charge("fee", "flat", price(100), sequence=1)
    levy = charge(
        "levy",
        "percent",
        price(6, end="2025-04-15"),
        price("6.5", "2025-04-16"),
        percent_of=("fee",),
        sequence=2,
    )
    lines = rated([fee, levy], []).lines[1:]
    assert [(str(line.factor), str(line.amount)) for line in lines] == [
        ("0.5000000", "3.00"),
        ("0.5000000", "3.25"),
    ]


def test_a_dated_tax_splits_the_line_and_not_the_sum():
    taxes = (
        DatedTax("vat6", day("2020-01-01"), day("2025-04-15")),
        DatedTax("vat65", day("2025-04-16")),
    )
    rating = rated(charge("fee", "flat", price(100), taxes=taxes), [])
    assert [(line.tax_key, str(line.factor)) for line in rating.lines] == [
        ("vat6", "0.5000000"),
        ("vat65", "0.5000000"),
    ]
    assert rating.total == D(100)


def test_a_day_without_tax_is_a_problem():
    taxes = (DatedTax("vat", day("2025-04-16")),)
    rating = rated(charge("fee", "flat", price(100), taxes=taxes), [])
    assert codes(rating) == [("missing_tax", "fee")]
    assert rating.problems[0].span == span("2025-04-01", "2025-04-15")


def test_a_dated_factor_multiplies_the_quantity():
    """300 kWh: 150 × 1.02 and 150 × 1.04."""
    factors = (
        Factor("loss1", D("1.02"), day("2020-01-01"), day("2025-04-15")),
        Factor("loss2", D("1.04"), day("2025-04-16")),
    )
    rating = rated(charge("energy", "unit", price(1), factors=factors), [usage(300)])
    assert [str(line.amount) for line in rating.lines] == ["153.00", "156.00"]


def test_percent_of_percent_follows_the_order_of_dependence():
    charges = [
        charge("third", "percent", price(50), percent_of=("second",), sequence=1),
        charge("second", "percent", price(10), percent_of=("first",), sequence=2),
        charge("first", "flat", price(200), sequence=3),
    ]
    rating = rated(charges, [])
    assert [(line.charge_key, str(line.amount)) for line in rating.lines] == [
        ("third", "10.00"),
        ("second", "20.00"),
        ("first", "200.00"),
    ]


def test_a_cycle_of_percents_is_a_problem_of_each_in_it():
    charges = [
        charge("a", "percent", price(1), percent_of=("b",)),
        charge("b", "percent", price(1), percent_of=("a", "fee")),
        charge("c", "percent", price(1), percent_of=("a",)),
        charge("fee", "flat", price(1)),
    ]
    rating = rated(charges, [])
    assert codes(rating) == [
        ("percent_cycle", "a"),
        ("percent_cycle", "b"),
        ("incomplete_base", "c"),
    ]
    assert [line.charge_key for line in rating.lines] == ["fee"]


def test_a_percent_of_what_is_not_there_is_a_problem():
    rating = rated(charge("a", "percent", price(1), percent_of=("gone",)), [])
    assert codes(rating) == [("missing_base", "a")]


def test_a_percent_of_a_charge_with_a_problem_is_not_rated():
    fee = charge("fee", "flat", price(1, "2025-04-02"))
    levy = charge("levy", "percent", price(1), percent_of=("fee",))
    rating = rated([fee, levy], [])
    assert codes(rating) == [("missing_price", "fee"), ("incomplete_base", "levy")]


def test_a_percent_divides_energy_by_its_quantity():
    """The levy changes on Apr 16; 10 kWh were used before, 90 after."""
    daily = (D(10),) + (D(0),) * 14 + (D(90),) + (D(0),) * 14
    energy = charge("energy", "unit", price(1), sequence=1)
    levy = charge(
        "levy",
        "percent",
        price(10, end="2025-04-15"),
        price(20, "2025-04-16"),
        percent_of=("energy",),
        sequence=2,
    )
    rating = rated([energy, levy], [usage(100, daily=daily)])
    assert [str(line.amount) for line in rating.lines] == ["100.00", "1.00", "18.00"]


def test_a_missing_price_names_charge_and_days_and_is_no_zero():
    energy = charge(
        "energy", "unit", price(1, end="2025-04-10"), price(1, "2025-04-21")
    )
    rating = rated(energy, [usage(300)])
    (problem,) = rating.problems
    assert (problem.code, problem.charge_key) == ("missing_price", "energy")
    assert problem.span == span("2025-04-11", "2025-04-20")
    assert problem.date == day("2025-04-11")
    assert problem.params["from"] == "2025-04-11"
    assert rating.total == D(200)


def test_an_explicit_zero_is_a_price():
    rating = rated(charge("poze", "unit", price(0)), [usage(300)])
    assert not rating.problems
    assert figures(rating) == [("poze", "2025-04-01", "2025-04-30", "300", "0", "0.00")]


def test_a_version_without_price_is_a_missing_price():
    assert codes(rated(charge("fee", "flat", price(None)), [])) == [
        ("missing_price", "fee")
    ]


def test_two_prices_on_one_day_are_a_problem():
    fee = charge("fee", "flat", price(1, key=1), price(2, "2025-04-10", key=2))
    rating = rated(fee, [])
    assert codes(rating) == [("ambiguous_price", "fee")]
    assert rating.problems[0].span == span("2025-04-10", "2025-04-30")


def test_january_is_rebilled_at_january_prices():
    energy = charge(
        "energy",
        "unit",
        price(1, "2025-01-01", "2025-01-31"),
        price(9, "2025-02-01"),
    )
    january = span("2025-01-01", "2025-01-31")
    assert rated(energy, [usage(10, january)], january).total == D(10)


def test_a_day_without_quantity_is_a_problem():
    rating = rated(
        charge("energy", "unit", price(1)),
        [usage(20, span("2025-04-01", "2025-04-20"))],
    )
    assert codes(rating) == [("missing_quantity", "energy")]
    assert rating.problems[0].span == span("2025-04-21", "2025-04-30")


def test_events_may_lie_anywhere_and_need_a_price_only_there():
    stamps = charge(
        "stamps", "unit", price(2, "2025-04-10"), coverage="events", quantity="n"
    )
    later = usage(3, span("2025-04-12", "2025-04-12"), "n", "pcs")
    early = usage(1, span("2025-04-09", "2025-04-09"), "n", "pcs")
    assert rated(stamps, [later]).total == D(6)
    assert not rated(stamps, [later]).problems
    assert not rated(stamps, []).lines
    assert codes(rated(stamps, [later, early])) == [("missing_price", "stamps")]


def test_different_units_of_one_quantity_are_a_problem():
    halves = [
        usage(1, span("2025-04-01", "2025-04-15"), unit="kWh"),
        usage(1, span("2025-04-16", "2025-04-30"), unit="MWh"),
    ]
    rating = rated(charge("energy", "unit", price(1)), halves)
    assert codes(rating) == [("mixed_units", "energy")]


def test_minimum_and_maximum_add_a_line():
    energy = charge("energy", "unit", price("0.1"), minimum=D(5), maximum=D(20))
    low = rated(energy, [usage(10)])
    assert [str(line.amount) for line in low.lines] == ["1.00", "4.00"]
    high = rated(energy, [usage(1000)])
    assert [str(line.amount) for line in high.lines] == ["100.00", "-80.00"]
    assert high.lines[1].quantity == -1
    assert high.lines[1].unit_price == D(80)
    assert [len(rated(energy, [usage(100)]).lines)] == [1]


def test_minimum_shrinks_with_the_part_unless_told_otherwise():
    energy = charge("energy", "unit", price("0.1"), minimum=D(6))
    half = span("2025-04-01", "2025-04-15")
    assert rated(energy, [usage(0)], half, APRIL).total == D(3)
    whole = replace(energy, prorate_limits=False)
    assert rated(whole, [usage(0)], half, APRIL).total == D(6)


def test_the_lower_of_two_charges_remains():
    """Czech renewables: the lower of a price per A and month and one per MWh."""
    charges = [
        charge("per_a", "capacity", price("9.09"), quantity="a", pick_group="poze"),
        charge("per_mwh", "unit", price("495"), quantity="mwh", pick_group="poze"),
        charge("levy", "percent", price(10), percent_of=("per_mwh", "per_a")),
    ]
    amps = usage(75, code="a", unit="A")
    little = rated(charges, [amps, usage("0.5", code="mwh", unit="MWh")])
    assert [(line.charge_key, str(line.amount)) for line in little.lines] == [
        ("levy", "24.75"),
        ("per_mwh", "247.50"),
    ]
    much = rated(charges, [amps, usage(5, code="mwh", unit="MWh")])
    assert [(line.charge_key, str(line.amount)) for line in much.lines] == [
        ("levy", "68.18"),
        ("per_a", "681.75"),
    ]
    assert much.lines[1].explanation["compared"] == [
        {"charge": "Per_a", "amount": "681.75"},
        {"charge": "Per_mwh", "amount": "2475.00"},
    ]


def test_nothing_is_picked_when_one_could_not_be_rated():
    charges = [
        charge("per_a", "capacity", price(9), quantity="a", pick_group="poze"),
        charge("fee", "flat", price(5), pick_group="poze"),
        charge("levy", "percent", price(10), percent_of=("fee",)),
    ]
    rating = rated(charges, [])
    assert codes(rating) == [("incomplete_base", "levy"), ("missing_level", "per_a")]
    assert not rating.lines


def test_two_charges_of_one_key_are_an_error_of_the_caller():
    with pytest.raises(RatingError):
        rated([charge("a", "flat", price(1)), charge("a", "flat", price(2))], [])


def test_floats_are_no_money():
    with pytest.raises(RatingError):
        replace(price(1), price=0.1)
    with pytest.raises(RatingError):
        replace(usage(1), value=1.0)
    with pytest.raises(RatingError):
        usage(30, daily=(1.0,) * 30)
    with pytest.raises(RatingError):
        rated(charge("fee", "flat", price(1)), [], rounding=0.01)


@pytest.mark.parametrize("field", ["daily", "weights", "intervals"])
def test_values_by_day_are_as_many_as_the_days(field):
    with pytest.raises(RatingError):
        usage(30, **{field: (D(1),) * 29})


@pytest.mark.parametrize(
    "settings",
    [
        {"proration": "weekly"},
        {"proration": "normal"},
        {"proration": "normal", "normal_days": 0},
    ],
)
def test_proration_settings_are_checked(settings):
    with pytest.raises(RatingError):
        rated(charge("fee", "flat", price(1)), [], **settings)


def test_the_quantity_of_a_span_is_what_its_lines_say():
    readings = [
        usage("100.5", span("2025-04-01", "2025-04-07")),
        usage("77.7", span("2025-04-08", "2025-04-30")),
    ]
    part = span("2025-04-05", "2025-04-12")
    (line,) = rated(charge("energy", "unit", price(1)), readings, part, APRIL).lines
    assert quantity_in(readings, part) == line.quantity


def test_explanations_are_json():
    charges = [
        charge("energy", "unit", price("0.1")),
        charge("levy", "percent", price(5), percent_of=("energy",)),
    ]
    source = {"reading": 17}
    rating = rated(charges, [usage(10, source=source)])
    again = json.loads(json.dumps([line.explanation for line in rating.lines]))
    assert again[0]["inputs"][0]["source"] == source
    assert again == [line.explanation for line in rating.lines]
