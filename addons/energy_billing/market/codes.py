"""Codes of metering points and market parties.

EIC: 16 characters with a check character modulo 37 (ENTSO-E's reference manual;
python-stdnum does the arithmetic). GSRN: the 18 digits of GS1's service relation
number ("EAN-18" in Czechia) with GS1's check digit modulo 10. Distributors with a
code of their own have a pattern, which is data.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from stdnum.eu import eic
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from .errors import MarketError

SCHEMES = ("eic", "gsrn", "pattern", "any")
MAX_LENGTH = 64

EIC_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
EIC_TYPES = {
    "X": "party",
    "Y": "area",
    "Z": "measurement_point",
    "W": "resource",
    "T": "tie_line",
    "V": "location",
    "A": "substation",
}


def normalise(code: str) -> str:
    """Return the code in capitals and without white space of any kind."""
    return "".join(code.split()).upper()


def check_eic(code: str) -> str:
    """Return the normalised EIC; raise MarketError when it is none.

    A code whose check character would be "-" is never issued and so is invalid.
    """
    code = _filled(code)
    try:
        return eic.validate(code)
    except InvalidLength as error:
        raise _wrong("code_length", code, "EIC", 16) from error
    except InvalidChecksum as error:
        raise _wrong("code_check", code, "EIC", 16) from error
    except ValidationError as error:
        if EIC_ALPHABET.issuperset(code):  # a check character "-"
            raise _wrong("code_check", code, "EIC", 16) from error
        raise _wrong("code_characters", code, "EIC", 16) from error


def eic_type(code: str) -> str | None:
    """Return what a valid EIC stands for (a value of EIC_TYPES) or None."""
    return EIC_TYPES.get(check_eic(code)[2])


def gs1_check_digit(body: str) -> str:
    """Return GS1's check digit of a body of digits: weights 3, 1, 3… from the right."""
    total = sum(
        int(digit) * (1 if position % 2 else 3)
        for position, digit in enumerate(reversed(body))
    )
    return str(-total % 10)


def check_gsrn(code: str) -> str:
    """Return the normalised 18-digit GSRN; raise MarketError when it is none."""
    code = _filled(code)
    if not (code.isascii() and code.isdigit()):
        raise _wrong("code_characters", code, "GSRN", 18)
    if len(code) != 18:
        raise _wrong("code_length", code, "GSRN", 18)
    if gs1_check_digit(code[:-1]) != code[-1]:
        raise _wrong("code_check", code, "GSRN", 18)
    return code


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern:
    """Return the compiled pattern of a distributor's point codes.

    Patterns come from users' settings, so those that could run for hours are refused:
    no repeated groups, no look-around or back references, at most three open-ended
    repetitions.
    """
    reason = None
    if not pattern or len(pattern) > 200:
        reason = "empty or too long"
    elif re.search(r"\)[*+?{]|\(\?|\\[1-9]", pattern):
        reason = "repeated or special groups are not allowed"
    elif len(re.findall(r"(?<!\\)[*+]|,\}", pattern)) > 3:
        reason = "more than three open repetitions"
    if reason is None:
        try:
            return re.compile(pattern, re.ASCII)
        except (re.error, OverflowError, RecursionError) as error:
            reason = str(error)
    raise MarketError("pattern_invalid", params={"value": pattern, "reason": reason})


def check_pattern(code: str, pattern: str) -> str:
    """Return the normalised code; raise MarketError when the pattern doesn't fit."""
    code = _filled(code)
    if not compile_pattern(pattern).fullmatch(code):
        raise MarketError("code_pattern", params={"value": code})
    return code


def check_code(code: str, scheme: str, pattern: str = "") -> str:
    """Return the normalised code of one of `SCHEMES`; raise MarketError.

    A pattern given beside "eic" or "gsrn" must fit too (a distributor's range).
    """
    if scheme == "eic":
        code = check_eic(code)
    elif scheme == "gsrn":
        code = check_gsrn(code)
    elif scheme in ("pattern", "any"):
        code = _filled(code)
    else:
        raise MarketError("scheme_unknown", params={"scheme": scheme})
    if pattern or scheme == "pattern":
        code = check_pattern(code, pattern)
    return code


def distributor_of(code: str, patterns: Iterable[tuple[str, str]]) -> str | None:
    """Return the key of the one distributor whose pattern the code has.

    `patterns` holds (key, pattern). None when no pattern fits; MarketError
    ``code_ambiguous`` when several distributors do.
    """
    code = _filled(code)
    keys = {
        key for key, pattern in patterns if compile_pattern(pattern).fullmatch(code)
    }
    if len(keys) > 1:
        raise MarketError(
            "code_ambiguous",
            params={"value": code, "distributors": ", ".join(sorted(keys))},
        )
    return keys.pop() if keys else None


def _filled(code):
    code = normalise(code)
    if not code:
        raise MarketError("code_empty")
    if len(code) > MAX_LENGTH:
        params = {"value": code[:MAX_LENGTH] + "…", "limit": MAX_LENGTH}
        raise MarketError("code_too_long", params=params)
    return code


def _wrong(kind, code, scheme, expected):
    params = {"value": code, "scheme": scheme}
    if kind == "code_length":
        params |= {"length": len(code), "expected": expected}
    return MarketError(kind, params=params)
