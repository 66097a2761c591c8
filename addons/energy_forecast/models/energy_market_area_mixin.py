from odoo import fields, models


class EnergyMarketAreaMixin(models.AbstractModel):
    """Belongs to a market area, and to the company of it."""

    _name = "energy.market.area.mixin"
    _description = "Record of a Market Area"

    area_id = fields.Many2one(
        "energy.market.area",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env["energy.market.area"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one(related="area_id.company_id", store=True, index=True)
