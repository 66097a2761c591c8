import csv
import io
from datetime import date
from functools import partial
from urllib.parse import urlencode

from odoo import fields, http
from odoo.http import content_disposition, request

from odoo.addons.billing_base.tools import format_number
from odoo.addons.portal.controllers.portal import CustomerPortal

STEPS = ("year", "month", "day", "hour")
FINER = dict(zip(STEPS, STEPS[1:], strict=False))


class EnergyPortal(CustomerPortal):
    """A customer's metering points and what he used there."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "energy_point_count" in counters:
            values["energy_point_count"] = len(self._get_own_spans())
        if "energy_meter_count" in counters:
            values["energy_meter_count"] = len(self._get_own_installations())
        return values

    def _get_own_spans(self):
        """The user's metering points with the days on which they are his, sudo.

        This is the only way to points in the portal: who has no agreement there does
        not get one by its number.
        """
        user = request.env.user
        return (
            request.env["energy.consumption"]
            .sudo()
            ._get_spans(user.commercial_partner_id, user.company_ids)
        )

    def _get_own_installations(self):
        """Meters to read that are or were at the user's points on his days, sudo."""
        spans = self._get_own_spans()
        Installation = request.env["energy.installation"].sudo()
        installations = Installation.search(
            [
                ("point_id", "in", [point.id for point in spans]),
                ("point_id.measurement", "!=", "interval"),
            ]
        )
        return installations.filtered(
            lambda installation: any(
                installation.date_start <= span.end
                and (not installation.date_end or installation.date_end >= span.start)
                for span in spans[installation.point_id]
            )
        )

    # === Consumption ===

    def _get_choice(self, spans, post):
        """What the user chose, as far as it exists; else what shows most.

        :return: spans of the chosen points, quantity type, step and day
        """
        Consumption = request.env["energy.consumption"].sudo()
        points = request.env["energy.metering.point"].sudo().union(*spans)
        wanted = set(request.httprequest.args.getlist("point"))
        chosen = {
            point: group for point, group in spans.items() if str(point.id) in wanted
        } or spans
        types = Consumption._get_types(points)
        quantity_type = types.filtered(lambda t: str(t.id) == post.get("type"))
        step = post.get("step") if post.get("step") in STEPS else "month"
        last = Consumption._get_last_day(points.union(*chosen))
        return {
            "points": points,
            "chosen": chosen,
            "types": types,
            "type": (quantity_type or types)[:1],
            "step": step,
            "day": to_date(post.get("day")) or last or fields.Date.today(),
            "compare": bool(post.get("compare")),
        }

    @http.route(
        "/my/consumption", type="http", auth="user", website=True, readonly=True
    )
    def portal_consumption(self, **post):
        spans = self._get_own_spans()
        values = self._prepare_portal_layout_values()
        values.update(page_name="consumption", spans=spans)
        if not spans:
            return request.render("energy_billing.portal_consumption", values)
        choice = self._get_choice(spans, post)
        env = request.env
        chart = (
            env["energy.consumption"]
            .sudo()
            ._prepare_chart(
                *(choice[name] for name in ("chosen", "type", "step", "day", "compare"))
            )
        )
        step, day = choice["step"], choice["day"]
        values.update(
            choice,
            chart=chart,
            number=partial(format_number, env),
            finer=FINER.get(step),
            link=partial(self._get_link, choice),
            earlier=_shift(step, day, -1),
            later=_shift(step, day, 1),
            has_readings=any(
                point.measurement != "interval" for point in choice["chosen"]
            ),
            plot={
                "labels": [row["label"] for row in chart["rows"]],
                "unit": choice["type"].uom_id.name,
                "values": [row["value"] for row in chart["rows"]],
                "former": [row["former"] for row in chart["rows"]]
                if choice["compare"] and step != "year"
                else [],
                "texts": [env._("Consumption"), env._("A year before")],
            },
        )
        return request.render("energy_billing.portal_consumption", values)

    def _get_link(self, choice, path="/my/consumption", **changes):
        """Address of the same choice with something changed."""
        values = {
            "type": choice["type"].id,
            "step": choice["step"],
            "day": choice["day"],
            "compare": 1 if choice["compare"] else None,
            "point": [point.id for point in choice["chosen"]],
            **changes,
        }
        return f"{path}?{_encode(values)}"

    @http.route(
        "/my/consumption/csv", type="http", auth="user", website=True, readonly=True
    )
    def portal_consumption_csv(self, **post):
        """What the page shows as a file; with ``whole`` all of the day's year."""
        spans = self._get_own_spans()
        if not spans:
            raise request.not_found()
        choice = self._get_choice(spans, post)
        Consumption = request.env["energy.consumption"].sudo()
        step, day = choice["step"], choice["day"]
        width = "month" if post.get("whole") else step
        edges = Consumption._get_range(width, day, spans)
        rows = Consumption._get_rows(choice["chosen"], choice["type"], step, *edges)
        file = io.StringIO()
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        unit = choice["type"].uom_id.name
        points = list(choice["chosen"])
        writer.writerow(
            [request.env._("From"), *(f"{point.code} ({unit})" for point in points)]
        )
        for start, values in rows:
            writer.writerow(
                [start.isoformat(), *(_plain(values.get(point.id)) for point in points)]
            )
        name = f"consumption-{step}-{edges[0]}.csv"
        return request.make_response(
            # a byte order mark: spreadsheets then read it as UTF-8
            "\ufeff" + file.getvalue(),
            [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition(name)),
            ],
        )


def to_date(text):
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1900 < found.year < 2900 else None


def _shift(step, day, number):
    """A day of the year, month or day before or after the one that is shown."""
    if step == "month":
        return day.replace(day=1, year=day.year + number)
    unit = {"day": "months", "hour": "days"}.get(step)
    start = day.replace(day=1) if step == "day" else day
    return fields.Date.add(start, **{unit: number}) if unit else None


def _plain(quantity):
    return "" if quantity is None else f"{round(quantity, 6):f}".rstrip("0").rstrip(".")


def _encode(values):
    pairs = []
    for name, value in values.items():
        for part in value if isinstance(value, list) else [value]:
            if part is not None:
                pairs.append((name, part))
    return urlencode(pairs)
