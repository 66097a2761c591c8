"""Index formulas: what may be written, and what comes out per interval."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rating import Factor, Formula, IndexSeries, RatingError
from rating.formula import exact_dot, half_up
from rating_samples import D, charge, codes, day, price, rated, span, usage

TWO_DAYS = span("2025-04-01", "2025-04-02")
PRICES = IndexSeries("index", day("2025-04-01"), (np.full(24, 0.1), np.full(24, 0.2)))


def metered(*days, over=TWO_DAYS):
    total = sum((np.nansum(values) for values in days), 0.0)
    value = Decimal(str(round(float(total), 6)))
    return usage(value, over, intervals=tuple(days))


def spot(formula="index", *versions, **fields):
    versions = versions or (price(None),)
    return charge("spot", "index", *versions, formula=formula, **fields)


def bill(item, *quantities, series=(PRICES,), over=TWO_DAYS):
    return rated(item, quantities, over, series=series)


def test_index_times_weight_plus_fee():
    """48 kWh, 24 at 0.1 × 1.05 + 0.012 and 24 at 0.2 × 1.05 + 0.012: 8.136."""
    rating = bill(
        spot("index * 1.05 + 0.012"), metered(np.full(24, 1.0), np.full(24, 1.0))
    )
    (line,) = rating.lines
    assert str(line.amount) == "8.14"
    assert line.quantity == 48
    assert str(line.unit_price) == "0.16950000"
    assert line.explanation["terms"]["formula"] == "index * 1.05 + 0.012"


def test_an_hourly_price_holds_for_its_quarter_hours():
    rating = bill(spot(), metered(np.full(96, 0.25), np.full(96, 0.25)))
    assert str(rating.total) == "7.20"


def test_energy_coarser_than_prices_is_a_problem():
    quarter = IndexSeries("index", day("2025-04-01"), (np.ones(96), np.ones(96)))
    rating = bill(spot(), metered(np.ones(24), np.ones(24)), series=(quarter,))
    assert codes(rating) == [("resolution_mismatch", "spot")]


def test_days_of_23_and_25_hours():
    change = span("2025-03-30", "2025-03-30")
    series = IndexSeries("index", change.start, (np.arange(23) / 10,))
    rating = bill(
        spot(), metered(np.ones(92) / 4, over=change), series=(series,), over=change
    )
    assert rating.total == D("25.30")


def test_a_missing_price_of_one_interval_is_named():
    values = np.full(24, 0.1)
    values[16] = np.nan
    series = IndexSeries("index", day("2025-04-01"), (np.full(24, 0.1), values))
    rating = bill(spot(), metered(np.ones(24), np.ones(24)), series=(series,))
    (problem,) = rating.problems
    assert problem.code == "missing_index_price"
    assert problem.date == day("2025-04-02")
    assert problem.params["interval"] == 17
    assert problem.params["index"] == "index"
    assert not rating.lines


def test_a_day_outside_of_the_series_is_a_missing_price():
    series = IndexSeries("index", day("2025-04-01"), (np.ones(24),))
    rating = bill(spot(), metered(np.ones(24), np.ones(24)), series=(series,))
    assert rating.problems[0].date == day("2025-04-02")


def test_a_missing_value_of_one_interval_is_named():
    values = np.ones(24)
    values[3] = np.nan
    rating = bill(spot(), metered(values, np.ones(24)))
    (problem,) = rating.problems
    assert problem.code == "missing_interval"
    assert problem.params["date"] == "2025-04-01"
    assert problem.params["interval"] == 4
    assert not rating.lines


def test_a_day_without_values_and_a_quantity_without_intervals():
    assert codes(bill(spot(), metered(np.ones(24), np.array([])))) == [
        ("missing_interval", "spot")
    ]
    assert codes(bill(spot(), usage(1, TWO_DAYS))) == [("missing_intervals", "spot")]


def test_an_unknown_name_is_a_problem_not_a_zero():
    rating = bill(spot("index + surcharge"), metered(np.ones(24), np.ones(24)))
    assert codes(rating) == [("unknown_index", "spot")]
    assert rating.problems[0].params["names"] == "surcharge"


def test_parameters_and_the_dated_price_are_names():
    """A fee of 0.01 until Apr 1, of 0.02 from Apr 2, weight 2."""
    item = spot(
        "index * weight + price",
        price("0.01", end="2025-04-01"),
        price("0.02", "2025-04-02"),
        parameters=(("weight", D(2)),),
    )
    rating = bill(item, metered(np.ones(24), np.ones(24)))
    # 24 × (0.1 × 2 + 0.01), 24 × (0.2 × 2 + 0.02)
    assert [str(line.amount) for line in rating.lines] == ["5.04", "10.08"]


def test_weighted_series_with_a_cap():
    base = IndexSeries("base", day("2025-04-01"), (np.full(24, 0.3), np.full(24, 0.4)))
    item = spot("cap(0.5 * index + 0.5 * base, 0.25)")
    rating = bill(item, metered(np.ones(24), np.ones(24)), series=(PRICES, base))
    # 24 × 0.2, 24 × min(0.3, 0.25)
    assert str(rating.total) == "10.80"


def test_a_version_may_bring_its_own_formula():
    item = spot("index", price(None, end="2025-04-01"))
    later = price(None, "2025-04-02", formula="index * 2")
    item = replace(item, prices=(*item.prices, later))
    rating = bill(item, metered(np.ones(24), np.ones(24)))
    assert [str(line.amount) for line in rating.lines] == ["2.40", "9.60"]


def test_negative_prices_give_a_negative_amount():
    series = IndexSeries("index", day("2025-04-01"), (np.full(24, -0.1),) * 2)
    (line,) = bill(spot(), metered(np.ones(24), np.ones(24)), series=(series,)).lines
    assert (line.quantity, str(line.unit_price)) == (-1, "4.80")
    assert str(line.amount) == "-4.80"


def test_discount_and_factor_reach_index_prices():
    item = spot("index", price(None, discount=D(10)))
    item = replace(item, factors=(Factor("loss", D("1.1"), day("2020-01-01")),))
    (line,) = bill(item, metered(np.ones(24), np.ones(24))).lines
    # 7.20 × 0.9 × 1.1 for 48 kWh × 1.1
    assert str(line.amount) == "7.13"
    assert line.quantity == D("52.8")


def test_parts_of_a_span_use_their_own_intervals():
    energy = metered(np.ones(24), np.full(24, 2.0))
    first = rated(
        spot(),
        [energy],
        span("2025-04-01", "2025-04-01"),
        TWO_DAYS,
        series=[PRICES],
    )
    second = rated(
        spot(),
        [energy],
        span("2025-04-02", "2025-04-02"),
        TWO_DAYS,
        series=[PRICES],
    )
    assert (str(first.total), str(second.total)) == ("2.40", "9.60")
    assert bill(spot(), energy).total == D("12.00")


def test_a_meter_replaced_between_days_is_two_quantities():
    energies = [
        metered(np.ones(24), over=span("2025-04-01", "2025-04-01")),
        metered(np.ones(96) / 4, over=span("2025-04-02", "2025-04-02")),
    ]
    assert bill(spot(), *energies).total == D("7.20")


def test_interval_data_split_other_charges_exactly():
    energy = charge(
        "energy", "unit", price(1, end="2025-04-01"), price(1, "2025-04-02")
    )
    rating = bill(energy, metered(np.ones(24), np.full(24, 3.0)))
    assert [line.quantity for line in rating.lines] == [24, 72]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("index * 1.05 + 0.012", 2.112),
        ("-index + 3", 1.0),
        ("+index", 2.0),
        ("(index - 1) / 4", 0.25),
        ("min(index, 1.5, 9)", 1.5),
        ("max(index, 3)", 3.0),
        ("cap(index, 1)", 1.0),
        ("floor(index, 5)", 5.0),
        ("clip(index, 0, 1)", 1.0),
        ("abs(-index)", 2.0),
        (" 0.7 * index + 0.3 * other ", 2.9),
    ],
)
def test_formulas(text, expected):
    result = Formula(text).evaluate({"index": np.array([2.0]), "other": 5.0})
    assert result == pytest.approx(np.array([expected]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "index +",
        "__import__('os')",
        "index.real",
        "index[0]",
        "index ** 2",
        "index % 2",
        "index if 1 else 2",
        "lambda: 1",
        "[index]",
        "'text'",
        "True",
        "1j",
        "1e99",
        "min(index)",
        "cap(index, highest=1)",
        "exec(index)",
        "index; index",
        "index := 2",
        "(" * 300 + "index" + ")" * 300,
        "-" * 100 + "index",
        "index + " * 100 + "index",
        "\0",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(RatingError) as raised:
        Formula(text)
    assert raised.value.code == "bad_formula"


def test_a_formula_that_cannot_be_read_is_a_problem_of_its_charge():
    rating = bill(spot("index +"), metered(np.ones(24), np.ones(24)))
    assert codes(rating) == [("bad_formula", "spot")]


def test_a_division_by_zero_names_the_interval():
    series = IndexSeries(
        "index", day("2025-04-01"), (np.arange(1.0, 25), np.arange(24))
    )
    rating = bill(
        spot("1 / index"), metered(np.ones(24), np.ones(24)), series=(series,)
    )
    (problem,) = rating.problems
    assert problem.code == "formula_result"
    assert (problem.date, problem.params["interval"]) == (day("2025-04-02"), 1)


@given(st.decimals(-1000, 1000, places=9))
def test_floats_round_as_their_decimal_notation_says(value):
    expected = value.quantize(D("0.00000001"), "ROUND_HALF_UP")
    assert int(half_up(np.array([float(value)]), 8)[0]) == int(expected.scaleb(8))


big = st.integers(-(10**15), 10**15)


@given(st.lists(st.tuples(big, big), max_size=30))
def test_sums_of_products_are_exact_at_any_size(pairs):
    energy = np.array([pair[0] for pair in pairs], dtype=np.int64)
    prices = np.array([pair[1] for pair in pairs], dtype=np.int64)
    assert exact_dot(energy, prices) == sum(a * b for a, b in pairs)


quarter_prices = st.lists(st.decimals(-2, 5, places=5), min_size=96, max_size=96)
quarter_energies = st.lists(st.decimals(0, 500, places=6), min_size=96, max_size=96)


@settings(max_examples=25)
@given(
    quarter_prices,
    quarter_energies,
    st.decimals(0, 2, places=3),
    st.decimals(0, 1, places=4),
)
def test_the_amount_is_the_decimal_sum_rounded_once(prices, energies, weight, fee):
    one = span("2025-04-01", "2025-04-01")
    series = IndexSeries("index", one.start, (np.array([float(p) for p in prices]),))
    item = spot(f"index * {weight} + {fee}")
    energy = usage(
        sum(energies), one, intervals=(np.array([float(e) for e in energies]),)
    )
    (line,) = rated(item, [energy], one, series=[series]).lines
    exact = sum(
        ((p * weight + fee) * e for p, e in zip(prices, energies, strict=True)), D(0)
    )
    assert line.amount == exact.quantize(D("0.01"), "ROUND_HALF_UP")
    assert line.explanation["energy"] == str(sum(energies))
