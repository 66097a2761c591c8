from odoo import api, fields, models
from odoo.exceptions import UserError


class PostalApproval(models.Model):
    """The month of a cost centre is approved: nothing more comes to it."""

    _name = "postal.approval"
    _description = "Approval of a Cost Centre's Month"
    _order = "period_id desc, cost_centre_id"
    _check_company_auto = True

    period_id = fields.Many2one(
        "billing.period", required=True, check_company=True, ondelete="cascade"
    )
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        required=True,
        check_company=True,
        index=True,
        domain="[('is_cost_centre', '=', True)]",
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="period_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Approved By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date = fields.Datetime(
        string="Approved On",
        required=True,
        readonly=True,
        default=lambda self: fields.Datetime.now(),
    )

    _once = models.Constraint(
        "UNIQUE (period_id, cost_centre_id)",
        "This cost centre is approved for the period already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        approvals = [self.new(vals) for vals in vals_list]
        drafts = self.env["postal.specification"].search(
            [
                ("period_id", "in", [one.period_id.id for one in approvals]),
                ("cost_centre_id", "in", [one.cost_centre_id.id for one in approvals]),
                ("is_checked", "=", False),
            ]
        )
        for draft in drafts:
            if any(
                (one.period_id, one.cost_centre_id)
                == (draft.period_id, draft.cost_centre_id)
                for one in approvals
            ):
                raise UserError(
                    self.env._(
                        "%(centre)s cannot be approved: %(specification)s is not "
                        "checked yet.",
                        centre=draft.cost_centre_id.display_name,
                        specification=draft.display_name,
                    )
                )
        return super().create(vals_list)

    @api.model
    def _check_open(self, specifications):
        """:raises UserError: for one of an approved cost centre and period"""
        if not specifications:
            return
        approved = {
            (approval.period_id, approval.cost_centre_id)
            for approval in self.sudo().search(
                [
                    ("period_id", "in", specifications.period_id.ids),
                    ("cost_centre_id", "in", specifications.cost_centre_id.ids),
                ]
            )
        }
        for specification in specifications:
            if (specification.period_id, specification.cost_centre_id) in approved:
                raise UserError(
                    self.env._(
                        "%(centre)s is approved for %(period)s. Enter what came late "
                        "in the next period, or have the approval withdrawn.",
                        centre=specification.cost_centre_id.display_name,
                        period=specification.period_id.display_name,
                    )
                )
