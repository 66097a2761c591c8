from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..bulk import as_decimal, as_table, names
from .energy_usage import QUALITY_LABELS

COLUMNS = {
    "register_id": "int",
    "meter_id": "int",
    "company_id": "int",
    "point_id": "int",
    "date": "date",
    "value": "number",
    "quality": "text",
    "message_id": "int",
    "version": "int",
}


class EnergyReading(models.Model):
    """The state of a register at the end of a day, in versions."""

    _name = "energy.reading"
    _description = "Reading"
    _order = "date desc, register_id, version desc"
    _check_company_auto = True

    register_id = fields.Many2one(
        "energy.register",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    meter_id = fields.Many2one(related="register_id.meter_id", store=True, index=True)
    company_id = fields.Many2one(
        related="register_id.company_id", store=True, index=True
    )
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        compute="_compute_point_id",
        store=True,
        readonly=False,
        index=True,
        check_company=True,
    )
    date = fields.Date(
        required=True, help="The reading is the state at the end of this day."
    )
    value = fields.Float(
        string="Reading", digits=(18, 6), required=True, aggregator=None
    )
    quality = fields.Selection(QUALITY_LABELS, default="manual", required=True)
    version = fields.Integer(
        default=1, required=True, readonly=True, copy=False, aggregator=None
    )
    is_current = fields.Boolean(
        string="Current", default=True, required=True, readonly=True, copy=False
    )
    message_id = fields.Many2one(
        "energy.message",
        string="Source",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # also serves "the current readings of these registers"
    _one_current = models.UniqueIndex(
        "(register_id, date) WHERE is_current",
        "The register already has a current reading of this day.",
    )
    _value_positive = models.Constraint(
        "CHECK (value >= 0)", "A reading cannot be negative."
    )

    @api.depends("register_id", "date")
    def _compute_point_id(self):
        """The point where the meter is on that day or, for its opening reading, from
        the next day on."""
        for reading in self:
            day = reading.date
            found = reading.meter_id.installation_ids.filtered(
                lambda i, day=day: (
                    day
                    and i.date_start <= fields.Date.add(day, days=1)
                    and (not i.date_end or i.date_end >= day)
                )
            ).sorted("date_start")
            reading.point_id = found[:1].point_id or reading.point_id

    @api.depends("register_id", "date")
    def _compute_display_name(self):
        for reading in self:
            reading.display_name = f"{reading.register_id.display_name} {reading.date}"

    @api.model_create_multi
    def create(self, vals_list):
        """A reading entered by hand becomes the next version of its day."""
        rows = [
            {
                "register_id": vals.get("register_id"),
                "date": fields.Date.to_date(vals.get("date")),
                "value": None,
            }
            for vals in vals_list
        ]
        _fresh, retired = self._plan(rows)
        self._retire(retired)
        return super().create(
            [
                {**vals, "version": row["version"], "is_current": True}
                for vals, row in zip(vals_list, rows, strict=True)
            ]
        )

    def write(self, vals):
        if not vals.keys() <= {"is_current", "point_id", "meter_id", "company_id"}:
            raise UserError(
                self.env._(
                    "A reading is never overwritten. Enter the corrected reading of "
                    "the day as a new one: it becomes the next version."
                )
            )
        return super().write(vals)

    @api.model
    def _plan(self, rows):
        """Compare new readings with the current ones; sets ``version`` in the rows.

        :param list rows: dictionaries with the keys of COLUMNS, once for each
            register and day
        :return: ``(rows to insert, ids of readings no longer current)``
        """
        current = self._get_current(
            [row["register_id"] for row in rows], [row["date"] for row in rows]
        )
        fresh, retired = [], []
        for row in rows:
            old = current.get((row["register_id"], row["date"]))
            if old and old["value"] == row["value"] and not old["told_by_id"]:
                continue
            row["version"] = old["version"] + 1 if old else 1
            fresh.append(row)
            if old:
                retired.append(old["id"])
        return fresh, retired

    @api.model
    def _get_current(self, register_ids, dates):
        """Current readings of registers on days.

        :return: ``{(register id, date): {"id", "value", "version", …}}``
        """
        if not register_ids:
            return {}
        self.flush_model()
        return {
            (row["register_id"], row["date"]): row | {"value": as_decimal(row["value"])}
            for row in self.env.execute_query_dict(
                SQL(
                    """
                    SELECT id, register_id, date, value::text, version, told_by_id
                      FROM energy_reading
                     WHERE is_current AND register_id = ANY(%s) AND date = ANY(%s)
                    """,
                    list(set(register_ids)),
                    list(set(dates)),
                )
            )
        }

    @api.model
    def _get_last_before(self, asked):
        """The last current reading of each register before a day.

        What customers told is left out: no usage begins with it.

        :param list asked: ``[(register id, day), …]``
        :return: ``{(register id, day): (date, value)}``
        """
        if not asked:
            return {}
        self.flush_model()
        rows = [{"register_id": register, "day": day} for register, day in asked]
        return {
            (register, day): (date, as_decimal(value))
            for register, day, date, value in self.env.execute_query(
                SQL(
                    """
                    SELECT asked.register_id, asked.day, last.date, last.value::text
                      FROM %s
                CROSS JOIN LATERAL (
                           SELECT r.date, r.value
                             FROM energy_reading r
                            WHERE r.register_id = asked.register_id
                              AND r.date < asked.day AND r.is_current
                              AND r.told_by_id IS NULL
                         ORDER BY r.date DESC
                            LIMIT 1) last
                    """,
                    as_table("asked", {"register_id": "int", "day": "date"}, rows),
                )
            )
        }

    @api.model
    def _apply(self, fresh, retired):
        """Store new readings; the replaced ones stay as older versions."""
        self.check_access("create")
        self._retire(retired)
        if fresh:
            columns = names(COLUMNS)
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO energy_reading (%s, is_current, create_uid, create_date,
                                                write_uid, write_date)
                    SELECT %s, TRUE, %s, now() AT TIME ZONE 'UTC',
                           %s, now() AT TIME ZONE 'UTC'
                      FROM %s
                    """,
                    columns,
                    columns,
                    self.env.uid,
                    self.env.uid,
                    as_table("fresh", COLUMNS, fresh),
                )
            )
        self.invalidate_model()

    @api.model
    def _retire(self, reading_ids):
        self.browse(reading_ids).write({"is_current": False})
        self.flush_model(["is_current"])
