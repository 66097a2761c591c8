"""Three points with a hundred days of hours, a market area and its portfolio."""

from datetime import date, timedelta

import numpy as np

from odoo.addons.energy_billing.tests.common import EnergyCase

from ..forecasting import slot_count

TODAY = date(2026, 4, 20)
DAYS = 100


class ForecastCase(EnergyCase):
    """Points N-1 to N-3 draw 10, 20 and 30 kWh an hour on work days, half of it on
    week-ends, until the eve of April 20, 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.points = cls.point | cls.two_tariff_point | cls.interval_point
        cls.area = cls.env["energy.market.area"].create(
            {
                "name": "Bulgaria",
                "tz": "Europe/Sofia",
                "country_id": cls.env.ref("base.bg").id,
                "eic": "10YCA-BULGARIA-R",
                "party_eic": "32X00110010000A1",
                "operator_eic": "10XBG-ESO------A",
                "operator_id": cls.env["res.partner"]
                .create({"name": "Operator", "email": "operator@example.com"})
                .id,
                "copy_email": "desk@example.com",
                "loss_percent": 5,
            }
        )
        cls.portfolio = cls.env["energy.series"].create(
            {"name": "All", "kind": "portfolio", "area_id": cls.area.id}
        )
        cls.group = cls.env["energy.series"].create(
            {
                "name": "Two",
                "kind": "group",
                "area_id": cls.area.id,
                "point_ids": (cls.point | cls.interval_point).ids,
            }
        )
        cls.env["energy.series"]._create_point_series(cls.area, cls.points)
        first = TODAY - timedelta(days=DAYS)
        for number, point in enumerate(cls.points, 1):
            cls._measure(point, first, DAYS, 10.0 * number)

    @classmethod
    def _measure(cls, point, first, days, level, minutes=60):
        """Store days of a point: `level` kWh an hour, half of it on week-ends."""
        channel = cls.env.ref("energy_billing.kind_active_import")
        rows = []
        for number in range(days):
            day = first + timedelta(days=number)
            slots = slot_count("Europe/Sofia", minutes, day)
            value = level * (0.5 if day.weekday() >= 5 else 1.0) * minutes / 60
            rows.append(
                {
                    "point_id": point.id,
                    "company_id": point.company_id.id,
                    "day": day,
                    "channel_id": channel.id,
                    "resolution": minutes,
                    "total": value * slots,
                    "energy": np.full(slots, value).tolist(),
                }
            )
        return cls.env["energy.interval"].sudo().create(rows)

    @classmethod
    def _forecast(cls, day=TODAY, **values):
        forecast = cls.env["energy.forecast"].create(
            {
                "area_id": cls.area.id,
                "date_start": day,
                "cut_off": day - timedelta(days=2),
                **values,
            }
        )
        forecast.action_run()
        return forecast

    def _day(self, forecast, series):
        return forecast.day_ids.filtered(lambda day: day.series_id == series)
