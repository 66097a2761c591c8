from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..bulk import as_table, names

COLUMNS = {
    "row_number": "int",
    "point_code": "text",
    "status": "text",
    "date_start": "date",
    "date_end": "date",
    "customer": "text",
    "company_number": "text",
    "street": "text",
    "zip": "text",
    "city": "text",
    "voltage": "text",
    "capacity_kw": "number",
    "measurement": "text",
    "load_profile": "text",
    "annual_quantity": "number",
    "reason": "text",
}
"""Columns of a row as it is stored, with keys of ``bulk.ARRAYS``."""
BLOCK = 5_000


class EnergyConfirmation(models.Model):
    """What a distributor confirmed of a point: it comes, changes, leaves, is refused.

    The rows of a message are kept as they came; the last one of a point is current.
    Customers and points are made from them elsewhere.
    """

    _name = "energy.confirmation"
    _description = "Confirmation of a Metering Point"
    _order = "message_id desc, row_number"
    _rec_name = "point_code"
    _log_access = False
    _check_company_auto = True

    message_id = fields.Many2one(
        "energy.message", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    commodity = fields.Char(required=True, readonly=True)
    network_id = fields.Many2one(
        "energy.network", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    row_number = fields.Integer(string="Row", readonly=True, aggregator=None)
    point_code = fields.Char(string="Code", required=True, readonly=True)
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        compute="_compute_point_id",
        search="_search_point_id",
        help="Empty: not entered yet.",
    )
    status = fields.Selection(
        [
            ("listed", "Listed"),
            ("new", "New"),
            ("changed", "Changed"),
            ("leaving", "Leaving"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        help="Listed: the file does not tell new points from others.",
    )
    date_start = fields.Date(string="Supplied From", readonly=True)
    date_end = fields.Date(string="Supplied To", readonly=True)
    customer = fields.Char(readonly=True)
    company_number = fields.Char(readonly=True)
    street = fields.Char(readonly=True)
    zip = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    voltage = fields.Char(string="Voltage Level", readonly=True)
    capacity_kw = fields.Float(string="Capacity (kW)", digits=(12, 3), readonly=True)
    measurement = fields.Char(readonly=True)
    load_profile = fields.Char(readonly=True)
    annual_quantity = fields.Float(
        string="Yearly Quantity (kWh)", digits="Product Unit", readonly=True
    )
    reason = fields.Char(readonly=True)
    is_current = fields.Boolean(
        string="Current",
        readonly=True,
        help="Nothing was confirmed of the point after it.",
    )

    # what is said last of a point; also serves "the confirmation of these points"
    _current_unique = models.UniqueIndex(
        "(company_id, commodity, point_code) WHERE is_current",
        "One confirmation of a point is the current one.",
    )
    _message_unique = models.UniqueIndex(
        "(message_id, point_code)", "A point is confirmed once in a file."
    )

    @api.depends("point_code", "commodity", "company_id")
    def _compute_point_id(self):
        found = self.env["energy.metering.point"].search_fetch(
            [("code", "in", self.mapped("point_code"))],
            ["code", "commodity", "company_id"],
        )
        points = {(p.company_id, p.commodity, p.code): p for p in found}
        for row in self:
            row.point_id = points.get((row.company_id, row.commodity, row.point_code))

    def _search_point_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        if point_ids := [point_id for point_id in value if point_id]:
            entered = self._get_entered(SQL("p.id = ANY(%s)", point_ids))
            domain |= Domain("id", "in", entered)
        if False in value:
            domain |= ~Domain("id", "in", self._get_entered(SQL("TRUE")))
        return domain

    @api.model
    def _get_entered(self, condition):
        """A query of confirmations whose points are entered.

        :param SQL condition: on the points, called p
        """
        self.flush_model(["point_code", "company_id", "commodity"])
        self.env["energy.metering.point"].flush_model(
            ["code", "company_id", "commodity"]
        )
        return SQL(
            """(
            SELECT c.id FROM energy_confirmation c
              JOIN energy_metering_point p ON p.code = c.point_code
               AND p.company_id = c.company_id AND p.commodity = c.commodity
             WHERE %s)
            """,
            condition,
        )

    @api.model
    def _store(self, message, rows):
        """Keep the rows of a message; they become the current ones of their points.

        :param list rows: dictionaries by the keys of COLUMNS
        :return: number of points that were never confirmed before
        """
        message.check_access("write")
        self.flush_model()
        profile = message.profile_id
        columns = {
            "message_id": message.id,
            "company_id": message.company_id.id,
            "commodity": profile.commodity,
            "network_id": profile.network_id.id or None,
            "is_current": True,
        }
        before = 0
        for start in range(0, len(rows), BLOCK):
            table = as_table("v", COLUMNS, rows[start : start + BLOCK])
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE energy_confirmation c SET is_current = FALSE FROM %s
                     WHERE c.point_code = v.point_code AND c.is_current
                       AND c.company_id = %s AND c.commodity = %s
                    """,
                    table,
                    message.company_id.id,
                    profile.commodity,
                )
            )
            before += self.env.cr.rowcount
            self.env.cr.execute(
                SQL(
                    "INSERT INTO energy_confirmation (%s, %s) SELECT %s, v.* FROM %s",
                    names(columns),
                    names(COLUMNS),
                    SQL(", ").join(SQL("%s", value) for value in columns.values()),
                    table,
                )
            )
        self.invalidate_model()
        return len(rows) - before
