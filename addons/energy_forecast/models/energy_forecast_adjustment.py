from collections import defaultdict

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.energy_billing.fields import Array

from ..forecasting import Adjustment, apply_adjustments


class EnergyForecastAdjustment(models.Model):
    """What a person changes of a series' forecasts: how, when, who and why.

    It belongs to the series, not to one forecast: every new version of these days is
    adjusted the same way until its last day.
    """

    _name = "energy.forecast.adjustment"
    _description = "Adjustment of a Forecast"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    series_id = fields.Many2one(
        "energy.series",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
        tracking=True,
    )
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    method = fields.Selection(
        [("add", "Add"), ("multiply", "Multiply"), ("replace", "Replace")],
        default="add",
        required=True,
        tracking=True,
    )
    value = fields.Float(
        digits=(16, 4),
        required=True,
        tracking=True,
        help="kW to add or to take instead; a factor to multiply with.",
    )
    date_start = fields.Date(string="From", required=True, tracking=True)
    date_end = fields.Date(string="To", required=True, tracking=True)
    day_kind = fields.Selection(
        [
            ("all", "All days"),
            ("work", "Work days"),
            ("saturday", "Saturdays"),
            ("rest", "Sundays and holidays"),
            ("weekend", "Week-ends and holidays"),
        ],
        default="all",
        required=True,
        string="Days",
        tracking=True,
    )
    hour_start = fields.Float(string="From Hour", default=0.0, tracking=True)
    hour_end = fields.Float(
        string="To Hour",
        default=24.0,
        tracking=True,
        help="Not later than the first hour: over midnight.",
    )
    values = Array(
        string="Values by Interval (kW)",
        readonly=True,
        help="Of a curve that was drawn; empty where one value counts.",
    )
    is_drawn = fields.Boolean(compute="_compute_is_drawn", string="Drawn on the Chart")
    reason = fields.Char(required=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    active = fields.Boolean(default=True, tracking=True)

    _span = models.Constraint(
        "CHECK (date_start <= date_end AND hour_start >= 0 AND hour_start < 24"
        " AND hour_end > 0 AND hour_end <= 24)",
        "The first day comes after the last one, or the hours are not of a day.",
    )
    _factor = models.Constraint(
        "CHECK (method <> 'multiply' OR value >= 0)", "A factor cannot be negative."
    )

    @api.depends("series_id", "reason")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.series_id.name or ''}: {row.reason or ''}"

    @api.depends("values")
    def _compute_is_drawn(self):
        for row in self:
            row.is_drawn = bool(row.values)

    @api.model
    def _get_layers(self, series, first, last):
        """Adjustments in force: ``{series id: [Adjustment, …]}`` in their order."""
        found = defaultdict(list)
        rows = self.search(
            [
                ("series_id", "in", series.ids),
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ]
        )
        for row in rows:
            found[row.series_id.id].append(
                Adjustment(
                    row.method,
                    row.value,
                    row.date_start,
                    row.date_end,
                    row.day_kind,
                    row.hour_start,
                    row.hour_end,
                    row.values or None,
                )
            )
        return found

    @api.model
    def _apply(self, layers, values, first, holidays):
        """:return: (days, slots) kWh with the adjustments"""
        if not layers:
            return values
        return apply_adjustments(values, first, layers, holidays)

    @api.model
    def draw(self, forecast_id, series_id, day, values, reason):
        """Store a curve drawn on the chart as an adjustment of its day.

        :param values: kW of each wall-clock slot, None where nothing was drawn
        :param str reason: asked for
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the forecast is changed."))
        series = self.env["energy.series"].browse(series_id)
        slots = 1440 // series.area_id._get_minutes()
        if len(values) != slots:
            raise UserError(
                self.env._("A drawn day has %(count)s values.", count=slots)
            )
        row = self.create(
            {
                "series_id": series.id,
                "method": "replace",
                "value": 0,
                "date_start": day,
                "date_end": day,
                "reason": reason.strip(),
                "values": [np.nan if v is None else float(v) for v in values],
            }
        )
        forecast = self.env["energy.forecast"].browse(forecast_id)
        forecast.check_access("write")
        forecast._reapply()
        return row.id
