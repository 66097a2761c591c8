import re

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.billing_base.rating import IndexSeries

NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}", re.ASCII)


class EnergyCurve(models.Model):
    """Values per interval that are the same for many customers: prices of an exchange,
    coefficients of a load profile."""

    _name = "energy.curve"
    _description = "Price Series or Load Profile"
    _inherit = ["mail.thread"]
    _order = "kind, name"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True)
    code = fields.Char(
        required=True,
        help="The name formulas of tariffs use, for example spot: small letters, "
        "numbers and underscores.",
    )
    file_code = fields.Char(
        string="Code in Files",
        help="How files name the series: the code of a market area, or the header of "
        "its column.",
    )
    kind = fields.Selection(
        [("price", "Prices"), ("profile", "Load profile")],
        default="price",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    unit = fields.Selection(
        [("kWh", "per kWh"), ("MWh", "per MWh")],
        default="MWh",
        required=True,
        help="What the prices in files are for; stored are prices per kWh.",
    )
    day_ids = fields.One2many("energy.curve.day", "curve_id", string="Days")
    date_start = fields.Date(string="From", compute="_compute_dates")
    date_end = fields.Date(string="To", compute="_compute_dates")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "There is already a series of this code."
    )
    _file_code_unique = models.UniqueIndex(
        "(company_id, file_code) WHERE file_code IS NOT NULL",
        "There is already a series of this code in files.",
    )

    @api.constrains("code")
    def _check_code(self):
        for curve in self:
            if not NAME.fullmatch(curve.code) or curve.code == "price":
                raise ValidationError(
                    self.env._(
                        "%(code)s cannot be used in formulas. Use small letters, "
                        "numbers and underscores, and another word than “price”.",
                        code=curve.code,
                    )
                )

    def _compute_dates(self):
        found = {
            curve: (first, last)
            for curve, first, last in self.env["energy.curve.day"]._read_group(
                [("curve_id", "in", self.ids), ("is_current", "=", True)],
                ["curve_id"],
                ["day:min", "day:max"],
            )
        }
        for curve in self:
            curve.date_start, curve.date_end = found.get(curve, (False, False))

    def _get_days(self, span):
        """Values of days.

        :param span: rating.Span
        :return: ``{curve id: {day: float array}}``
        """
        self.env["energy.curve.day"].flush_model()
        days = {curve.id: {} for curve in self}
        for curve_id, day, values in self.env.execute_query(
            SQL(
                """
                SELECT curve_id, day, energy FROM energy_curve_day
                 WHERE is_current AND curve_id = ANY(%s) AND day BETWEEN %s AND %s
                """,
                self.ids,
                span.start,
                span.end,
            )
        ):
            days[curve_id][day] = np.array(values, dtype=float)
        return days

    def _to_series(self, span):
        """These curves as rating takes them, for the days of a span."""
        days = self._get_days(span)
        return tuple(
            IndexSeries(
                curve.code,
                span.start,
                tuple(days[curve.id].get(day) for day in _each(span)),
            )
            for curve in self.sorted("code")
        )

    @api.model
    def _store(self, rows, message):
        """Store days; one that differs becomes the next version of its day.

        :param rows: ``[(curve id, day, minutes, values), …]``, a day once
        :param message: energy.message they came with
        :return: number of new days, of replaced ones and of unchanged ones
        """
        self.env["energy.curve.day"].check_access("create")
        self.env["energy.curve.day"].flush_model()
        columns = [
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            [_as_array(row[3]) for row in rows],
        ]
        given = SQL(
            "(SELECT c, d, r, e::float8[] AS e FROM"
            " unnest(%s::int4[], %s::date[], %s::int4[], %s::text[])"
            " AS t(c, d, r, e)) v",
            *columns,
        )
        replaced = self.env.execute_query(
            SQL(
                """
                UPDATE energy_curve_day o SET is_current = FALSE FROM %s
                 WHERE o.curve_id = v.c AND o.day = v.d AND o.is_current
                   AND (o.resolution, o.energy) IS DISTINCT FROM (v.r, v.e)
             RETURNING o.curve_id, o.day
                """,
                given,
            )
        )
        stored = self.env.execute_query(
            SQL(
                """
                INSERT INTO energy_curve_day (curve_id, company_id, day, resolution,
                                              energy, average, version, is_current,
                                              message_id)
                SELECT v.c, c.company_id, v.d, v.r, v.e,
                       (SELECT avg(x) FROM unnest(v.e) x WHERE x <> 'NaN'),
                       1 + COALESCE((SELECT max(h.version) FROM energy_curve_day h
                                      WHERE h.curve_id = v.c AND h.day = v.d), 0),
                       TRUE, %s
                  FROM %s
                  JOIN energy_curve c ON c.id = v.c
                 WHERE NOT EXISTS (
                       SELECT 1 FROM energy_curve_day o
                        WHERE o.curve_id = v.c AND o.day = v.d AND o.is_current)
             RETURNING curve_id, day
                """,
                message.id,
                given,
            )
        )
        self.env["energy.curve.day"].invalidate_model()
        changed = self.browse(sorted({curve_id for curve_id, _day in stored}))
        if stored:
            days = [day for _curve_id, day in stored]
            changed._mark_users_stale(min(days), max(days))
        return (
            len(stored) - len(replaced),
            len(replaced),
            len(rows) - len(stored),
        )

    def _mark_users_stale(self, first, last):
        """Segments rated with these series on these days were made from older ones."""
        names = [re.compile(rf"\b{re.escape(curve.code)}\b") for curve in self]
        prices = self.env["billing.tariff.price"].search(
            [("formula", "!=", False), ("company_id", "in", self.company_id.ids)]
        )
        tariffs = prices.filtered(
            lambda price: any(name.search(price.formula) for name in names)
        ).tariff_id
        terms = self.env["billing.agreement.term"].search(
            [("tariff_id", "in", tariffs.ids)]
        )
        agreements = terms.agreement_id
        profiled = self.env["energy.metering.point"].search(
            [("curve_id", "in", self.ids)]
        )
        agreements |= profiled.agreement_ids
        if agreements:
            segments = self.env["billing.segment"]._mark_stale(agreements, first, last)
            segments._refresh_figures()

    def action_view_days(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_curve_day_action"
        )
        action["domain"] = [("curve_id", "=", self.id)]
        action["context"] = {"search_default_current": 1}
        return action


def _each(span):
    return (
        np.datetime64(span.start) + np.arange(span.days).astype("timedelta64[D]")
    ).tolist()


def _as_array(values):
    """A row of floats as the text of a Postgres array."""
    texts = ("NaN" if value != value else repr(value) for value in values.tolist())
    return "{" + ",".join(texts) + "}"
