from odoo import api, fields, models

from odoo.addons.billing_base.rating import to_decimal

from ..postage import Count


class PostalPayoutCentre(models.Model):
    """What the principal ordered to be paid at a cost centre."""

    _name = "postal.payout.centre"
    _description = "Principal's List"
    _order = "specification_id, cost_centre_id"
    _check_company_auto = True

    specification_id = fields.Many2one(
        "postal.specification", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="specification_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        required=True,
        check_company=True,
        domain="[('is_cost_centre', '=', True)]",
    )
    cheques = fields.Integer(string="Cheques Ordered")
    money = fields.Monetary(string="Ordered")
    paid_cheques = fields.Integer(string="Cheques Entered", compute="_compute_paid")
    paid_money = fields.Monetary(string="Entered", compute="_compute_paid")
    missing_cheques = fields.Integer(compute="_compute_paid")
    missing_money = fields.Monetary(compute="_compute_paid")

    _centre_once = models.Constraint(
        "UNIQUE (specification_id, cost_centre_id)",
        "The principal's list names each cost centre once.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.specification_id.browse(
            {vals["specification_id"] for vals in vals_list}
        )._check_changeable()
        return super().create(vals_list)

    def write(self, vals):
        self.specification_id._check_changeable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_checked(self):
        self.specification_id._check_changeable()

    @api.depends(
        "cheques",
        "money",
        "specification_id.line_ids.quantity",
        "specification_id.line_ids.money",
        "specification_id.line_ids.cost_centre_id",
    )
    def _compute_paid(self):
        for specification, rows in self.grouped("specification_id").items():
            paid = specification._get_paid()
            for row in rows:
                found = paid.get(row.cost_centre_id, Count())
                missing = Count(row.cheques, to_decimal(row.money)) - found
                row.paid_cheques = found.cheques
                row.paid_money = float(found.amount)
                row.missing_cheques = missing.cheques
                row.missing_money = float(missing.amount)
