from odoo import fields, models


class BillingAgreement(models.Model):
    _inherit = "billing.agreement"

    offer_point_id = fields.Many2one(
        "energy.offer.point", readonly=True, copy=False, ondelete="restrict"
    )
    offer_id = fields.Many2one(related="offer_point_id.order_id", string="Offer")

    # whatever confirms an offer, and however often
    _one_offered = models.UniqueIndex(
        "(offer_point_id) WHERE offer_point_id IS NOT NULL",
        "An agreement was made of this point of the offer already.",
    )
