from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.energy_billing.fields import Array

from ..forecasting import losses, unfold
from .energy_series import MODEL_LABELS

REASONS = [
    ("short", "Too little history"),
    ("gaps", "Too many gaps in the last weeks"),
    ("unsound", "The model gave no plausible answer"),
    ("none", "No history and no expected quantity"),
]
LAYERS = ("energy", "low", "high", "adjusted", "losses", "direct")


class EnergyForecastDay(models.Model):
    """A forecast of a series for a local day: 23, 24 or 25 hours, or quarters.

    `energy` is what the model says (P50), `low` and `high` its band, `adjusted` with
    the manual layer: kWh in the order of time.
    """

    _name = "energy.forecast.day"
    _description = "Forecast Day"
    _order = "day, series_id"
    _log_access = False
    _check_company_auto = True

    forecast_id = fields.Many2one(
        "energy.forecast", required=True, readonly=True, ondelete="cascade"
    )
    series_id = fields.Many2one(
        "energy.series", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    resolution = fields.Integer(string="Minutes", readonly=True, aggregator=None)
    model = fields.Selection(
        [("sum", "Sum of the points"), *MODEL_LABELS, ("none", "None")], readonly=True
    )
    reason = fields.Selection(
        REASONS,
        string="Why Not the Chosen Model",
        readonly=True,
    )
    model_total = fields.Float(
        string="Model (kWh)", digits="Product Unit", readonly=True
    )
    total = fields.Float(
        string="Forecast (kWh)",
        digits="Product Unit",
        readonly=True,
        help="With the manual layer, without losses.",
    )
    low_total = fields.Float(string="P10 (kWh)", digits="Product Unit", readonly=True)
    high_total = fields.Float(string="P90 (kWh)", digits="Product Unit", readonly=True)
    loss_total = fields.Float(
        string="Losses (kWh)", digits="Product Unit", readonly=True
    )
    energy = Array(string="Model by Interval (kWh)", readonly=True)
    low = Array(readonly=True)
    high = Array(readonly=True)
    adjusted = Array(string="Forecast by Interval (kWh)", readonly=True)
    losses = Array(readonly=True)
    direct = Array(string="Second Opinion (kWh)", readonly=True)

    # the key of a row; also serves "this day of a forecast", which settlement reads
    _day_unique = models.UniqueIndex(
        "(forecast_id, day, series_id)", "A day of a forecast is stored once."
    )
    _day_idx = models.Index("USING brin (day)")

    @api.depends("series_id", "day")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.series_id.name or ''} {row.day or ''}"

    def action_view_chart(self):
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "energy_forecast.chart",
            "name": self.display_name,
            "params": {
                "series_id": self.series_id.id,
                "forecast_id": self.forecast_id.id,
            },
        }

    @api.model
    def _store(self, forecast, series, layers, models_, reasons):
        """Replace the stored days of series.

        :param layers: ``{key of LAYERS: (series, days, slots) kWh by wall clock}``
        """
        area = forecast.area_id
        zone, minutes = area.tz, area._get_minutes()
        rows = defaultdict(list)
        count = (forecast.date_end - forecast.date_start).days + 1
        for offset in range(count):
            day = forecast.date_start + timedelta(days=offset)
            real = {
                name: unfold(values[:, offset], zone, minutes, day).round(6)
                for name, values in layers.items()
                if values is not None
            }
            for number, one in enumerate(series):
                rows["series"].append(one.id)
                rows["day"].append(day)
                rows["model"].append(models_[number])
                rows["reason"].append(reasons[number] or None)
                for name in LAYERS:
                    rows[name].append(
                        as_text(real[name][number]) if name in real else None
                    )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO energy_forecast_day AS d (
                    forecast_id, company_id, resolution, series_id, day, model, reason,
                    energy, low, high, adjusted, losses, direct,
                    model_total, low_total, high_total, total, loss_total)
                SELECT %(forecast)s, %(company)s, %(minutes)s, v.*,
                       energy_sum(v.energy), energy_sum(v.low), energy_sum(v.high),
                       energy_sum(v.adjusted), energy_sum(v.losses)
                  FROM (SELECT s, day, m, r, e::float8[] AS energy, l::float8[] AS low,
                               h::float8[] AS high, a::float8[] AS adjusted,
                               o::float8[] AS losses, d::float8[] AS direct
                          FROM unnest(%(series)s::int4[], %(day)s::date[],
                                      %(model)s::text[], %(reason)s::text[],
                                      %(energy)s::text[], %(low)s::text[],
                                      %(high)s::text[], %(adjusted)s::text[],
                                      %(losses)s::text[], %(direct)s::text[])
                            AS t(s, day, m, r, e, l, h, a, o, d)) v
                ON CONFLICT (forecast_id, series_id, day) DO UPDATE SET
                    resolution = EXCLUDED.resolution, model = EXCLUDED.model,
                    reason = EXCLUDED.reason, energy = EXCLUDED.energy,
                    low = EXCLUDED.low, high = EXCLUDED.high,
                    adjusted = EXCLUDED.adjusted, losses = EXCLUDED.losses,
                    direct = EXCLUDED.direct, model_total = EXCLUDED.model_total,
                    low_total = EXCLUDED.low_total, high_total = EXCLUDED.high_total,
                    total = EXCLUDED.total, loss_total = EXCLUDED.loss_total
             RETURNING id
                """,
                forecast=forecast.id,
                company=forecast.company_id.id,
                minutes=minutes,
                **rows,
            )
        )
        self.invalidate_model()

    @api.model
    def _update_adjusted(self, forecast, series, values):
        """Store what the manual layer makes of a forecast; what the model said stays.

        :param values: (series, days, slots) kWh by wall clock
        """
        area = forecast.area_id
        rows = defaultdict(list)
        for number, one in enumerate(series):
            changed = values[number]
            lost = losses(changed, area.loss_percent)
            for offset in range(len(changed)):
                day = forecast.date_start + timedelta(days=offset)
                rows["series"].append(one.id)
                rows["day"].append(day)
                for name, part in (("adjusted", changed), ("losses", lost)):
                    real = unfold(part[offset], area.tz, area._get_minutes(), day)
                    rows[name].append(as_text(real.round(6)))
        self.env.execute_query(
            SQL(
                """
                UPDATE energy_forecast_day d
                   SET adjusted = v.a::float8[], losses = v.l::float8[],
                       total = energy_sum(v.a::float8[]),
                       loss_total = energy_sum(v.l::float8[])
                  FROM unnest(%(series)s::int4[], %(day)s::date[],
                              %(adjusted)s::text[], %(losses)s::text[])
                       AS v(s, day, a, l)
                 WHERE d.forecast_id = %(forecast)s AND d.series_id = v.s
                   AND d.day = v.day
             RETURNING d.id
                """,
                forecast=forecast.id,
                **rows,
            )
        )
        self.invalidate_model()

    @api.model
    def _get_series_ids(self, forecast, domain):
        """:return: ids of the series that have stored days, in their order"""
        found = self._read_group(
            Domain("forecast_id", "=", forecast.id) & Domain(domain),
            ["series_id"],
            order="series_id:min",
        )
        return [series.id for (series,) in found]

    @api.model
    def _load(self, forecast, domain, layer="adjusted"):
        """Stored days as arrays by wall clock.

        :param domain: which of the forecast's rows
        :param layer: one of LAYERS
        :return: ``{series id: (days, slots) kWh by wall clock}``; NaN for a day that
            is not there
        """
        area, first = forecast.area_id, forecast.date_start
        self.flush_model()
        ids = self._get_series_ids(forecast, domain)
        query = self._search(Domain("forecast_id", "=", forecast.id) & Domain(domain))
        column = SQL.identifier("energy_forecast_day", layer)
        query.add_where(SQL("%s IS NOT NULL", column))
        rows = query.select(
            SQL("energy_forecast_day.series_id"),
            SQL("energy_forecast_day.day"),
            SQL("energy_forecast_day.resolution"),
            column,
        )
        values = self.env["energy.history"]._copy(
            SQL("COPY (%s) TO STDOUT (FORMAT binary)", rows),
            ids,
            first,
            (forecast.date_end - first).days + 1,
            area._get_minutes(),
            area.tz,
        )
        return dict(zip(ids, values, strict=True))

    def init(self):
        """The sum of an array; missing values count as nothing."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION energy_sum(energy float8[])
                RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                    SELECT COALESCE(sum(x) FILTER (WHERE x <> 'NaN'), 0)
                      FROM unnest(energy) x
                $$
                """
            )
        )


def as_text(values):
    """A row of floats as the text of a Postgres array."""
    texts = ("NaN" if value != value else repr(value) for value in values.tolist())
    return "{" + ",".join(texts) + "}"
