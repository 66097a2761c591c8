from odoo import api, fields, models


class EnergyGasFactor(models.Model):
    """What a cubic metre of gas in a network holds, from a day on."""

    _name = "energy.gas.factor"
    _description = "Calorific Value"
    _inherit = ["billing.stale.source"]
    _order = "network_id, date_start desc"
    _check_company_auto = True

    network_id = fields.Many2one(
        "energy.network",
        required=True,
        check_company=True,
        domain="[('commodity', '=', 'gas')]",
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="network_id.company_id", store=True, index=True
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    calorific = fields.Float(
        string="Calorific Value (kWh/m³)", digits=(12, 6), required=True
    )
    factor = fields.Float(
        string="Conversion Factor",
        digits=(12, 6),
        default=1.0,
        required=True,
        help="From cubic metres as measured to cubic metres under normal conditions.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "It ends on or after its first day."
    )
    _positive = models.Constraint(
        "CHECK (calorific > 0 AND factor > 0)",
        "Calorific value and conversion factor must be positive.",
    )
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist (network_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "The network has a calorific value for some of these days already.",
    )

    @api.depends("network_id", "date_start")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.network_id.name or ''} {row.date_start or ''}"

    def _mark_stale(self):
        """Segments of the network's points on these days were made from others."""
        for factor in self:
            agreements = self.env["billing.agreement"].search(
                [
                    ("point_id.network_id", "=", factor.network_id.id),
                    ("point_id.commodity", "=", "gas"),
                ]
            )
            segments = self.env["billing.segment"]._mark_stale(
                agreements, factor.date_start, factor.date_end
            )
            segments._refresh_figures()
