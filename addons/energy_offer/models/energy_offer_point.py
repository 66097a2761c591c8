from datetime import timedelta
from decimal import Decimal

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Span, to_decimal
from odoo.addons.energy_billing.models.energy_metering_point import MEASUREMENTS
from odoo.addons.energy_billing.models.energy_network import COMMODITIES

from ..estimates import compare, months_from, spread, year_of


class EnergyOfferPoint(models.Model):
    """A point that is offered to be supplied: what it will use, cost now and then."""

    _name = "energy.offer.point"
    _description = "Offered Point"
    _order = "order_id, sequence, id"
    _rec_name = "code"
    _check_company_auto = True

    order_id = fields.Many2one(
        "sale.order", string="Offer", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    code = fields.Char(string="Metering Point", required=True)
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Known As",
        compute="_compute_point_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The point of this code, where there is one.",
    )
    commodity = fields.Selection(COMMODITIES, default="electricity", required=True)
    measurement = fields.Selection(MEASUREMENTS, default="register", required=True)
    street = fields.Char()
    zip = fields.Char(string="ZIP")
    city = fields.Char()
    capacity_kw = fields.Float(string="Contracted Capacity (kW)", digits=(12, 3))
    curve_id = fields.Many2one(
        "energy.curve",
        string="Load Profile",
        check_company=True,
        ondelete="restrict",
        domain="[('kind', '=', 'profile')]",
        help="Divides the quantity of a year among months, days and hours.",
    )
    yearly_ids = fields.One2many(
        "energy.offer.yearly", "point_id", string="Quantity a Year"
    )
    quantity_ids = fields.One2many(
        "energy.offer.quantity", "point_id", string="Quantity by Month"
    )
    source = fields.Selection(
        [
            ("profile", "Load profile"),
            ("even", "Equal months"),
            ("history", "Own history"),
            ("file", "File"),
        ],
        string="Estimated From",
        readonly=True,
        copy=True,
    )
    quantity = fields.Float(
        string="A Year", compute="_compute_quantity", digits="Product Unit"
    )
    amount_today = fields.Monetary(
        string="Cost Today", help="What the customer pays a year now, untaxed."
    )
    amount = fields.Monetary(string="Cost Offered", readonly=True, copy=False)
    saving = fields.Monetary(compute="_compute_saving")
    saving_percent = fields.Float(
        string="Saving (%)", compute="_compute_saving", digits=(12, 1)
    )
    agreement_id = fields.Many2one("billing.agreement", compute="_compute_agreement_id")

    _code_once = models.Constraint(
        "UNIQUE (order_id, code)", "A metering point is offered once."
    )

    @api.depends("code", "commodity", "company_id")
    def _compute_point_id(self):
        points = self.env["energy.metering.point"].search(
            [
                ("code", "in", self.filtered("code").mapped("code")),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        found = {(p.code, p.commodity, p.company_id): p for p in points}
        for line in self:
            key = (line.code, line.commodity, line.company_id)
            line.point_id = found.get(key, False)

    @api.depends("quantity_ids.value")
    def _compute_quantity(self):
        for line in self:
            values = (to_decimal(row.value) for row in line.quantity_ids)
            line.quantity = float(sum(values, Decimal()))

    @api.depends("amount", "amount_today")
    def _compute_saving(self):
        for line in self:
            saving, percent = compare(
                to_decimal(line.amount_today), to_decimal(line.amount)
            )
            line.saving = float(saving)
            line.saving_percent = float(percent or 0)

    def _compute_agreement_id(self):
        agreements = (
            self.env["billing.agreement"]
            .search([("offer_point_id", "in", self.ids)])
            .grouped("offer_point_id")
        )
        for line in self:
            line.agreement_id = agreements.get(line, False)

    # === Expected quantities ===

    def action_spread(self):
        """Divide the quantities of a year among months: by the load profile, else
        equally."""
        for line in self:
            if not line.yearly_ids:
                raise UserError(
                    self.env._(
                        "%(point)s: enter the quantity of a year first.",
                        point=line.code,
                    )
                )
            weights = line._get_weights()
            line._store_quantities(
                {
                    row.quantity_type_id: spread(to_decimal(row.value), weights)
                    for row in line.yearly_ids
                },
                "profile" if weights else "even",
            )

    def _get_weights(self):
        """Sums of the load profile by month, or None.

        :raises UserError: where the profile lacks days of the year
        """
        if not self.curve_id:
            return None
        months = months_from(self.order_id._get_estimate_start())
        days = self.curve_id._get_days(Span(months[0][0], months[-1][1]))
        values = days[self.curve_id.id]
        weights = {}
        for first, last in months:
            wanted = [
                first + timedelta(days=number)
                for number in range((last - first).days + 1)
            ]
            if any(day not in values for day in wanted):
                raise UserError(
                    self.env._(
                        "%(point)s: load profile %(curve)s has no values for all days "
                        "from %(start)s to %(end)s. Import them, or estimate another "
                        "year.",
                        point=self.code,
                        curve=self.curve_id.display_name,
                        start=first,
                        end=last,
                    )
                )
            weights[first.month] = sum(float(np.nansum(values[day])) for day in wanted)
        return [weights[month] for month in sorted(weights)]

    def action_fetch_history(self):
        """Expect what the point used in the last two years, where it is known."""
        known = self.filtered("point_id")
        if not known:
            raise UserError(
                self.env._(
                    "None of these points is entered, so nothing was measured of them. "
                    "Enter the quantity of a year instead."
                )
            )
        kinds = self.env["billing.quantity.type"].search([("kind", "=", "flow")])
        pieces = known._get_used()
        for line in known:
            found = {
                kind: year_of(pieces[line.point_id.id, kind.id])
                for kind in kinds
                if (line.point_id.id, kind.id) in pieces
            }
            if not found:
                raise UserError(
                    self.env._(
                        "%(point)s: nothing was measured in the last two years. Enter "
                        "the quantity of a year instead.",
                        point=line.code,
                    )
                )
            line._store_quantities(found, "history")

    def _get_used(self):
        """Settled quantities of two years.

        :return: ``{(point id, quantity type id): [(first day, last day, Decimal), …]}``
        """
        start = self.order_id[:1]._get_estimate_start() - timedelta(days=730)
        self.env["energy.usage"].flush_model()
        found = {}
        for point_id, kind_id, first, last, value in self.env.execute_query(
            SQL(
                """
                SELECT point_id, quantity_type_id, date_start, date_end, value::text
                  FROM energy_usage
                 WHERE point_id = ANY(%s) AND is_current AND date_start >= %s
                """,
                self.point_id.ids,
                start,
            )
        ):
            found.setdefault((point_id, kind_id), []).append(
                (first, last, Decimal(value))
            )
        return found

    def _store_quantities(self, quantities, source):
        """Replace the expected months.

        :param quantities: ``{billing.quantity.type: {month: Decimal}}``
        """
        self.ensure_one()
        self.write(
            {
                "source": source,
                "amount": 0,
                "quantity_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "quantity_type_id": kind.id,
                                "month": str(month),
                                "value": float(value),
                            }
                        )
                        for kind, months in quantities.items()
                        for month, value in sorted(months.items())
                    ),
                ],
                "yearly_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "quantity_type_id": kind.id,
                                "value": float(sum(months.values(), Decimal())),
                            }
                        )
                        for kind, months in quantities.items()
                    ),
                ],
            }
        )
