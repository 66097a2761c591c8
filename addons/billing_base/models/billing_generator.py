import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..rating import Span
from ..rating.spans import gaps, split
from .billing_generator_rater import SegmentRater
from .billing_segment import DEAD_STATES, OPEN_STATES


class BillingGenerator(models.AbstractModel):
    """Makes segments: loads in sets, rates with the pure package, stores in sets."""

    _name = "billing.generator"
    _description = "Segment Generator"

    @api.model
    def _generate(self, agreements, period, is_checked=True):
        """Generate or regenerate the segments of ``agreements`` in ``period``.

        A segment whose inputs are the same as those it was made from is left alone,
        so the method can be repeated. What is already frozen is never made again;
        estimates that have become quantities are cancelled and rebilled. Charges
        that wait for the agreements, or for their accounts, come along.

        :param is_checked: run the checks on what changed; else only on what is on a
            draft invoice, and the rest stays incomplete until they run
        :return: the billing.segment that were made or made anew
        """
        period._check_open()
        exclusive = agreements._filtered_exclusive()
        spans = exclusive._get_spans_to_bill(period)
        for agreement_id, found in exclusive._replace_estimates().items():
            spans.setdefault(agreement_id, [])
            spans[agreement_id] = spans[agreement_id] + found
        segments, is_touched = self._generate_spans(exclusive, period, spans)
        segments |= self._generate_charges(
            self.env["billing.charge"]._get_due(agreements, period), period
        )
        if segments:
            self._check_made(segments, is_checked)
        if segments or is_touched:
            self.env["billing.agreement.period"]._refresh(period, agreements)
        return segments

    @api.model
    def _check_made(self, segments, is_checked):
        """Check what was made, as ``_generate`` says, and renew the drafts it is on."""
        checked = segments if is_checked else segments.filtered("invoice_id")
        self.env["billing.check"]._run(checked)
        self.env["billing.invoicer"]._renew_drafts(segments.invoice_id)

    @api.model
    def _generate_spans(self, agreements, period, spans, is_whole=True):
        """Make the segments of the days asked for; what is billed is left out.

        :param dict spans: ``{agreement id: [Span, …]}``
        :param is_whole: the spans are all there is to bill in the period; what else
            was generated in it is obsolete
        :return: ``(billing.segment made or made anew, whether anything was touched)``
        """
        spans, existing, obsolete = self._match_existing(agreements, period, spans)
        if is_whole:
            invoices = obsolete.invoice_id
            obsolete._leave_draft()
            obsolete.unlink()
            self.env["billing.invoicer"]._renew_drafts(invoices)
        drafts = self._rate(agreements, period, spans)
        changed, unchanged = self._split_unchanged(drafts, existing)
        segments = self._store(changed, existing)
        return segments, bool(segments or obsolete or unchanged)

    @api.model
    def _generate_charges(self, charges, period):
        """Make the segments of charges, one each.

        :param charges: billing.charge, waiting or on a segment still open
        :return: the billing.segment made or made anew
        """
        existing = {
            ("charge", segment.charge_id.id): segment
            for segment in charges.segment_ids
            if segment.state in OPEN_STATES
        }
        drafts = [charge._prepare_draft(period) for charge in charges]
        drafts = [draft for draft in drafts if draft]
        return self._store(self._split_unchanged(drafts, existing)[0], existing)

    @api.model
    def _split_unchanged(self, drafts, existing):
        """Leave alone what was made from the same inputs.

        :return: ``(drafts to be stored, segments that turned out not to be stale)``
        """
        changed, unchanged = [], self.env["billing.segment"]
        for draft in drafts:
            segment = existing.get(draft["key"])
            if not segment or (
                segment.snapshot_hash != draft["vals"]["snapshot_hash"]
                or segment.period_id.id != draft["vals"]["period_id"]
            ):
                changed.append(draft)
            elif segment.is_stale:
                unchanged |= segment
        unchanged.sudo().is_stale = False
        return changed, unchanged

    @api.model
    def _match_existing(self, agreements, period, spans):
        """Sort what is already there.

        Days are cut where a segment pending cancel begins or ends, so that each of
        them gets a replacement of its own.

        :return: ``(spans, existing, obsolete)``: the spans without the days already
            billed, the segments to be made anew by ``(agreement id, start, end)``,
            and those of the period that no span asks for any more
        """
        Segment = self.env["billing.segment"]
        spans = {
            agreement: [span for span in found if span]
            for agreement, found in spans.items()
        }
        asked = [span for found in spans.values() for span in found]
        first = min([period.date_start, *(span.start for span in asked)])
        last = max([period.date_end, *(span.end for span in asked)])
        billed, cuts = defaultdict(list), defaultdict(list)
        candidates = {}
        for segment in Segment.search(
            Domain("agreement_id", "in", agreements.ids)
            & Domain("is_exclusive", "=", True)
            & Domain("state", "!=", "cancelled")
            & (
                Domain("period_id", "=", period.id)
                | (Domain("date_start", "<=", last) & Domain("date_end", ">=", first))
            )
        ):
            agreement = segment.agreement_id.id
            span = Span(segment.date_start, segment.date_end)
            if segment.state in DEAD_STATES or segment.replaces_id:
                cuts[agreement].append(span)
            if segment.state in DEAD_STATES:
                continue
            if segment.state not in OPEN_STATES:
                billed[agreement].append(span)
            elif segment.period_id != period:
                # generated in another period: made anew from there
                billed[agreement].append(span)
            else:
                candidates[agreement, span.start, span.end] = segment
                if segment.replaces_id:
                    spans.setdefault(agreement, []).append(
                        agreements.browse(agreement)._clip(span)
                    )
        spans = {
            agreement: list(
                dict.fromkeys(
                    part
                    for span in found
                    if span
                    for rest in gaps(span, billed[agreement])
                    for part in split(rest, _boundaries(cuts[agreement]))
                )
            )
            for agreement, found in spans.items()
        }
        wanted = {
            (agreement, span.start, span.end)
            for agreement, found in spans.items()
            for span in found
        }
        obsolete = Segment.union(
            *(segment for key, segment in candidates.items() if key not in wanted)
        )
        existing = {key: candidates[key] for key in wanted & candidates.keys()}
        return spans, existing, obsolete

    @api.model
    def _rate(self, agreements, period, spans):
        """Rate every span and return the drafts of its segments.

        :return: ``[{"key", "vals", "lines", "problems"}, …]``; nothing is written
        """
        quantities = agreements._get_quantities(
            {agreement: found for agreement, found in spans.items() if found}
        )
        rater = SegmentRater(self.env, period, agreements, spans)
        return [
            rater.draft(agreement, span, quantities.get(agreement.id, ()))
            for agreement in agreements
            for span in spans.get(agreement.id, ())
        ]

    @api.model
    def _store(self, drafts, existing):
        """Write the drafts with their lines and rating problems.

        What is written is incomplete until the checks have run on it.

        :return: the billing.segment written
        """
        Segment = self.env["billing.segment"]
        if not drafts:
            return Segment
        # who cancels bills anew, and estimates are billed anew with an invoice
        self.env["res.users"]._check_may("generate", "invoice", "cancel")
        old = [draft for draft in drafts if draft["key"] in existing]
        new = [draft for draft in drafts if draft["key"] not in existing]
        self._rewrite(old, existing)
        replaced = self._get_replaced(new)
        # nobody writes segments by hand: what is stored comes from here alone
        created = (
            Segment.sudo()
            .with_context(tracking_disable=True, mail_create_nolog=True)
            .create(
                [
                    {**draft["vals"], "replaces_id": replaced.get(draft["key"])}
                    for draft in new
                ]
            )
            .with_env(self.env)
        )
        segments = Segment.union(*(existing[draft["key"]] for draft in old)) | created
        ids = [existing[draft["key"]].id for draft in old] + created.ids
        self.env["billing.segment.line"]._insert(
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
        """Segments pending cancel that the new segments bill again: the same charge,
        or some of their days.

        :return: ``{key of a draft: id of the segment it replaces}``
        """
        replaced = {}
        if not drafts:
            return replaced
        pending = self.env["billing.segment"].search(
            [
                ("state", "=", "cancelling"),
                ("replaced_by_ids", "=", False),
                (
                    "agreement_id",
                    "in",
                    [draft["vals"]["agreement_id"] for draft in drafts],
                ),
            ],
            order="date_start, id",
        )
        by_agreement = defaultdict(list)
        for segment in pending:
            by_agreement[segment.agreement_id.id].append(segment)
        for draft in drafts:
            vals = draft["vals"]
            for segment in by_agreement[vals["agreement_id"]]:
                if segment._is_billed_again_by(vals):
                    replaced[draft["key"]] = segment.id
                    by_agreement[vals["agreement_id"]].remove(segment)
                    break
        return replaced

    @api.model
    def _rewrite(self, drafts, existing):
        """Give segments that stay their new figures in one statement."""
        if not drafts:
            return
        segments = self.env["billing.segment"].union(
            *(existing[draft["key"]] for draft in drafts)
        )
        segments.sudo().line_ids.unlink()
        self.env.flush_all()
        rows = [
            SQL(
                "(%s, %s::int, %s::int, %s::int, %s::int, %s::int, %s::date, %s::date,"
                " %s::float8, %s::numeric, %s::boolean, %s::boolean, %s::jsonb, %s)",
                existing[draft["key"]].id,
                *(draft["vals"][name] or None for name in REWRITTEN),
                draft["vals"]["quantity"],
                draft["vals"]["amount"],
                draft["vals"]["is_estimated"],
                draft["vals"]["is_final"],
                json.dumps(draft["vals"]["snapshot"]),
                draft["vals"]["snapshot_hash"],
            )
            for draft in drafts
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment s
                   SET account_id = v.account_id, contract_id = v.contract_id,
                       partner_id = v.partner_id, currency_id = v.currency_id,
                       period_id = v.period_id, date_start = v.date_start,
                       date_end = v.date_end, quantity = v.quantity,
                       amount = v.amount, is_estimated = v.is_estimated,
                       is_final = v.is_final, snapshot = v.snapshot,
                       snapshot_hash = v.snapshot_hash,
                       state = 'incomplete', is_stale = FALSE,
                       write_uid = %s, write_date = now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s) v(id, account_id, contract_id, partner_id,
                                     currency_id, period_id, date_start, date_end,
                                     quantity, amount, is_estimated, is_final,
                                     snapshot, snapshot_hash)
                 WHERE v.id = s.id
                """,
                self.env.uid,
                SQL(", ").join(rows),
            )
        )
        segments.invalidate_recordset()


REWRITTEN = (
    "account_id",
    "contract_id",
    "partner_id",
    "currency_id",
    "period_id",
    "date_start",
    "date_end",
)


def _boundaries(spans):
    """First days of ``spans`` and the days after them, as ``split`` cuts."""
    return [day for span in spans for day in (span.start, span.end + timedelta(days=1))]
