"""Numbers and dates: the fast formatter says what babel says."""

from datetime import date
from decimal import Decimal as D

import pytest
from babel.numbers import format_currency, format_decimal
from documents import Currency, Formats
from hypothesis import given
from hypothesis import strategies as st

LANGUAGES = {
    "en_US": "en_US",
    "bg_BG": "bg_BG",
    "cs_CZ": "cs_CZ",
    "nb_NO": "nb_NO",
    "pl_PL": "pl_PL",
    "sr@latin": "sr_Latn",
}


@pytest.mark.parametrize("lang", LANGUAGES)
@given(
    value=st.decimals(-(10**12), 10**12, places=6),
    digits=st.integers(0, 6),
)
def test_a_number_is_written_as_babel_writes_it(lang, value, digits):
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    value = value.quantize(D(1).scaleb(-digits), rounding="ROUND_HALF_UP")
    expected = format_decimal(abs(value), pattern, locale=LANGUAGES[lang])
    minus = "-" if value < 0 else ""
    assert Formats.for_locale(lang).number(value, digits) == minus + expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_money_stands_on_the_side_of_the_locale(lang):
    amount = D("-12345.60")
    expected = format_currency(amount, "EUR", locale=LANGUAGES[lang])
    assert Formats.for_locale(lang).money(amount, Currency("EUR", "€")) == expected


def test_a_code_in_front_does_not_stick_to_the_amount():
    text = Formats.for_locale("en_US").money(D(5), Currency("PLN"))
    assert text == "PLN\N{NO-BREAK SPACE}5.00"


def test_decimals_are_kept_up_to_the_most_and_not_invented():
    formats = Formats.for_locale("en_US")
    assert formats.number(D("0.14525000"), 2, 8) == "0.14525"
    assert formats.number(D("1.50"), 2, 8) == "1.50"
    assert formats.number(D(40), 0, 6) == "40"
    assert formats.number(D("1.00000049"), 0, 6) == "1"
    assert formats.number(D("1.0000005"), 0, 6) == "1.000001"


def test_zero_has_no_sign():
    assert Formats.for_locale("en_US").number(D("-0.004"), 2) == "0.00"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en_US", "07/03/2026"),
        ("en_GB", "03/07/2026"),
        ("bg_BG", "03.07.2026"),
        ("cs_CZ", "03.07.2026"),
        ("nb_NO", "03.07.2026"),
        ("pl_PL", "03.07.2026"),
        ("sr@latin", "03.07.2026."),
        ("xx_YY", "07/03/2026"),
    ],
)
def test_dates_are_digits_of_equal_width(lang, expected):
    assert Formats.for_locale(lang).day(date(2026, 7, 3)) == expected


def test_own_conventions_replace_those_of_the_locale():
    formats = Formats(decimal=",", group="'", date="{d:02d}-{m:02d}-{y:04d}")
    assert formats.number(D("1234567.5"), 2) == "1'234'567,50"
    assert formats.day(date(2026, 7, 3)) == "03-07-2026"
