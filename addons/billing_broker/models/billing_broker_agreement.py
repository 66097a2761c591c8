from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.tools import format_number

AGREED = {
    "basis",
    "rate",
    "uom_id",
    "charge_type_ids",
    "earned_on",
    "currency_id",
    "company_id",
    "part_ids",
}
"""What was agreed; it stays once something was counted by it."""


class BillingBrokerAgreement(models.Model):
    """What brokers earn by the bills of the contracts they brought."""

    _name = "billing.broker.agreement"
    _description = "Commission Agreement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Bills in this currency are counted.",
    )
    basis = fields.Selection(
        [
            ("percent", "Percent of the untaxed amount"),
            ("unit", "Amount for each unit of the quantity"),
            ("bill", "Fixed amount for each segment billed"),
        ],
        string="Counted By",
        default="percent",
        required=True,
        tracking=True,
    )
    rate = fields.Float(
        digits="Billing Price", min_display_digits=2, required=True, tracking=True
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        help="The rate is for each of it, as MWh; bills are converted.",
    )
    charge_type_ids = fields.Many2many(
        "billing.charge.type",
        "billing_broker_agreement_charge_type",
        string="Only These Charges",
        help="A percentage is of the amount of these charges. Empty: of all.",
    )
    earned_on = fields.Selection(
        [("issued", "Bills issued"), ("paid", "Bills paid in full")],
        default="issued",
        required=True,
        tracking=True,
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        help="Gives the broker's bill its expense account and taxes.",
    )
    part_ids = fields.One2many(
        "billing.broker.part", "agreement_id", string="Brokers", copy=True
    )
    assignment_ids = fields.One2many(
        "billing.broker.assignment", "agreement_id", string="Contracts"
    )
    line_ids = fields.One2many("billing.broker.line", "agreement_id")

    _rate_positive = models.Constraint(
        "CHECK (rate > 0)", "The rate of a commission is above zero."
    )
    _unit_named = models.Constraint(
        "CHECK (basis <> 'unit' OR uom_id IS NOT NULL)",
        "Say for each of which unit the rate is, as MWh.",
    )

    @api.constrains("part_ids", "basis")
    def _check_parts(self):
        for agreement in self:
            total = sum(
                (to_decimal(part.percent) for part in agreement.part_ids), Decimal()
            )
            if total != 100:
                raise ValidationError(
                    self.env._(
                        "The brokers of “%(agreement)s” have %(total)s %% together. "
                        "Their parts make 100 %%.",
                        agreement=agreement.name,
                        total=format_number(self.env, total),
                    )
                )

    def write(self, vals):
        if AGREED & vals.keys() and self.sudo().line_ids:
            raise UserError(
                self.env._(
                    "Commissions were counted by “%(agreement)s”. End it at its "
                    "contracts and make another one for the days after.",
                    agreement=self.sudo().line_ids[0].agreement_id.name,
                )
            )
        return super().write(vals)

    def _get_quantity(self, quantity, uom):
        """A quantity in the unit of the rate, as Decimal.

        :raises UserError: where the units cannot be converted
        """
        self.ensure_one()
        if not self.uom_id or uom == self.uom_id:
            return quantity
        if not uom or not uom._has_common_reference(self.uom_id):
            raise UserError(
                self.env._(
                    "“%(agreement)s” is counted in %(unit)s, but bills of its "
                    "contracts in %(other)s. Take the contract off, or choose a "
                    "fitting unit.",
                    agreement=self.name,
                    unit=self.uom_id.name,
                    other=uom.name or "–",
                )
            )
        return quantity * to_decimal(uom.factor) / to_decimal(self.uom_id.factor)

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_broker.billing_broker_line_action"
        )
        action["domain"] = [("agreement_id", "=", self.id)]
        action["context"] = {}
        return action
