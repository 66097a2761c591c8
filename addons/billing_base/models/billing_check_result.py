from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .billing_check import LEVELS

NAMES = {
    "quantity": ("quantity_type_id", "billing.quantity.type"),
    "customer": ("partner_id", "res.partner"),
    "tariff": ("tariff_id", "billing.tariff"),
    "segment": ("segment_id", "billing.segment"),
}
"""Names that figures of findings have for the reader: key of the id, its model."""

DATES = {"date_start", "date_end", "day", "last_day"}
"""Figures of findings that are days."""

TO_FIX = {
    "missing_price": [("item_id", "billing.tariff.item")],
    "price_zero": [("item_id", "billing.tariff.item")],
    "customer_category": [("partner_id", "res.partner")],
    "tariff_not_valid": [("term_id", "billing.agreement.term")],
    "duplicate": [("segment_id", "billing.segment")],
}
"""Which record a finding opens to be corrected; without one the agreement."""


class BillingCheckResult(models.Model):
    _name = "billing.check.result"
    _description = "Check Result"
    _order = "segment_id, check_id"
    _check_company_auto = True

    segment_id = fields.Many2one(
        "billing.segment", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="segment_id.company_id", store=True)
    agreement_id = fields.Many2one(related="segment_id.agreement_id", store=True)
    period_id = fields.Many2one(related="segment_id.period_id", store=True, index=True)
    check_id = fields.Many2one(
        "billing.check", required=True, index=True, readonly=True, ondelete="cascade"
    )
    level = fields.Selection(LEVELS, required=True, readonly=True)
    params = fields.Json(readonly=True)
    finding_hash = fields.Char(required=True, readonly=True)
    message = fields.Char(compute="_compute_message")
    remedy = fields.Char(related="check_id.remedy", string="What to Do")
    is_waivable = fields.Boolean(related="check_id.is_waivable")
    partner_id = fields.Many2one(related="segment_id.partner_id")
    segment_state = fields.Selection(
        related="segment_id.state", string="State of the Segment"
    )
    waived_by_id = fields.Many2one("res.users", readonly=True)
    waived_on = fields.Datetime(readonly=True)
    waive_note = fields.Char(string="Reason", readonly=True)

    _finding_unique = models.Constraint(
        "UNIQUE (segment_id, check_id, finding_hash)",
        "A finding is stored once for each segment.",
    )

    @api.depends("check_id.message", "params")
    @api.depends_context("lang")
    def _compute_message(self):
        names = self._get_names()
        for result in self:
            message = result.check_id.message or ""
            try:
                result.message = message % result._get_readable_params(names)
            except (KeyError, TypeError, ValueError):
                # a message reworded by the administrator names an unknown figure
                result.message = message

    def _get_names(self):
        """What the records are called that these findings refer to.

        :return: ``{(model, id): display name}``, read for all findings at once
        """
        ids = defaultdict(set)
        for result in self:
            for key, model in NAMES.values():
                if (result.params or {}).get(key):
                    ids[model].add(result.params[key])
        return {
            (model, record.id): record.display_name
            for model, found in ids.items()
            for record in self.env[model].browse(found).exists()
        }

    def _get_readable_params(self, names):
        """The figures of the finding as the reader writes them.

        :param dict names: as of ``_get_names``
        """
        self.ensure_one()
        params = dict(self.params or {})
        for name, (key, model) in NAMES.items():
            if params.get(key):
                params[name] = names.get((model, params[key]), params.get(name, ""))
        for name in DATES & params.keys():
            if params[name]:
                params[name] = format_date(self.env, params[name])
        return params

    def action_open_segment(self):
        return self._action_open(self.segment_id)

    def action_fix(self):
        """Open what has to be corrected for this finding to go."""
        return self._action_open(self._get_record_to_fix())

    def action_regenerate(self):
        return self.segment_id.action_regenerate()

    def _get_record_to_fix(self):
        """The record that holds the cause; add-ons know more of them."""
        self.ensure_one()
        params = self.params or {}
        for key, model in TO_FIX.get(self.check_id.code, ()):
            record = self.env[model].browse(params.get(key) or []).exists()
            if record:
                return record
        return self.agreement_id

    def _action_open(self, record):
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def _waive(self, note):
        """Let the segments be invoiced in spite of these findings.

        :raises AccessError: without the permission to waive
        :raises UserError: without a reason, or where no amount could be rated
        """
        self.env["res.users"]._check_may("waive")
        if not (note or "").strip():
            raise UserError(self.env._("Say why the finding is waived."))
        fixed = self.filtered(lambda result: not result.check_id.is_waivable)
        if fixed:
            raise UserError(
                self.env._(
                    "“%(check)s” on %(segment)s cannot be waived: there is nothing "
                    "to bill before its source is corrected.",
                    check=fixed[0].check_id.name,
                    segment=fixed[0].segment_id.display_name,
                )
            )
        self.sudo().write(
            {
                "waived_by_id": self.env.uid,
                "waived_on": fields.Datetime.now(),
                "waive_note": note.strip(),
            }
        )
        bodies = {
            result.segment_id.id: self.env._(
                "Waived: %(message)s Reason: %(note)s",
                message=result.message,
                note=note,
            )
            for result in self
        }
        self.segment_id._message_log_batch(bodies=bodies)
        self.segment_id._refresh_check_state()
        self.segment_id._refresh_figures()
