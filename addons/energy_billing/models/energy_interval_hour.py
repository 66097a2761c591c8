from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

MAX_VALUES = 100
"""Quarter hours of the longest day."""


class EnergyIntervalHour(models.Model):
    """Measured energy by the hour, of whatever resolution it was delivered in."""

    _name = "energy.interval.hour"
    _description = "Measured Hour"
    _auto = False
    _order = "hour desc, point_id"

    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", readonly=True
    )
    network_id = fields.Many2one("energy.network", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("energy.register.kind", readonly=True)
    day = fields.Date(readonly=True)
    hour = fields.Datetime(readonly=True, help="When the hour begins.")
    hour_of_day = fields.Integer(
        readonly=True,
        aggregator=None,
        help="From 0; the day of clock change in autumn has 25.",
    )
    energy = fields.Float(string="Energy (kWh)", digits="Product Unit", readonly=True)

    @api.depends("point_id", "hour")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.point_id.code or ''} {row.hour or ''}"

    @property
    def _table_query(self):
        self.env["energy.interval"].flush_model()
        return SQL(
            """
            SELECT i.id::bigint * 32 + h.number AS id, i.point_id, p.network_id,
                   i.company_id, i.channel_id, i.day, h.number AS hour_of_day,
                   (i.day::timestamp AT TIME ZONE COALESCE(n.tz, 'UTC')
                    + h.number * interval '1 hour') AT TIME ZONE 'UTC' AS hour,
                   h.energy_sum AS energy
              FROM energy_interval i
              JOIN energy_metering_point p ON p.id = i.point_id
         LEFT JOIN energy_network n ON n.id = p.network_id
        CROSS JOIN LATERAL energy_hours(i.energy, i.resolution) AS h
            """
        )

    def init(self):
        """The function that sums the values of a day by hours.

        Hours are those of elapsed time since local midnight, so a day of clock change
        has 23 or 25; missing values count as nothing.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION energy_hours(
                    energy float8[], resolution int,
                    OUT number int, OUT energy_sum float8)
                RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                    SELECT ((position - 1) * resolution / 60)::int,
                           sum(value) FILTER (WHERE value <> 'NaN')
                      FROM unnest(energy) WITH ORDINALITY AS t(value, position)
                  GROUP BY 1
                $$
                """
            )
        )

    @api.model
    def _sum_portfolio(self, points, first, last):
        """Hourly sums of many points: active energy drawn from the network.

        Days are added value by value, in a quarter of the time of unnesting them.

        :return: ``[(day, hour of the day from 0, kWh), …]``; missing values count as
            nothing
        """
        self.check_access("read")
        self.env["energy.interval"].flush_model()
        kinds = (
            self.env["energy.register.kind"]
            .with_context(active_test=False)
            .search(
                [
                    (
                        "quantity_type_id",
                        "=",
                        self.env.ref("energy_billing.quantity_type_energy").id,
                    )
                ]
            )
        )
        where = SQL(
            "point_id = ANY(%s) AND channel_id = ANY(%s) AND day BETWEEN %s AND %s",
            points.ids,
            kinds.ids,
            first,
            last,
        )
        hours = defaultdict(float)
        # most days are complete, and need not be asked for NaN
        for complete, summed in (
            (SQL("missing_count = 0"), "sum(energy[%s])"),
            (SQL("missing_count > 0"), "sum(NULLIF(energy[%s], 'NaN'))"),
        ):
            positions = range(1, MAX_VALUES + 1)
            for day, minutes, slots, *values in self.env.execute_query(
                SQL(
                    """
                    SELECT day, resolution, max(cardinality(energy)), %s
                      FROM energy_interval
                     WHERE %s AND %s
                  GROUP BY day, resolution
                    """,
                    SQL(", ").join(SQL(summed, position) for position in positions),
                    complete,
                    where,
                )
            ):
                for position, total in enumerate(values[:slots]):
                    hours[day, position * minutes // 60] += total or 0.0
        return [(*key, round(energy, 6)) for key, energy in sorted(hours.items())]
