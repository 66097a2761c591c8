from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.energy_billing.fields import Array

MODEL_LABELS = [
    ("ridge", "Regression"),
    ("ridge_log", "Regression of logarithms"),
    ("lags", "Regression of fixed lags"),
    ("lags_log", "Regression of logarithms of fixed lags"),
    ("blend", "Regression with its logarithm"),
    ("both", "Both regressions"),
    ("three", "Both regressions with fixed lags of logarithms"),
    ("steady", "Regression and four-week mean"),
    ("four_weeks", "Mean of four weeks"),
    ("last_week", "Last week"),
    ("mean_day", "Mean of days of the kind"),
    ("profile", "Load profile"),
    ("mstl_ets", "MSTL with ETS (slow)"),
    ("components", "Unobserved components (slow)"),
]
DIRECT = ("group", "customer", "portfolio")


class EnergySeries(models.Model):
    """Energy that is forecast: of a point, a customer, a group or the portfolio."""

    _name = "energy.series"
    _description = "Energy Series"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "energy.market.area.mixin",
    ]
    _order = "kind desc, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("point", "Metering point"),
            ("customer", "Customer"),
            ("group", "Group"),
            ("portfolio", "Portfolio"),
        ],
        default="group",
        required=True,
        index=True,
    )
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    grouping = fields.Selection(
        [
            ("hand", "Chosen points"),
            ("filter", "Filter"),
            ("network", "Network area"),
            ("contract", "Kind of agreement"),
        ],
        string="Grouped By",
        default="hand",
    )
    point_ids = fields.Many2many(
        "energy.metering.point", string="Metering Points", check_company=True
    )
    domain = fields.Char(string="Filter", default="[]")
    network_id = fields.Many2one(
        "energy.network", check_company=True, index="btree_not_null"
    )
    agreement_type_id = fields.Many2one(
        "billing.agreement.type", string="Kind of Agreement", check_company=True
    )
    point_count = fields.Integer(compute="_compute_point_count", string="Points")
    model = fields.Selection(
        [("auto", "Best in the backtest"), *MODEL_LABELS],
        default="auto",
        required=True,
        tracking=True,
        help="Slow models take about a second a day; choose them for single series.",
    )
    chosen_model = fields.Selection(
        MODEL_LABELS, readonly=True, string="Model in Use", copy=False
    )
    tested_on = fields.Date(string="Backtested On", readonly=True, copy=False)
    wape = fields.Float(
        string="Error (%)",
        digits=(12, 2),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Sum of absolute errors in the backtest, in percent of the energy.",
    )
    coverage = fields.Float(
        string="Band Holds (%)",
        digits=(12, 1),
        readonly=True,
        copy=False,
        aggregator=None,
        help="How often the backtest's values lay between P10 and P90; 80 is meant.",
    )
    leaderboard = fields.Json(readonly=True, copy=False, string="Backtest Errors")
    leaderboard_html = fields.Html(
        compute="_compute_leaderboard_html", string="Leaderboard"
    )
    band_low = Array(readonly=True, copy=False)
    band_high = Array(readonly=True, copy=False)
    annual_quantity = fields.Float(
        string="Expected Quantity (kWh a Year)",
        digits="Product Unit",
        help="With the load profile it stands in where there is no history.",
    )
    curve_id = fields.Many2one(
        "energy.curve",
        string="Load Profile",
        check_company=True,
        domain="[('kind', '=', 'profile')]",
    )
    weather_id = fields.Many2one(
        "energy.weather",
        check_company=True,
        help="Empty: that of the market area.",
    )
    cleaning_ids = fields.One2many("energy.series.cleaning", "series_id")
    shutdown_ids = fields.One2many("energy.series.shutdown", "series_id")
    adjustment_ids = fields.One2many("energy.forecast.adjustment", "series_id")
    active = fields.Boolean(default=True)

    # one series a point; also serves "the series of these points"
    _point_unique = models.UniqueIndex(
        "(area_id, point_id) WHERE kind = 'point'",
        "The metering point has a series already.",
    )
    _portfolio_unique = models.UniqueIndex(
        "(area_id) WHERE kind = 'portfolio' AND active",
        "The market area has a portfolio already.",
    )
    _what = models.Constraint(
        "CHECK ((kind <> 'point' OR point_id IS NOT NULL)"
        " AND (kind <> 'customer' OR partner_id IS NOT NULL)"
        " AND (grouping <> 'network' OR kind <> 'group' OR network_id IS NOT NULL))",
        "Choose the metering point, the customer or the network of the series.",
    )
    _quantity = models.Constraint(
        "CHECK (annual_quantity >= 0)", "The expected quantity cannot be negative."
    )

    @api.constrains("domain", "grouping")
    def _check_domain(self):
        Point = self.env["energy.metering.point"]
        for series in self.filtered(lambda s: s.grouping == "filter"):
            try:
                Point.search(series._get_domain(), limit=1)
            except (ValueError, SyntaxError, KeyError) as error:
                raise ValidationError(
                    self.env._(
                        "The filter of %(series)s cannot be used: choose its "
                        "conditions again.",
                        series=series.name,
                    )
                ) from error

    def _get_domain(self):
        return Domain(literal_eval(self.domain or "[]"))

    def _get_points(self):
        """Metering points whose energy the series is."""
        self.ensure_one()
        if self.kind == "point":
            return self.point_id
        own = Domain("company_id", "=", self.company_id.id) & Domain(
            "commodity", "=", "electricity"
        )
        if self.kind == "customer":
            own &= Domain("agreement_ids.partner_id", "child_of", self.partner_id.id)
        elif self.kind == "group":
            own &= {
                "hand": Domain("id", "in", self.point_ids.ids),
                "filter": self._get_domain(),
                "network": Domain("network_id", "=", self.network_id.id),
                "contract": Domain(
                    "agreement_ids.type_id", "=", self.agreement_type_id.id
                ),
            }[self.grouping or "hand"]
        else:
            own &= Domain("id", "in", self._get_portfolio_ids())
        return self.env["energy.metering.point"].search(own)

    def _get_portfolio_ids(self):
        """Points of the area's series, else all that are measured by intervals."""
        found = self.search(
            [("area_id", "=", self.area_id.id), ("kind", "=", "point")]
        ).point_id.ids
        return (
            found
            or self.env["energy.metering.point"]
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("measurement", "=", "interval"),
                ]
            )
            .ids
        )

    @api.depends("kind", "point_id", "point_ids", "domain", "network_id")
    def _compute_point_count(self):
        for series in self:
            series.point_count = len(series._get_points()) if series.area_id else 0

    @api.depends("leaderboard")
    def _compute_leaderboard_html(self):
        labels = dict(self._fields["chosen_model"]._description_selection(self.env))
        for series in self:
            rows = sorted((series.leaderboard or {}).items(), key=lambda row: row[1])
            series.leaderboard_html = (
                self.env["ir.qweb"]._render(
                    "energy_forecast.leaderboard",
                    {
                        "rows": [(labels[code], wape) for code, wape in rows],
                        "chosen": labels.get(series.chosen_model),
                    },
                )
                if rows
                else False
            )

    def unlink(self):
        self.env.cr.execute(
            SQL(
                "UPDATE energy_imbalance SET series_id = NULL"
                " WHERE series_id = ANY(%s)",
                self.ids,
            )
        )
        self.env["energy.imbalance"].invalidate_model()
        return super().unlink()

    def _get_model(self):
        """The model to forecast with."""
        return self.chosen_model or "ridge" if self.model == "auto" else self.model

    @api.model
    def _create_point_series(self, area, points):
        """A series for each point that has none; returns those of all points."""
        known = self.with_context(active_test=False).search(
            [
                ("area_id", "=", area.id),
                ("kind", "=", "point"),
                ("point_id", "in", points.ids),
            ]
        )
        missing = points - known.point_id
        return known | self.with_context(
            tracking_disable=True, mail_create_nolog=True
        ).create(
            [
                {
                    "name": point.code,
                    "area_id": area.id,
                    "kind": "point",
                    "point_id": point.id,
                }
                for point in missing
            ]
        )

    def action_make_point_series(self):
        """Series of the points of these groups, which a bottom-up forecast needs."""
        for series in self:
            self._create_point_series(series.area_id, series._get_points())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_series_action"
        )
        action["context"] = {"search_default_points": 1}
        return action

    def action_backtest(self):
        """Test the models on the last eight weeks and choose the best."""
        today = fields.Date.context_today(self)
        for area, group in self.grouped("area_id").items():
            _day, last = area._get_day_ahead(today)
            group._backtest(last)
        return True

    def action_view_points(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_metering_point_action"
        )
        action["domain"] = [("id", "in", self._get_points().ids)]
        return action

    def action_view_chart(self):
        """History, forecast and errors of the series as charts."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "energy_forecast.chart",
            "name": self.name,
            "params": {"series_id": self.id},
            "context": {"active_id": self.id},
        }

    def action_view_days(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_forecast_day_action"
        )
        action["domain"] = [("series_id", "=", self.id)]
        return action

    def _get_off_days(self, first, last):
        """Own shutdown days between two days, inclusive: ``{series id: set}``."""
        found = {series.id: set() for series in self}
        rows = self.env["energy.series.shutdown"].search(
            [
                ("series_id", "in", self.ids),
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ]
        )
        for row in rows:
            day = max(row.date_start, first)
            while day <= min(row.date_end, last):
                found[row.series_id.id].add(day)
                day += timedelta(days=1)
        return found

    def _check_has_points(self):
        for series in self:
            if not series._get_points():
                raise UserError(
                    self.env._(
                        "%(series)s has no metering points. Choose them, or correct "
                        "its filter.",
                        series=series.name,
                    )
                )
