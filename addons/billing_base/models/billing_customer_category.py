from odoo import fields, models


class BillingCustomerCategory(models.Model):
    """What kind of customer: household, business, public. Discounts and limits of
    checks may be given to one."""

    _name = "billing.customer.category"
    _description = "Customer Category"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    note = fields.Char(translate=True)
    partner_ids = fields.One2many(
        "res.partner", "billing_category_id", string="Customers"
    )
    customer_count = fields.Integer(compute="_compute_customer_count")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a customer category is used once."
    )

    def _compute_customer_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("billing_category_id", "in", self.ids), ("parent_id", "=", False)],
                ["billing_category_id"],
                ["__count"],
            )
        )
        for category in self:
            category.customer_count = counts.get(category, 0)

    def action_view_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.res_partner_action_customer"
        )
        action["domain"] = [
            ("billing_category_id", "=", self.id),
            ("parent_id", "=", False),
        ]
        action["context"] = {"default_billing_category_id": self.id}
        return action
