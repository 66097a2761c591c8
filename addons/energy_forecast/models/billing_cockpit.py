"""What the overview shows of forecasts, schedules and imbalance."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import fields, models

from odoo.addons.billing_base.models.billing_cockpit import Step


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_lanes(self, scope):
        lanes = super()._get_lanes(scope)
        if self._has("energy.market.area", ("company_id", "=", scope.company.id)):
            lanes.append(("forecast", 80, self.env._("Forecasting"), "forecast"))
        return lanes

    def _get_steps(self):
        _ = self.env._
        return [
            *super()._get_steps(),
            Step(
                "data",
                "forecast",
                _("Measured Data"),
                "energy.series",
                5,
                is_slow=True,
                also=("energy.interval",),
            ),
            Step("forecasts", "forecast", _("Forecasts"), "energy.forecast", 10),
            Step("schedules", "forecast", _("Schedules"), "energy.schedule", 20),
            Step("imbalance", "forecast", _("Settlement"), "energy.settlement", 30),
        ]

    def _read_data(self, scope):
        """Points with and without the values that the next nomination may know."""
        areas = self.env["energy.market.area"].search(
            [("company_id", "=", scope.company.id)]
        )
        now = fields.Datetime.now()
        count, missing = 0, []
        for area in areas:
            zone = area.with_context(tz=area.tz)
            today = fields.Datetime.context_timestamp(zone, now).date()
            _cut_off, series, without = area._get_data_ahead(today)
            count += len(series)
            missing += without.ids
        action = "energy_forecast.energy_series_action"
        points = [("area_id", "in", areas.ids), ("kind", "=", "point")]
        return [
            self._figure(
                "points",
                self.env._("Metering Points"),
                count,
                self._list(action, points),
            ),
            self._figure(
                "missing_data",
                self.env._("Data Missing Before the Deadline"),
                len(missing),
                self._list(action, [("id", "in", missing)]),
                tone="danger",
                late=self.env._("Points without Data before the Deadline"),
            ),
        ]

    def _read_forecasts(self, scope):
        """Forecasts to approve and nominate; market areas past their deadline."""
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        action = "energy_forecast.energy_forecast_action"
        Forecast = self.env["energy.forecast"]
        ahead = ("date_end", ">", scope.today)
        found = dict(Forecast._read_group([own, ahead], ["state"], ["__count"]))
        late = self._get_late_areas(scope)
        rows = [
            self._figure(
                "late_area",
                _("Market Areas Past Their Deadline"),
                len(late),
                self._list(
                    "energy_forecast.energy_market_area_action",
                    [("id", "in", late.ids)],
                ),
                tone="danger",
                late=_("Market Areas Past Their Deadline"),
            )
        ]
        return rows + [
            self._figure(
                state,
                name,
                found.get(state, 0),
                self._list(action, [own, ahead, ("state", "=", state)]),
                tone=tone,
            )
            for state, name, tone in (
                ("done", _("To Approve"), "warning"),
                ("approved", _("To Nominate"), "warning"),
                ("nominated", _("Nominated"), "success"),
            )
        ]

    def _get_late_areas(self, scope):
        """Areas whose deadline for tomorrow is over without a nominated forecast."""
        areas = self.env["energy.market.area"].search(
            [("company_id", "=", scope.company.id)]
        )
        now = fields.Datetime.now()
        nominated = {
            (area, day + timedelta(days=number))
            for area, day, last in (
                (forecast.area_id, forecast.date_start, forecast.date_end)
                for forecast in self.env["energy.forecast"].search(
                    [
                        ("area_id", "in", areas.ids),
                        ("state", "=", "nominated"),
                        ("date_end", ">=", scope.today),
                    ]
                )
            )
            for number in range((last - day).days + 1)
        }

        def is_late(area):
            local = now.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(area.tz))
            hour = local.hour + local.minute / 60
            tomorrow = local.date() + timedelta(days=1)
            return hour >= area.deadline and (area, tomorrow) not in nominated

        return areas.filtered(is_late)

    def _read_schedules(self, scope):
        """Schedules that did not leave, or were refused."""
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        Schedule = self.env["energy.schedule"]
        return [
            self._figure(
                state,
                name,
                Schedule.search_count([own, ("state", "=", state)]),
                self._list(
                    "energy_forecast.energy_schedule_action",
                    [own, ("state", "=", state)],
                ),
                tone=tone,
                late=state == "rejected" and _("Schedules Rejected"),
            )
            for state, name, tone in (
                ("new", _("Not Sent"), "warning"),
                ("sent", _("Not Acknowledged"), "warning"),
                ("rejected", _("Rejected"), "danger"),
            )
        ]

    def _read_imbalance(self, scope):
        """Settlements to calculate, and what the latest one says of the portfolio."""
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        action = "energy_forecast.energy_settlement_action"
        Settlement = self.env["energy.settlement"]
        new = [own, ("state", "=", "new")]
        rows = [
            self._figure(
                "to_calculate",
                _("To Calculate"),
                Settlement.search_count(new),
                self._list(action, new),
                tone="warning",
            )
        ]
        latest = Settlement.search(
            [own, ("state", "=", "done")], order="date_end desc, id desc", limit=1
        )
        if latest:
            rows += [
                self._figure(
                    "deviation",
                    _("Deviation, Latest Settlement"),
                    latest.wape,
                    self._record(action, latest),
                    kind="percent",
                ),
                self._figure(
                    "cost",
                    _("Cost, Latest Settlement"),
                    latest.cost,
                    self._record(action, latest),
                    kind="amount",
                    currency_id=latest.currency_id.id,
                ),
            ]
        return rows

    def _get_work(self, scope):
        running = self.env["energy.forecast"].search(
            [("company_id", "=", scope.company.id), ("state", "=", "running")], limit=5
        )
        return super()._get_work(scope) + [
            self._describe_work(forecast, "energy_forecast.energy_forecast_action")
            for forecast in running
        ]
