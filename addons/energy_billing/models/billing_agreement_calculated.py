from collections import defaultdict
from datetime import date

from odoo import models
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Quantity, Span, deduct

from ..market.unmetered import energy_by_day
from .billing_agreement import ENERGY, runs

LOAD = "energy.unmetered.load"


class BillingAgreement(models.Model):
    """Quantities nobody reads: lamps without a meter, and what is left of a measured
    one after its sub-meters."""

    _inherit = "billing.agreement"

    def _get_quantities(self, spans):
        quantities = super()._get_quantities(spans)
        asked = self.filtered(
            lambda agreement: agreement.point_id and spans.get(agreement.id)
        )
        asked._add_unmetered(spans, quantities)
        asked._add_deducted(spans, quantities)
        return quantities

    # === Without a meter ===

    def _add_unmetered(self, spans, quantities):
        """Energy of the lamps and devices at points without a meter."""
        agreements = self.filtered(
            lambda agreement: agreement.point_id.measurement == "unmetered"
        )
        unit = self.env.ref("energy_billing.quantity_type_energy").uom_id.name
        for agreement in agreements:
            point = agreement.point_id
            loads = point.load_ids.sorted(lambda load: (load.date_start, load.id))
            steps = (
                point.burning_calendar_id._get_steps()
                if point.burning_calendar_id
                else ()
            )
            rows = energy_by_day(
                min(span.start for span in spans[agreement.id]),
                max(span.end for span in spans[agreement.id]),
                [load._to_load() for load in loads],
                steps,
            )
            # days without lamps or hours have no quantity, and rating says so
            quantities[agreement.id] += [
                _unmetered(run, loads, unit) for run in runs(rows, lambda row: row[0])
            ]

    # === Sub-meters ===

    def _add_deducted(self, spans, quantities):
        """What a charge takes of a measured quantity less that of its sub-meters."""
        types = self.env["billing.quantity.type"].search([("gross_id", "!=", False)])
        billed = {
            quantity_type: agreements
            for quantity_type in types
            if (agreements := self._filtered_billed_by(quantity_type.code))
        }
        if not billed:
            return
        installed = self._get_installed(types.less_ids)
        for quantity_type, agreements in billed.items():
            unit = quantity_type.uom_id.name
            for agreement in agreements:
                own = quantities[agreement.id]
                point = agreement.point_id.id
                own += deduct(
                    quantity_type.code,
                    spans[agreement.id],
                    [
                        q
                        for q in own
                        if q.code == quantity_type.gross_id.code and q.unit == unit
                    ],
                    [
                        (
                            [q for q in own if q.code == less.code],
                            installed.get((point, less.id), ()),
                        )
                        for less in quantity_type.less_ids
                    ],
                )

    def _get_installed(self, types):
        """Days on which meters with registers of these quantities are installed.

        :return: ``{(point id, quantity type id): [Span, …]}``
        """
        for model in ("energy.installation", "energy.register", "energy.register.kind"):
            self.env[model].flush_model()
        found = defaultdict(list)
        for point_id, type_id, start, end in self.env.execute_query(
            SQL(
                """
                SELECT i.point_id, k.quantity_type_id, i.date_start, i.date_end
                  FROM energy_installation i
                  JOIN energy_register g ON g.meter_id = i.meter_id AND g.is_billed
                  JOIN energy_register_kind k ON k.id = g.kind_id
                 WHERE i.point_id = ANY(%s) AND k.quantity_type_id = ANY(%s)
              ORDER BY i.date_start, i.id
                """,
                self.point_id.ids,
                types.ids,
            )
        ):
            found[point_id, type_id].append(Span(start, end or date.max))
        return found


def _unmetered(run, loads, unit):
    """The energy of days in a row, as rows of ``energy_by_day``."""
    span = Span(run[0][0], run[-1][0])
    used = loads.filtered(
        lambda load: (
            load.date_start <= span.end
            and (not load.date_end or load.date_end >= span.start)
        )
    )
    return Quantity(
        code=ENERGY,
        span=span,
        value=sum(kwh for _day, _hours, kwh in run),
        unit=unit,
        quality="calculated",
        daily=tuple(kwh for _day, _hours, kwh in run),
        source={
            "model": LOAD,
            "hours": _plain(sum(hours for _day, hours, _kwh in run)),
            "loads": [_load_source(load, run) for load in used],
        },
    )


def _load_source(load, run):
    """A load's share of days in a row: its own days of them, their hours and kWh."""
    known = load._to_load()
    days = [(day, hours) for day, hours, _kwh in run if known.is_on(day)]
    hours = sum(hours for _day, hours in days)
    return {
        "number": load.number,
        "name": load.name,
        "watts": f"{load.watts:g}",
        "from": str(days[0][0]),
        "to": str(days[-1][0]),
        "hours": _plain(hours),
        "value": _plain(known.energy(hours)),
    }


def _plain(number):
    return f"{number.normalize():f}"
