from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.tools import format_number

from ..estimates import compare
from .energy_offer_rater import OfferRater

PRICED = ("unit", "capacity", "flat", "index")
"""Bases of charges whose price an offer may set."""


class SaleOrder(models.Model):
    """An offer of energy; its lines are what a year is estimated to cost."""

    _inherit = "sale.order"

    is_energy_offer = fields.Boolean(readonly=True)
    energy_type_id = fields.Many2one(
        "billing.agreement.type",
        string="Agreement Type",
        compute="_compute_energy_template",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
    )
    energy_profile_id = fields.Many2one(
        "billing.profile",
        string="Billing Profile",
        compute="_compute_energy_template",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
    )
    energy_tariff_id = fields.Many2one(
        "billing.tariff",
        string="Price List",
        compute="_compute_energy_template",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
        help="What is offered is rated by it, with the prices set below.",
    )
    energy_date_start = fields.Date(string="Supply From")
    energy_date_end = fields.Date(
        string="Supply Until", help="Empty: until notice is given."
    )
    energy_estimate_start = fields.Date(
        string="Estimate the Year From",
        help="Empty: from the beginning of supply. With a formula choose a year whose "
        "market prices are known.",
    )
    energy_point_ids = fields.One2many(
        "energy.offer.point", "order_id", string="Points", copy=True
    )
    energy_price_ids = fields.One2many(
        "energy.offer.price", "order_id", string="Prices", copy=True
    )
    energy_quantity = fields.Float(
        string="Quantity a Year", compute="_compute_energy", digits="Product Unit"
    )
    energy_amount_today = fields.Monetary(
        string="Cost a Year Today", compute="_compute_energy"
    )
    energy_amount = fields.Monetary(
        string="Cost a Year Offered", compute="_compute_energy"
    )
    energy_saving = fields.Monetary(string="Saving", compute="_compute_energy")
    energy_saving_percent = fields.Float(
        string="Saving (%)", compute="_compute_energy", digits=(12, 1)
    )
    energy_agreement_count = fields.Integer(
        string="Agreements", compute="_compute_energy_agreement_count"
    )

    @api.depends("sale_order_template_id", "company_id")
    def _compute_energy_template(self):
        for order in self:
            template = order.sale_order_template_id
            for name in ("energy_type_id", "energy_profile_id", "energy_tariff_id"):
                value = template[name]
                if value and value.company_id not in (
                    order.company_id,
                    self.env["res.company"],
                ):
                    value = False
                order[name] = value or order[name]

    @api.depends("is_energy_offer")
    def _compute_pricelist_id(self):
        # prices come from the tariff, and so does the currency
        energy = self.filtered("is_energy_offer")
        energy.pricelist_id = False
        return super(SaleOrder, self - energy)._compute_pricelist_id()

    @api.depends("is_energy_offer", "energy_tariff_id")
    def _compute_currency_id(self):
        priced = self.filtered(lambda o: o.is_energy_offer and o.energy_tariff_id)
        for order in priced:
            order.currency_id = order.energy_tariff_id.currency_id
        return super(SaleOrder, self - priced)._compute_currency_id()

    @api.depends(
        "energy_point_ids.quantity_ids.value",
        "energy_point_ids.amount",
        "energy_point_ids.amount_today",
    )
    def _compute_energy(self):
        for order in self:
            points = order.energy_point_ids

            def total(name, points=points):
                return sum((to_decimal(p[name]) for p in points), Decimal())

            saving, percent = compare(total("amount_today"), total("amount"))
            order.energy_quantity = float(total("quantity"))
            order.energy_amount_today = float(total("amount_today"))
            order.energy_amount = float(total("amount"))
            order.energy_saving = float(saving)
            order.energy_saving_percent = float(percent or 0)

    def _compute_energy_agreement_count(self):
        counts = dict(
            self.env["billing.agreement"]._read_group(
                [("offer_point_id", "in", self.energy_point_ids.ids)],
                ["offer_point_id"],
                ["__count"],
            )
        )
        for order in self:
            order.energy_agreement_count = sum(
                counts.get(point, 0) for point in order.energy_point_ids
            )

    def _get_estimate_start(self):
        """First day of the estimated year.

        :raises UserError: where neither it nor the beginning of supply is entered
        """
        self.ensure_one()
        start = self.energy_estimate_start or self.energy_date_start
        if not start:
            raise UserError(self.env._("Enter from when energy is to be supplied."))
        return start

    # === Prices ===

    def action_energy_fetch_prices(self):
        """The charges of the price list whose prices the offer may set."""
        for order in self:
            order._check_energy_open()
            if not order.energy_tariff_id:
                raise UserError(self.env._("Choose a price list first."))
            day = order._get_estimate_start()
            items = order.energy_tariff_id.item_ids.filtered(
                lambda item: item.kind == "charge" and item.basis in PRICED
            )
            order.energy_price_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "item_id": item.id,
                            "sequence": number,
                            "list_price": order._get_list_price(item, day),
                        }
                    )
                    for number, item in enumerate(items)
                ),
            ]

    def _get_list_price(self, item, day):
        versions = item.price_ids.filtered(
            lambda price: (
                price.date_start <= day
                and (not price.date_end or day <= price.date_end)
            )
        )
        return versions[:1].price

    # === Estimate ===

    def action_energy_estimate(self):
        """Rate a year of all points and write it on the offer."""
        for order in self:
            order._check_energy_open()
            order._check_energy_complete()
            rater = OfferRater(order)
            amounts, quantities = defaultdict(Decimal), defaultdict(Decimal)
            for point in order.energy_point_ids:
                costs, used = rater.cost(point)
                point.amount = float(sum(costs.values(), Decimal()))
                for item_id, amount in costs.items():
                    amounts[item_id] += amount
                    quantities[item_id] += used[item_id]
            order.order_line = [
                Command.clear(),
                *(
                    Command.create(values)
                    for values in order._prepare_energy_lines(amounts, quantities)
                ),
            ]

    def _prepare_energy_lines(self, amounts, quantities):
        """A line for each charge: what it costs in a year of all points."""
        items = self.env["billing.tariff.item"].browse(amounts)
        for number, item in enumerate(items.sorted("sequence")):
            unit = item.quantity_type_id.uom_id.name
            name = item.name
            if item.basis in ("unit", "index", "bands") and unit:
                name = self.env._(
                    "%(charge)s, about %(quantity)s %(unit)s a year",
                    charge=item.name,
                    quantity=format_number(self.env, quantities[item.id]),
                    unit=unit,
                )
            yield {
                "sequence": number,
                "product_id": item.product_id.id,
                "name": name,
                "product_uom_qty": 1,
                "price_unit": float(amounts[item.id]),
                "discount": 0,
            }

    def _check_energy_open(self):
        if self.state not in ("draft", "sent") or self.signature:
            raise UserError(
                self.env._(
                    "Offer %(offer)s is accepted or closed and does not change.",
                    offer=self.name,
                )
            )

    def _check_energy_complete(self):
        """:raises UserError: naming what is missing"""
        _ = self.env._
        if not (self.energy_type_id and self.energy_profile_id):
            raise UserError(_("Choose an agreement type and a billing profile."))
        if (
            self.sale_order_template_id.energy_has_advances
            and not self.energy_type_id.advance_product_id
        ):
            raise UserError(
                _(
                    "Agreements of type %(type)s have no product for advances. Enter "
                    "one at the type.",
                    type=self.energy_type_id.display_name,
                )
            )
        if not self.energy_tariff_id:
            raise UserError(_("Choose a price list first."))
        if self.energy_tariff_id.currency_id != self.currency_id:
            raise UserError(
                _(
                    "Price list %(tariff)s is in %(currency)s, the offer is not.",
                    tariff=self.energy_tariff_id.display_name,
                    currency=self.energy_tariff_id.currency_id.name,
                )
            )
        if not self.energy_point_ids:
            raise UserError(_("Enter the metering points to be supplied."))
        for point in self.energy_point_ids:
            if not point.quantity_ids and point.yearly_ids:
                point.action_spread()
            if not point.quantity_ids:
                raise UserError(
                    _("%(point)s: enter what it uses in a year.", point=point.code)
                )

    def action_view_energy_agreements(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_agreement_action"
        )
        action["domain"] = [("offer_point_id", "in", self.energy_point_ids.ids)]
        action["context"] = {}
        return action
