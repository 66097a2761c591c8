from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..fields import Array, SmallArray
from .energy_usage import QUALITY_LABELS


class EnergyInterval(models.Model):
    """The measured intervals of a point, one row for a local day and channel.

    `energy` holds kWh in the order of time: 24, 23 or 25 values an hour apart, 96, 92
    or 100 a quarter of an hour apart; NaN where none was delivered. Rows are loaded by
    ``energy.import.intervals``; a replaced row moves to ``energy.interval.history``.
    """

    _name = "energy.interval"
    _description = "Interval Day"
    _order = "day desc, point_id"
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
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        help="The customer of the point on the day.",
    )
    day = fields.Date(required=True, readonly=True)
    channel_id = fields.Many2one(
        "energy.register.kind",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    resolution = fields.Integer(
        string="Minutes", required=True, readonly=True, aggregator=None
    )
    total = fields.Float(
        string="Energy (kWh)",
        digits="Product Unit",
        readonly=True,
        help="Sum of the values that are there; incomplete days are not billed.",
    )
    peak = fields.Float(
        string="Peak (kW)",
        digits=(12, 3),
        readonly=True,
        aggregator="max",
        help="The highest mean power of an interval.",
    )
    missing_count = fields.Integer(string="Missing Values", readonly=True)
    energy = Array(string="Values (kWh)", readonly=True)
    quality = SmallArray(readonly=True)
    version = fields.Integer(default=1, required=True, readonly=True, aggregator=None)
    message_id = fields.Many2one(
        "energy.message",
        string="Source",
        readonly=True,
        ondelete="restrict",
    )
    values_html = fields.Html(compute="_compute_values_html", string="Values")
    history_ids = fields.One2many(
        "energy.interval.history", compute="_compute_history_ids", string="Versions"
    )

    # the key of a row; also serves "the days of these points from – to"
    _day_unique = models.UniqueIndex(
        "(point_id, day, channel_id)", "A day of a point and channel is stored once."
    )

    # rows of a message and of a month lie together: serve "what came with this
    # message" and "the days of all points" at a thousandth of a B-tree's size
    _message_idx = models.Index("USING brin (message_id)")
    _day_idx = models.Index("USING brin (day)")

    @api.depends("point_id", "day")
    def _compute_partner_id(self):
        for row in self:
            row.partner_id = row.point_id._get_customer_on(row.day)

    @api.depends("point_id", "day")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.point_id.code or ''} {row.day or ''}"

    def _compute_history_ids(self):
        History = self.env["energy.interval.history"]
        found = History.search(
            [("point_id", "in", self.point_id.ids), ("day", "in", self.mapped("day"))]
        )
        for row in self:
            row.history_ids = found.filtered(
                lambda old, row=row: (
                    (old.point_id, old.day, old.channel_id)
                    == (row.point_id, row.day, row.channel_id)
                )
            )

    def _compute_values_html(self):
        for row in self:
            row.values_html = row._render_values()

    def _get_times(self):
        """Local wall time at which each value of the day begins."""
        self.ensure_one()
        zone = ZoneInfo(self.point_id.network_id.tz or "UTC")
        begin = datetime.combine(self.day, time(), zone).astimezone(ZoneInfo("UTC"))
        step = timedelta(minutes=self.resolution)
        return [
            (begin + number * step).astimezone(zone)
            for number in range(len(self.energy))
        ]

    def _render_values(self):
        """The values as a table of an hour a row."""
        self.ensure_one()
        if not self.energy:
            return False
        labels = dict(self._get_quality_labels())
        per_hour = max(60 // self.resolution, 1)
        cells = []
        for number, (moment, value) in enumerate(
            zip(self._get_times(), self.energy, strict=True)
        ):
            quality = self.quality[number] if self.quality else 0
            if value != value:  # NaN
                text = Markup('<td class="text-danger">%s</td>') % self.env._("missing")
            else:
                title = labels[quality] if quality else ""
                css = "text-end fst-italic" if quality else "text-end"
                text = Markup('<td class="%s" title="%s">%.3f</td>') % (
                    css,
                    title,
                    value,
                )
            cells.append((moment, text))
        head = Markup("").join(
            Markup('<th class="text-end">%s</th>') % moment.strftime("+%M")
            for moment, _text in cells[:per_hour]
        )
        rows = [Markup("<tr><th/>%s</tr>") % head] + [
            Markup("<tr><th>%s</th>%s</tr>")
            % (
                cells[start][0].strftime("%H:%M"),
                Markup("").join(text for _moment, text in cells[start:][:per_hour]),
            )
            for start in range(0, len(cells), per_hour)
        ]
        return Markup(
            '<table class="table table-sm w-auto"><caption>%s</caption>%s</table>'
        ) % (format_date(self.env, self.day), Markup("").join(rows))

    def _get_quality_labels(self):
        labels = dict(
            self.env["energy.usage"]._fields["quality"]._description_selection(self.env)
        )
        return [
            (number, labels[code])
            for number, (code, _label) in enumerate(QUALITY_LABELS)
        ]

    @api.model
    def _upsert_from(self, table):
        """Take over the rows of a temporary table.

        A day that is new is inserted; one that differs replaces the stored row, which
        moves to the history; an equal one is left alone, and leaves the table.

        :param str table: with message_id, point_id, day, channel_id, resolution, total,
            peak, missing_count, energy and quality
        :return: rows of message id, point id, first and last changed day, number of
            new days and of replaced ones
        """
        self.check_access("create")
        self.flush_model()
        incoming = SQL.identifier(table)
        # each statement reads what it doesn't write: a plan made while a table is empty
        # would go through all it writes, again for each row
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM %s n USING energy_interval i
                 WHERE (i.point_id, i.day, i.channel_id)
                     = (n.point_id, n.day, n.channel_id)
                   AND (i.resolution, i.energy, i.quality)
                       IS NOT DISTINCT FROM (n.resolution, n.energy, n.quality)
                """,
                incoming,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO energy_interval_history (
                       point_id, company_id, day, channel_id, resolution, total, peak,
                       missing_count, energy, quality, version, message_id,
                       replaced_on, replaced_by_id)
                SELECT i.point_id, i.company_id, i.day, i.channel_id, i.resolution,
                       i.total, i.peak, i.missing_count, i.energy, i.quality,
                       i.version, i.message_id, now() AT TIME ZONE 'UTC', n.message_id
                  FROM energy_interval i
                  JOIN %s n USING (point_id, day, channel_id)
                """,
                incoming,
            )
        )
        found = self.env.execute_query(
            SQL(
                """
                WITH stored AS (
                    INSERT INTO energy_interval AS i (
                        point_id, company_id, day, channel_id, resolution, total, peak,
                        missing_count, energy, quality, version, message_id)
                    SELECT n.point_id, m.company_id, n.day, n.channel_id, n.resolution,
                           n.total, n.peak, n.missing_count, n.energy, n.quality,
                           1 + COALESCE((
                               SELECT max(h.version) FROM energy_interval_history h
                                WHERE (h.point_id, h.day, h.channel_id)
                                    = (n.point_id, n.day, n.channel_id)), 0),
                           n.message_id
                      FROM %s n
                      JOIN energy_message m ON m.id = n.message_id
                ON CONFLICT (point_id, day, channel_id) DO UPDATE
                       SET resolution = EXCLUDED.resolution, total = EXCLUDED.total,
                           peak = EXCLUDED.peak,
                           missing_count = EXCLUDED.missing_count,
                           energy = EXCLUDED.energy, quality = EXCLUDED.quality,
                           message_id = EXCLUDED.message_id, version = EXCLUDED.version
                 RETURNING message_id, point_id, day, version
                )
                SELECT message_id, point_id, min(day), max(day),
                       count(*) FILTER (WHERE version = 1),
                       count(*) FILTER (WHERE version > 1)
                  FROM stored
              GROUP BY message_id, point_id
                """,
                incoming,
            )
        )
        self.invalidate_model()
        return found

    @api.model
    def _withdraw(self, message, by_message):
        """Move the days that came with a message to the history.

        :param by_message: the message that takes them back
        :return: list of ``(point id, first day, last day)``
        """
        self.flush_model()
        found = self.env.execute_query(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM energy_interval WHERE message_id = %s
                 RETURNING point_id, company_id, day, channel_id, resolution, total,
                           peak, missing_count, energy, quality, version, message_id
                ), kept AS (
                    INSERT INTO energy_interval_history (
                        point_id, company_id, day, channel_id, resolution, total, peak,
                        missing_count, energy, quality, version, message_id,
                        replaced_on, replaced_by_id)
                    SELECT gone.*, now() AT TIME ZONE 'UTC', %s FROM gone
                )
                SELECT point_id, min(day), max(day) FROM gone GROUP BY point_id
                """,
                message.id,
                by_message.id,
            )
        )
        self.invalidate_model()
        return found
