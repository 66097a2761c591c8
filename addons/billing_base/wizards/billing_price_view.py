from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command

from ..rating import Problem, Span, price_on, problem_sentence
from ..tools import format_number


class BillingPriceView(models.TransientModel):
    """The prices of a tariff on a day, for everybody or as one customer pays them."""

    _name = "billing.price.view"
    _description = "Prices on a Date"

    tariff_id = fields.Many2one("billing.tariff", required=True, ondelete="cascade")
    date = fields.Date(required=True, default=fields.Date.context_today)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        domain="[('parent_id', '=', False)]",
        help="With this customer's discounts and taxes.",
    )
    contract_id = fields.Many2one(
        "contract.contract",
        domain="[('partner_id.commercial_partner_id', '=', partner_id)]",
        help="With the discounts of this contract.",
    )
    line_ids = fields.One2many(
        "billing.price.view.line",
        "view_id",
        string="Prices",
        compute="_compute_line_ids",
        store=True,
    )

    def _compute_display_name(self):
        for view in self:
            view.display_name = self.env._("Prices on a Date")

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.contract_id.partner_id.commercial_partner_id != self.partner_id:
            self.contract_id = False

    @api.depends("tariff_id", "date", "partner_id", "contract_id")
    def _compute_line_ids(self):
        for view in self:
            view.line_ids = [Command.clear()]
            if view.tariff_id and view.date:
                view.line_ids = [
                    Command.create(values) for values in view._prepare_lines()
                ]

    def _prepare_lines(self):
        """Values of a line for each category and charge, in the order of the tree."""
        items = self.tariff_id.item_ids
        prices = self._get_prices(items)
        taxes = self._get_taxes(items)
        return [
            {
                "item_id": item.id,
                **(
                    self._prepare_line(item, prices[item.id], taxes[item.id])
                    if item.id in prices
                    else {}
                ),
            }
            for item in items
        ]

    def _get_prices(self, items):
        """``{item id: rating.PriceOn}`` of the charges."""
        customer = self.partner_id.commercial_partner_id
        company = self.tariff_id.company_id
        discounts = self.env["billing.discount"]._load_for(
            company, customer, self.contract_id, self.date, self.date
        )
        reaching = discounts.reaching_parties(
            company,
            customer,
            self.contract_id,
            self.tariff_id,
            Span(self.date, self.date),
        )
        charges = discounts.apply(
            self.tariff_id._get_charges(),
            {item.id: item for item in items},
            reaching,
        )
        return {charge.key: price_on(charge, self.date) for charge in charges}

    def _get_taxes(self, items):
        """``{item id: account.tax}`` as they are for the customer."""
        company = self.tariff_id.company_id
        position = self.env["account.fiscal.position"]
        if self.partner_id:
            position = position.with_company(company)._get_fiscal_position(
                self.partner_id
            )
        return {
            item.id: position.map_tax(
                item.product_id.taxes_id._filter_taxes_by_company(company)
            )
            for item in items
        }

    def _prepare_line(self, item, found, taxes):
        if found.problems:
            day = fields.Date.to_string(self.date)
            problem = Problem(
                found.problems[0],
                item.id,
                None,
                {"charge": item.name, "from": day, "to": day},
            )
            text = problem_sentence(problem, translate=self.env._)
            return {"problem": text}
        version = found.version
        net = None if found.steps and item.basis == "bands" else found.price
        gross = None if net is None else _gross(net, taxes)
        return {
            "price_id": version.key,
            "has_price": net is not None,
            "list_price": float(version.price or 0),
            "net_price": float(net or 0),
            "has_gross": gross is not None,
            "gross_price": float(gross or 0),
            "unit": self._describe_unit(item),
            "bands": self._describe_bands(found.steps),
            "discount": self._describe_discount(found),
            "tax_names": ", ".join(taxes.mapped("name")),
        }

    def _describe_unit(self, item):
        """What a price is for: “per kW and month”."""
        _ = self.env._
        times = dict(item._fields["time_unit"]._description_selection(self.env))
        unit = item.quantity_type_id.uom_id.name
        if item.basis == "percent":
            names = ", ".join(item.percent_of_ids.mapped("name"))
            return _("percent of %(charges)s", charges=names)
        if item.basis == "flat":
            return _("per %(time)s", time=times[item.time_unit].lower())
        if item.basis == "capacity":
            return _(
                "per %(unit)s and %(time)s",
                unit=unit,
                time=times[item.time_unit].lower(),
            )
        return _("per %(unit)s", unit=unit)

    def _describe_bands(self, steps):
        """Bands with their prices net of discount."""
        _ = self.env._
        texts = []
        for step in steps:
            band = step.band
            limit = _("over")
            if step.upper is not None:
                limit = _("to %(limit)s", limit=format_number(self.env, step.upper))
            parts = []
            if band.price is not None:
                parts.append(format_number(self.env, band.price))
            if band.percent is not None:
                parts.append(f"{format_number(self.env, band.percent)} %")
            if band.fixed is not None:
                fixed = format_number(self.env, band.fixed)
                parts.append(_("%(amount)s fixed", amount=fixed))
            texts.append(f"{limit}: {' + '.join(parts)}")
        return " · ".join(texts)

    def _describe_discount(self, found):
        """The discount that counts, and whose it is."""
        if found.discount:
            discount = self.env["billing.discount"].browse(found.discount.key)
            return f"{discount.value_text} ({discount._get_receiver_name()})"
        if found.version.discount:
            return self.env._(
                "%(percent)s %% (price list)",
                percent=format_number(self.env, found.version.discount),
            )
        return False


def _gross(net, taxes):
    """``net`` with plain percentages of tax on it, else None."""
    taxes = taxes.flatten_taxes_hierarchy()
    if any(
        tax.amount_type != "percent" or tax.price_include or tax.include_base_amount
        for tax in taxes
    ):
        return None
    percent = sum((Decimal(str(tax.amount)) for tax in taxes), Decimal())
    return net * (100 + percent) / 100
