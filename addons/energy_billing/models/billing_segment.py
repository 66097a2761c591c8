from datetime import date

from odoo import fields, models

from odoo.addons.billing_base.documents import Reading
from odoo.addons.billing_base.rating import to_decimal

from .billing_agreement_calculated import LOAD

NOT_TOLD = "measured"
"""A quality that goes without saying on a statement."""


class BillingSegment(models.Model):
    _inherit = "billing.segment"

    point_id = fields.Many2one(related="agreement_id.point_id", string="Metering Point")

    def action_view_usage(self):
        """What was measured at the point in the days of the segment."""
        self.ensure_one()
        if self.point_id.measurement == "interval":
            action = self.point_id.action_view_intervals()
            days = [("day", ">=", self.date_start), ("day", "<=", self.date_end)]
        else:
            action = self.point_id.action_view_usage()
            days = [
                ("date_end", ">=", self.date_start),
                ("date_start", "<=", self.date_end),
            ]
        action["domain"] = [*action["domain"], *days]
        return action

    def _describe_source(self, quantity):
        """The meter and its readings, or the intervals, and the file they came in."""
        source = quantity["source"] or {}
        parts = source.get("parts")
        if parts:
            texts = [self._describe_part(part) for part in parts]
        elif source.get("model") in ("energy.usage", "energy.interval"):
            texts = [self._describe_part(source)]
        elif source.get("model") == LOAD:
            return self._describe_loads(source)
        else:
            return super()._describe_source(quantity)
        qualities = dict(
            self.env["energy.usage"]._fields["quality"]._description_selection(self.env)
        )
        texts.append(qualities.get(quantity.get("quality"), ""))
        return "; ".join(filter(None, texts))

    def _describe_loads(self, source):
        """Lamps and hours that energy without a meter was calculated from."""
        return "; ".join(
            [*map(_describe_load, source["loads"]), self._describe_hours(source)]
        )

    def _describe_hours(self, source):
        return self.env._("%(hours)s burning hours", hours=source["hours"])

    def _describe_part(self, source):
        _ = self.env._
        texts = []
        if source.get("meter_code"):
            texts.append(_("Meter %(code)s", code=source["meter_code"]))
        if source.get("register"):
            texts.append(_("register %(code)s", code=source["register"]))
        if "days" in source:
            texts.append(_("Intervals of %(days)s days", days=source["days"]))
        if "day" in source:
            texts.append(_("Intervals of %(days)s", days=source["day"]))
        if source.get("message_id"):
            message = self.env["energy.message"].browse(source["message_id"]).exists()
            if message:
                texts.append(_("file %(name)s", name=message.name))
        version = source.get("version") or source.get("versions")
        if version:
            texts.append(_("version %(number)s", number=version))
        return ", ".join(texts)

    # === The detailed statement ===

    def _get_statement_title(self):
        if not self.point_id:
            return super()._get_statement_title()
        return self.env._("Metering point %(code)s", code=self.point_id.code)

    def _get_statement_subtitle(self):
        return self.point_id.address or super()._get_statement_subtitle()

    def _prepare_statement_readings(self):
        """Readings as the segment was rated with them, from its snapshot; lamps and
        their hours where nothing is read."""
        readings = super()._prepare_statement_readings()
        registers = {
            kind.code: f"{kind.code} {kind.name}"
            for kind in self.env["energy.register.kind"].search([])
        }
        qualities = dict(
            self.env["energy.usage"]._fields["quality"]._description_selection(self.env)
        )
        intervals = self.env._("Intervals")
        for segment in self:
            found = []
            for quantity in (segment.snapshot or {}).get("quantities", ()):
                source = quantity["source"] or {}
                if source.get("model") == "energy.usage":
                    register = source.get("register")
                    name = registers.get(register, register or "")
                elif "hash" in source:
                    name = intervals
                elif source.get("model") == LOAD:
                    found += segment._prepare_load_readings(quantity, qualities)
                    continue
                else:
                    # a level, or a total of what stands in other rows
                    continue
                quality = quantity["quality"]
                found.append(
                    Reading(
                        meter=source.get("meter_code", ""),
                        register=name,
                        date_from=_day(quantity["from"]),
                        date_to=_day(quantity["to"]),
                        reading_from=_number(source.get("reading_from")),
                        reading_to=_number(source.get("reading_to")),
                        multiplier=to_decimal(source.get("multiplier") or 1),
                        quantity=to_decimal(quantity["value"]),
                        unit=quantity["unit"],
                        quality="" if quality == NOT_TOLD else qualities[quality],
                    )
                )
            if found:
                readings[segment.id] = tuple(found)
        return readings

    def _prepare_load_readings(self, quantity, qualities):
        """A row for each kind of lamps: number and power, hours, energy."""
        return [
            Reading(
                meter=_describe_load(load),
                register=self._describe_hours(load),
                date_from=_day(load["from"]),
                date_to=_day(load["to"]),
                reading_from=None,
                reading_to=None,
                multiplier=to_decimal(1),
                quantity=to_decimal(load["value"]),
                unit=quantity["unit"],
                quality=qualities.get(quantity["quality"], ""),
            )
            for load in quantity["source"]["loads"]
        ]


def _describe_load(load):
    return f"{load['number']} × {load['name']}, {load['watts']} W"


def _day(text):
    return date.fromisoformat(text)


def _number(text):
    return None if text is None else to_decimal(text)
