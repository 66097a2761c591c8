import hashlib
import json
from dataclasses import replace
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..rating import Rater, Span, to_decimal
from ..rating.flow import quantity_in
from ..rating.spans import gaps
from .billing_segment import DEAD_STATES, OPEN_STATES


class BillingGenerator(models.AbstractModel):
    """Makes segments: loads in sets, rates with the pure package, stores in sets."""

    _name = "billing.generator"
    _description = "Segment Generator"

    @api.model
    def _generate(self, agreements, period):
        """Generate or regenerate the segments of ``agreements`` in ``period``.

        A segment whose inputs are the same as those it was made from is left alone,
        so the method can be repeated. What is already frozen is never made again.
        Checks run on what changed.

        :return: the billing.segment that were made or made anew
        """
        period._check_open()
        agreements = agreements.filtered(
            lambda agreement: agreement.type_id.segment_type_id.is_exclusive
        )
        spans = agreements._get_spans_to_bill(period)
        spans, existing, obsolete = self._match_existing(agreements, period, spans)
        obsolete.unlink()
        drafts = self._rate(agreements, period, spans)
        changed = [
            draft
            for draft in drafts
            if draft["key"] not in existing
            or existing[draft["key"]].snapshot_hash != draft["vals"]["snapshot_hash"]
        ]
        unchanged = self.env["billing.segment"].browse(
            existing[draft["key"]].id
            for draft in drafts
            if draft["key"] in existing
            and existing[draft["key"]].snapshot_hash == draft["vals"]["snapshot_hash"]
            and existing[draft["key"]].is_stale
        )
        unchanged.is_stale = False
        segments = self._store(changed, existing)
        if segments:
            self.env["billing.check"]._run(segments)
        if segments or obsolete or unchanged:
            self.env["billing.agreement.period"]._refresh(period, agreements)
        return segments

    @api.model
    def _match_existing(self, agreements, period, spans):
        """Sort what is already there.

        :return: ``(spans, existing, obsolete)``: the spans without the days already
            frozen, the segments to be made anew by ``(agreement id, start, end)``,
            and those of the period that no span asks for any more
        """
        Segment = self.env["billing.segment"]
        billed = {}
        existing = {}
        for segment in Segment.search(
            [
                ("agreement_id", "in", agreements.ids),
                ("is_exclusive", "=", True),
                ("state", "not in", DEAD_STATES),
                "|",
                ("period_id", "=", period.id),
                "&",
                ("date_start", "<=", period.date_end),
                ("date_end", ">=", period.date_start),
            ]
        ):
            agreement = segment.agreement_id.id
            span = Span(segment.date_start, segment.date_end)
            # what stands on an invoice, even on a draft, is changed from there only
            if segment.state in OPEN_STATES and not segment.invoice_id:
                existing[(agreement, span.start, span.end)] = segment
            else:
                billed.setdefault(agreement, []).append(span)
        spans = {
            agreement: [
                rest
                for span in agreement_spans
                for rest in gaps(span, billed.get(agreement, ()))
            ]
            for agreement, agreement_spans in spans.items()
        }
        wanted = {
            (agreement, span.start, span.end)
            for agreement, agreement_spans in spans.items()
            for span in agreement_spans
        }
        obsolete = Segment.union(
            *(
                segment
                for key, segment in existing.items()
                if key not in wanted and segment.period_id == period
            )
        )
        return spans, {k: existing[k] for k in wanted & existing.keys()}, obsolete

    @api.model
    def _rate(self, agreements, period, spans):
        """Rate every span and return the drafts of its segments.

        :return: ``[{"key", "vals", "lines", "problems"}, …]``; nothing is written
        """
        quantities = agreements._get_quantities(
            {agreement: found for agreement, found in spans.items() if found}
        )
        rater = _Rater(self.env, period)
        return [
            rater.draft(agreement, span, quantities.get(agreement.id, ()))
            for agreement in agreements
            for span in spans.get(agreement.id, ())
        ]

    @api.model
    def _store(self, drafts, existing):
        """Write the drafts with their lines and rating problems.

        :return: the billing.segment written
        """
        Segment = self.env["billing.segment"]
        old = [draft for draft in drafts if draft["key"] in existing]
        new = [draft for draft in drafts if draft["key"] not in existing]
        self._rewrite(old, existing)
        replaced = self._get_replaced(new)
        created = Segment.with_context(
            tracking_disable=True, mail_create_nolog=True
        ).create(
            [
                {**draft["vals"], "replaces_id": replaced.get(draft["key"])}
                for draft in new
            ]
        )
        segments = Segment.union(*(existing[draft["key"]] for draft in old)) | created
        ids = [existing[draft["key"]].id for draft in old] + created.ids
        self.env["billing.segment.line"].create(
            [
                {
                    **line,
                    "segment_id": segment_id,
                    "company_id": draft["vals"]["company_id"],
                    "currency_id": draft["vals"]["currency_id"],
                }
                for segment_id, draft in zip(ids, old + new, strict=True)
                for line in draft["lines"]
            ]
        )
        checks = {
            check.code: check
            for check in self.env["billing.check"]
            .with_context(active_test=False)
            .search([("scope", "=", "generate")])
        }
        self.env["billing.check"]._store(
            segments,
            ("generate",),
            [
                (segment_id, checks.get(code, checks["rating_problem"]), params)
                for segment_id, draft in zip(ids, old + new, strict=True)
                for code, params in draft["problems"]
            ],
        )
        return segments

    @api.model
    def _get_replaced(self, drafts):
        """Segments pending cancel whose days a new segment bills again."""
        pending = self.env["billing.segment"].search(
            [
                ("state", "=", "cancelling"),
                ("replaced_by_ids", "=", False),
                (
                    "agreement_id",
                    "in",
                    [draft["vals"]["agreement_id"] for draft in drafts],
                ),
            ]
        )
        return {
            (segment.agreement_id.id, segment.date_start, segment.date_end): segment.id
            for segment in pending
        }

    @api.model
    def _rewrite(self, drafts, existing):
        """Give segments that stay their new figures in one statement."""
        if not drafts:
            return
        segments = self.env["billing.segment"].union(
            *(existing[draft["key"]] for draft in drafts)
        )
        segments.line_ids.unlink()
        self.env.flush_all()
        rows = [
            SQL(
                "(%s, %s::float8, %s::numeric, %s::jsonb, %s)",
                existing[draft["key"]].id,
                draft["vals"]["quantity"],
                draft["vals"]["amount"],
                json.dumps(draft["vals"]["snapshot"]),
                draft["vals"]["snapshot_hash"],
            )
            for draft in drafts
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment s
                   SET quantity = v.quantity, amount = v.amount,
                       snapshot = v.snapshot, snapshot_hash = v.snapshot_hash,
                       state = 'incomplete', is_stale = FALSE,
                       write_uid = %s, write_date = now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s) v(id, quantity, amount, snapshot, snapshot_hash)
                 WHERE v.id = s.id
                """,
                self.env.uid,
                SQL(", ").join(rows),
            )
        )
        segments.invalidate_recordset()


class _Rater:
    """Rates the spans of one period; keeps charges and terms between agreements."""

    def __init__(self, env, period):
        self.env = env
        self.period = period
        self.period_span = Span(period.date_start, period.date_end)
        self.charges = {}
        self.items = {}

    def draft(self, agreement, span, quantities):
        """One span of one agreement as a segment to be stored."""
        agreement_type = agreement.type_id
        tariff_terms = self._terms(agreement, span)
        currency = (
            tariff_terms[0][1].tariff_id.currency_id
            if tariff_terms
            else agreement.company_id.currency_id
        )
        lines, problems = [], self._uncovered(span, tariff_terms)
        for part, term in tariff_terms:
            rater = self._rater(term.tariff_id, part, agreement_type)
            result = rater.rate(quantities)
            lines += result.lines
            problems += [
                (problem.code, self._problem_params(problem))
                for problem in result.problems
            ]
        if problems:
            # an amount that may be wrong is never shown as one
            lines = []
        snapshot = self._snapshot(span, tariff_terms, quantities)
        return {
            "key": (agreement.id, span.start, span.end),
            "vals": {
                "agreement_id": agreement.id,
                "account_id": agreement.account_id.id,
                "contract_id": agreement.contract_id.id,
                "partner_id": agreement.partner_id.id,
                "company_id": agreement.company_id.id,
                "currency_id": currency.id,
                "period_id": self.period.id,
                "type_id": agreement_type.segment_type_id.id,
                "is_exclusive": agreement_type.segment_type_id.is_exclusive,
                "date_start": span.start,
                "date_end": span.end,
                "quantity": self._main_quantity(agreement_type, span, quantities),
                "amount": float(sum((line.amount for line in lines), Decimal())),
                "snapshot": snapshot,
                "snapshot_hash": hashlib.sha256(
                    json.dumps(snapshot, sort_keys=True).encode()
                ).hexdigest(),
            },
            "lines": [self._line_vals(line) for line in lines],
            "problems": problems,
        }

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
            self.charges[tariff.id] = tariff._get_charges()
            self.items.update({item.id: item for item in tariff.item_ids})
        return self.charges[tariff.id]

    def _rater(self, tariff, part, agreement_type):
        """Charges prepared for these days; most agreements share a few of them."""
        key = ("rater", tariff.id, part, agreement_type.id)
        if key not in self.charges:
            self.charges[key] = Rater(
                self._charges(tariff),
                part,
                period=self.period_span,
                rounding=to_decimal(tariff.currency_id.rounding),
                proration=agreement_type.proration,
                normal_days=agreement_type.normal_days,
            )
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
        code = agreement_type.quantity_type_id.code
        return float(
            quantity_in((found for found in quantities if found.code == code), span)
        )

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

    def _snapshot(self, span, tariff_terms, quantities):
        """Everything the amounts were made from, comparable by its hash."""
        return {
            "span": [str(span.start), str(span.end)],
            "period": [str(self.period_span.start), str(self.period_span.end)],
            "terms": [
                {
                    "id": term.id,
                    "tariff": term.tariff_id.code,
                    "from": str(part.start),
                    "to": str(part.end),
                    "prices": self._price_fingerprint(term.tariff_id, part),
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
                if quantity.span.overlaps(span)
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
            )
            self.charges[key] = hashlib.sha256(text.encode()).hexdigest()
        return self.charges[key]
