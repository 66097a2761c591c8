"""Tariff trees of JSON files as records: demo and tests.

A tree has what ``billing.tariff.item`` has, with codes in place of records; a charge
names its quantity, basis and dated prices. Texts are ``{"en": …, "bg": …}``.
"""

import json
from pathlib import Path

from odoo.fields import Command

FOLDER = Path(__file__).parent / "tariffs"
LANGUAGES = {"bg": "bg_BG", "cs": "cs_CZ", "nb": "nb_NO", "pl": "pl_PL"}
COPIED = ("pick_group", "pick", "coverage", "prorate_limits")


def read(country):
    """The trees of a country's file: ``bg``, ``cz``, ``no`` or ``pl``."""
    return json.loads((FOLDER / f"{country}.json").read_text())["tariffs"]


class Tariffs:
    """Makes tariffs in one company; products are shared by charges of one code.

    :param env: of a billing administrator
    :param company: res.company with a chart of accounts
    """

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.languages = {code for code, _name in env["res.lang"].get_installed()}
        self.quantity_types = {
            quantity_type.code: quantity_type
            for quantity_type in env["billing.quantity.type"].search([])
        }
        self.products = {}
        self.taxes = {}

    def load(self, trees):
        """Create the tariffs; :return: ``{key: billing.tariff}``"""
        tariffs = {}
        for tree in trees:
            tariff = tariffs[tree["key"]] = self.env["billing.tariff"].create(
                {
                    "name": tree["name"]["en"],
                    "code": tree["key"],
                    "company_id": self.company.id,
                    "currency_id": self._currency(tree["currency"]).id,
                }
            )
            self.translate(tariff, tree["name"])
            self._load_items(tariff, tree["items"], self.get_tax(tree["vat"]))
        return tariffs

    def get_tax(self, percent):
        """The company's sales tax of so many percent, on top of prices."""
        if percent not in self.taxes:
            domain = [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", float(percent)),
            ]
            Tax = self.env["account.tax"]
            found = self.company.account_sale_tax_id.filtered_domain(domain)
            found |= Tax.search(domain)
            self.taxes[percent] = found.filtered(lambda tax: not tax.price_include)[
                :1
            ] or Tax.create(
                {
                    "name": f"VAT {percent} %",
                    "amount": float(percent),
                    "price_include_override": "tax_excluded",
                    "company_id": self.company.id,
                }
            )
        return self.taxes[percent]

    def translate(self, record, names):
        for code, name in names.items():
            lang = LANGUAGES.get(code)
            if lang in self.languages:
                record.with_context(lang=lang).name = name

    def _currency(self, name):
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", name)])
        )
        if not currency.active:
            currency.active = True
        return currency

    def _load_items(self, tariff, items, tax, parent=None, number=0):
        for item in items:
            number += 10
            vals = {
                "tariff_id": tariff.id,
                "parent_id": parent.id if parent else False,
                "kind": item["kind"],
                "code": item["code"],
                "name": item["name"]["en"],
                "sequence": number,
            }
            if item["kind"] == "charge":
                vals |= self._prepare_charge(item, tax)
            record = self.env["billing.tariff.item"].create(vals)
            self.translate(record, item["name"])
            number = self._load_items(
                tariff, item.get("items", ()), tax, record, number
            )
        return number

    def _prepare_charge(self, item, tax):
        quantity_type = self.quantity_types.get(item.get("quantity"))
        return {
            "product_id": self._product(item, quantity_type, tax).id,
            "basis": item["basis"],
            "quantity_type_id": quantity_type.id if quantity_type else False,
            "time_unit": item.get("time_unit", "period"),
            "price_ids": [
                Command.create(_prepare_price(price)) for price in item["prices"]
            ],
            **{name: item[name] for name in COPIED if name in item},
        }

    def _product(self, item, quantity_type, tax):
        code = item["code"]
        if code not in self.products:
            unit = quantity_type.uom_id if quantity_type else None
            product = self.env["product.product"].create(
                {
                    "name": item["name"]["en"],
                    "default_code": code,
                    "type": "service",
                    "uom_id": (unit or self.env.ref("uom.product_uom_unit")).id,
                    "taxes_id": [Command.set(tax.ids)],
                    "supplier_taxes_id": [Command.clear()],
                    "company_id": self.company.id,
                }
            )
            self.translate(product, item["name"])
            self.products[code] = product
        return self.products[code]


def _prepare_price(price):
    return {
        "date_start": price["from"],
        "date_end": price["to"],
        "price": float(price.get("price", 0)),
        "formula": price.get("formula"),
        "band_ids": [
            Command.create(
                {
                    "upper": float(band.get("upper", 0)),
                    "is_open": "upper" not in band,
                    "price": float(band.get("price", 0)),
                    "fixed": float(band.get("fixed", 0)),
                }
            )
            for band in price.get("bands", ())
        ],
    }
