from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class BillingPriceChange(models.TransientModel):
    """Next year's prices of a tariff: a percentage, then what differs by hand."""

    _name = "billing.price.change"
    _description = "New Prices"

    tariff_id = fields.Many2one("billing.tariff", required=True, readonly=True)
    date_start = fields.Date(
        string="Valid From",
        required=True,
        default=lambda self: date(fields.Date.context_today(self).year + 1, 1, 1),
    )
    percent = fields.Float(string="Change in %", digits=(8, 4))
    digits = fields.Integer(string="Decimals", default=6, required=True)
    mode = fields.Selection(
        [
            ("versions", "New versions in this tariff"),
            ("copy", "A new tariff with the same charges"),
        ],
        default="versions",
        required=True,
    )
    name = fields.Char(string="New Tariff")
    code = fields.Char(string="Its Code")
    line_ids = fields.One2many(
        "billing.price.change.line",
        "change_id",
        string="Prices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "billing.tariff":
            values["tariff_id"] = self.env.context.get("active_id")
        return values

    @api.depends("tariff_id", "date_start", "percent", "digits")
    def _compute_line_ids(self):
        for change in self:
            prices = self.env["billing.tariff.price"]
            if change.tariff_id and change.date_start:
                prices = change.tariff_id._get_versions_to_change(change.date_start)
            change.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "price_id": price.id,
                        "new_price": change._prepare_version(price)["price"],
                    }
                )
                for price in prices.sorted(lambda p: (p.item_id.sequence, p.item_id.id))
            ]

    def _prepare_version(self, price):
        return price._prepare_version(
            self.date_start, self.percent, max(0, min(self.digits, 8))
        )

    def action_apply(self):
        self.ensure_one()
        self.env["res.users"]._check_may("price")
        versions = {
            line.price_id: {
                **self._prepare_version(line.price_id),
                "price": line.new_price,
            }
            for line in self.line_ids
        }
        if not versions:
            raise UserError(
                self.env._(
                    "Every charge of %(tariff)s already has a price from that day on.",
                    tariff=self.tariff_id.display_name,
                )
            )
        tariff = self.tariff_id
        if self.mode == "copy":
            if not self.name or not self.code:
                raise UserError(self.env._("Give the new tariff a name and a code."))
            tariff = tariff._copy_tree(self.name, self.code, versions)
        else:
            tariff._add_versions(versions)
        return {
            "type": "ir.actions.act_window",
            "name": tariff.display_name,
            "res_model": tariff._name,
            "res_id": tariff.id,
            "views": [(False, "form")],
        }
