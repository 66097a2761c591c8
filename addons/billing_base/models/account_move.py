from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..documents import render
from ..rating import to_decimal
from .account_move_document import DocumentBuilder, consumption_unit
from .billing_context import COMPLETE, NUMBER_FORMATS
from .billing_move_completion import given


class AccountMove(models.Model):
    _inherit = "account.move"

    segment_ids = fields.One2many(
        "billing.segment", "invoice_id", string="Segments", readonly=True
    )
    reversed_segment_ids = fields.One2many(
        "billing.segment", "reversal_id", string="Cancelled Segments", readonly=True
    )
    segment_count = fields.Integer(compute="_compute_segment_count")
    interest_claim_id = fields.Many2one(
        "billing.interest.claim",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    e_invoice_error = fields.Text(
        string="E-Invoice Error",
        readonly=True,
        copy=False,
        help="Why no XML could be made. It is tried again with the next run.",
    )

    @api.depends("segment_ids", "reversed_segment_ids")
    def _compute_segment_count(self):
        for move in self:
            move.segment_count = len(move.segment_ids) + len(move.reversed_segment_ids)

    def _post(self, soft=True):
        """Segments freeze with their invoice; what they replace is taken back."""
        self._check_may_post_billed()
        posted = super()._post(soft)
        posted._check_billed_lines()
        # whoever posts other invoices need not see segments to find that there are none
        segments = self.env["billing.segment"].browse(posted.sudo().segment_ids.ids)
        unready = segments.filtered(lambda segment: segment.state != "ready")
        if unready:
            raise UserError(
                self.env._(
                    "Segment %(segment)s on invoice of %(partner)s is not ready: "
                    "%(finding)s",
                    segment=unready[0].display_name,
                    partner=unready[0].partner_id.display_name,
                    finding=unready[0].finding or unready[0].state,
                )
            )
        if segments:
            segments._set_state("frozen")
            segments.replaces_id._complete_cancellation()
            segments._refresh_figures()
        return posted

    def _check_may_post_billed(self):
        """:raises AccessError: for those who may post, but not what was billed"""
        billed = self.sudo().filtered("segment_ids")
        if billed.filtered(lambda move: move.move_type == "out_invoice"):
            self.env["res.users"]._check_may("invoice")
        elif billed:
            self.env["res.users"]._check_may("invoice", "cancel")

    def _check_billed_lines(self):
        """What a customer gets is what his segments say, no more and no less.

        :raises UserError: naming a line that differs from its segment or has none, or
            a segment of which a charge is missing
        """
        self.env["account.move.line"].flush_model()
        self.env["billing.segment.line"].flush_model()
        found = self.env.execute_query(
            SQL(
                """
                WITH billed AS (
                    SELECT l.id, l.move_id, l.name, c.rounding,
                           l.quantity::text::numeric * l.price_unit::text::numeric
                               * (1 - COALESCE(l.discount, 0)::text::numeric / 100)
                               * CASE m.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                               AS amount
                      FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id
                      JOIN res_currency c ON c.id = l.currency_id
                     WHERE l.move_id = ANY(%(moves)s) AND l.is_billed
                       AND l.display_type = 'product'
                ), said AS MATERIALIZED (
                    SELECT s.charge_move_line_id AS id, sum(s.amount) AS amount
                      FROM billing_segment_line s
                     WHERE s.charge_move_line_id IN (SELECT id FROM billed)
                  GROUP BY 1
                 UNION ALL
                    SELECT s.reversal_move_line_id, -sum(s.amount)
                      FROM billing_segment_line s
                     WHERE s.reversal_move_line_id IN (SELECT id FROM billed)
                  GROUP BY 1
                )
                SELECT move_id, name
                  FROM billed LEFT JOIN said USING (id)
                 WHERE said.amount IS NULL
                    OR abs(billed.amount - said.amount) > billed.rounding / 2
             UNION ALL
                SELECT s.invoice_id, l.name
                  FROM billing_segment_line l
                  JOIN billing_segment s ON s.id = l.segment_id
                 WHERE s.invoice_id = ANY(%(moves)s)
                   AND l.charge_move_line_id IS NULL
                 LIMIT 1
                """,
                moves=self.ids,
            )
        )
        for move_id, name in found:
            raise UserError(
                self.env._(
                    "“%(line)s” of the invoice of %(partner)s is not what its segment "
                    "says. Renew the billed lines of the draft; write lines of your "
                    "own for anything else.",
                    line=name,
                    partner=self.browse(move_id).partner_id.display_name,
                )
            )

    def action_renew_billed_lines(self):
        """Make the billed lines of drafts anew from their segments."""
        self.env["billing.invoicer"]._renew_drafts(self)

    def button_cancel(self):
        # who may cancel a draft need not be one who may change its segments
        drafts = self.filtered(lambda move: move.state == "draft")
        drafts.sudo().segment_ids._leave_draft()
        return super().button_cancel()

    def _get_accounting_date_source(self):
        """A sale belongs to the tax period of its supply."""
        self.ensure_one()
        if self.taxable_supply_date and any(self.line_ids.mapped("is_billed")):
            return self.taxable_supply_date
        return super()._get_accounting_date_source()

    @api.depends("taxable_supply_date")
    def _compute_show_taxable_supply_date(self):
        res = super()._compute_show_taxable_supply_date()
        self.filtered(
            lambda move: move.taxable_supply_date and move.is_sale_document()
        ).show_taxable_supply_date = True
        return res

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        base_line = super()._prepare_product_base_line_for_taxes_computation(
            product_line
        )
        base_line["is_billed"] = product_line.is_billed
        base_line["is_tax_by_line"] = product_line.is_tax_by_line
        return base_line

    def button_draft(self):
        self._check_not_billed()
        return super().button_draft()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self._check_not_billed()
        reversals = super()._reverse_moves(default_values_list, cancel)
        if cancel:
            # a draft credit note may still become a partial one or none
            self.interest_claim_id._set_cancelled()
        return reversals

    def _check_not_billed(self):
        billed = self.sudo().filtered(
            lambda move: (
                move.state == "posted"
                and (move.segment_ids or move.reversed_segment_ids)
            )
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(invoice)s was made from segments. Cancel them, with or without "
                    "rebilling: the credit note follows by itself.",
                    invoice=billed[0].display_name,
                )
            )

    def _get_next_sequence_format(self):
        """In bulk, the last number of a journal and day is looked up once.

        Those that follow are counted up by Odoo, under the lock it holds on the first.
        """
        formats = self.env.context.get(NUMBER_FORMATS)
        if formats is None or self.journal_id.type != "sale":
            return super()._get_next_sequence_format()
        key = (self.journal_id, self.date, self.move_type)
        if key not in formats:
            formats[key] = super()._get_next_sequence_format()
        text, values = formats[key]
        return text, dict(values)

    def modified(self, fnames, create=False, before=False):
        if not create or not self.env.context.get(COMPLETE):
            return super().modified(fnames, create=create, before=before)
        with given(self.env, self.env["account.move.line"], self):
            return super().modified(fnames, create=create, before=before)

    def _check_company(self, fnames=None):
        # complete moves refer to what was checked when it was entered
        if self.env.context.get(COMPLETE):
            return None
        return super()._check_company(fnames)

    def action_view_billing_segments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [
            ("id", "in", (self.segment_ids | self.reversed_segment_ids).ids)
        ]
        action["context"] = {}
        return action

    # === Documents ===

    def _filtered_documents(self, renderer):
        """Records that ``renderer`` draws: customer documents made from segments, and
        interest notes."""
        if renderer != "billing_invoice":
            return self.browse()
        # Whoever may print the invoice need not see its segments.
        billed = self.sudo().filtered(
            lambda move: (
                move.is_sale_document()
                and (
                    move.segment_ids
                    or move.reversed_segment_ids
                    or move.interest_claim_id
                )
            )
        )
        return self.browse(billed.ids)

    def _draw_documents(self, renderer, data=None):
        """Draw the records one by one.

        :param dict data: of the report action; ``proforma`` draws a pro-forma,
            ``embedded_files`` maps ids to :class:`EmbeddedFile`
        :return: iterator of ``(id, bytes of the PDF)``
        """
        data = data or {}
        proforma = data.get("proforma") or self.env.context.get("proforma_invoice")
        embedded = data.get("embedded_files", {})
        for move, document in self._iter_billing_documents(proforma=proforma):
            if move.id in embedded:
                document = replace(document, attachments=(embedded[move.id],))
            yield move.id, render(document)

    def _get_document_number(self, proforma=False):
        """The number printed; empty for a draft.

        :param proforma: whether the document is a pro-forma
        """
        self.ensure_one()
        return self.name if self.name and self.name != "/" else ""

    def _get_document_facts(self):
        """What add-ons print beside the address: pairs of label and value."""
        self.ensure_one()
        return ()

    def _prepare_billing_documents(self, proforma=False):
        """What is printed on each invoice, with its detailed statement.

        :return: list of :class:`InvoiceDocument`, in the order of ``self``
        """
        documents = dict(self._iter_billing_documents(proforma=proforma))
        return [documents[move] for move in self]

    def _iter_billing_documents(self, proforma=False):
        """Pairs of move and :class:`InvoiceDocument`, by company and language."""
        self.check_access("read")
        groups = self.grouped(
            lambda move: (move.company_id, move.partner_id.lang or self.env.lang)
        )
        for (company, lang), moves in groups.items():
            builder = DocumentBuilder(moves, company, lang, proforma)
            for move in builder.moves:
                yield self.browse(move.id), builder.document(move)

    def _make_billing_documents(self):
        """Draw and store the PDF of posted invoices that have none yet.

        It is stored where Send & Print keeps it: sending and the portal then hand out
        this very file. Repeating makes nothing twice.

        :return: the ir.attachment made
        """
        moves = self.filtered(
            lambda move: move.state == "posted" and not move.invoice_pdf_report_id
        )._filtered_documents("billing_invoice")
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                [
                    {
                        "name": move._get_invoice_report_filename(),
                        "raw": render(document),
                        "mimetype": "application/pdf",
                        "res_model": move._name,
                        "res_id": move.id,
                        "res_field": "invoice_pdf_report_file",
                    }
                    for move, document in moves._iter_billing_documents()
                ]
            )
        )
        moves.invalidate_recordset(
            ["invoice_pdf_report_id", "invoice_pdf_report_file"], flush=False
        )
        return attachments

    def _get_billing_consumption(self):
        """Main quantity of the invoices' agreements by month, for the chart.

        A segment counts in the month of its last day. Add-ons that know the
        measured consumption answer from it.

        :return: ``{move id: {first day of month: Decimal}}``; moves whose agreements
            have no consumption in one unit are left out
        """
        agreements = self.segment_ids.agreement_id
        if not agreements:
            return {}
        self.env["billing.segment"].flush_model(
            ["agreement_id", "date_end", "quantity", "state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT agreement_id, date_trunc('month', date_end)::date,
                       sum(quantity)
                  FROM billing_segment
                 WHERE agreement_id = ANY(%s) AND is_exclusive
                   AND state IN ('ready', 'frozen')
              GROUP BY 1, 2
                """,
                agreements.ids,
            )
        )
        by_agreement = {}
        for agreement_id, month, quantity in rows:
            months = by_agreement.setdefault(agreement_id, {})
            months[month] = round(to_decimal(quantity), 6)
        consumption = {}
        for move in self:
            found = move.segment_ids.agreement_id
            if not consumption_unit(found):
                continue
            months = consumption[move.id] = {}
            for agreement in found:
                for month, quantity in by_agreement.get(agreement.id, {}).items():
                    months[month] = months.get(month, Decimal()) + quantity
        return consumption

    def _get_billing_segments(self):
        """The segments this invoice bills or this credit note takes back."""
        return self.segment_ids | self.reversed_segment_ids
