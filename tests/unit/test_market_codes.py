"""Codes of points and parties: published vectors and what a check digit can find."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from market import codes
from market.errors import MarketError

VALID_EIC = [
    "27ZG600Z0424987D",
    "22XWATTPLUS----G",
    "10YCA-BULGARIA-R",
    "10X1001A1001A450",
    "10YNO-1--------2",
    "10YCS-CG-TSO---S",
    "10YCZ-CEPS-----N",
    "32Z000000000001M",
]
VALID_GSRN = [
    "859182400123456789",
    "859182400501380873",
    "859182400501396331",
    "859182400708995788",
    "859182400700227603",
    "859182400000001231",
    "859182400000000050",
]
EIC_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


def refused(check, *args):
    with pytest.raises(MarketError) as caught:
        check(*args)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("code", VALID_EIC)
def test_valid_eic(code):
    assert codes.check_eic(code) == code


def test_eic_is_normalised_before_it_is_checked():
    assert codes.check_eic(" 27zg 600z\u00a00424987d\n") == "27ZG600Z0424987D"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("27ZG600Z0424987Q", "code_check"),
        ("23X--130302DLGW-", "code_check"),  # the computed character is "-"
        ("10X1001A1001A50Z", "code_check"),  # computes 7
        ("27ZG600Z0424987", "code_length"),
        ("27ZG600Z0424987DD", "code_length"),
        ("27ZG600Z04249_7D", "code_characters"),
        ("27ŽG600Z0424987D", "code_characters"),
        ("", "code_empty"),
        (" \t", "code_empty"),
        ("7" * 1000, "code_too_long"),
    ],
)
def test_invalid_eic(code, reason):
    assert refused(codes.check_eic, code) == reason


def test_eic_says_what_it_stands_for():
    assert codes.eic_type("27ZG600Z0424987D") == "measurement_point"
    assert codes.eic_type("10YCA-BULGARIA-R") == "area"
    assert codes.eic_type("22XWATTPLUS----G") == "party"


@st.composite
def eics(draw):
    body = draw(st.text(EIC_CHARACTERS, min_size=15, max_size=15))
    total = sum(EIC_CHARACTERS.index(char) * (16 - i) for i, char in enumerate(body))
    check = EIC_CHARACTERS[36 - (total - 1) % 37]
    assume(check != "-")
    return body + check


@given(eics(), st.integers(0, 15), st.sampled_from(EIC_CHARACTERS))
def test_eic_finds_every_single_character_error(code, position, char):
    assert codes.check_eic(code) == code
    assume(code[position] != char)
    assert refused(codes.check_eic, code[:position] + char + code[position + 1 :])


@given(eics(), st.integers(0, 14))
def test_eic_finds_every_adjacent_transposition(code, i):
    assume(code[i] != code[i + 1])
    assert refused(codes.check_eic, code[:i] + code[i + 1] + code[i] + code[i + 2 :])


@pytest.mark.parametrize("code", VALID_GSRN)
def test_valid_gsrn(code):
    assert codes.check_gsrn(code) == code
    assert codes.check_gsrn(f" {code[:9]} {code[9:]} ") == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("859182400123456784", "code_check"),
        ("85918240012345678", "code_length"),
        ("8591824000007", "code_length"),  # the market operator's own EAN-13
        ("85918240012345678X", "code_characters"),
        ("٨59182400123456789", "code_characters"),
        ("", "code_empty"),
    ],
)
def test_invalid_gsrn(code, reason):
    assert refused(codes.check_gsrn, code) == reason


gsrns = st.text("0123456789", min_size=17, max_size=17).map(
    lambda body: body + codes.gs1_check_digit(body)
)


@given(gsrns, st.integers(0, 17), st.sampled_from("0123456789"))
def test_gsrn_finds_every_single_digit_error(code, position, digit):
    assert codes.check_gsrn(code) == code
    assume(code[position] != digit)
    wrong = code[:position] + digit + code[position + 1 :]
    assert refused(codes.check_gsrn, wrong) == "code_check"


@given(gsrns, st.integers(0, 16))
def test_gsrn_finds_transpositions_but_of_digits_five_apart(code, i):
    # neighbours weigh 3 and 1: swapping changes the sum by twice their difference,
    # which modulo 10 is nothing when they differ by five
    left, right = int(code[i]), int(code[i + 1])
    assume(left != right)
    swapped = code[:i] + code[i + 1] + code[i] + code[i + 2 :]
    if abs(left - right) == 5:
        assert codes.check_gsrn(swapped) == swapped
    else:
        assert refused(codes.check_gsrn, swapped) == "code_check"


WEST, SOUTH = r"32Z103\d{27}", r"ESO[A-Z]{2}\d{28}"


def test_distributor_is_derived_from_the_code():
    patterns = [("west", WEST), ("south", SOUTH)]
    assert codes.distributor_of("32z103" + "0" * 27, patterns) == "west"
    assert codes.distributor_of("ESOBG" + "7" * 28, patterns) == "south"
    assert codes.distributor_of("X" * 33, patterns) is None
    both = [*patterns, ("other", r"32Z\d{30}")]
    assert refused(codes.distributor_of, "32Z103" + "0" * 27, both) == "code_ambiguous"


def test_pattern_must_fit_as_a_whole():
    assert codes.check_pattern(" 32z103" + "0" * 27, WEST)
    assert refused(codes.check_pattern, "32Z103" + "0" * 28, WEST) == "code_pattern"
    assert refused(codes.check_pattern, "x32Z103" + "0" * 27, WEST) == "code_pattern"


def test_pattern_can_narrow_a_scheme():
    code = "859182400123456789"
    assert codes.check_code(code, "gsrn", "859182400[12].*") == code
    assert refused(codes.check_code, code, "gsrn", "8591824003.*") == "code_pattern"
    assert codes.check_code("anything goes", "any") == "ANYTHINGGOES"
    assert refused(codes.check_code, code, "unheard-of") == "scheme_unknown"


@pytest.mark.parametrize(
    "pattern",
    ["", "(", "[", "(a+)+b", "(a|a)*", "(?=a)a", r"(a)\1", "a*b*c*d*", "a" * 201,
     "a{99999999999}"],
)  # fmt: skip
def test_patterns_that_could_run_for_hours_are_refused(pattern):
    assert refused(codes.compile_pattern, pattern) == "pattern_invalid"


@given(st.text(max_size=70), st.sampled_from(codes.SCHEMES))
def test_any_text_is_a_code_or_refused(text, scheme):
    try:
        code = codes.check_code(text, scheme, WEST if scheme == "pattern" else "")
    except MarketError as error:
        assert error.message()
    else:
        assert code == codes.normalise(code)
