"""A bill as its customer reads it: how it came about, and why it differs."""

from decimal import Decimal

from odoo import fields, models
from odoo.fields import Domain

from ..rating import Span, to_decimal
from ..rating.difference import BilledPart, Difference, merge, split_bills
from ..tools import format_number

OPEN_STATES = ("not_paid", "partial")
BY_TIME = ("capacity", "flat")
COUNTED = {"bands": "in_band", "index": "energy"}
"""Where the explanation of a basis keeps the quantity behind its amount."""


class AccountMove(models.Model):
    _inherit = "account.move"

    # === What is to pay ===

    def _get_portal_open_domain(self, partner):
        """Bills and credit notes of a customer that are not settled.

        :param partner: res.partner of any of his contacts
        """
        return (
            Domain("state", "=", "posted")
            & Domain("move_type", "in", ("out_invoice", "out_refund"))
            & Domain("payment_state", "in", OPEN_STATES)
            & Domain("commercial_partner_id", "=", partner.commercial_partner_id.id)
        )

    def _get_portal_balance(self, partner):
        """What the customer has to pay, as far as the user may see it.

        :return: a dictionary by currency: ``currency``, ``amount`` open in all and
            ``due`` of it today, credit notes taken off
        """
        today = fields.Date.context_today(self)
        balances = []
        for currency, moves in (
            self.search(self._get_portal_open_domain(partner))
            .grouped("currency_id")
            .items()
        ):
            amounts = {"amount": Decimal(), "due": Decimal()}
            for move in moves:
                amount = to_decimal(move.amount_residual) * (
                    -1 if move.move_type == "out_refund" else 1
                )
                amounts["amount"] += amount
                if (move.invoice_date_due or today) <= today:
                    amounts["due"] += amount
            balances.append(
                {"currency": currency}
                | {name: float(value) for name, value in amounts.items()}
            )
        return balances

    # === How was this calculated ===

    def _prepare_portal_calculation(self):
        """What stands behind each amount of the bill, from what was stored then.

        :return: ``[{"title", "subtitle", "date_start", "date_end", "readings",
            "quantities", "lines", "amount"}, …]``, one for each segment
        """
        self.ensure_one()
        segments = self._get_billing_segments().sorted(
            lambda segment: (segment.agreement_id.code, segment.date_start, segment.id)
        )
        readings = segments._prepare_statement_readings()
        return [
            {
                "segment": segment,
                "title": segment._get_statement_title(),
                "subtitle": segment._get_statement_subtitle(),
                "readings": readings.get(segment.id, ()),
                "quantities": segment.snapshot
                and segment._prepare_source_values()["quantities"],
                "lines": [line._prepare_portal_line() for line in segment.line_ids],
            }
            for segment in segments
        ]

    def _get_portal_other_lines(self):
        """Lines of the bill that no segment stands behind."""
        self.ensure_one()
        lines = self._get_billing_segments().line_ids
        billed = lines.charge_move_line_id | lines.reversal_move_line_id
        return self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line not in billed
        )

    # === Why is it higher ===

    def _get_portal_comparable(self):
        """Bills of the customer that this one may be compared with.

        :return: ``{"before": account.move, "last_year": account.move}``, empty ones
            where there are none
        """
        self.ensure_one()
        none = self.browse()
        segments = self.segment_ids.filtered("is_exclusive") or self.segment_ids
        if not segments or self.move_type != "out_invoice":
            return {"before": none, "last_year": none}
        first = min(segments.mapped("date_start"))
        last = max(segments.mapped("date_end"))
        middle = fields.Date.subtract(first + (last - first) / 2, years=1)
        Segment = self.env["billing.segment"]
        alike = (
            Domain("agreement_id", "in", segments.agreement_id.ids)
            & Domain("type_id", "in", segments.type_id.ids)
            & Domain("state", "=", "frozen")
            & Domain("currency_id", "=", self.currency_id.id)
            & Domain("invoice_id.state", "=", "posted")
            & Domain("invoice_id", "!=", self.id)
        )
        before = Segment.search(
            alike & Domain("date_end", "<", first), order="date_end desc", limit=1
        )
        last_year = Segment.search(
            alike
            & Domain("date_start", "<=", middle)
            & Domain("date_end", ">=", middle),
            limit=1,
        )
        return {"before": before.invoice_id, "last_year": last_year.invoice_id}

    def _prepare_portal_comparison(self, other):
        """Why this bill differs from another one.

        :param other: account.move of the same customer and currency
        :return: ``total`` of the difference, ``taxes`` of it, ``parts`` of the rest
            (Difference), and ``rows`` of the charges that changed; parts and taxes
            sum to the total
        """
        self.ensure_one()
        rounding = to_decimal(self.currency_id.rounding)
        before, after = other._get_portal_billed(), self._get_portal_billed()
        splits = split_bills(before, after, rounding)
        parts = sum(splits.values(), Difference())
        untaxed = self._round_portal(self.amount_untaxed)
        untaxed -= self._round_portal(other.amount_untaxed)
        # lines without a segment: fees and corrections written by hand
        parts += Difference(other=untaxed - parts.total)
        total = self._round_portal(self.amount_total)
        total -= self._round_portal(other.amount_total)
        names = {**other._get_portal_charges(), **self._get_portal_charges()}
        return {
            "other": other,
            "total": total,
            "taxes": total - untaxed,
            "parts": parts,
            "rows": [
                {"name": names[key][0].item_id.name or names[key][0].name}
                | {"agreement": names[key][0].agreement_id, "split": split}
                for key, split in splits.items()
            ],
        }

    def _round_portal(self, amount):
        return round(to_decimal(amount), self.currency_id.decimal_places)

    def _get_portal_charges(self):
        """Segment lines of the bill by agreement and charge, whatever its tariff."""
        lines = self.segment_ids.line_ids
        return lines.grouped(
            lambda line: (
                line.agreement_id.id,
                line.product_id.id,
                line.item_id.code or line.name,
            )
        )

    def _get_portal_billed(self):
        return {
            key: merge(line._prepare_billed_part() for line in lines)
            for key, lines in self._get_portal_charges().items()
        }


class BillingSegmentLine(models.Model):
    _inherit = "billing.segment.line"

    def _prepare_portal_line(self):
        """The line as its customer reads it: figures, and sentences that say more."""
        self.ensure_one()
        price = self.price_id
        return {
            "line": self,
            "name": self.item_id.name or self.name,
            "quantity": format_number(self.env, self.quantity),
            "unit_price": format_number(self.env, self.unit_price),
            "factor": self.factor not in (0, 1)
            and format_number(self.env, self.factor),
            "days": Span(self.date_start, self.date_end).days,
            "price_from": price.date_start,
            "text": self.explanation_text,
        }

    def _prepare_billed_part(self):
        """BilledPart of the line, from its explanation."""
        self.ensure_one()
        explanation = self.explanation or {}
        basis = explanation.get("terms", {}).get("basis")
        factor = to_decimal(self.factor) if basis in BY_TIME else None
        used = None
        if basis == "unit":
            used = to_decimal(self.quantity)
        elif basis in COUNTED and COUNTED[basis] in explanation:
            used = to_decimal(explanation[COUNTED[basis]])
        elif basis == "flat":
            used = factor
        elif basis == "capacity" and "band" not in explanation:
            used = to_decimal(explanation["level"]) * factor
        return BilledPart(
            amount=round(to_decimal(self.amount), self.currency_id.decimal_places),
            used=used,
            span=Span(self.date_start, self.date_end),
            factor=factor,
        )
