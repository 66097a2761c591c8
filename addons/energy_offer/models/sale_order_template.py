from odoo import fields, models

KINDS = [
    ("fixed", "One fixed price"),
    ("day_night", "Day and night"),
    ("season", "Peak by season"),
    ("schedule", "Schedule with advance invoices"),
    ("formula", "Formula"),
]


class SaleOrderTemplate(models.Model):
    """What an offer of energy of one kind begins with."""

    _inherit = "sale.order.template"

    energy_kind = fields.Selection(
        KINDS, string="Energy Offer", help="Empty: no offer of energy."
    )
    energy_type_id = fields.Many2one(
        "billing.agreement.type",
        string="Agreement Type",
        check_company=True,
        ondelete="restrict",
    )
    energy_profile_id = fields.Many2one(
        "billing.profile",
        string="Billing Profile",
        check_company=True,
        ondelete="restrict",
    )
    energy_tariff_id = fields.Many2one(
        "billing.tariff",
        string="Price List",
        check_company=True,
        ondelete="restrict",
    )
    energy_kind_ids = fields.Many2many(
        "billing.quantity.type",
        string="Quantities",
        domain=[("kind", "=", "flow")],
        help="What is asked of each point.",
    )
    energy_has_advances = fields.Boolean(
        string="With Advances",
        help="An advance plan in draft is made with each agreement.",
    )
