from odoo import fields, models
from odoo.tools import SQL

from .billing_context import NUMBER_FORMATS


class ResPartner(models.Model):
    _inherit = "res.partner"

    billing_account_ids = fields.One2many(
        "billing.account", "commercial_partner_id", string="Billing Accounts"
    )
    billing_category_id = fields.Many2one(
        "billing.customer.category",
        string="Customer Category",
        index="btree_not_null",
        ondelete="restrict",
        help="Discounts and limits of checks may be given to a category.",
    )
    billing_debt_ids = fields.One2many(
        "billing.debt", "partner_id", string="Debts", readonly=True
    )
    billing_account_count = fields.Integer(compute="_compute_billing_counts")
    billing_agreement_count = fields.Integer(compute="_compute_billing_counts")

    def _compute_billing_counts(self):
        customers = self.commercial_partner_id
        accounts = dict(
            self.env["billing.account"]._read_group(
                [("commercial_partner_id", "in", customers.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        agreements = dict(
            self.env["billing.agreement"]._read_group(
                [("partner_id", "in", customers.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            customer = partner.commercial_partner_id
            partner.billing_account_count = accounts.get(customer, 0)
            partner.billing_agreement_count = agreements.get(customer, 0)

    def action_view_billing_accounts(self):
        action = self._action_open_billing("billing_base.billing_account_action")
        action["domain"] = [
            ("commercial_partner_id", "=", self.commercial_partner_id.id)
        ]
        action["context"] = {"default_partner_id": self.id}
        return action

    def action_view_billing_agreements(self):
        action = self._action_open_billing("billing_base.billing_agreement_action")
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {}
        return action

    def _action_open_billing(self, xmlid):
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id(xmlid)

    def _commercial_fields(self):
        return super()._commercial_fields() + ["billing_category_id"]

    def write(self, vals):
        """A customer in another category has other discounts."""
        if "billing_category_id" not in vals:
            return super().write(vals)
        category_id = vals["billing_category_id"] or False
        moved = self.filtered(lambda p: p.billing_category_id.id != category_id)
        categories = moved.billing_category_id
        result = super().write(vals)
        self.env["billing.discount"]._mark_customers_stale(
            moved, categories | moved.billing_category_id
        )
        return result

    def _become_customers(self):
        """Who is billed for the first time is a customer from now on."""
        self.flush_recordset(["customer_rank"])
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET customer_rank = 1"
                " WHERE id = ANY(%s) AND COALESCE(customer_rank, 0) = 0",
                self.ids,
            )
        )
        self.invalidate_recordset(["customer_rank"])

    def _increase_rank(self, field, n=1):
        # Odoo counts each invoice of each customer by a write of its own, for an order
        # of lists that billing everybody once does not change
        if self.env.context.get(NUMBER_FORMATS) is not None:
            return None
        return super()._increase_rank(field, n)
