from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BillingDocument(models.Model):
    """A document of a customer with its validity; the scan is attached."""

    _name = "billing.document"
    _description = "Customer Document"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number or Title", required=True)
    kind_id = fields.Many2one(
        "billing.document.kind", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    contract_id = fields.Many2one(
        "contract.contract",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    date = fields.Date(default=fields.Date.context_today, required=True)
    date_end = fields.Date(string="Valid To", tracking=True)
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Scans")
    is_expired = fields.Boolean(
        string="Expired", compute="_compute_is_expired", search="_search_is_expired"
    )
    note = fields.Text()
    active = fields.Boolean(default=True)

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date <= date_end)",
        "A document is valid at least on its own day.",
    )

    @api.depends("date_end")
    def _compute_is_expired(self):
        today = fields.Date.context_today(self)
        for document in self:
            document.is_expired = bool(document.date_end and document.date_end < today)

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("date_end", "<", fields.Date.context_today(self))]

    @api.constrains("kind_id", "date_end")
    def _check_validity(self):
        for document in self:
            if document.kind_id.has_validity and not document.date_end:
                raise ValidationError(
                    self.env._(
                        "%(document)s: documents of the kind %(kind)s expire. Enter "
                        "the last day it is valid.",
                        document=document.name,
                        kind=document.kind_id.name,
                    )
                )

    # === Reminders ===

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._take_scans()
        documents._remind()
        return documents

    def write(self, vals):
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._take_scans()
        if {"date_end", "kind_id", "user_id"} & vals.keys():
            self._remind()
        return result

    def _take_scans(self):
        """Scans are read by whoever may read their document."""
        for document in self:
            loose = document.attachment_ids.filtered(lambda a: not a.res_id)
            loose.write({"res_model": self._name, "res_id": document.id})

    def _remind(self):
        """The reminder follows the validity: one activity for each document."""
        kind = "mail.mail_activity_data_todo"
        self.activity_unlink([kind])
        for document in self.filtered("date_end"):
            before = timedelta(days=document.kind_id.remind_days)
            document.activity_schedule(
                kind,
                date_deadline=document.date_end - before,
                summary=self.env._(
                    "%(kind)s of %(customer)s expires",
                    kind=document.kind_id.name,
                    customer=document.partner_id.name,
                ),
                user_id=(document.user_id or self.env.user).id,
            )
