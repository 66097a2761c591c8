"""Rates stored segments again with other charges; writes nothing."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tools import groupby

from ..rating import (
    Discount,
    PriceVersion,
    Quantity,
    Rater,
    Span,
    problem_sentence,
    to_decimal,
)
from ..rating.money import CONTEXT, HUNDRED, round_price


class WhatIfRater:
    """Keeps the changed charges and their raters between pieces.

    :param what_if: a billing.what.if
    """

    def __init__(self, what_if):
        self.env = what_if.env
        self.rounding = to_decimal(what_if.currency_id.rounding)
        self.changes = {change.tariff_id.id: change for change in what_if.change_ids}
        self.overrides = {
            price.item_id.id: to_decimal(price.price) for price in what_if.price_ids
        }
        self.touched = set(self.changes) | set(what_if.price_ids.tariff_id.ids)
        tariffs = self.env["billing.tariff"].with_context(active_test=False)
        self.tariffs = {
            tariff.code: tariff
            for tariff in tariffs.search([("company_id", "=", what_if.company_id.id)])
        }
        self.types = {}
        self.charges = {}
        self.raters = {}
        self.codes = {}

    @staticmethod
    def span(row):
        """The days a segment bills."""
        return Span(row["date_start"], row["date_end"])

    def compare(self, rows, live):
        """Rate the segments of some agreements.

        Agreements none of whose tariffs is touched are left out.

        :param list rows: segments, sorted by agreement
        :param dict live: ``{agreement id: [Quantity, …]}`` read from their source
        :return: ``(lines, charges, segment ids)`` as results are stored
        """
        lines, segment_ids = [], []
        charges = defaultdict(Decimal)
        for agreement_id, found in groupby(rows, lambda row: row["agreement_id"]):
            segments = found
            tariffs = [
                self.tariffs.get(term["tariff"])
                for segment in segments
                for term in segment["snapshot"]["terms"]
            ]
            if all(
                tariff is None or tariff.id not in self.touched for tariff in tariffs
            ):
                continue
            amount = sum((Decimal(row["amount"]) for row in segments), Decimal())
            rated, problem = self._rate(segments, live.get(agreement_id))
            new_amount = None
            if problem is None:
                new_amount = sum((line.amount for line in rated), Decimal())
                segment_ids += [row["id"] for row in segments]
                for line in rated:
                    charges[self.codes[line.charge_key], line.charge_key] += line.amount
            first = segments[0]
            lines.append(
                (
                    agreement_id,
                    first["partner_id"],
                    first["type_id"],
                    next(tariff.id for tariff in tariffs if tariff),
                    amount,
                    new_amount,
                    problem,
                )
            )
        return lines, charges, segment_ids

    def _rate(self, segments, live):
        """Lines of an agreement's segments, and the first problem or None."""
        lines = []
        for segment in segments:
            quantities, problem = self._quantities(segment, live)
            if problem:
                return [], problem
            for term in segment["snapshot"]["terms"]:
                tariff = self.tariffs.get(term["tariff"])
                if tariff is None:
                    return [], self.env._(
                        "Tariff %(code)s does not exist any more.", code=term["tariff"]
                    )
                basis = segment["snapshot"]["period"]
                rater = self._rater(tariff, term, basis, segment["type_id"])
                result = rater.rate(quantities)
                if result.problems:
                    return [], problem_sentence(
                        result.problems[0], translate=self.env._
                    )
                lines += result.lines
        return lines, None

    def _quantities(self, segment, live):
        """The quantities a segment was made from, and what is wrong with them."""
        stored = segment["snapshot"]["quantities"]
        if live is None:
            return [self._stored(quantity) for quantity in stored], None
        span = self.span(segment)
        found = [quantity for quantity in live if quantity.span.overlaps(span)]
        if {_key(quantity) for quantity in found} != {
            (item["code"], item["from"], item["to"], Decimal(item["value"]))
            for item in stored
        }:
            return [], self.env._(
                "The measured values changed after the segment was made. Generate it "
                "again to compare."
            )
        return found, None

    def _stored(self, quantity):
        return Quantity(
            code=quantity["code"],
            span=_span(quantity["from"], quantity["to"]),
            value=Decimal(quantity["value"]),
            unit=quantity["unit"],
            quality=quantity["quality"],
        )

    def _rater(self, tariff, term, basis, type_id):
        """Charges prepared for a term of a snapshot, with its discounts.

        :param list basis: first and last day flat charges are a part of, as text
        """
        discounts = term.get("discounts", ())
        key = (
            tariff.id,
            term["from"],
            term["to"],
            *basis,
            type_id,
            *(discount["id"] for discount in discounts),
        )
        if key not in self.raters:
            agreement_type = self.env["billing.agreement.type"].browse(type_id)
            part = _span(term["from"], term["to"])
            change = self.changes.get(tariff.id)
            self.raters[key] = Rater(
                self._discounted(self._charges(tariff), discounts),
                part,
                period=_span(*basis),
                rounding=self.rounding,
                proration=agreement_type.proration,
                normal_days=agreement_type.normal_days,
                series=(change.new_tariff_id if change else tariff)._get_index_series(
                    part
                ),
            )
        return self.raters[key]

    def _discounted(self, charges, discounts):
        """Charges with the discounts of a snapshot, where those reach them.

        Those of a tariff or its charges stay with it; those on everything follow the
        customer to another one.
        """
        if not discounts:
            return charges
        rated = [
            (
                discount["tariff"],
                discount["item"],
                Discount(
                    key=discount["id"],
                    percent=Decimal(discount["percent"]),
                    start=date.fromisoformat(discount["from"]),
                    end=discount["to"] and date.fromisoformat(discount["to"]),
                    rank=discount["rank"],
                    amount=discount["amount"] and Decimal(discount["amount"]),
                    depth=discount["depth"],
                ),
            )
            for discount in discounts
        ]
        Item = self.env["billing.tariff.item"]
        return tuple(
            replace(
                charge,
                discounts=tuple(
                    discount
                    for tariff_id, item_id, discount in rated
                    if _reaches(tariff_id, item_id, Item.browse(charge.key))
                    and not (discount.amount and charge.basis == "percent")
                ),
            )
            for charge in charges
        )

    def _charges(self, tariff):
        """The charges that take the place of those of a billed tariff."""
        if tariff.id not in self.charges:
            change = self.changes.get(tariff.id)
            charges = (change.new_tariff_id if change else tariff)._get_charges()
            percent = to_decimal(change.percent) if change else Decimal()
            self.charges[tariff.id] = tuple(
                self._changed(charge, percent) for charge in charges
            )
            self.codes.update({charge.key: charge.code for charge in charges})
        return self.charges[tariff.id]

    def _changed(self, charge, percent):
        if charge.key in self.overrides:
            version = PriceVersion(
                key=None, start=date.min, price=self.overrides[charge.key]
            )
            return replace(charge, prices=(version,))
        if not percent or charge.basis in ("percent", "index"):
            return charge
        return replace(
            charge,
            prices=tuple(_raised(version, percent) for version in charge.prices),
        )


def _span(first, last):
    return Span(date.fromisoformat(first), date.fromisoformat(last))


def _reaches(tariff_id, item_id, item):
    """Whether a discount given on a tariff or one of its items reaches a charge."""
    if item_id:
        return f"/{item_id}/" in f"/{item.parent_path or ''}"
    return not tariff_id or tariff_id == item.tariff_id.id


def _key(quantity):
    return (
        quantity.code,
        str(quantity.span.start),
        str(quantity.span.end),
        quantity.value,
    )


def _raised(version, percent):
    """A price version whose amounts are ``percent`` higher, at most 8 decimals."""

    def scale(value):
        if value is None:
            return None
        raised = CONTEXT.multiply(value, HUNDRED + percent)
        return round_price(CONTEXT.divide(raised, HUNDRED))

    return replace(
        version,
        price=scale(version.price),
        bands=tuple(
            replace(band, price=scale(band.price), fixed=scale(band.fixed))
            for band in version.bands
        ),
    )
