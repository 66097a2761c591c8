from odoo import api, fields, models

from ..fields import Array


class EnergyCurveDay(models.Model):
    """The values of a series on one local day, in versions."""

    _name = "energy.curve.day"
    _description = "Day of a Series"
    _order = "day desc, curve_id, version desc"
    _log_access = False
    _check_company_auto = True

    curve_id = fields.Many2one(
        "energy.curve",
        string="Series",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    resolution = fields.Integer(
        string="Minutes", required=True, readonly=True, aggregator=None
    )
    energy = Array(string="Values", readonly=True)
    average = fields.Float(digits="Billing Price", readonly=True, aggregator="avg")
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    is_current = fields.Boolean(string="Current", required=True, readonly=True)
    message_id = fields.Many2one(
        "energy.message",
        string="Source",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    values_text = fields.Text(string="Values of the Day", compute="_compute_values")

    # a day of a series is valid once; also serves "the days of these series"
    _one_current = models.UniqueIndex(
        "(curve_id, day) WHERE is_current", "The day of this series is known already."
    )
    _version_unique = models.UniqueIndex(
        "(curve_id, day, version)", "A version of a day is stored once."
    )

    @api.depends("curve_id", "day")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.curve_id.name or ''} {row.day or ''}"

    def _compute_values(self):
        for row in self:
            row.values_text = "\n".join(
                f"{number}: " + (f"{value:g}" if value == value else "–")
                for number, value in enumerate(row.energy or (), 1)
            )
