from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("done", "Ready"),
    ("approved", "Approved"),
    ("nominated", "Nominated"),
    ("replaced", "Replaced"),
]


class EnergyForecast(models.Model):
    """One version of the forecast of a market area for some days.

    Versions are kept. The one that was nominated is what settlement is compared with.
    """

    _name = "energy.forecast"
    _description = "Forecast"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "energy.market.area.mixin",
    ]
    _order = "date_start desc, version desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    horizon = fields.Selection(
        [
            ("day", "Day ahead"),
            ("week", "Week"),
            ("month", "Month"),
            ("year", "Year"),
        ],
        default="day",
        required=True,
    )
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=1),
    )
    date_end = fields.Date(
        string="To",
        required=True,
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
    )
    cut_off = fields.Date(
        string="Known Until",
        required=True,
        compute="_compute_cut_off",
        store=True,
        readonly=False,
        precompute=True,
        help="The last day whose measurement is used, even where more is there.",
    )
    is_bottom_up = fields.Boolean(
        string="Sum of the Points",
        default=True,
        help="Customers and groups are the sums of their points, which is 3 to 6 % "
        "better; their direct forecast stands beside it. Otherwise the direct one "
        "counts.",
    )
    version = fields.Integer(readonly=True, copy=False, aggregator=None, default=1)
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True
    )
    piece_ids = fields.One2many("energy.forecast.piece", "forecast_id", readonly=True)
    day_ids = fields.One2many("energy.forecast.day", "forecast_id", readonly=True)
    progress = fields.Float(compute="_compute_progress", string="Progress (%)")
    error_text = fields.Text(compute="_compute_progress", string="What Failed")
    series_count = fields.Integer(compute="_compute_totals", string="Series")
    fallback_count = fields.Integer(compute="_compute_totals", string="Fallbacks")
    total = fields.Float(
        compute="_compute_totals",
        string="Portfolio (MWh)",
        digits=(16, 3),
        help="With the manual layer.",
    )
    schedule_ids = fields.One2many("energy.schedule", "forecast_id")
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    nominated_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    nominated_on = fields.Datetime(readonly=True, copy=False)

    # one version of these days; also serves "the versions of these days"
    _version_unique = models.Constraint(
        "UNIQUE (area_id, date_start, date_end, version)",
        "This version of the forecast exists already.",
    )
    # what settlement is compared with is one forecast for a day
    _nominated_once = models.Constraint(
        "EXCLUDE USING gist (area_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)"
        " WHERE (state = 'nominated')",
        "Another forecast of these days is nominated. Nominate this one instead.",
    )
    _dates = models.Constraint(
        "CHECK (date_start <= date_end AND cut_off < date_start)",
        "The forecast begins after its last known day and ends after its first day.",
    )

    @api.depends("area_id", "date_start", "date_end", "version")
    def _compute_name(self):
        for forecast in self:
            span = str(forecast.date_start or "")
            if forecast.date_end and forecast.date_end != forecast.date_start:
                span = f"{span} – {forecast.date_end}"
            forecast.name = f"{forecast.area_id.name or ''} {span} v{forecast.version}"

    @api.depends("horizon", "date_start")
    def _compute_date_end(self):
        lengths = {"day": 1, "week": 7, "month": 31, "year": 365}
        for forecast in self:
            if forecast.date_start:
                days = lengths[forecast.horizon or "day"]
                forecast.date_end = forecast.date_start + timedelta(days=days - 1)

    @api.depends("area_id", "date_start")
    def _compute_cut_off(self):
        for forecast in self:
            if forecast.date_start and forecast.area_id:
                gap = forecast.area_id.gap_days + 1
                forecast.cut_off = forecast.date_start - timedelta(days=gap)

    def _compute_progress(self):
        for forecast in self:
            pieces = forecast.piece_ids
            ended = pieces.filtered(lambda piece: piece.state != "pending")
            forecast.progress = 100 * len(ended) / len(pieces) if pieces else 0
            forecast.error_text = "\n".join(filter(None, pieces.mapped("message")))

    def _compute_totals(self):
        Day = self.env["energy.forecast.day"]
        counts = dict(
            Day._read_group(
                [("forecast_id", "in", self.ids)],
                ["forecast_id"],
                ["series_id:count_distinct"],
            )
        )
        fallbacks = dict(
            Day._read_group(
                [("forecast_id", "in", self.ids), ("reason", "!=", False)],
                ["forecast_id"],
                ["series_id:count_distinct"],
            )
        )
        totals = dict(
            Day._read_group(
                [
                    ("forecast_id", "in", self.ids),
                    ("series_id.kind", "=", "portfolio"),
                ],
                ["forecast_id"],
                ["total:sum"],
            )
        )
        for forecast in self:
            forecast.series_count = counts.get(forecast, 0)
            forecast.fallback_count = fallbacks.get(forecast, 0)
            forecast.total = totals.get(forecast, 0) / 1000

    @api.constrains("date_start", "date_end")
    def _check_length(self):
        for forecast in self:
            if (forecast.date_end - forecast.date_start).days > 800:
                raise ValidationError(
                    self.env._("A forecast covers at most 800 days; choose less.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        numbered = []
        for vals in vals_list:
            new = self.new(vals)
            first = new.date_start
            others = self.search(
                [("area_id", "=", new.area_id.id), ("date_start", "=", first)]
            ).mapped("version")
            others += [
                row["version"]
                for row in numbered
                if fields.Date.to_date(row.get("date_start")) == first
            ]
            numbered.append({**vals, "version": max(others, default=0) + 1})
        return super().create(numbered)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_nominated(self):
        if self.filtered(lambda f: f.state in ("nominated", "replaced")):
            raise UserError(
                self.env._("A forecast that was nominated is kept for the settlement.")
            )

    # === Steps ===

    def _expect(self, *states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for forecast in self:
            if forecast.state not in states:
                raise UserError(
                    self.env._(
                        "%(forecast)s is %(state)s; this step asks for: %(asked)s.",
                        forecast=forecast.name,
                        state=labels[forecast.state],
                        asked=", ".join(labels[state] for state in states),
                    )
                )

    def action_run(self):
        """Make the forecast; what was adjusted by hand stays adjusted."""
        self.check_access("write")
        for forecast in self:
            forecast._expect("draft", "running", "done")
            forecast._begin_run()
        return True

    def action_new_version(self):
        """The same days anew; this version is kept."""
        self.ensure_one()
        new = self.copy()
        new.action_run()
        return new._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_approve(self):
        self._check_may_nominate()
        self._expect("done")
        self.write({"state": "approved", "approved_by_id": self.env.uid})
        return True

    def action_nominate(self):
        """Fix this version as the one that settlement is compared with."""
        self._check_may_nominate()
        self._expect("approved")
        self._get_nominated().write({"state": "replaced"})
        self.env.flush_all()
        self.write(
            {
                "state": "nominated",
                "nominated_by_id": self.env.uid,
                "nominated_on": fields.Datetime.now(),
            }
        )
        return True

    def _get_nominated(self):
        """Nominated forecasts of the same days, which new ones replace.

        :raises UserError: for one that covers other days as well
        """
        found = self.search(
            [
                ("area_id", "in", self.area_id.ids),
                ("state", "=", "nominated"),
                ("date_start", "<=", max(self.mapped("date_end"))),
                ("date_end", ">=", min(self.mapped("date_start"))),
                ("id", "not in", self.ids),
            ]
        )
        replaced = self.browse()
        for other in found:
            new = self.filtered(
                lambda f, other=other: (
                    f.area_id == other.area_id
                    and f.date_start <= other.date_end
                    and f.date_end >= other.date_start
                )
            )
            if not new:
                continue
            first, last = min(new.mapped("date_start")), max(new.mapped("date_end"))
            if other.date_start < first or other.date_end > last:
                raise UserError(
                    self.env._(
                        "%(other)s is nominated and has other days too. Make a "
                        "forecast of all its days, or of days it does not have.",
                        other=other.name,
                    )
                )
            replaced |= other
        return replaced

    def action_reopen(self):
        """Back from approved, to adjust again."""
        self._check_may_nominate()
        self._expect("approved")
        self.write({"state": "done", "approved_by_id": False})
        return True

    def _check_may_nominate(self):
        if not self.env.user.has_group("energy_forecast.group_energy_nominate"):
            raise UserError(
                self.env._(
                    "Forecasts are approved and nominated by who has the permission "
                    "“Nominate energy”. Ask your administrator for it."
                )
            )

    # === Screens ===

    def action_view_days(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_forecast_day_action"
        )
        action["domain"] = [("forecast_id", "=", self.id)]
        return action

    def action_view_hours(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_forecast_hour_action"
        )
        action["domain"] = [("forecast_id", "=", self.id)]
        action["context"] = {"search_default_portfolio": 1}
        return action

    def action_view_chart(self):
        self.ensure_one()
        days = self.day_ids.filtered(lambda day: day.series_id.kind == "portfolio")
        series = (days or self.day_ids)[:1].series_id
        if not series:
            raise UserError(self.env._("Make the forecast first."))
        return {
            "type": "ir.actions.client",
            "tag": "energy_forecast.chart",
            "name": self.name,
            "params": {"series_id": series.id, "forecast_id": self.id},
        }
