import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import UserError

from ..forecasting import begins, unfold


class EnergyForecast(models.Model):
    _inherit = "energy.forecast"

    def action_make_schedules(self):
        self.ensure_one()
        schedules = self.env["energy.schedule"]._make(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_schedule_action"
        )
        action["domain"] = [("id", "in", schedules.ids)]
        return action

    def action_export_xlsx(self):
        return self._export("xlsx", self._write_xlsx())

    def action_export_csv(self):
        return self._export("csv", self._write_csv())

    def _get_rows(self):
        """What is to buy by interval: local begin, UTC begin and MWh of each kind."""
        self.ensure_one()
        purchase = self._get_purchase()
        if purchase is None:
            raise UserError(
                self.env._(
                    "%(forecast)s has no portfolio. Make one under Forecasting, "
                    "Series, and the forecast again.",
                    forecast=self.name,
                )
            )
        area, minutes = self.area_id, self.area_id._get_minutes()
        zone = ZoneInfo(area.tz)
        for offset in range(len(purchase["buy"])):
            day = self.date_start + timedelta(days=offset)
            real = [
                unfold(purchase[name][offset], area.tz, minutes, day) / 1000
                for name in ("forecast", "losses", "contracts", "buy")
            ]
            for place, moment in enumerate(begins(area.tz, minutes, day)):
                yield (
                    moment.astimezone(zone).replace(tzinfo=None),
                    moment.replace(tzinfo=None),
                    *(round(float(values[place]), 6) for values in real),
                )

    def _get_head(self):
        env = self.env
        return [
            env._("From (local)"),
            env._("From (UTC)"),
            env._("Forecast (MWh)"),
            env._("Losses (MWh)"),
            env._("Contracts (MWh)"),
            env._("To Buy (MWh)"),
        ]

    def _write_csv(self):
        target = io.StringIO()
        writer = csv.writer(target, delimiter=";")
        writer.writerow(self._get_head())
        for local, utc, *values in self._get_rows():
            writer.writerow(
                [
                    local.isoformat(" ", "minutes"),
                    utc.isoformat(" ", "minutes"),
                    *(f"{value:.6f}" for value in values),
                ]
            )
        return target.getvalue().encode("utf-8-sig")

    def _write_xlsx(self):
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True})
        sheet = book.add_worksheet(self.env._("Schedule"))
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        number = book.add_format({"num_format": "0.000000"})
        sheet.write_row(0, 0, self._get_head(), bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 5, 18)
        for row, (local, utc, *values) in enumerate(self._get_rows(), 1):
            sheet.write_datetime(row, 0, local, moment)
            sheet.write_datetime(row, 1, utc, moment)
            for column, value in enumerate(values, 2):
                sheet.write_number(row, column, value, number)
        book.close()
        return target.getvalue()

    def _export(self, extension, content):
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.area_id.name} {fields.Date.to_string(self.date_start)}"
                f" v{self.version}.{extension}",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }
