from odoo import api, fields, models


class BillingSegmentType(models.Model):
    """Chooses the algorithm that makes a segment."""

    _name = "billing.segment.type"
    _description = "Segment Type"
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    algorithm = fields.Selection(
        [
            ("metered", "Metered: quantities rated by a tariff"),
            ("recurring", "Flat: levels and flat charges by a tariff"),
            ("deposit", "Security deposit: no quantity, no tariff"),
            ("advance", "Advance payment: settled with later bills"),
            ("charge", "Billable charge: an amount from its source"),
        ],
        required=True,
    )
    is_exclusive = fields.Boolean(
        compute="_compute_is_exclusive",
        store=True,
        help="A day of an agreement is billed once by an exclusive kind of segment.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a segment type must be unique."
    )

    @api.depends("algorithm")
    def _compute_is_exclusive(self):
        for segment_type in self:
            segment_type.is_exclusive = segment_type.algorithm in (
                "metered",
                "recurring",
            )
