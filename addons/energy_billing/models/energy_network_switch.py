from odoo import fields, models


class EnergyNetwork(models.Model):
    _inherit = "energy.network"

    switch_layout_id = fields.Many2one(
        "energy.switch.layout",
        string="Supplier Switches",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="How requests of supply are written and answers read. Empty: in Excel "
        "with the headings of the house.",
    )
