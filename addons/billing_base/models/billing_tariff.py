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
