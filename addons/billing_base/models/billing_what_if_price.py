from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BillingWhatIfPrice(models.Model):
    """A single price that takes the place of all versions of a charge."""

    _name = "billing.what.if.price"
    _description = "What-If Price"
    _order = "what_if_id, item_id"
    _check_company_auto = True

    what_if_id = fields.Many2one(
        "billing.what.if", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="what_if_id.company_id", store=True)
    item_id = fields.Many2one(
        "billing.tariff.item",
        string="Charge",
        required=True,
        check_company=True,
        ondelete="cascade",
        domain="[('kind', '=', 'charge'), ('basis', 'in',"
        " ('unit', 'capacity', 'flat', 'percent'))]",
    )
    tariff_id = fields.Many2one(related="item_id.tariff_id")
    price = fields.Float(
        digits="Billing Price", min_display_digits=2, required=True, aggregator=None
    )

    _item_once = models.Constraint(
        "UNIQUE (what_if_id, item_id)", "Each charge has one price to try."
    )

    @api.constrains("item_id")
    def _check_basis(self):
        for price in self:
            if price.item_id.basis not in ("unit", "capacity", "flat", "percent"):
                raise ValidationError(
                    self.env._(
                        "%(charge)s has no single price. Make a tariff with the "
                        "bands or the formula to try, and rate with it.",
                        charge=price.item_id.display_name,
                    )
                )
