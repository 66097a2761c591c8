from odoo import fields, models


class BillingAdvanceQuantity(models.Model):
    """What the customer is expected to use in the days of a plan."""

    _name = "billing.advance.quantity"
    _description = "Expected Quantity"
    _order = "quantity_type_id"

    plan_id = fields.Many2one(
        "billing.advance.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Quantity",
        required=True,
        domain="[('kind', '=', 'flow')]",
    )
    value = fields.Float(
        string="Expected", digits="Product Unit", min_display_digits=2, required=True
    )
    uom_id = fields.Many2one(related="quantity_type_id.uom_id")

    _once = models.Constraint(
        "UNIQUE (plan_id, quantity_type_id)", "A quantity is expected once in a plan."
    )
    _not_negative = models.Constraint(
        "CHECK (value >= 0)", "What is used is not negative."
    )
