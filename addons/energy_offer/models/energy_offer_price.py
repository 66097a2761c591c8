from odoo import api, fields, models

from odoo.addons.billing_base.rating import to_decimal


class EnergyOfferPrice(models.Model):
    """A price of the offer: the price list's, or what the energy costs and a margin."""

    _name = "energy.offer.price"
    _description = "Price of an Offer"
    _order = "order_id, sequence, id"

    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    item_id = fields.Many2one(
        "billing.tariff.item",
        string="Charge",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(readonly=True)
    list_price = fields.Float(
        string="Price List", digits="Billing Price", readonly=True
    )
    cost = fields.Float(
        digits="Billing Price", help="What a unit costs us, without our margin."
    )
    margin = fields.Float(
        digits="Billing Price", help="On top of the cost, for a unit."
    )
    price = fields.Float(
        string="Offered",
        digits="Billing Price",
        compute="_compute_price",
        store=True,
        readonly=False,
        precompute=True,
        help="Cost and margin where they are entered, else the price list's. With a "
        "formula, what the formula calls “price”: the margin.",
    )

    _once = models.Constraint(
        "UNIQUE (order_id, item_id)", "A charge has one price in an offer."
    )

    @api.depends("cost", "margin", "list_price")
    def _compute_price(self):
        for row in self:
            own = to_decimal(row.cost) + to_decimal(row.margin)
            row.price = float(own) if own else row.list_price

    def _is_own(self):
        """Whether the customer gets another price than the price list's."""
        self.ensure_one()
        return to_decimal(self.price) != to_decimal(self.list_price)
