"""Payouts against their totals, mailing jobs by the piece."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postage import Count, Mailing, differences, is_in_band, parts_of

CHEQUES = st.integers(0, 1000)
MONEY = st.decimals(0, 10**6, places=2, allow_nan=False)
COUNTS = st.builds(Count, CHEQUES, MONEY)


@given(st.dictionaries(st.integers(0, 40), COUNTS, max_size=40))
def test_items_agree_with_their_own_sum(paid):
    total = sum(paid.values(), Count())
    assert differences(total, {}, paid) == []
    assert differences(total, paid, paid) == []


@given(st.dictionaries(st.integers(0, 40), COUNTS, max_size=40), COUNTS)
def test_the_differences_of_centres_add_up_to_the_difference_in_all(paid, more):
    ordered = {**paid, 41: more}
    found = differences(sum(ordered.values(), Count()), ordered, paid)
    by_centre = [d.missing for d in found if d.centre is not None]
    whole = [d.missing for d in found if d.centre is None]
    assert sum(by_centre, Count()) == sum(whole, Count()) == more


def test_what_cancels_out_in_all_is_found_at_the_centres():
    ordered = {"A": Count(2, Decimal(50)), "B": Count(2, Decimal(50))}
    paid = {"A": Count(3, Decimal(60)), "B": Count(1, Decimal(40))}
    found = differences(Count(4, Decimal(100)), ordered, paid)
    assert [(d.centre, d.missing.cheques) for d in found] == [("A", -1), ("B", 1)]


@pytest.mark.parametrize(
    ("amount", "expected"), [("10.00", False), ("10.01", True), ("30.00", True)]
)
def test_limits_of_a_band_are_inclusive_above(amount, expected):
    count = Count(1, Decimal(amount))
    assert is_in_band(count, Decimal(10), Decimal(30)) is expected


@given(st.lists(st.decimals(Decimal("10.01"), 30, places=2), min_size=1, max_size=50))
def test_cheques_of_a_band_are_never_refused(amounts):
    count = Count(len(amounts), sum(amounts))
    assert is_in_band(count, Decimal(10), Decimal(30))


@given(st.integers(1, 10**5), st.integers(1, 50), st.integers(0, 5), st.booleans())
def test_a_mailing_weighs_and_counts_what_it_holds(pieces, pages, inserts, duplex):
    mailing = Mailing(pieces, pages, inserts, duplex)
    parts = {part.service: part for part in parts_of(mailing)}
    assert parts["print"].quantity == pieces * pages
    assert parts["postage"].quantity == parts["envelope"].quantity == pieces
    assert ("insert" in parts) == bool(inserts)
    assert mailing.sheets * 2 >= pages if duplex else mailing.sheets == pages
    assert parts["postage"].grams == 5 + 5 * mailing.sheets + 5 * inserts


def test_a_mailing_has_a_piece_and_a_page():
    with pytest.raises(ValueError, match="at least one piece"):
        Mailing(0, 1)
