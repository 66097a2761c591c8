"""Explanations and problems as sentences in the user's language.

An explanation is data. Here it becomes text, by message tables whose entries are
translated with the ``translate`` given (gettext-like: msgid in, text out), and
filled with values formatted by the functions given. Nothing else is English.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal


def _(text: str) -> str:
    """Marks a msgid for the extraction of terms; translation happens later."""
    return text


SENTENCES = {
    "unit": _("%(quantity)s %(unit)s × %(unit_price)s = %(amount)s."),
    "capacity": _("%(level)s %(unit)s × %(price)s × %(factor)s = %(amount)s."),
    "class": _(
        "The price for %(level)s %(unit)s is that of its class; × %(factor)s ="
        " %(amount)s."
    ),
    "flat": _("%(price)s × %(factor)s = %(amount)s."),
    "percent": _("%(price)s %% of %(base)s (%(charges)s) = %(amount)s."),
    "bands": _("%(in_band)s %(unit)s in this band: %(amount)s."),
    "items": _("%(items)s items of together %(in_band)s in this band: %(amount)s."),
    "index": _(
        "%(energy)s %(unit)s × a price for each interval (%(formula)s), on average"
        " %(mean_price)s = %(amount)s."
    ),
    "index_nothing": _("No energy in any interval (%(formula)s): %(amount)s."),
    "minimum": _("The charge came to %(sum)s; the minimum is %(limit)s: %(amount)s."),
    "maximum": _("The charge came to %(sum)s; the maximum is %(limit)s: %(amount)s."),
    "interest": _(
        "%(base)s × %(percent)s %% × %(days)s days / %(day_basis)s = %(amount)s."
    ),
    "days": _("From %(from)s to %(to)s: %(days)s days."),
    "days_of": _("From %(from)s to %(to)s: %(days)s of %(period_days)s days."),
    "time_unit": _("The price is meant per %(time_unit)s."),
    "input": _("%(value)s %(unit)s from %(from)s to %(to)s (%(quality)s)."),
    "input_share": _(
        "Of %(value)s %(unit)s from %(from)s to %(to)s (%(quality)s) %(share)s are of"
        " these days, %(split)s."
    ),
    "price_from": _("Price valid from %(price_from)s."),
    "price_from_to": _("Price valid from %(price_from)s to %(price_to)s."),
    "discount": _("Price list %(list_price)s less %(percent)s %% (%(rank)s)."),
    "discount_only": _("Less a discount of %(percent)s %% (%(rank)s)."),
    "less": _("Price list %(list_price)s less %(less)s per unit (%(rank)s)."),
    "less_only": _("Less a discount of %(less)s per unit (%(rank)s)."),
    "displaced": _("Discounts do not add up; not counted beside it: %(displaced)s."),
    "displaced_percent": _("%(percent)s %% (%(rank)s)"),
    "displaced_less": _("%(less)s per unit (%(rank)s)"),
    "multiplier": _("The quantity is multiplied by %(multiplier)s."),
    "tax": _("Taxed with %(tax)s."),
    "band_above": _("Band: above %(above)s."),
    "band_up_to": _("Band: up to %(up_to)s."),
    "band_between": _("Band: above %(above)s up to %(up_to)s."),
    "band_price": _("%(price)s per unit."),
    "band_percent": _("%(percent)s %% of the quantity."),
    "band_fixed": _("%(fixed)s fixed."),
    "prorated": _("The limits of the bands are those of a full period × %(share)s."),
    "lowest": _("The lowest of: %(compared)s."),
    "highest": _("The highest of: %(compared)s."),
    "compared": _("%(charge)s %(amount)s"),
    "reference": _("Reference rate %(reference)s %% and %(points)s points."),
    "rounding": _("Rounded to %(rounding)s."),
}

WORDS = {
    "time_unit": {
        "period": _("billing period"),
        "day": _("day"),
        "month": _("month"),
        "year": _("year"),
    },
    "rank": {
        "customer": _("discount of the customer"),
        "contract": _("discount of the contract"),
        "customer_category": _("discount of the customer category"),
        "charge": _("discount of the charge"),
        "category": _("discount of the tariff category"),
        "price": _("discount of the price list"),
    },
    "split": {
        "days": _("divided by days"),
        "daily": _("by daily values"),
        "profile": _("divided by a profile"),
        "intervals": _("by interval data"),
    },
    "quality": {
        "measured": _("measured"),
        "estimated": _("estimated"),
        "substituted": _("substituted"),
        "calculated": _("calculated"),
        "manual": _("entered by hand"),
        "agreed": _("agreed"),
    },
}

PROBLEMS = {
    "missing_price": _("%(charge)s: no price from %(from)s to %(to)s."),
    "ambiguous_price": _("%(charge)s: more than one price from %(from)s to %(to)s."),
    "missing_factor": _("%(charge)s: no factor from %(from)s to %(to)s."),
    "ambiguous_factor": _("%(charge)s: more than one factor from %(from)s to %(to)s."),
    "missing_tax": _("%(charge)s: no tax from %(from)s to %(to)s."),
    "ambiguous_tax": _("%(charge)s: more than one tax from %(from)s to %(to)s."),
    "missing_quantity": _(
        "%(charge)s: no quantity “%(quantity)s” from %(from)s to %(to)s."
    ),
    "missing_level": _("%(charge)s: no level “%(quantity)s” from %(from)s to %(to)s."),
    "ambiguous_level": _(
        "%(charge)s: contradicting levels “%(quantity)s” from %(from)s to %(to)s."
    ),
    "mixed_units": _(
        "%(charge)s: quantities “%(quantity)s” in different units: %(units)s."
    ),
    "parts_mismatch": _(
        "%(charge)s: the parts of “%(quantity)s” sum to %(sum)s, not %(value)s."
    ),
    "missing_interval": _(
        "%(charge)s: “%(quantity)s” has no value on %(date)s, interval %(interval)s;"
        " %(count)s values are missing."
    ),
    "missing_intervals": _(
        "%(charge)s: “%(quantity)s” from %(from)s to %(to)s has no interval data."
    ),
    "missing_index_price": _(
        "%(charge)s: the index “%(index)s” has no price on %(date)s at %(time)s,"
        " interval %(interval)s of the day."
    ),
    "unknown_index": _("%(charge)s: the formula “%(formula)s” needs %(names)s."),
    "bad_formula": _("%(charge)s: the formula from %(from)s to %(to)s can't be read."),
    "formula_result": _(
        "%(charge)s: the formula “%(formula)s” gives no price on %(date)s, interval"
        " %(interval)s."
    ),
    "resolution_mismatch": _(
        "%(charge)s: intervals of prices and energies don't fit on %(date)s."
    ),
    "no_band": _(
        "%(charge)s: no band for the value %(value)s from %(from)s to %(to)s."
    ),
    "percent_cycle": _("%(charge)s: a percent of itself, by way of other charges."),
    "missing_base": _("%(charge)s: a percent of a charge that isn't there: %(base)s."),
    "incomplete_base": _(
        "%(charge)s: a percent of charges that could not be rated: %(base)s."
    ),
    "discount_too_great": _(
        "%(charge)s: the discount per unit is more than the price from %(from)s to"
        " %(to)s."
    ),
    "missing_rate": _("No interest rate from %(from)s to %(to)s."),
}

#: Which formatter a parameter goes through; others stay as they are.
_DATES = {"from", "to", "price_from", "price_to", "date"}
_MONEY = {"amount", "base", "sum", "limit", "fixed"}
_NUMBERS = {
    "quantity",
    "unit_price",
    "level",
    "price",
    "list_price",
    "factor",
    "in_band",
    "items",
    "energy",
    "mean_price",
    "value",
    "share",
    "percent",
    "less",
    "multiplier",
    "above",
    "up_to",
    "reference",
    "points",
    "rounding",
}

#: What an explanation holds beside plain values.
_CONTAINERS = (
    "terms",
    "inputs",
    "shares",
    "compared",
    "band",
    "discount",
    "displaced",
)


def plain_number(value: Decimal) -> str:
    """Digits without trailing zeros, no exponent.

    >>> plain_number(Decimal("25.000000"))
    '25'
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Speaker:
    """Renders explanations and problems with given translation and formats.

    :param translate: msgid → text in the user's language
    :param format_number: Decimal → text (quantities, prices, factors, percents)
    :param format_money: Decimal → text (amounts, with currency if wanted)
    :param format_date: date → text
    """

    def __init__(
        self,
        translate: Callable[[str], str] = str,
        format_number: Callable[[Decimal], str] = plain_number,
        format_money: Callable[[Decimal], str] = str,
        format_date: Callable[[date], str] = date.isoformat,
    ):
        self.translate = translate
        self.format_number = format_number
        self.format_money = format_money
        self.format_date = format_date

    def _format(self, name: str, value):
        if value is None:
            return ""
        if name in WORDS:
            msgid = WORDS[name].get(value)
            return self.translate(msgid) if msgid else str(value)
        if name in _DATES:
            return self.format_date(date.fromisoformat(value))
        try:
            if name in _MONEY:
                return self.format_money(Decimal(value))
            if name in _NUMBERS:
                return self.format_number(Decimal(value))
        except ArithmeticError:
            # a problem's "quantity" is a code, not a number
            return str(value)
        return str(value)

    def _fill(self, msgid: str, values: dict) -> str:
        formatted = {name: self._format(name, value) for name, value in values.items()}
        return self.translate(msgid) % formatted

    def say(self, name: str, **values) -> str:
        return self._fill(SENTENCES[name], values)

    def sentences(self, explanation: dict) -> list[str]:
        """One sentence per fact: the product first, then where it comes from."""
        terms = explanation["terms"]
        values = {**terms, **explanation}
        for container in _CONTAINERS:
            values.pop(container, None)
        inputs = explanation.get("inputs", [])
        values["unit"] = inputs[0]["unit"] if inputs else ""
        said = [self._product(terms, explanation, values)]
        said += self._band(explanation, terms)
        said += self._time(terms, values)
        said += self._inputs(explanation, inputs)
        said += self._price(terms, values)
        if "compared" in explanation:
            compared = ", ".join(
                self.say("compared", **item) for item in explanation["compared"]
            )
            said.append(self.say(explanation["pick"], compared=compared))
        if "reference" in terms:
            said.append(self.say("reference", **values))
        said.append(self.say("rounding", **values))
        return said

    def _product(self, terms, explanation, values) -> str:
        name = terms["basis"]
        if name == "unit":
            values.setdefault("unit_price", terms["price"])
        elif name == "percent":
            values["charges"] = ", ".join(explanation["base_charges"])
        elif name == "capacity" and "band" in explanation:
            name = "class"
        elif name == "bands" and "items" in explanation:
            name = "items"
        elif name == "index" and explanation["mean_price"] is None:
            name = "index_nothing"
        return self.say(name, **values)

    def _band(self, explanation, terms) -> list[str]:
        band = explanation.get("band")
        if band is None:
            return []
        if "above" in band:
            said = [
                self.say("band_between" if "up_to" in band else "band_above", **band)
            ]
        elif "up_to" in band:
            said = [self.say("band_up_to", **band)]
        else:
            said = []
        said += [
            self.say(f"band_{part}", **band)
            for part in ("price", "percent", "fixed")
            if part in band
        ]
        if "limits_share" in terms:
            said.append(self.say("prorated", share=terms["limits_share"]))
        return said

    def _time(self, terms, values) -> list[str]:
        partial = terms.get("period_days", terms["days"]) != terms["days"]
        said = [self.say("days_of" if partial else "days", **values)]
        if "time_unit" in terms:
            said.append(self.say("time_unit", **values))
        return said

    def _inputs(self, explanation, inputs) -> list[str]:
        shares = explanation.get("shares")
        if not shares:
            return [self.say("input", **item) for item in inputs]
        return [
            self.say("input_share", **item, share=share)
            for item, share in zip(inputs, shares, strict=True)
        ]

    def _price(self, terms, values) -> list[str]:
        said = []
        if "price_from" in terms:
            open_end = terms["price_to"] is None
            said.append(
                self.say("price_from" if open_end else "price_from_to", **values)
            )
        discount = terms.get("discount")
        if discount:
            name = "less" if "less" in discount else "discount"
            if "list_price" not in terms:
                name += "_only"
            said.append(self.say(name, **{**values, **discount}))
        if "displaced" in terms:
            others = [
                self.say(
                    "displaced_less" if "less" in other else "displaced_percent",
                    **other,
                )
                for other in terms["displaced"]
            ]
            said.append(self.say("displaced", displaced=", ".join(others)))
        if "multiplier" in terms:
            said.append(self.say("multiplier", **values))
        if "tax" in terms:
            said.append(self.say("tax", **values))
        return said

    def problem(self, problem) -> str:
        """A problem's sentence; an unknown code is shown as it is."""
        msgid = PROBLEMS.get(problem.code)
        if msgid is None:
            return f"{problem.code} {problem.params}"
        return self._fill(msgid, {"count": "?", **problem.params})


def sentence(
    explanation: dict, translate: Callable[[str], str] = str, **formats
) -> str:
    """An explanation as one text; ``formats`` as of :class:`Speaker`."""
    return " ".join(Speaker(translate, **formats).sentences(explanation))


def problem_sentence(problem, translate: Callable[[str], str] = str, **formats) -> str:
    """What is wrong, where and when, as one sentence."""
    return Speaker(translate, **formats).problem(problem)
