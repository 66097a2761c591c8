"""Payments to debts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching import Debt, Match, Payment, match_payments, normalize

DUE = date(2026, 1, 31)


def debt(key, amount, reference, partner="A", days=0):
    return Debt(key, Decimal(amount), (reference,), partner, DUE + timedelta(days))


def payment(amount, *texts, partner=None, key="p"):
    return Payment(key, Decimal(amount), texts, partner)


def only(payments, debts):
    """The one result: parts and rest, or the reason for a review."""
    matches, reviews = match_payments(payments, debts)
    (found,) = [*matches, *reviews]
    if isinstance(found, Match):
        return dict(found.parts), found.rest
    return found.reason


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("INV/2026/00017", "INV/2026/00017"),
        ("INV/2026/00017", "payment of inv 2026 00017, thank you"),
        ("INV/2026/00017", "INV202600017"),
        ("INV/2026/00017", "202600017"),
        ("RF18 5390 0754 7034", "RF18539007547034"),
        ("RF18539007547034", "RF18 5390 0754 7034"),
        ("0012345678", "/VS12345678/KS0308"),
        ("12345678", "VS: 0012345678"),
        ("+++090/9337/55493+++", "090933755493"),
    ],
)
def test_a_reference_is_found(reference, text):
    assert only([payment("10", text)], [debt(1, "10", reference)]) == ({1: 10}, 0)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("12345", "123456"),
        ("12345", "012346"),
        ("123", "123"),
        ("INV/2026/00017", "INV/2026/000171"),
        ("INV/2026/00017", "invoice of January 2026"),
    ],
)
def test_another_one_is_not(reference, text):
    assert only([payment("10", text)], [debt(1, "10", reference)]) == "unknown"


def test_a_part_and_too_much():
    owed = [debt(1, "10.00", "777001")]
    assert only([payment("4.00", "777001")], owed) == ({1: Decimal("4.00")}, 0)
    assert only([payment("12.50", "777001")], owed) == ({1: 10}, Decimal("2.50"))


def test_several_invoices_oldest_first():
    owed = [debt(1, "10", "777001", days=3), debt(2, "10", "777002")]
    paid = [payment("15", "777001 777002")]
    assert only(paid, owed) == ({2: 10, 1: 5}, 0)


def test_several_customers_only_to_the_cent():
    owed = [debt(1, "10", "777001"), debt(2, "10", "777002", "B")]
    assert only([payment("20", "777001 and 777002")], owed) == ({1: 10, 2: 10}, 0)
    assert only([payment("19", "777001 and 777002")], owed) == "several"


def test_one_reference_of_two_customers_is_looked_at():
    owed = [debt(1, "10", "777001"), debt(2, "10", "777001", "B")]
    assert only([payment("10", "777001")], owed) == "ambiguous"


def test_customer_and_amount():
    owed = [debt(1, "10", "777001"), debt(2, "12", "777002", days=1)]
    assert only([payment("12", "electricity", partner="A")], owed) == ({2: 12}, 0)
    assert only([payment("22", "all of it", partner="A")], owed) == ({1: 10, 2: 12}, 0)
    assert only([payment("11", "some of it", partner="A")], owed) == "amount"
    same = [debt(1, "10", "777001"), debt(2, "10", "777002")]
    assert only([payment("10", "rent", partner="A")], same) == "amount"
    assert only([payment("10", "rent", partner="B")], owed) == "amount"


def test_nothing_is_paid_twice():
    paid = [payment("10", "777001", key=1), payment("10", "777001", key=2)]
    matches, reviews = match_payments(paid, [debt(1, "10", "777001")])
    assert [found.payment for found in matches] == [1]
    assert [(found.payment, found.reason) for found in reviews] == [(2, "unknown")]


amounts = st.decimals("0.01", "999.99", places=2)
references = st.integers(1000, 1012).map(str)


@given(
    st.lists(st.tuples(amounts, references, st.sampled_from("AB")), max_size=8),
    st.lists(
        st.tuples(amounts, st.lists(references, max_size=3), st.sampled_from("AB")),
        max_size=8,
    ),
)
def test_every_cent_goes_somewhere_and_no_debt_is_overpaid(owed, paid):
    debts = [
        Debt(n, amount, (reference,), partner, DUE)
        for n, (amount, reference, partner) in enumerate(owed)
    ]
    payments = [
        Payment(n, amount, (" ".join(texts),), partner)
        for n, (amount, texts, partner) in enumerate(paid)
    ]
    matches, reviews = match_payments(payments, debts)
    assert sorted(f.payment for f in [*matches, *reviews]) == list(range(len(paid)))
    settled = {debt.key: Decimal() for debt in debts}
    for found in matches:
        total = sum((part for _key, part in found.parts), found.rest)
        assert total == payments[found.payment].amount
        assert found.rest >= 0
        for key, part in found.parts:
            assert part > 0
            settled[key] += part
    assert all(settled[debt.key] <= debt.amount for debt in debts)


@given(st.text())
def test_any_text_has_a_normal_form(text):
    assert normalize(normalize(text)) == normalize(text)


def proforma(key, amount, reference):
    return Debt(key, Decimal(amount), (reference,), "A", DUE, owed=False)


def test_a_proforma_is_paid_by_its_reference_in_full():
    asked = proforma("p1", "50", "ADV0000000001")
    assert only([payment("50", "ADV0000000001")], [asked]) == ({"p1": 50}, 0)
    assert only([payment("60", "ADV0000000001")], [asked]) == ({"p1": 50}, 10)
    assert only([payment("49.99", "ADV0000000001")], [asked]) == "short"
    assert only([payment("50", "electricity", partner="A")], [asked]) == "amount"


def test_what_is_owed_is_paid_before_a_proforma():
    debts = [proforma(1, "50", "ADV0000000001"), debt(2, "30", "INV00000007", days=9)]
    texts = ("ADV0000000001 INV00000007",)
    assert only([payment("80", *texts)], debts) == ({1: 50, 2: 30}, 0)
    assert only([payment("60", *texts)], debts) == "short"


def test_a_proforma_hides_no_debt_of_the_same_amount():
    debts = [proforma(1, "50", "ADV0000000001"), debt(2, "50", "INV00000007")]
    assert only([payment("50", "paid", partner="A")], debts) == ({2: 50}, 0)
    paid = [
        payment("50", "ADV0000000001", key=1),
        payment("50", "ADV0000000001", key=2),
    ]
    matches, reviews = match_payments(paid, debts)
    assert [match.payment for match in matches] == [1]
    assert [(review.payment, review.reason) for review in reviews] == [(2, "unknown")]
