"""Rates the estimated year of offered points, month by month; writes nothing."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo.exceptions import UserError

from odoo.addons.billing_base.rating import (
    Quantity,
    Rater,
    Span,
    problem_sentence,
    round_quantity,
    to_decimal,
)
from odoo.addons.energy_billing.models.billing_agreement import ENERGY
from odoo.addons.energy_billing.models.billing_agreement_derived import EXCISE, spread

from ..estimates import months_from

CAPACITY = "capacity"


class OfferRater:
    """Prices of one offer for the months of its estimated year.

    :param order: a sale.order with a price list and an agreement type
    """

    def __init__(self, order):
        self.env = order.env
        self.order = order
        tariff, agreement_type = order.energy_tariff_id, order.energy_type_id
        own = {
            row.item_id.id: to_decimal(row.price)
            for row in order.energy_price_ids
            if row._is_own()
        }
        charges = tuple(
            replace(
                charge,
                prices=tuple(
                    replace(version, price=own[charge.key]) for version in charge.prices
                ),
            )
            if charge.key in own
            else charge
            for charge in tariff._get_charges()
        )
        self.months = [Span(*days) for days in months_from(order._get_estimate_start())]
        self.raters = [
            Rater(
                charges,
                month,
                period=month,
                rounding=to_decimal(tariff.currency_id.rounding),
                proration=agreement_type.proration,
                normal_days=agreement_type.normal_days,
                series=tariff._get_index_series(month),
            )
            for month in self.months
        ]
        self.days = {}

    def cost(self, point):
        """What a year of an offered point costs.

        :raises UserError: naming what cannot be rated
        :return: ``({item id: Decimal amount}, {item id: Decimal quantity})``
        """
        amounts, quantities = defaultdict(Decimal), defaultdict(Decimal)
        for month, rater in zip(self.months, self.raters, strict=True):
            result = rater.rate(self._quantities(point, month))
            if result.problems:
                raise UserError(
                    self.env._(
                        "%(point)s, %(month)s: %(problem)s",
                        point=point.code,
                        month=f"{month.start:%Y-%m}",
                        problem=problem_sentence(
                            result.problems[0], translate=self.env._
                        ),
                    )
                )
            for line in result.lines:
                amounts[line.charge_key] += line.amount
                quantities[line.charge_key] += line.quantity
        return amounts, quantities

    def _quantities(self, point, month):
        """Expected quantities of a month, with those that a bill derives from them."""
        number = str(month.start.month)
        rows = point.quantity_ids.filtered(lambda row: row.month == number)
        values = {row.quantity_type_id: to_decimal(row.value) for row in rows}
        totals = defaultdict(Decimal)
        for kind, value in values.items():
            if kind.total_id and kind.total_id not in values:
                totals[kind.total_id] += value
        found = [
            self._spread(
                point,
                Quantity(
                    code=kind.code,
                    span=month,
                    value=round_quantity(value),
                    unit=kind.uom_id.name,
                    quality="estimated",
                ),
            )
            for kind, value in (values | totals).items()
        ]
        if not any(quantity.code == EXCISE for quantity in found):
            # a prospect has no certificate that exempts him
            found += [
                replace(quantity, code=EXCISE, intervals=None)
                for quantity in found
                if quantity.code == ENERGY
            ]
        if point.capacity_kw:
            found.append(
                Quantity(
                    code=CAPACITY,
                    span=month,
                    value=to_decimal(point.capacity_kw),
                    unit=self.env.ref("energy_billing.uom_kw").name,
                    quality="agreed",
                )
            )
        return found

    def _spread(self, point, quantity):
        """Days and hours by the load profile, as a bill will have them."""
        curve = point.curve_id
        if not curve:
            return quantity
        key = curve.id, quantity.span
        if key not in self.days:
            self.days[key] = curve._get_days(quantity.span)[curve.id]
        return spread(quantity, self.days[key])
