from base64 import b64decode
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..models.billing_segment import DEAD_STATES, OPEN_STATES


class BillingAnnex(models.TransientModel):
    """New terms of an agreement from a day on, with what they touch."""

    _name = "billing.annex"
    _description = "New Terms"

    agreement_id = fields.Many2one("billing.agreement", required=True, readonly=True)
    company_id = fields.Many2one(related="agreement_id.company_id")
    allowed_tariff_ids = fields.Many2many(related="agreement_id.type_id.tariff_ids")
    date_start = fields.Date(
        string="Valid From", required=True, default=fields.Date.context_today
    )
    current_term_id = fields.Many2one(
        "billing.agreement.term", compute="_compute_current_term_id"
    )
    tariff_id = fields.Many2one(
        "billing.tariff",
        required=True,
        compute="_compute_from_term",
        store=True,
        readonly=False,
        domain="[('id', 'in', allowed_tariff_ids)] if allowed_tariff_ids"
        " else [('company_id', '=', company_id)]",
    )
    value_ids = fields.One2many(
        "billing.annex.value",
        "annex_id",
        string="Parameters",
        compute="_compute_from_term",
        store=True,
        readonly=False,
    )
    document = fields.Binary(attachment=False, string="Signed Annex")
    document_name = fields.Char()
    note = fields.Char(help="Number of the annex, or why the terms change.")
    notify = fields.Boolean(
        string="Tell the Customer",
        help="Sends the customer the contract's mail about its modification.",
    )
    effect = fields.Text(compute="_compute_effect")
    segment_ids = fields.Many2many(
        "billing.segment", string="Segments Affected", compute="_compute_effect"
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "billing.agreement":
            values["agreement_id"] = self.env.context.get("active_id")
        return values

    @api.depends("agreement_id", "date_start")
    def _compute_current_term_id(self):
        for annex in self:
            annex.current_term_id = annex.agreement_id.term_ids.filtered(
                lambda term, date=annex.date_start: (
                    date
                    and term.date_start <= date
                    and (not term.date_end or term.date_end >= date)
                )
            )[:1]

    @api.depends("current_term_id")
    def _compute_from_term(self):
        for annex in self:
            term = annex.current_term_id
            annex.tariff_id = term.tariff_id or annex.tariff_id
            annex.value_ids = [Command.clear()] + [
                Command.create(
                    {
                        "quantity_type_id": value.quantity_type_id.id,
                        "old_value": value.value,
                        "value": value.value,
                    }
                )
                for value in term.value_ids
            ]

    @api.depends("current_term_id", "date_start")
    def _compute_effect(self):
        for annex in self:
            annex.segment_ids = annex._get_affected_segments()
            annex.effect = "\n".join(annex._prepare_effect())

    def _get_affected_segments(self):
        if not self.agreement_id or not self.date_start:
            return self.env["billing.segment"]
        domain = [
            ("agreement_id", "=", self.agreement_id.id),
            ("state", "not in", DEAD_STATES),
            ("date_end", ">=", self.date_start),
        ]
        if self.current_term_id.date_end:
            domain.append(("date_start", "<=", self.current_term_id.date_end))
        return self.env["billing.segment"].search(domain)

    def _prepare_effect(self):
        """What the new terms change, a sentence each."""
        if not self.date_start:
            return []
        term, said = self.current_term_id, []
        if term.date_start == self.date_start:
            said.append(
                self.env._(
                    "Terms already begin on that day. Choose another day, or change "
                    "them in the agreement."
                )
            )
        elif term:
            said.append(
                self.env._(
                    "The terms since %(start)s (%(tariff)s) end on %(end)s.",
                    start=format_date(self.env, term.date_start),
                    tariff=term.tariff_id.name,
                    end=format_date(self.env, self.date_start - timedelta(days=1)),
                )
            )
        if term.date_end:
            said.append(
                self.env._(
                    "The new terms hold from %(start)s to %(end)s.",
                    start=format_date(self.env, self.date_start),
                    end=format_date(self.env, term.date_end),
                )
            )
        else:
            said.append(
                self.env._(
                    "The new terms hold from %(start)s until further notice.",
                    start=format_date(self.env, self.date_start),
                )
            )
        waiting = self.segment_ids.filtered(lambda s: s.state in OPEN_STATES)
        if waiting:
            said.append(
                self.env._(
                    "%(count)s segments are not invoiced yet: regenerate them.",
                    count=len(waiting),
                )
            )
        if self.segment_ids - waiting:
            said.append(
                self.env._(
                    "%(count)s segments are already invoiced: cancel and rebill them "
                    "if the new terms should count.",
                    count=len(self.segment_ids - waiting),
                )
            )
        return said

    def action_apply(self):
        self.ensure_one()
        if self.current_term_id.date_start == self.date_start:
            raise UserError(
                self.env._(
                    "Terms of %(agreement)s already begin on %(date)s. Choose another "
                    "day, or change them in the agreement.",
                    agreement=self.agreement_id.display_name,
                    date=format_date(self.env, self.date_start),
                )
            )
        modification = self._create_modification()
        term = self.agreement_id._add_term(
            self.date_start,
            self.tariff_id,
            {value.quantity_type_id: value.value for value in self.value_ids},
            modification,
        )
        attachments = []
        if self.document:
            attachments.append(
                (self.document_name or self.env._("Annex"), b64decode(self.document))
            )
        self.agreement_id.message_post(
            body=self.env._(
                "New terms from %(start)s: %(tariff)s. %(values)s %(note)s",
                start=format_date(self.env, term.date_start),
                tariff=term.tariff_id.name,
                values=term.value_text,
                note=self.note or "",
            ),
            attachments=attachments,
        )
        return {"type": "ir.actions.act_window_close"}

    def _create_modification(self):
        """The annex in the contract's own list of modifications."""
        values = {
            "contract_id": self.agreement_id.contract_id.id,
            "agreement_id": self.agreement_id.id,
            "date": self.date_start,
            "description": " ".join(
                part
                for part in (
                    self.note,
                    self.env._(
                        "%(agreement)s: %(tariff)s",
                        agreement=self.agreement_id.display_name,
                        tariff=self.tariff_id.name,
                    ),
                )
                if part
            ),
            "document": self.document,
            "document_name": self.document and (self.document_name or "annex"),
        }
        # without this key every modification is mailed to the customer
        return (
            self.env["contract.modification"]
            .with_context(skip_modification_mail=not self.notify)
            .create(values)
            .with_env(self.env)
        )
