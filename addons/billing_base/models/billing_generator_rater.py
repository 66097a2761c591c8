"""Rates the spans of one period for the generator, agreement after agreement."""

import hashlib
import json
from dataclasses import replace
from decimal import Decimal

from ..rating import Rater, Span, round_quantity, to_decimal
from ..rating.flow import quantity_in
from ..rating.spans import gaps
from .billing_tax_change import TaxChanges

NEARLY = 3
"""A consumption period so many days short of a billing period still is a whole one."""


class SegmentRater:
    """Rates the spans of one period; keeps charges and terms between agreements."""

    def __init__(self, env, period, agreements, spans):
        self.env = env
        self.period = period
        self.period_span = Span(period.date_start, period.date_end)
        self.cycle_spans = None
        self.charges = {}
        self.items = {}
        self.tax_changes = TaxChanges(env, period.company_id)
        self.discounts = env["billing.discount"]._load(agreements, spans)

    def basis(self, span):
        """The days that flat charges "per billing period" of ``span`` are a part of.

        Days inside a period of the cycle are a part of that period, whatever period
        they are billed in: half of January costs half, and January rebilled in June
        costs what January cost. Days across the calendar, as a meter reading or a
        message orders them, are a consumption period of their own ("Jul 2–Aug 1"),
        unless they are clearly shorter than a period: then a part of the one they
        end in.
        """
        if self.period_span.covers(span):
            return self.period_span
        if self.cycle_spans is None:
            self.cycle_spans = [
                Span(period.date_start, period.date_end)
                for period in self.period.cycle_id.period_ids
            ]
        last = self.period_span
        for period in self.cycle_spans:
            if period.covers(span):
                return period
            if span.end in period:
                last = period
        return last if span.days < last.days - NEARLY else span

    def draft(self, agreement, span, quantities):
        """One span of one agreement as a segment to be stored."""
        agreement_type = agreement.type_id
        quantities = [found for found in quantities if found.span.overlaps(span)]
        tariff_terms = self._terms(agreement, span)
        currency = (
            tariff_terms[0][1].tariff_id.currency_id
            if tariff_terms
            else agreement.company_id.currency_id
        )
        basis = self.basis(span)
        lines, problems = self._rate(agreement, span, basis, tariff_terms, quantities)
        snapshot = {
            **agreement._prepare_snapshot_parties(currency),
            **self._snapshot(agreement, span, basis, tariff_terms, quantities),
        }
        return {
            "key": (agreement.id, span.start, span.end),
            "vals": {
                **agreement._prepare_segment_parties(),
                "currency_id": currency.id,
                "period_id": self.period.id,
                "type_id": agreement_type.segment_type_id.id,
                "is_exclusive": agreement_type.segment_type_id.is_exclusive,
                "is_estimated": any(
                    found.quality == "estimated" for found in quantities
                ),
                "is_final": agreement.date_end == span.end,
                "date_start": span.start,
                "date_end": span.end,
                "quantity": self._main_quantity(agreement_type, span, quantities),
                "amount": float(sum((line.amount for line in lines), Decimal())),
                "snapshot": snapshot,
                "snapshot_hash": hash_snapshot(snapshot),
            },
            "lines": [self._line_vals(line) for line in lines],
            "problems": problems,
        }

    def cost(self, agreement, span, quantities):
        """What the days would cost.

        :return: ``(Decimal, [(code of a check, params), …])``
        """
        quantities = [found for found in quantities if found.span.overlaps(span)]
        lines, problems = self._rate(
            agreement, span, self.basis(span), self._terms(agreement, span), quantities
        )
        return sum((line.amount for line in lines), Decimal()), problems

    def _rate(self, agreement, span, basis, tariff_terms, quantities):
        lines, problems = [], self._uncovered(span, tariff_terms)
        for part, term in tariff_terms:
            result = self._rater(term, part, basis, agreement).rate(quantities)
            lines += result.lines
            problems += [
                (problem.code, self._problem_params(problem))
                for problem in result.problems
            ]
        # an amount that may be wrong is never shown as one
        return ([] if problems else lines), problems

    def _terms(self, agreement, span):
        terms = []
        for term in agreement.term_ids:
            start = max(term.date_start, span.start)
            end = min(term.date_end or span.end, span.end)
            if start <= end:
                terms.append((Span(start, end), term))
        return sorted(terms, key=lambda pair: pair[0].start)

    def _uncovered(self, span, tariff_terms):
        return [
            ("missing_term", {"date_start": str(gap.start), "date_end": str(gap.end)})
            for gap in gaps(span, [part for part, _term in tariff_terms])
        ]

    def _charges(self, tariff):
        if tariff.id not in self.charges:
            self.items.update({item.id: item for item in tariff.item_ids})
            self.charges[tariff.id] = tuple(
                replace(charge, taxes=self.tax_changes.dated(self._taxes(charge)))
                for charge in tariff._get_charges()
            )
        return self.charges[tariff.id]

    def _taxes(self, charge):
        return self.items[charge.key].product_id._get_company_taxes(
            self.period.company_id
        )

    def _rater(self, term, part, basis, agreement):
        """Charges prepared for these days; most agreements share a few of them."""
        tariff, agreement_type = term.tariff_id, agreement.type_id
        discounts = self.discounts.reaching(agreement, tariff, part)
        key = ("rater", tariff.id, part, basis, agreement_type.id, discounts)
        if key not in self.charges:
            charges = self._charges(tariff)
            self.charges[key] = Rater(
                self.discounts.apply(charges, self.items, discounts),
                part,
                period=basis,
                rounding=to_decimal(tariff.currency_id.rounding),
                proration=agreement_type.proration,
                normal_days=agreement_type.normal_days,
                series=self._series(tariff, part),
            )
        return self.charges[key]

    def _series(self, tariff, part):
        key = ("series", tariff.id, part)
        if key not in self.charges:
            self.charges[key] = tariff._get_index_series(part)
        return self.charges[key]

    def _problem_params(self, problem):
        params = {key: str(value) for key, value in problem.params.items()}
        params["problem"] = problem.code.replace("_", " ")
        item = self.items.get(problem.charge_key)
        params["charge"] = item.display_name if item else str(problem.charge_key)
        params["item_id"] = item.id if item else False
        when = problem.span
        params["date_start"] = str(when.start) if when else ""
        params["date_end"] = str(when.end) if when else ""
        return params

    def _main_quantity(self, agreement_type, span, quantities):
        """What segments and figures show: the share of a flow that falls into the
        span; of a level the one in force at its end, which no time makes less."""
        quantity_type = agreement_type.quantity_type_id
        own = [found for found in quantities if found.code == quantity_type.code]
        if quantity_type.kind == "level":
            last = max(own, key=lambda found: found.span.end, default=None)
            return float(round_quantity(last.value)) if last else 0.0
        return float(quantity_in(own, span))

    def _line_vals(self, line):
        item = self.items[line.charge_key]
        return {
            "sequence": item.sequence,
            "item_id": item.id,
            "price_id": line.price_key,
            "product_id": item.product_id.id,
            "name": item.name,
            "date_start": line.span.start,
            "date_end": line.span.end,
            "quantity": float(line.quantity),
            "uom_id": (item.quantity_type_id.uom_id or item.product_id.uom_id).id,
            "unit_price": float(line.unit_price),
            "factor": float(line.factor) if line.factor is not None else 1.0,
            "amount": float(line.amount),
            "explanation": line.explanation,
        }

    def _snapshot(self, agreement, span, basis, tariff_terms, quantities):
        """Everything the amounts were made from, comparable by its hash."""
        return {
            "span": [str(span.start), str(span.end)],
            "period": [str(basis.start), str(basis.end)],
            "terms": [
                {
                    "id": term.id,
                    "tariff": term.tariff_id.code,
                    "from": str(part.start),
                    "to": str(part.end),
                    "prices": self._price_fingerprint(term.tariff_id, part),
                    "discounts": self.discounts.describe(
                        self.discounts.reaching(agreement, term.tariff_id, part)
                    ),
                }
                for part, term in tariff_terms
            ],
            "quantities": [
                {
                    "code": quantity.code,
                    "from": str(quantity.span.start),
                    "to": str(quantity.span.end),
                    "value": str(quantity.value),
                    "unit": quantity.unit,
                    "quality": quantity.quality,
                    "source": quantity.source,
                }
                for quantity in quantities
            ],
        }

    def _price_fingerprint(self, tariff, part):
        """Hash of the charges of a tariff: a changed price changes the snapshot."""
        key = ("fingerprint", tariff.id, part.start, part.end)
        if key not in self.charges:
            text = repr(
                [
                    replace(
                        charge,
                        prices=tuple(
                            price
                            for price in charge.prices
                            if price.start <= part.end
                            and (price.end is None or price.end >= part.start)
                        ),
                    )
                    for charge in self._charges(tariff)
                ]
                + [
                    (charge.key, self.items[charge.key].product_id.id)
                    for charge in self._charges(tariff)
                ]
                + [
                    (
                        series.name,
                        [None if d is None else d.tobytes() for d in series.days],
                    )
                    for series in self._series(tariff, part)
                ]
            )
            self.charges[key] = hashlib.sha256(text.encode()).hexdigest()
        return self.charges[key]


def hash_snapshot(snapshot):
    """Equal for equal inputs, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(snapshot, sort_keys=True).encode()).hexdigest()
