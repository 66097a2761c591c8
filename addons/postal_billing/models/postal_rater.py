"""Prices of entries: the charge of a service, its discounts, one day."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from odoo.addons.billing_base.rating import (
    Quantity,
    Rater,
    Span,
    problem_sentence,
    to_decimal,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be priced.

    :param agreement: a billing.agreement, may be empty
    :param item: the service, a billing.tariff.item
    :param quantity: pieces or cheques
    :param grams: weight of a piece, for weight steps
    :param money: amount of all cheques, for commissions
    """

    agreement: object
    item: object
    day: date
    quantity: Decimal
    grams: Decimal = Decimal()
    money: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class Priced:
    """Lines of the rating package, or the reason why there are none."""

    lines: tuple = ()
    problem: str = ""
    discounts: list = field(default_factory=list)

    @property
    def amount(self):
        return sum((line.amount for line in self.lines), Decimal())

    @property
    def unit_price(self):
        """Of the one line of nearly every service; 0 where a price has parts."""
        return self.lines[0].unit_price if len(self.lines) == 1 else Decimal()


class PostalRater:
    """Loads price lists and discounts once, prices any number of entries."""

    def __init__(self, env, agreements, days):
        self.env = env
        days = [day for day in days if day]
        spans = {}
        if days:
            span = Span(min(days), max(days))
            spans = {agreement.id: [span] for agreement in agreements}
        self.discounts = env["billing.discount"]._load(agreements, spans)
        self.charges = {}
        self.raters = {}

    def price(self, entry):
        """:return: :class:`Priced` of an :class:`Entry`"""
        if not entry.quantity and not entry.money:
            return Priced()
        tariff, problem = self._tariff(entry)
        if problem:
            return Priced(problem=problem)
        day = Span(entry.day, entry.day)
        discounts = self.discounts.reaching(entry.agreement, tariff, day)
        result = self._rater(tariff, entry.item, day, discounts).rate(
            [self._quantity(entry, day)]
        )
        described = self.discounts.describe(discounts)
        if result.problems:
            problem = problem_sentence(result.problems[0], translate=self.env._)
            return Priced(problem=problem)
        return Priced(lines=result.lines, discounts=described)

    def _tariff(self, entry):
        """The price list of an entry, and what stands in the way."""
        agreement, item = entry.agreement, entry.item
        if not agreement:
            return None, self.env._(
                "The partner has no agreement for these services in the period."
            )
        if not item.active:
            return None, self.env._(
                "%(service)s is not offered any more.", service=item.display_name
            )
        for term in agreement.term_ids:
            if term.date_start <= entry.day and (
                not term.date_end or term.date_end >= entry.day
            ):
                if term.tariff_id == item.tariff_id:
                    return term.tariff_id, ""
                return None, self.env._(
                    "%(service)s is not in the price list of the contract, %(list)s.",
                    service=item.display_name,
                    list=term.tariff_id.display_name,
                )
        return None, self.env._(
            "The contract %(contract)s has no terms on %(date)s: it has not begun or "
            "has ended.",
            contract=agreement.contract_id.display_name,
            date=entry.day,
        )

    def _charge(self, tariff, item):
        if tariff.id not in self.charges:
            self.charges[tariff.id] = {
                charge.key: charge for charge in tariff._get_charges()
            }
        return replace(self.charges[tariff.id][item.id], coverage="events")

    def _rater(self, tariff, item, day, discounts):
        key = (item.id, day, discounts)
        if key not in self.raters:
            charges = (self._charge(tariff, item),)
            self.raters[key] = Rater(
                self.discounts.apply(charges, {item.id: item}, discounts),
                day,
                period=day,
                rounding=to_decimal(tariff.currency_id.rounding),
            )
        return self.raters[key]

    def _quantity(self, entry, day):
        """The quantity the service is priced by, with its number of items."""
        item = entry.item
        value, count = entry.quantity, None
        if item.entry == "weight":
            value, count = entry.grams * entry.quantity, entry.quantity
        elif item.entry == "money":
            value, count = entry.money, entry.quantity
        return Quantity(
            code=item.quantity_type_id.code,
            span=day,
            value=value,
            unit=item.quantity_type_id.uom_id.name or "",
            quality="manual",
            count=count,
        )
