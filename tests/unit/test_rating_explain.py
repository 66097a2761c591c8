"""Explanations and problems as sentences, in any language."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
import rating
from rating import (
    Band,
    DatedTax,
    Discount,
    Factor,
    IndexSeries,
    InterestRate,
    late_interest,
    problem_sentence,
    sentence,
)
from rating.explain import PROBLEMS, SENTENCES, WORDS
from rating_samples import (
    APRIL,
    CENT,
    JULY,
    D,
    banded,
    charge,
    day,
    price,
    rated,
    span,
    usage,
)

BANDS = (Band(D(100), D("0.1")), Band(None, D("0.2"), fixed=D(3)))


def test_an_energy_line_split_by_days():
    energy = charge(
        "energy",
        "unit",
        price("0.1", end="2025-07-19"),
        price("0.25", "2025-07-20", discount=D(20)),
    )
    lines = rated(energy, [usage(310, JULY)], JULY).lines
    assert sentence(lines[1].explanation) == (
        "130 kWh × 0.2 = 26.00. From 2025-07-20 to 2025-08-01: 13 of 31 days. "
        "Of 310 kWh from 2025-07-02 to 2025-08-01 (measured) 130 are of these days, "
        "divided by days. Price valid from 2025-07-20. Price list 0.25 less 20 % "
        "(discount of the price list). Rounded to 0.01."
    )


def test_a_capacity_line():
    capacity = charge("cap", "capacity", price(2), quantity="kw", time_unit="month")
    half = span("2025-04-01", "2025-04-15")
    kw = usage(50, code="kw", unit="kW", quality="agreed")
    (line,) = rated(capacity, [kw], half, APRIL).lines
    assert sentence(line.explanation).startswith(
        "50 kW × 2 × 0.5 = 50.00. From 2025-04-01 to 2025-04-15: 15 of 30 days. "
        "The price is meant per month."
    )


def test_interest():
    rates = [InterestRate(1, day("2020-01-01"), D("10.15"), reference=D("2.15"))]
    result = late_interest(
        D(1000), day("2025-01-01"), day("2025-02-15"), rates, rounding=CENT
    )
    assert sentence(result.lines[0].explanation) == (
        "1000 × 10.15 % × 45 days / 365 = 12.51. From 2025-01-02 to 2025-02-15: "
        "45 days. Reference rate 2.15 % and 8 points. Rounded to 0.01."
    )


def test_formats_and_language_are_the_callers():
    (line,) = rated(charge("fee", "flat", price("1.5")), []).lines
    asked = []

    def translate(msgid):
        asked.append(msgid)
        return msgid.replace("From ", "Von ").replace(" to ", " bis ")

    text = sentence(
        line.explanation,
        translate,
        format_number=lambda value: format(value, "f").replace(".", ","),
        format_money=lambda value: f"{value} €",
        format_date=lambda value: value.strftime("%d.%m.%Y"),
    )
    assert "Von 01.04.2025 bis 30.04.2025" in text
    assert "1,5 × 1,0000000 = 1.50 €." in text
    known = set(SENTENCES.values()) | {w for t in WORDS.values() for w in t.values()}
    assert set(asked) <= known


def all_kinds():
    """A line of every basis and trait."""
    given = (Discount(1, D(5), day("2020-01-01"), None, "customer"),)
    charges = [
        charge("unit", "unit", price(1), discounts=given, minimum=D(1000)),
        charge("cap", "capacity", price(1), quantity="kw", maximum=D(1)),
        charge("class", "capacity", banded(*BANDS), quantity="kw"),
        charge("flat", "flat", price(1, end="2025-04-10"), price(2, "2025-04-11")),
        charge("percent", "percent", price(1), percent_of=("unit", "flat")),
        charge("bands", "bands", banded(*BANDS, discount=D(5))),
        charge("whole", "bands", banded(*BANDS, mode="whole"), prorate_limits=False),
        charge("item", "bands", banded(Band(D(1000), percent=D(1)), mode="item")),
        charge("spot", "index", price(1), formula="index + price"),
        charge("none", "index", price(1), quantity="idle", formula="index"),
        charge("one", "flat", price(1), pick_group="g"),
        charge("two", "flat", price(2), pick_group="g"),
        charge(
            "more",
            "unit",
            price(1),
            factors=(Factor(1, D(2), day("2020-01-01")),),
            taxes=(DatedTax("vat", day("2020-01-01")),),
        ),
    ]
    hours = tuple(np.ones(24) for _day in range(30))
    rest = tuple(np.zeros(24) for _day in range(30))
    quantities = [
        usage(720, intervals=hours),
        usage(0, code="idle", intervals=rest),
        usage(5, code="kw", unit="kW"),
    ]
    series = [IndexSeries("index", APRIL.start, hours)]
    half = span("2025-04-01", "2025-04-15")
    for over in (APRIL, half):
        result = rated(charges, quantities, over, APRIL, series=series)
        assert not result.problems
        yield from result.lines


def test_every_line_can_be_explained():
    for line in all_kinds():
        text = sentence(line.explanation)
        assert text
        assert "%(" not in text
        assert "None" not in text


def test_every_line_explains_its_own_amount():
    for line in all_kinds():
        assert line.explanation["amount"] == str(line.amount)
        assert line.explanation["quantity"] == str(line.quantity)
        terms = line.explanation["terms"]
        stated = line.explanation.get("unit_price", terms.get("price"))
        assert stated == str(line.unit_price)
        assert terms["from"] == line.span.start.isoformat()
        assert terms["to"] == line.span.end.isoformat()


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_has_a_sentence_of_its_parameters(code):
    names = set(re.findall(r"%\((\w+)\)s", PROBLEMS[code]))
    params = dict.fromkeys(names, "7")
    params.update({name: "2025-04-01" for name in names & {"from", "to", "date"}})
    problem = rating.Problem(code, "energy", APRIL, params)
    text = problem_sentence(problem)
    assert text
    assert "%(" not in text


def test_a_problem_says_what_where_and_when():
    result = rated(charge("energy", "unit", price(1, "2025-04-03")), [usage(1)])
    assert problem_sentence(result.problems[0]) == (
        "Energy: no price from 2025-04-01 to 2025-04-02."
    )


def test_every_problem_code_in_the_package_has_a_sentence():
    """Codes are literals: of a missing sentence a user would see the bare code."""
    package = Path(rating.__file__).parent
    found = set()
    for path in package.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(r"(missing|ambiguous)_[a-z_]+", node.value):
                    found.add(node.value)
    assert found <= set(PROBLEMS)
    assert len(found) > 5
