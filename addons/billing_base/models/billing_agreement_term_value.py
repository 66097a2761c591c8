from odoo import api, fields, models


class BillingAgreementTermValue(models.Model):
    """A dated level of an agreement: contracted capacity, number of lamps."""

    _name = "billing.agreement.term.value"
    _description = "Agreement Parameter"
    _order = "term_id, quantity_type_id"

    term_id = fields.Many2one(
        "billing.agreement.term", required=True, index=True, ondelete="cascade"
    )
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Parameter",
        required=True,
        domain="[('kind', '=', 'level')]",
    )
    value = fields.Float(digits="Product Unit", min_display_digits=2, required=True)
    uom_id = fields.Many2one(related="quantity_type_id.uom_id")

    _type_unique = models.Constraint(
        "UNIQUE (term_id, quantity_type_id)", "A term names each parameter once."
    )

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        values.term_id._mark_segments_stale()
        return values

    def write(self, vals):
        self.term_id._mark_segments_stale()
        result = super().write(vals)
        self.term_id._mark_segments_stale()
        return result

    def unlink(self):
        self.term_id._mark_segments_stale()
        return super().unlink()
