from datetime import timedelta

from odoo import fields, models

from ..rating import Charge, to_decimal


class BillingTariff(models.Model):
    """A price list: a tree of categories and charges with dated prices."""

    _name = "billing.tariff"
    _description = "Tariff"
    _inherit = ["mail.thread"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    item_ids = fields.One2many("billing.tariff.item", "tariff_id", string="Items")
    item_count = fields.Integer(compute="_compute_item_count")
    note = fields.Html(string="Notes")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a tariff must be unique."
    )

    def _compute_item_count(self):
        counts = dict(
            self.env["billing.tariff.item"]._read_group(
                [("tariff_id", "in", self.ids), ("kind", "=", "charge")],
                ["tariff_id"],
                ["__count"],
            )
        )
        for tariff in self:
            tariff.item_count = counts.get(tariff, 0)

    def action_view_items(self):
        return self._action_open("billing_base.billing_tariff_item_action")

    def action_view_prices(self):
        action = self._action_open("billing_base.billing_tariff_price_action")
        action["context"] = {"search_default_today": 1}
        return action

    def _action_open(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("tariff_id", "=", self.id)]
        action["context"] = {"default_tariff_id": self.id}
        return action

    def _get_versions_to_change(self, date_start):
        """The price versions that versions from ``date_start`` on would follow.

        A charge that already has a later version is left out: its prices are known.
        """
        self.ensure_one()
        prices = self.item_ids.price_ids
        known = prices.filtered(lambda price: price.date_start >= date_start).item_id
        last_day = date_start - timedelta(days=1)
        return prices.filtered(
            lambda price: (
                price.item_id not in known
                and (not price.date_end or price.date_end >= last_day)
            )
        )

    def _add_versions(self, versions):
        """Write new price versions; those in force end the day before.

        :param dict versions: ``{billing.tariff.price: values of its successor}``
        :return: the new billing.tariff.price
        """
        for price, values in versions.items():
            price.date_end = values["date_start"] - timedelta(days=1)
        self.env.flush_all()  # the database must see the old versions end
        return self.env["billing.tariff.price"].create(list(versions.values()))

    def _copy_tree(self, name, code, versions):
        """A new tariff with the tree of this one and the prices of ``versions``.

        :param dict versions: as of ``_add_versions``
        """
        self.ensure_one()
        tariff = self.copy({"name": name, "code": code})
        copies = {}
        for item in self.item_ids.sorted("parent_path"):
            copies[item] = item.copy(
                {
                    "tariff_id": tariff.id,
                    "parent_id": copies[item.parent_id].id if item.parent_id else False,
                    "percent_of_ids": False,
                }
            )
        for item, copy in copies.items():
            copy.percent_of_ids = self.env["billing.tariff.item"].union(
                *(copies[base] for base in item.percent_of_ids)
            )
        self.env["billing.tariff.price"].create(
            [
                {**values, "item_id": copies[price.item_id].id}
                for price, values in versions.items()
            ]
        )
        return tariff

    def _get_charges(self):
        """The charges of this tariff with all their price versions, for rating.

        :return: tuple of rating.Charge in the order of the tree; keys are item ids
        """
        self.ensure_one()
        items = self.item_ids.filtered(lambda item: item.kind == "charge")
        items.price_ids.band_ids.mapped("upper")  # one query for all bands
        return tuple(
            Charge(
                key=item.id,
                code=item.code,
                basis=item.basis,
                quantity=item.quantity_type_id.code or "",
                prices=tuple(price._to_rating() for price in item.price_ids),
                time_unit=item.time_unit,
                percent_of=tuple(item.percent_of_ids.ids),
                minimum=to_decimal(item.minimum) if item.minimum else None,
                maximum=to_decimal(item.maximum) if item.maximum else None,
                sequence=sequence,
            )
            for sequence, item in enumerate(items, start=1)
        )
