"""What must hold for any figures."""

from datetime import date
from decimal import Decimal as D

from hypothesis import assume, given
from hypothesis import strategies as st
from shares import (
    Case,
    Component,
    DeductionRule,
    Payer,
    Settlement,
    allot,
    contribution,
    later_share,
    settle,
)

AMOUNTS = st.decimals(0, 10**9, places=2)
WEIGHTS = st.decimals(D("0.001"), 10**5, places=3)
ROUNDINGS = st.sampled_from([D("0.01"), D("0.05"), D(1)])
DAY, EXPIRY = date(2026, 1, 1), date(2030, 1, 1)


@given(AMOUNTS, st.lists(WEIGHTS, min_size=1, max_size=12))
def test_shares_sum_to_the_cost(amount, weights):
    parts = allot(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / total) < D("0.01")


@given(st.integers(0, 10**8), st.lists(WEIGHTS, min_size=1, max_size=8), ROUNDINGS)
def test_shares_are_multiples_of_the_smallest_coin(coins, weights, rounding):
    parts = allot(coins * rounding, weights, rounding)
    assert sum(parts) == coins * rounding
    assert all(part % rounding == 0 for part in parts)


@given(AMOUNTS, st.lists(WEIGHTS, min_size=1, max_size=8))
def test_customers_who_come_one_after_another_pay_the_cost(cost, weights):
    total = sum(weights)
    paid, before = D(0), D(0)
    for weight in weights:
        component = Component(
            "1", "Line", "local", cost, "capacity", weight, total, before
        )
        paid += contribution(Case(DAY, 1, weight), [component], [], []).amount
        before += weight
    assert paid == cost


@given(
    st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=5),
    AMOUNTS,
    st.integers(0, 50),
)
def test_a_contribution_is_between_nothing_and_the_cost(costs, each, points):
    components = [
        Component(str(number), "Line", "local", cost + quality, quality=quality)
        for number, (cost, quality) in enumerate(costs)
    ]
    rule = DeductionRule(date(2000, 1, 1), each)
    result = contribution(Case(DAY, points), components, [], [rule])
    assert 0 <= result.amount <= sum(part.cost for part in components)
    assert result.amount >= result.quality
    assert result.steps[-1].amount == result.amount


PAYERS = st.lists(st.tuples(WEIGHTS, AMOUNTS), min_size=1, max_size=8)


@given(AMOUNTS, PAYERS, WEIGHTS, st.sampled_from([D(0), D(100), D(10**6)]))
def test_refunds_come_from_the_later_share_and_never_exceed_what_was_paid(
    cost, rows, weight, total
):
    payers = [
        Payer(str(number), "P", own, paid) for number, (own, paid) in enumerate(rows)
    ]
    result = later_share(cost, total, payers, weight, DAY, EXPIRY)
    paid = {payer.key: payer.paid for payer in payers}
    assert all(0 < refund.amount <= paid[refund.key] for refund in result.refunds)
    assert sum(r.amount for r in result.refunds) + result.kept == result.amount
    assert 0 <= result.kept and 0 <= result.amount <= cost


@given(AMOUNTS, st.lists(WEIGHTS, min_size=1, max_size=6), WEIGHTS)
def test_after_a_refund_everyone_carries_his_own_share(cost, weights, weight):
    payers = [
        Payer(str(number), "P", own, paid)
        for number, (own, paid) in enumerate(
            zip(weights, allot(cost, weights), strict=True)
        )
    ]
    result = later_share(cost, D(0), payers, weight, DAY, EXPIRY)
    refunds = {refund.key: refund.amount for refund in result.refunds}
    total = sum(weights) + weight
    left = [payer.paid - refunds.get(payer.key, 0) for payer in payers]
    for payer, carried in zip(payers, left, strict=True):
        # a coin for rounding each of the shares
        own = cost * payer.weight / total
        assert abs(carried - own) <= D("0.02") * (len(payers) + 1)
    assert sum(left) + result.amount - result.kept == cost


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.booleans(), st.decimals(0, 1, places=3))
def test_a_settlement_never_charges_above_the_cap(
    estimate, actual, invoiced, regulated, part
):
    caused = (actual * part).quantize(D("0.01"))
    assume(caused <= actual)
    result = settle(
        Settlement("C", "actual", regulated, estimate, actual, invoiced, caused)
    )
    assert result.final <= actual
    assert result.final + result.absorbed == actual
    assert result.due == result.final - invoiced
    if regulated:
        assert result.final - caused <= estimate * D("1.15") + D("0.01")
    else:
        assert result.absorbed == 0
