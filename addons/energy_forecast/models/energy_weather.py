import csv
import io
import json
from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.base.models.res_partner import _tz_get

from ..forecasting.clean import fill


class EnergyWeather(models.Model):
    """Temperature of a place by the hour: measured, and as it was forecast."""

    _name = "energy.weather"
    _description = "Weather Series"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    day_ids = fields.One2many("energy.weather.day", "weather_id")
    actual_until = fields.Date(compute="_compute_until", string="Measured Until")
    forecast_until = fields.Date(compute="_compute_until")
    active = fields.Boolean(default=True)

    _name_unique = models.Constraint(
        "UNIQUE (company_id, name)", "There is already a weather series of this name."
    )

    def _compute_until(self):
        found = {
            (weather.id, kind): last
            for weather, kind, last in self.env["energy.weather.day"]._read_group(
                [("weather_id", "in", self.ids)], ["weather_id", "kind"], ["day:max"]
            )
        }
        for weather in self:
            weather.actual_until = found.get((weather.id, "actual"), False)
            weather.forecast_until = found.get((weather.id, "forecast"), False)

    @api.model
    def _parse(self, content):
        """Times and temperatures of a file.

        :param bytes content: CSV with a header, or JSON as weather services give it
        :return: ``[(text of the time, °C), …]``
        :raises UserError: naming the row that cannot be read
        """
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("The file is no text in UTF-8. Save it as CSV or JSON.")
            ) from error
        if text.lstrip().startswith("{"):
            return self._parse_json(text)
        separator = ";" if text.partition("\n")[0].count(";") else ","
        rows = csv.DictReader(io.StringIO(text), delimiter=separator)
        if not {"time", "temperature"} <= set(rows.fieldnames or ()):
            raise UserError(
                self.env._("The first row must name the columns time and temperature.")
            )
        found = []
        for number, row in enumerate(rows, 2):
            try:
                degrees = float((row["temperature"] or "").replace(",", "."))
            except ValueError as error:
                raise self._bad_row(number, row["temperature"]) from error
            found.append((row["time"], degrees, number))
        return found

    @api.model
    def _parse_json(self, text):
        try:
            hourly = json.loads(text)["hourly"]
            pairs = zip(hourly["time"], hourly["temperature_2m"], strict=True)
            return [
                (moment, float(degrees), number)
                for number, (moment, degrees) in enumerate(pairs, 1)
                if degrees is not None
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                self.env._(
                    "The JSON must have hourly.time and hourly.temperature_2m, as many "
                    "values of each."
                )
            ) from error

    @api.model
    def _bad_row(self, number, value):
        return UserError(
            self.env._(
                "Row %(row)s: %(value)s cannot be read. Nothing was imported; correct "
                "the file and import it again.",
                row=number,
                value=value or "–",
            )
        )

    def _import_content(self, content, kind):
        """Store the hours of a file; hours that are not in it stay as they are.

        :param bytes content: CSV or JSON; times without an offset are local ones
        :param kind: "actual" or "forecast"
        :return: number of days
        """
        self.ensure_one()
        zone = ZoneInfo(self.tz)
        days = defaultdict(lambda: np.full(24, np.nan))
        for text, degrees, number in self._parse(content):
            try:
                moment = datetime.fromisoformat((text or "").strip())
            except ValueError as error:
                raise self._bad_row(number, text) from error
            if not -80 <= degrees <= 60:
                raise self._bad_row(number, degrees)
            if moment.tzinfo:
                moment = moment.astimezone(zone)
            if moment.minute == 0:
                days[moment.date()][moment.hour] = degrees
        self._store(days, kind)
        return len(days)

    def _store(self, days, kind):
        """:param days: ``{day: 24 °C, NaN where not known}``"""
        Day = self.env["energy.weather.day"]
        Day.check_access("create")
        known = {
            row.day: row
            for row in Day.search(
                [
                    ("weather_id", "=", self.id),
                    ("kind", "=", kind),
                    ("day", "in", list(days)),
                ]
            )
        }
        new = []
        for day, values in days.items():
            old = known.get(day)
            if old:
                before = np.array(old.degrees)
                old.degrees = np.where(np.isnan(values), before, values).tolist()
            else:
                new.append(
                    {
                        "weather_id": self.id,
                        "kind": kind,
                        "day": day,
                        "degrees": values.tolist(),
                    }
                )
        Day.create(new)

    def _get_temperature(self, first, count, slots, known=None):
        """Temperature of days: measured as far as it is known, then as forecast.

        :param known: number of days whose measured values may be used; all without
        :return: (count, slots) °C, gaps filled; None where half of it is missing
        """
        self.ensure_one()
        found = np.full((count, 24), np.nan)
        self.env["energy.weather.day"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT day, kind, degrees FROM energy_weather_day"
                " WHERE weather_id = %s AND day >= %s ORDER BY kind DESC",
                self.id,
                first,
            )
        )
        # forecasts first: what was measured replaces them
        for day, kind, degrees in rows:
            number = (day - first).days
            if number < count and (
                kind == "forecast" or known is None or number < known
            ):
                values = np.array(degrees, dtype=float)
                found[number] = np.where(np.isnan(values), found[number], values)
        if np.isnan(found).mean() > 0.5 or np.isnan(found[known or 0 :]).all():
            return None
        return np.repeat(fill(found[None])[0], slots // 24, axis=1)

    def action_import(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Weather"),
            "res_model": "energy.weather.import",
            "view_mode": "form",
            "target": "new",
            "context": {"default_weather_id": self.id},
        }
