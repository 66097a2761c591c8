"""Cases worked by hand, from the rules of the field."""

from datetime import date
from decimal import Decimal as D

import pytest
from shares import (
    Case,
    Component,
    DeductionRule,
    Payer,
    ReductionRule,
    Settlement,
    SharesError,
    YearsRule,
    contribution,
    expiry_of,
    later_share,
    rule_on,
    settle,
)

DEDUCTIONS = [
    DeductionRule(date(2002, 1, 1), D(20000), date(2018, 12, 31), "bunnfradrag")
]
REDUCTIONS = [
    ReductionRule("local", date(2019, 1, 1), D(1)),
    ReductionRule("regional", date(2019, 1, 1), D("0.5"), minimum_kw=D(1000)),
]
NEW = Case(date(2026, 3, 1), 1, D(63))


def calculate(case, *components):
    return contribution(case, components, REDUCTIONS, DEDUCTIONS)


def line(**values):
    defaults = {"key": "1", "name": "Cable", "level": "local", "cost": D(100000)}
    return Component(**{**defaults, **values})


def codes(steps):
    return [step.code for step in steps]


def test_a_single_customer_bears_the_whole():
    result = calculate(NEW, line(cost=D("48250.50")))
    assert result.amount == D("48250.50")
    assert codes(result.steps) == ["shared", "no_deduction", "contribution"]


def test_shared_by_points():
    result = calculate(NEW, line(method="points", part=D(1), total=D(8)))
    assert result.amount == D(12500)
    assert result.shares[0].steps[-1].text == "1 of 8 points: 12500.00"


def test_shared_by_capacity():
    result = calculate(NEW, line(method="capacity", part=D(63), total=D(200)))
    assert result.amount == D(31500)


def test_components_are_added():
    result = calculate(
        NEW,
        line(cost=D(30000)),
        line(
            key="2", name="Substation", cost=D(400000), method="points",
            part=D(1), total=D(20),
        ),
    )  # fmt: skip
    assert [share.amount for share in result.shares] == [D(30000), D(20000)]
    assert result.amount == D(50000)


def test_deduction_before_the_end_of_the_rule():
    case = Case(date(2018, 12, 31), 2)
    result = calculate(case, line())
    assert (result.deduction, result.amount) == (D(40000), D(60000))


def test_no_deduction_from_the_day_after():
    result = calculate(Case(date(2019, 1, 1), 2), line())
    assert (result.deduction, result.amount) == (D(0), D(100000))


def test_never_below_zero():
    result = calculate(Case(date(2018, 5, 1), 1), line(cost=D(12000)))
    assert result.amount == D(0)
    assert "floor" in codes(result.steps)


def test_better_quality_is_paid_in_full_after_the_deduction():
    case = Case(date(2018, 5, 1), 1)
    result = calculate(
        case, line(cost=D(17000), quality=D(5000), method="points", part=D(1),
                   total=D(2))
    )  # fmt: skip
    # (17,000 - 5,000) / 2 = 6,000, below the deduction of 20,000
    assert (result.shared, result.quality, result.amount) == (D(6000), D(5000), D(5000))


def test_reinvestment_is_left_out_and_bringing_it_forward_counts():
    result = calculate(NEW, line(reinvestment=D(60000), advancement=D(7500)))
    assert result.amount == D(47500)


def test_regional_grid_is_reduced_for_large_customers():
    case = Case(date(2026, 3, 1), 1, D(2000))
    result = calculate(
        case,
        line(
            level="regional", cost=D(10_000_000), method="capacity",
            part=D(2000), total=D(25000),
        ),
    )  # fmt: skip
    assert result.amount == D(400000)
    assert result.shares[0].factor == D("0.5")


def test_regional_grid_is_free_below_the_minimum():
    case = Case(date(2026, 3, 1), 1, D("999.999"))
    result = calculate(case, line(level="regional"))
    assert result.amount == D(0)
    assert "below_minimum" in codes(result.shares[0].steps)


def test_the_level_without_a_rule_counts_in_full():
    assert calculate(NEW, line(level="other")).amount == D(100000)


def test_two_rules_on_one_day_are_refused():
    rules = [*DEDUCTIONS, DeductionRule(date(2018, 1, 1), D(15000), name="other")]
    with pytest.raises(SharesError, match="bunnfradrag and other"):
        rule_on(rules, date(2018, 6, 1))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"method": "half"}, "unknown_method"),
        ({"method": "points", "part": D(1)}, "no_total"),
        (
            {"method": "points", "part": D(2), "before": D(7), "total": D(8)},
            "part_above_total",
        ),
        ({"cost": D(-1)}, "negative"),
        ({"reinvestment": D(60000), "quality": D(50000)}, "parts_above_cost"),
    ],
)
def test_impossible_figures_are_named(values, code):
    with pytest.raises(SharesError) as error:
        calculate(NEW, line(**values))
    assert error.value.code == code
    assert code == "unknown_method" or "Cable" in str(error.value)


# --- later customers ---

TEN_YEARS = [YearsRule(date(2019, 1, 1), 10)]


def test_a_later_customer_pays_his_share_and_the_first_gets_it():
    first = Payer("a", "First", D(100), D(90000))
    result = later_share(
        D(90000), D(0), [first], D(50), date(2030, 1, 1), date(2036, 1, 1)
    )
    assert result.amount == D(30000)
    assert [(r.key, r.amount) for r in result.refunds] == [("a", D(30000))]
    assert result.kept == D(0)


def test_two_payers_are_refunded_by_what_they_paid_too_much():
    payers = [
        Payer("a", "First", D(2), D(40000)),
        Payer("b", "Second", D(1), D(20000)),
    ]
    result = later_share(
        D(60000), D(0), payers, D(1), date(2030, 1, 1), date(2036, 1, 1)
    )
    assert result.amount == D(15000)
    assert [r.amount for r in result.refunds] == [D(10000), D(5000)]


def test_what_the_company_carried_stays_with_it():
    first = Payer("a", "First", D(1), D(12500))
    result = later_share(
        D(100000), D(8), [first], D(1), date(2030, 1, 1), date(2036, 1, 1)
    )
    assert (result.amount, result.refunds, result.kept) == (D(12500), (), D(12500))


def test_on_the_last_day_it_is_shared_and_not_the_day_after():
    first = Payer("a", "First", D(1), D(1000))
    expiry = expiry_of(date(2026, 5, 4), TEN_YEARS)
    assert expiry == date(2036, 5, 4)
    due = later_share(D(1000), D(0), [first], D(1), expiry, expiry)
    late = later_share(D(1000), D(0), [first], D(1), date(2036, 5, 5), expiry)
    assert (due.amount, late.amount) == (D(500), D(0))
    assert late.steps[0].code == "expired"


def test_no_rule_no_years():
    assert expiry_of(date(2018, 12, 31), TEN_YEARS) is None


# --- settlement ---


def settled(**values):
    defaults = {
        "name": "Contribution", "mode": "actual", "regulated": True,
        "estimate": D(100000), "actual": D(100000),
    }  # fmt: skip
    return settle(Settlement(**{**defaults, **values}))


def test_fixed_as_offered():
    result = settled(mode="fixed", actual=D(140000), invoiced=D(100000))
    assert (result.final, result.due) == (D(100000), D(0))


def test_cap_reached():
    result = settled(actual=D("120000.01"), invoiced=D(100000))
    assert (result.final, result.due) == (D(115000), D(15000))
    assert result.absorbed == D("5000.01")
    assert "cap" in codes(result.steps)


def test_exactly_the_cap_is_charged():
    assert settled(actual=D(115000)).final == D(115000)


def test_what_the_customer_caused_is_outside_the_cap():
    result = settled(actual=D(140000), caused=D(20000))
    assert (result.final, result.absorbed) == (D(135000), D(5000))


def test_contractual_work_has_no_cap():
    assert settled(regulated=False, actual=D(140000)).final == D(140000)


def test_refund_when_it_cost_less():
    result = settled(actual=D("81234.56"), invoiced=D(100000))
    assert result.due == D("-18765.44")
    assert result.steps[-1].text.endswith("18765.44 to pay back")


def test_more_caused_than_spent_is_refused():
    with pytest.raises(SharesError, match="more than the actual cost"):
        settled(actual=D(10), caused=D(11))
