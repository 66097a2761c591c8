from odoo import fields, models

from .billing_check import LEVELS, Setting


class BillingCheckLimit(models.Model):
    """How a check differs for a company, a customer category, or both.

    The most particular exception counts: company and category before category before
    company; without one the check itself.
    """

    _name = "billing.check.limit"
    _description = "Exception of a Check"
    _order = "check_id, company_id, category_id"

    check_id = fields.Many2one(
        "billing.check", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: every company."
    )
    category_id = fields.Many2one(
        "billing.customer.category",
        string="Customer Category",
        ondelete="cascade",
        help="Empty: every customer.",
    )
    is_on = fields.Boolean(string="On", default=True)
    level = fields.Selection(LEVELS, help="Empty: that of the check.")
    limit = fields.Float(help="The limit for these customers.")

    _who_once = models.UniqueIndex(
        "(check_id, COALESCE(company_id, 0), COALESCE(category_id, 0))",
        "A check has one exception for a company and customer category.",
    )
    _who_named = models.Constraint(
        "CHECK (company_id IS NOT NULL OR category_id IS NOT NULL)",
        "Name the company or the customer category the exception is for.",
    )

    def _to_setting(self):
        self.ensure_one()
        return Setting(self.is_on, self.limit, self.level or self.check_id.level)
