from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.billing_base.rating import round_quantity, to_decimal


class EnergyOccupantChangeLine(models.TransientModel):
    """A register read at the handover."""

    _name = "energy.occupant.change.line"
    _description = "Handover Reading"

    change_id = fields.Many2one(
        "energy.occupant.change", required=True, ondelete="cascade"
    )
    register_id = fields.Many2one("energy.register", required=True)
    last_date = fields.Date(string="Last Read On", compute="_compute_quantity")
    last_value = fields.Float(
        string="Last Reading", digits=(18, 6), compute="_compute_quantity"
    )
    value = fields.Float(string="Handover Reading", digits=(18, 6))
    is_read = fields.Boolean(
        string="Read", default=True, help="Not read: the quantity comes later."
    )
    has_quantity = fields.Boolean(compute="_compute_quantity")
    quantity = fields.Float(digits="Product Unit", compute="_compute_quantity")

    @api.depends("register_id", "value", "is_read", "change_id.date")
    def _compute_quantity(self):
        asked = [
            (line.register_id.id, line.change_id.date)
            for line in self
            if line.register_id and line.change_id.date
        ]
        last = self.env["energy.reading"]._get_last_before(asked)
        for line in self:
            day, value = last.get(
                (line.register_id.id, line.change_id.date), (False, None)
            )
            line.last_date = day
            line.last_value = float(value or 0)
            line.has_quantity = bool(day and line.is_read)
            line.quantity = 0.0
            if line.has_quantity:
                factor = line.change_id._get_installation().multiplier
                difference = to_decimal(line.value) - value
                line.quantity = float(
                    round_quantity(difference * to_decimal(factor or 1))
                )

    def _get_problem(self):
        if self.is_read and self.has_quantity and self.quantity < 0:
            return self.env._(
                "Register %(register)s: the handover reading %(value)s is below the "
                "last one, %(last)s of %(day)s. Correct it, or untick “Read” and enter "
                "the quantity as usage.",
                register=self.register_id.display_name,
                value=f"{self.value:g}",
                last=f"{self.last_value:g}",
                day=format_date(self.env, self.last_date),
            )
        return None

    def _store(self):
        """Handover readings, and the usage since the last reading of each."""
        read = self.filtered("is_read")
        point = self.change_id.point_id
        # usage first: the handover reading is the last one as soon as it is stored
        self.env["energy.usage"].create(
            [
                {
                    "point_id": point.id,
                    "quantity_type_id": line.register_id.kind_id.quantity_type_id.id,
                    "register_id": line.register_id.id,
                    "meter_code": line.register_id.meter_id.code,
                    "date_start": line.last_date + timedelta(days=1),
                    "date_end": line.change_id.date,
                    "value": line.quantity,
                    "reading_from": line.last_value,
                    "reading_to": line.value,
                    "multiplier": line.change_id._get_installation().multiplier,
                    "quality": "manual",
                }
                for line in read
                if line.has_quantity
            ]
        )
        self.env["energy.reading"].create(
            [
                {
                    "register_id": line.register_id.id,
                    "point_id": point.id,
                    "date": line.change_id.date,
                    "value": line.value,
                }
                for line in read
            ]
        )
