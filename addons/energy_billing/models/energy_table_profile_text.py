from odoo import fields, models


class EnergyTableProfileText(models.Model):
    """What a text in a file means here."""

    _name = "energy.table.profile.text"
    _description = "Text of a Table Profile"
    _order = "profile_id, kind, text"

    profile_id = fields.Many2one(
        "energy.table.profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    kind = fields.Selection(
        [
            ("register", "Register"),
            ("channel", "Channel"),
            ("quality", "Quality"),
            ("status", "Status"),
        ],
        string="Of",
        required=True,
    )
    text = fields.Char(string="In the File", required=True)
    value = fields.Char(
        string="Means",
        required=True,
        help="The code of a register or channel; measured, estimated, substituted, "
        "manual; listed, new, changed, leaving, rejected.",
    )

    _text_unique = models.Constraint(
        "UNIQUE (profile_id, kind, text)", "A text means one thing only."
    )
