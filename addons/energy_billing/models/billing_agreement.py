import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.billing_base.rating import (
    Quantity,
    Span,
    round_quantity,
    to_decimal,
)

from ..bulk import as_decimal, as_table
from ..market.maxima import monthly_maxima
from .energy_usage import NUMBERS

ASKED = {"agreement_id": "int", "point_id": "int", "first": "date", "last": "date"}
MONTHS = {"month_first": "date", "month_last": "date"}
ENERGY = "energy"
"""Code of the quantity that the intervals of a point measure first of all."""


class BillingAgreement(models.Model):
    _inherit = "billing.agreement"
    _rec_names_search = ["code", "name", "account_id", "point_id"]

    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="What is measured for this agreement.",
    )
    segment_type_id = fields.Many2one(related="type_id.segment_type_id", store=True)
    # stored: lists of all agreements are filtered by them
    network_id = fields.Many2one(related="point_id.network_id", store=True)
    commodity = fields.Selection(related="point_id.commodity", store=True)

    # one active agreement per point, service and day; also serves "the agreements of
    # these points on these days"
    _one_per_point = models.Constraint(
        "EXCLUDE USING gist (point_id WITH =, segment_type_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)"
        " WHERE (active AND point_id IS NOT NULL)",
        "The metering point already has an agreement of this kind in these days. End "
        "the other one first.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # the point's former agreement may end in the same transaction
        self.flush_model(["active", "date_end", "point_id"])
        return super().create(vals_list)

    def _get_invoiced_object(self):
        """E-invoices name the metering point."""
        if not self.point_id:
            return super()._get_invoiced_object()
        return self.point_id.code, None

    def _prefetch_invoiced_objects(self):
        self.point_id.fetch(["code"])
        return super()._prefetch_invoiced_objects()

    def _get_quantities(self, spans):
        """Add what was measured at the points.

        Usages are flows of their register's code; parts of a total (day and night)
        also add up to the total where the total itself is not measured. Interval
        points give the energy of their complete days, a value for each day.

        Days without a settled quantity have none here, so that rating names them.
        """
        quantities = super()._get_quantities(spans)
        asked = [
            agreement._prepare_asked(spans[agreement.id])
            for agreement in self
            if agreement.point_id and spans.get(agreement.id)
        ]
        if not asked:
            return quantities
        types = _Types(self.env)
        measured = self._get_interval_quantities(asked, types)
        for agreement_id, found in measured.items():
            quantities[agreement_id] += found
        for agreement_id, rows in self._get_usages(asked).items():
            taken = {quantity.code for quantity in measured.get(agreement_id, ())}
            if rows[0]["measurement"] == "interval":
                taken.add(ENERGY)
            quantities[agreement_id] += types.from_usages(rows, taken)
        return quantities

    def _prepare_asked(self, spans):
        """The days asked for as a row of ASKED and MONTHS: of their months those on
        which the agreement is in force."""
        first = min(span.start for span in spans)
        last = max(span.end for span in spans)
        return {
            "agreement_id": self.id,
            "point_id": self.point_id.id,
            "first": first,
            "last": last,
            "month_first": max(first.replace(day=1), self.date_start),
            "month_last": min(last + relativedelta(day=31), self.date_end or date.max),
        }

    def _get_usages(self, asked):
        """Current usages of the days asked for, and maxima of the rest of their months.

        :return: ``{agreement id: [row, …]}``, in the order of days; ``is_maximum``
            tells what a register of a level was read
        """
        self.env["energy.usage"].flush_model()
        found = defaultdict(list)
        for row in self.env.execute_query_dict(
            SQL(
                """
                SELECT asked.agreement_id, asked.first, asked.last, u.id,
                       u.quantity_type_id, u.date_start, u.date_end, u.value::text,
                       u.quality, u.version, u.meter_code,
                       u.reading_from::text, u.reading_to::text, u.multiplier::text,
                       r.code AS register, t.kind = 'level'
                       AND u.register_id IS NOT NULL AS is_maximum,
                       p.measurement, u.message_id,
                       (SELECT array_agg(DISTINCT k.quantity_type_id)
                          FROM energy_installation i
                          JOIN energy_register g ON g.meter_id = i.meter_id
                           AND g.is_billed
                          JOIN energy_register_kind k ON k.id = g.kind_id
                         WHERE i.point_id = u.point_id
                           AND daterange(i.date_start, i.date_end, '[]')
                               && daterange(u.date_start, u.date_end, '[]')
                       ) AS expected_ids
                  FROM %s
                  JOIN energy_usage u ON u.point_id = asked.point_id AND u.is_current
                   AND daterange(u.date_start, u.date_end, '[]')
                       && daterange(asked.month_first, asked.month_last, '[]')
                  JOIN billing_quantity_type t ON t.id = u.quantity_type_id
                  JOIN energy_metering_point p ON p.id = u.point_id
             LEFT JOIN energy_register r ON r.id = u.register_id
                 WHERE daterange(u.date_start, u.date_end, '[]')
                       && daterange(asked.first, asked.last, '[]')
                    OR (t.kind = 'level' AND u.register_id IS NOT NULL)
              ORDER BY u.date_start, u.quantity_type_id, u.id
                """,
                as_table("asked", {**ASKED, **MONTHS}, asked),
            )
        ):
            for name in NUMBERS:
                row[name] = as_decimal(row[name])
            found[row["agreement_id"]].append(row)
        return found

    # === Intervals ===

    def _get_interval_quantities(self, asked, types):
        """Energies of complete days of interval points, and their maximum demand.

        :return: ``{agreement id: [Quantity, …]}``
        """
        with_values = self._get_index_agreements()
        days = defaultdict(list)
        for agreement_id, kind_type, *row in self._get_interval_days(
            asked, with_values
        ):
            days[agreement_id, kind_type].append(_Day(*row))
        found = defaultdict(list)
        spans = {row["agreement_id"]: Span(row["first"], row["last"]) for row in asked}
        for (agreement_id, type_id), rows in days.items():
            for run in runs(rows):
                found[agreement_id].append(types.from_days(type_id, run))
            if _covers(rows, spans[agreement_id]):
                found[agreement_id] += types.demands(type_id, rows, spans[agreement_id])
        return {
            agreement_id: [quantity for quantity in quantities if quantity]
            for agreement_id, quantities in found.items()
        }

    def _get_index_agreements(self):
        """Agreements of which a tariff prices each interval by itself."""
        return self.filtered(
            lambda agreement: any(
                item.basis == "index" for item in agreement.term_ids.tariff_id.item_ids
            )
        )

    def _get_interval_days(self, asked, with_values):
        """Complete days of interval points.

        :param with_values: billing.agreement that need the values themselves
        :return: rows of agreement id, quantity type id and the fields of ``_Day``
        """
        self.env["energy.interval"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT asked.agreement_id, k.quantity_type_id, i.day,
                       i.total::text, i.peak::text, i.resolution, i.version,
                       i.quality IS NOT NULL,
                       CASE WHEN asked.agreement_id = ANY(%s) THEN i.energy END
                  FROM %s
                  JOIN energy_metering_point p ON p.id = asked.point_id
                   AND p.measurement = 'interval'
                  JOIN energy_interval i ON i.point_id = asked.point_id
                   AND i.day BETWEEN asked.first AND asked.last
                   AND i.missing_count = 0
                  JOIN energy_register_kind k ON k.id = i.channel_id
              ORDER BY asked.agreement_id, k.quantity_type_id, i.day
                """,
                with_values.ids,
                as_table("asked", ASKED, asked),
            )
        )


@dataclass(slots=True)
class _Day:
    """A complete interval day: energies in kWh, peak in kW, as the database has it."""

    day: date
    total: str
    peak: str
    resolution: int
    version: int
    has_quality: bool
    values: list | None = field(default=None, repr=False)


def runs(days, day_of=lambda day: day.day):
    """Days in a row, as lists: ``days`` are sorted and each is there once."""
    run = []
    for day in days:
        if run and (day_of(day) - day_of(run[-1])).days != 1:
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _covers(days, span):
    return len(days) == span.days


class _Types:
    """Makes Quantities of the right code and unit."""

    def __init__(self, env):
        types = env["billing.quantity.type"].search([])
        self.codes = {record.id: record.code for record in types}
        self.units = {record.code: record.uom_id.name for record in types}
        self.totals = {
            record.id: record.total_id.id for record in types if record.total_id
        }

    def _quantity(self, code, span, value, **details):
        return Quantity(
            code=code, span=span, value=value, unit=self.units.get(code, ""), **details
        )

    def from_usages(self, rows, taken):
        """Quantities of the usages of one agreement.

        :param set taken: codes that come from intervals
        """
        quantities = []
        for group in monthly_maxima(rows):
            code = self.codes[group[0]["quantity_type_id"]]
            wanted = Span(group[0]["first"], group[0]["last"])
            span = Span(group[0]["date_start"], group[-1]["date_end"])
            if code in taken or not span.overlaps(wanted):
                continue
            sources = [_usage_source(row) for row in group]
            quantities.append(
                self._quantity(
                    code,
                    span,
                    max(row["value"] for row in group),
                    quality=_worst_quality(row["quality"] for row in group),
                    source=sources[0] if len(sources) == 1 else {"parts": sources},
                )
            )
        whole = defaultdict(list)
        parts = defaultdict(list)
        for row in rows:
            whole[row["quantity_type_id"]].append(
                Span(row["date_start"], row["date_end"])
            )
            total = self.totals.get(row["quantity_type_id"])
            if total and self.codes[total] not in taken:
                key = (total, row["date_start"], row["date_end"])
                parts[key].append(row)
        for (total, start, end), group in sorted(parts.items()):
            span = Span(start, end)
            measured = any(span.overlaps(other) for other in whole[total])
            if not measured and self._is_complete(total, group):
                quantities.append(
                    self._quantity(
                        self.codes[total],
                        span,
                        sum((row["value"] for row in group), Decimal()),
                        quality=_worst_quality(row["quality"] for row in group),
                        source={"parts": [_usage_source(row) for row in group]},
                    )
                )
        return quantities

    def _is_complete(self, total, group):
        """Whether no register of the meters is missing among the parts."""
        expected = {
            type_id
            for type_id in group[0]["expected_ids"] or ()
            if self.totals.get(type_id) == total
        }
        return expected <= {row["quantity_type_id"] for row in group}

    def from_days(self, type_id, days):
        """Energy of interval days in a row, with its exact split by days."""
        span = Span(days[0].day, days[-1].day)
        sums, daily, before = [], [], Decimal()
        for day in days:
            sums.append(float(day.total))
            # rounded cumulatively, so that the days add up to the rounded whole
            until = round_quantity(to_decimal(math.fsum(sums)))
            daily.append(until - before)
            before = until
        intervals = None
        if days[0].values is not None:
            intervals = tuple(np.array(day.values, dtype=float) for day in days)
        return self._quantity(
            self.codes[type_id],
            span,
            before,
            quality="substituted" if any(d.has_quality for d in days) else "measured",
            daily=tuple(daily),
            intervals=intervals,
            source={
                "model": "energy.interval",
                "days": span.days,
                "versions": max(day.version for day in days),
                # a shift from one day to another changes amounts but not the sum
                "hash": _hash(days),
            },
        )

    def demands(self, type_id, days, span):
        """Levels of demand in the span: the highest mean power of an interval, and the
        mean of the highest ones of three days, as grid tariffs with steps bill it."""
        highest = sorted(days, key=lambda day: Decimal(day.peak), reverse=True)[:3]
        three = sum(Decimal(day.peak) for day in highest) / len(highest)
        for suffix, value, used in (
            ("_demand", Decimal(highest[0].peak), highest[:1]),
            ("_demand_three", three, highest),
        ):
            code = self.codes[type_id] + suffix
            if code in self.units:
                yield self._quantity(
                    code,
                    span,
                    round_quantity(value),
                    source={
                        "model": "energy.interval",
                        "day": ", ".join(sorted(str(day.day) for day in used)),
                    },
                )


def _usage_source(row):
    """What explanations and statements tell of a usage; numbers as text."""
    source = {"model": "energy.usage", "id": row["id"], "version": row["version"]}
    for name in ("register", "meter_code", "message_id"):
        if row[name]:
            source[name] = row[name]
    for name in ("reading_from", "reading_to", "multiplier"):
        if row[name] is not None:
            source[name] = f"{row[name].normalize():f}"
    return source


def _worst_quality(qualities):
    rank = ("measured", "manual", "substituted", "estimated")
    return max(qualities, key=rank.index)


def _hash(days):
    digest = hashlib.sha256()
    for day in days:
        digest.update(f"{day.day}={day.total};{day.version};".encode())
    return digest.hexdigest()[:16]
