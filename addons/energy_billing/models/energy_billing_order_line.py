from odoo import fields, models

from odoo.addons.billing_base.rating import to_decimal

from ..market.tables import ReadingRow
from .energy_usage import QUALITY_LABELS


class EnergyBillingOrderLine(models.Model):
    """One register of a billing order, as the message states it."""

    _name = "energy.billing.order.line"
    _description = "Billing Order Register"
    _order = "order_id, register_kind_id, date_start"
    _log_access = False
    _check_company_auto = True

    order_id = fields.Many2one(
        "energy.billing.order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    register_kind_id = fields.Many2one(
        "energy.register.kind", string="Register", readonly=True, ondelete="restrict"
    )
    register_code = fields.Char(required=True, readonly=True)
    meter_code = fields.Char(string="Meter", readonly=True)
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    reading_from = fields.Float(
        string="Opening Reading", digits=(18, 6), readonly=True, aggregator=None
    )
    reading_to = fields.Float(
        string="Closing Reading", digits=(18, 6), readonly=True, aggregator=None
    )
    # a message states a quantity; its readings may be left out
    has_readings = fields.Boolean(readonly=True)
    multiplier = fields.Float(digits=(12, 6), default=1.0, readonly=True)
    value = fields.Float(
        string="Quantity", digits="Product Unit", required=True, readonly=True
    )
    quality = fields.Selection(QUALITY_LABELS, required=True, readonly=True)
    row_number = fields.Integer(string="Row", readonly=True, aggregator=None)

    def _to_row(self):
        """The line as a parser hands out the registers of a table."""
        self.ensure_one()
        return ReadingRow(
            row=self.row_number,
            point=self.order_id.point_id.code,
            meter=self.meter_code or None,
            register=self.register_code,
            date_from=self.date_start,
            date_to=self.date_end,
            reading_from=to_decimal(self.reading_from) if self.has_readings else None,
            reading_to=to_decimal(self.reading_to) if self.has_readings else None,
            multiplier=to_decimal(self.multiplier or 1),
            quantity=to_decimal(self.value),
            quality=self.quality,
        )
