from datetime import date

from odoo import api, fields, models

from odoo.addons.billing_base.rating import to_decimal

from ..market.unmetered import Load


class EnergyUnmeteredLoad(models.Model):
    """Lamps or devices of one kind at a point without a meter, from–to."""

    _name = "energy.unmetered.load"
    _description = "Lamps and Devices Without a Meter"
    _inherit = ["billing.stale.source"]
    _order = "point_id, date_start, id"
    _check_company_auto = True

    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="point_id.company_id", store=True, index=True)
    name = fields.Char(string="Kind", required=True)
    number = fields.Integer(required=True, default=1)
    watts = fields.Float(
        string="Watts Each",
        digits=(12, 3),
        required=True,
        help="With the losses of the ballast, as agreed with the distributor.",
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A load ends on or after its first day.",
    )
    _not_negative = models.Constraint(
        "CHECK (number >= 0 AND watts >= 0)", "A load cannot be negative."
    )

    @api.depends("number", "name", "watts")
    def _compute_display_name(self):
        for load in self:
            load.display_name = f"{load.number} × {load.name or ''}, {load.watts:g} W"

    def _to_load(self):
        self.ensure_one()
        return Load(
            number=to_decimal(self.number),
            watts=to_decimal(self.watts),
            start=self.date_start,
            end=self.date_end or None,
        )

    def _mark_stale(self):
        """Segments of the points on these days were made from other loads."""
        self.env["energy.metering.point"]._mark_sources_changed(
            {
                point.id: (
                    min(loads.mapped("date_start")),
                    max(load.date_end or date.max for load in loads),
                )
                for point, loads in self.grouped("point_id").items()
            }
        )
