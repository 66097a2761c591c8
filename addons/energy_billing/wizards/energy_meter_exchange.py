from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class EnergyMeterExchange(models.TransientModel):
    """One meter goes, another comes: both are read on that day."""

    _name = "energy.meter.exchange"
    _description = "Meter Exchange"

    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", required=True
    )
    date = fields.Date(
        string="Last Day of the Old Meter",
        required=True,
        default=fields.Date.context_today,
        help="The readings are those of the exchange; the new meter counts from the "
        "next day.",
    )
    old_installation_id = fields.Many2one(
        "energy.installation", compute="_compute_old_installation_id"
    )
    old_meter_id = fields.Many2one(related="old_installation_id.meter_id")
    code = fields.Char(string="Number of the New Meter", required=True)
    multiplier = fields.Float(digits=(12, 6), default=1.0, required=True)
    line_ids = fields.One2many(
        "energy.meter.exchange.line",
        "exchange_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        string="Registers",
    )

    @api.depends("point_id", "date")
    def _compute_old_installation_id(self):
        for exchange in self:
            day = exchange.date
            exchange.old_installation_id = exchange.point_id.installation_ids.filtered(
                lambda i, day=day: (
                    day
                    and not i.is_sub_meter
                    and i.date_start <= day
                    and (not i.date_end or i.date_end >= day)
                )
            )[:1]

    @api.depends("old_installation_id")
    def _compute_line_ids(self):
        for exchange in self:
            registers = exchange.old_installation_id.meter_id.register_ids
            exchange.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "kind_id": register.kind_id.id,
                            "register_id": register.id,
                            "digits": register.digits,
                        }
                    )
                    for register in registers
                ),
            ]

    def action_exchange(self):
        """End the old installation, enter the new meter, and read both."""
        self.ensure_one()
        old = self.old_installation_id
        if not old:
            raise UserError(
                self.env._(
                    "No meter is installed at %(point)s on %(day)s. Enter the new "
                    "meter's installation at the point.",
                    point=self.point_id.code,
                    day=self.date,
                )
            )
        last = old.date_end
        old.date_end = self.date
        old.flush_recordset()
        meter = self._get_new_meter()
        self.env["energy.installation"].create(
            {
                "point_id": self.point_id.id,
                "meter_id": meter.id,
                "date_start": fields.Date.add(self.date, days=1),
                "date_end": last,
                "multiplier": self.multiplier,
            }
        )
        by_kind = {register.kind_id: register for register in meter.register_ids}
        readings = [
            (line.register_id, line.closing)
            for line in self.line_ids
            if line.register_id
        ] + [
            (by_kind[line.kind_id], line.opening)
            for line in self.line_ids
            if line.kind_id in by_kind
        ]
        self.env["energy.reading"].create(
            [
                {
                    "register_id": register.id,
                    "point_id": self.point_id.id,
                    "date": self.date,
                    "value": value,
                }
                for register, value in readings
            ]
        )
        self.point_id.message_post(
            body=self.env._(
                "Meter %(old)s was exchanged for %(new)s after %(day)s.",
                old=old.meter_id.code,
                new=meter.code,
                day=self.date,
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _get_new_meter(self):
        Meter = self.env["energy.meter"]
        known = Meter.search(
            [
                ("code", "=", self.code),
                ("commodity", "=", self.point_id.commodity),
                ("company_id", "=", self.point_id.company_id.id),
            ]
        )
        return known or Meter.create(
            {
                "code": self.code,
                "commodity": self.point_id.commodity,
                "company_id": self.point_id.company_id.id,
                "register_ids": [
                    Command.create({"kind_id": line.kind_id.id, "digits": line.digits})
                    for line in self.line_ids
                ],
            }
        )


class EnergyMeterExchangeLine(models.TransientModel):
    """Closing and opening reading of one register."""

    _name = "energy.meter.exchange.line"
    _description = "Register at a Meter Exchange"

    exchange_id = fields.Many2one(
        "energy.meter.exchange", required=True, ondelete="cascade"
    )
    register_id = fields.Many2one("energy.register", string="Old Register")
    kind_id = fields.Many2one("energy.register.kind", string="Counts", required=True)
    digits = fields.Integer(default=6)
    closing = fields.Float(string="Closing Reading", digits=(18, 6))
    opening = fields.Float(string="Opening Reading", digits=(18, 6))
