from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountAnalyticAccount(models.Model):
    """A cost centre is an analytic account of the plan of cost centres."""

    _inherit = "account.analytic.account"

    is_cost_centre = fields.Boolean(
        compute="_compute_is_cost_centre", store=True, index=True
    )
    postal_region_id = fields.Many2one("postal.region", check_company=True, index=True)
    clerk_ids = fields.Many2many(
        "res.users",
        "postal_cost_centre_clerk_rel",
        "cost_centre_id",
        "user_id",
        string="Clerks",
        help="They enter the specifications of this cost centre and see no other's.",
    )

    @api.depends("plan_id")
    def _compute_is_cost_centre(self):
        plan = self.env.ref(
            "postal_billing.analytic_plan_cost_centre", raise_if_not_found=False
        )
        for account in self:
            account.is_cost_centre = bool(plan) and account.plan_id == plan

    @api.constrains("code", "is_cost_centre", "company_id")
    def _check_cost_centre_code(self):
        for account in self.filtered("is_cost_centre"):
            same = self.search_count(
                [
                    ("is_cost_centre", "=", True),
                    ("code", "=", account.code),
                    ("company_id", "in", (False, account.company_id.id)),
                    ("id", "!=", account.id),
                ],
                limit=1,
            )
            if not account.code or same:
                raise ValidationError(
                    self.env._(
                        "Cost centre %(name)s needs a code of its own: files name it "
                        "by that.",
                        name=account.name,
                    )
                )
