import base64

from odoo import fields, models

from ..models.energy_settlement import KINDS


class EnergySettlementImport(models.TransientModel):
    """Asks for the file of a settlement."""

    _name = "energy.settlement.import"
    _description = "Import of a Settlement"

    area_id = fields.Many2one(
        "energy.market.area",
        required=True,
        default=lambda self: self.env["energy.market.area"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one(related="area_id.company_id")
    kind = fields.Selection(KINDS, default="monthly", required=True)
    profile_id = fields.Many2one(
        "energy.table.profile",
        required=True,
        domain="[('kind', '=', 'intervals')]",
        help="How the columns of the file are read.",
    )
    file = fields.Binary(required=True)
    file_name = fields.Char()

    def action_import(self):
        """Import a new version and calculate its imbalance."""
        self.ensure_one()
        settlement = self.env["energy.settlement"]._import(
            self.area_id,
            self.kind,
            self.profile_id,
            self.file_name or self.env._("settlement"),
            base64.b64decode(self.file),
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "energy.settlement",
            "res_id": settlement.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
