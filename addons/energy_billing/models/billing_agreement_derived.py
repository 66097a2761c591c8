from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np

from odoo import models

from odoo.addons.billing_base.rating import (
    Quantity,
    Span,
    round_quantity,
    to_decimal,
)
from odoo.addons.billing_base.rating.spans import gaps

from ..market.gas import GasFactor, to_energy
from .billing_agreement import ENERGY, runs

VOLUME = "gas_volume"
EXCISE = "energy_excise"
BREAKER = "breaker"
"""A level: rated current times phases of the main circuit-breaker, 3x25 A is 75."""
HUNDRED = Decimal(100)


class BillingAgreement(models.Model):
    """Quantities made from measured ones: hours of a register calendar, energy of gas,
    hours of a load profile, energy subject to excise; the circuit-breaker."""

    _inherit = "billing.agreement"

    def _get_quantities(self, spans):
        quantities = super()._get_quantities(spans)
        asked = self.filtered(
            lambda agreement: agreement.point_id and spans.get(agreement.id)
        )
        asked._add_calendar_quantities(spans, quantities)
        asked._add_gas_energy(quantities)
        asked._spread_by_profile(quantities)
        asked._add_excise(quantities)
        asked._add_breaker(spans, quantities)
        return quantities

    # === Register calendars ===

    def _add_calendar_quantities(self, spans, quantities):
        """Sum the intervals of points with a calendar by what their hours count as."""
        agreements = self.filtered("point_id.calendar_id")
        if not agreements:
            return
        asked = [
            {
                "agreement_id": agreement.id,
                "point_id": agreement.point_id.id,
                "first": min(span.start for span in spans[agreement.id]),
                "last": max(span.end for span in spans[agreement.id]),
            }
            for agreement in agreements
        ]
        types = {t.id: t for t in self.env["billing.quantity.type"].search([])}
        energy = {t.id for t in types.values() if t.code == ENERGY}
        days = defaultdict(list)
        for (
            agreement_id,
            type_id,
            day,
            _total,
            _peak,
            minutes,
            *_rest,
            values,
        ) in self._get_interval_days(asked, agreements):
            if type_id in energy:
                days[agreement_id].append((day, minutes, np.array(values, dtype=float)))
        for agreement in agreements:
            rows = days.get(agreement.id)
            if not rows:
                continue
            masks = agreement.point_id.calendar_id._get_masks(
                (day, minutes) for day, minutes, _values in rows
            )
            for run in runs(rows, lambda row: row[0]):
                quantities[agreement.id] += self._sum_by_mask(run, masks, types)

    def _sum_by_mask(self, run, masks, types):
        """Quantities of days in a row, one for each type of the masks."""
        span = Span(run[0][0], run[-1][0])
        sums = defaultdict(lambda: [0.0] * len(run))
        for number, (day, minutes, values) in enumerate(run):
            mask = masks[day, minutes]
            for type_id in np.unique(mask).tolist():
                sums[type_id][number] = float(values[mask == type_id].sum())
        return [
            self._make_daily(types[type_id], span, per_day)
            for type_id, per_day in sorted(sums.items())
            if types[type_id].code != ENERGY
        ]

    def _make_daily(self, quantity_type, span, per_day):
        daily, before, total = [], Decimal(), 0.0
        for value in per_day:
            total += value
            until = round_quantity(to_decimal(round(total, 9)))
            daily.append(until - before)
            before = until
        return Quantity(
            code=quantity_type.code,
            span=span,
            value=before,
            unit=quantity_type.uom_id.name,
            daily=tuple(daily),
            source={"model": "energy.interval", "days": span.days},
        )

    # === Gas ===

    def _add_gas_energy(self, quantities):
        """Energy of measured volumes, by the calorific values of their networks."""
        agreements = self.filtered(
            lambda agreement: any(q.code == VOLUME for q in quantities[agreement.id])
        )
        if not agreements:
            return
        factors = defaultdict(list)
        for row in self.env["energy.gas.factor"].search(
            [("network_id", "in", agreements.point_id.network_id.ids)]
        ):
            factors[row.network_id.id].append(
                GasFactor(
                    row.date_start,
                    row.date_end,
                    to_decimal(row.calorific),
                    to_decimal(row.factor),
                )
            )
        unit = self.env.ref("energy_billing.quantity_type_energy").uom_id.name
        for agreement in agreements:
            own = factors[agreement.point_id.network_id.id]
            for volume in list(quantities[agreement.id]):
                if volume.code != VOLUME:
                    continue
                parts = to_energy(volume.span.start, volume.span.end, volume.value, own)
                # without a calorific value there is no energy, and rating says so
                quantities[agreement.id] += [
                    Quantity(
                        code=ENERGY,
                        span=Span(part.start, part.end),
                        value=part.energy,
                        unit=unit,
                        quality=volume.quality,
                        source={
                            **(volume.source or {}),
                            "volume": f"{part.volume:f}",
                            "calorific": f"{part.factor.calorific:f}",
                            "factor": f"{part.factor.factor:f}",
                        },
                    )
                    for part in parts or ()
                ]

    # === Load profiles ===

    def _spread_by_profile(self, quantities):
        """Give energies of profiled points their days and hours."""
        for curve, agreements in (
            self.filtered("point_id.curve_id")
            .grouped(lambda agreement: agreement.point_id.curve_id)
            .items()
        ):
            found = [q for a in agreements for q in quantities[a.id] if _is_plain(q)]
            if not found:
                continue
            whole = Span(
                min(q.span.start for q in found), max(q.span.end for q in found)
            )
            days = curve._get_days(whole)[curve.id]
            for agreement in agreements:
                quantities[agreement.id] = [
                    spread(quantity, days) if _is_plain(quantity) else quantity
                    for quantity in quantities[agreement.id]
                ]

    # === Excise ===

    def _add_excise(self, quantities):
        """Energy less what certificates exempt, for tariffs with excise on it."""
        agreements = self._filtered_billed_by(EXCISE)
        if not agreements:
            return
        certificates = self.env["energy.excise.certificate"].search(
            [
                ("partner_id.commercial_partner_id", "in", agreements.partner_id.ids),
                ("company_id", "in", agreements.company_id.ids),
            ]
        )
        for agreement in agreements:
            own = certificates.filtered(
                lambda c, agreement=agreement: (
                    c.partner_id.commercial_partner_id == agreement.partner_id
                    and c.company_id == agreement.company_id
                    and c.commodity == agreement.point_id.commodity
                    and (not c.point_ids or agreement.point_id in c.point_ids)
                )
            )
            quantities[agreement.id] += [
                _less_exempt(quantity, own)
                for quantity in quantities[agreement.id]
                if quantity.code == ENERGY
            ]

    # === Main circuit-breaker ===

    def _add_breaker(self, spans, quantities):
        """The point's circuit-breaker, where a charge goes by it and no term of the
        agreement tells it for these days."""
        unit = self.env.ref("energy_billing.uom_ampere").name
        for agreement in self._filtered_billed_by(BREAKER):
            point = agreement.point_id
            amps = to_decimal(point.breaker_amps) * int(point.breaker_phases or 0)
            if not amps:
                continue  # rating says that the level is missing
            told = [q.span for q in quantities[agreement.id] if q.code == BREAKER]
            quantities[agreement.id] += [
                Quantity(
                    code=BREAKER,
                    span=gap,
                    value=amps,
                    unit=unit,
                    quality="agreed",
                    source={
                        "point": point.id,
                        "phases": int(point.breaker_phases),
                        "amps": f"{point.breaker_amps:g}",
                    },
                )
                for span in spans[agreement.id]
                for gap in gaps(span, told)
            ]

    def _filtered_billed_by(self, code):
        """Agreements one of whose tariffs, or the price list of whose distribution
        rate, has a charge by this quantity."""
        tariffs = self.term_ids.tariff_id | self.point_id.network_rate_id.tariff_id
        billed = {
            tariff.id
            for tariff in tariffs
            if code in tariff.item_ids.quantity_type_id.mapped("code")
        }
        if not billed:
            return self.browse()
        return self.filtered(
            lambda agreement: (
                not billed.isdisjoint(agreement.term_ids.tariff_id.ids)
                or agreement.point_id.network_rate_id.tariff_id.id in billed
            )
        )


def _is_plain(quantity):
    """An energy that stands for a span as a whole."""
    return quantity.code == ENERGY and quantity.daily is None


def spread(quantity, days):
    """The quantity with its days and intervals by the coefficients of a profile."""
    wanted = _dates(quantity.span)
    if any(day not in days for day in wanted):
        return quantity
    weights = [days[day] for day in wanted]
    total = sum(float(np.nansum(weight)) for weight in weights)
    if not total > 0 or any(np.isnan(weight).any() for weight in weights):
        return quantity
    share, daily, before = Decimal(), [], Decimal()
    for weight in weights:
        share += to_decimal(float(weight.sum()))
        until = round_quantity(quantity.value * share / to_decimal(total))
        daily.append(until - before)
        before = until
    daily[-1] += round_quantity(quantity.value) - before
    intervals = tuple(weight * (float(quantity.value) / total) for weight in weights)
    return replace(quantity, daily=tuple(daily), intervals=intervals)


def _less_exempt(quantity, certificates):
    """The energy of which excise is due, by days."""
    daily = quantity.daily or _even(quantity)
    percents = [
        min(
            sum(
                (
                    to_decimal(c.percent)
                    for c in certificates
                    if c.date_start <= day <= c.date_end
                ),
                Decimal(),
            ),
            HUNDRED,
        )
        for day in _dates(quantity.span)
    ]
    sums, total = [Decimal()], Decimal()
    for value, percent in zip(daily, percents, strict=True):
        total += value * (HUNDRED - percent) / HUNDRED
        sums.append(round_quantity(total))
    span = quantity.span
    used = certificates.filtered(
        lambda c: c.date_start <= span.end and c.date_end >= span.start
    )
    return replace(
        quantity,
        code=EXCISE,
        value=sums[-1],
        daily=tuple(later - earlier for earlier, later in pairwise(sums)),
        intervals=None,
        source={
            **(quantity.source or {}),
            "certificates": sorted(used.mapped("name")),
            "grounds": sorted(set(used.ground_id.mapped("display_name"))),
        },
    )


def _even(quantity):
    """The quantity in equal days, rounded cumulatively."""
    days = quantity.span.days
    sums = [round_quantity(quantity.value * n / days) for n in range(days + 1)]
    return tuple(later - earlier for earlier, later in pairwise(sums))


def _dates(span):
    return [span.start + timedelta(days=number) for number in range(span.days)]
