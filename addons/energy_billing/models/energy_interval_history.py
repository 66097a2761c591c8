from odoo import fields, models

from ..fields import Array, SmallArray


class EnergyIntervalHistory(models.Model):
    """A row of intervals that a later message replaced."""

    _name = "energy.interval.history"
    _description = "Replaced Interval Day"
    _order = "day desc, point_id, version desc"
    _log_access = False
    _check_company_auto = True

    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    day = fields.Date(required=True, readonly=True)
    channel_id = fields.Many2one(
        "energy.register.kind",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    resolution = fields.Integer(string="Minutes", readonly=True, aggregator=None)
    total = fields.Float(string="Energy (kWh)", digits="Product Unit", readonly=True)
    peak = fields.Float(
        string="Peak (kW)", digits=(12, 3), readonly=True, aggregator="max"
    )
    missing_count = fields.Integer(string="Missing Values", readonly=True)
    energy = Array(string="Values (kWh)", readonly=True)
    quality = SmallArray(readonly=True)
    version = fields.Integer(readonly=True, aggregator=None)
    message_id = fields.Many2one(
        "energy.message",
        string="Source",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    replaced_on = fields.Datetime(readonly=True)
    replaced_by_id = fields.Many2one(
        "energy.message",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    # serves "the earlier versions of this day"
    _day_version_unique = models.UniqueIndex(
        "(point_id, day, channel_id, version)",
        "A version of a day is stored once.",
    )
