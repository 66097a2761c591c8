from odoo import api, fields, models
from odoo.exceptions import ValidationError

SERVICE_KINDS = [
    ("letter", "Letter"),
    ("registered", "Registered letter"),
    ("parcel", "Parcel"),
    ("payout", "Money order or payout"),
    ("hybrid", "Hybrid mail"),
    ("counter", "Counter service"),
]

WEIGHT, MONEY = "postal_weight", "postal_money"
"""Codes of the quantities whose bands are weight steps and amounts of money."""


class BillingTariffItem(models.Model):
    """A service of the postal price list, with the fields of its kind."""

    _inherit = "billing.tariff.item"
    _rec_names_search = ["code", "name"]

    service_kind = fields.Selection(SERVICE_KINDS, string="Kind of Service")
    service_format = fields.Selection(
        [("standard", "Standard"), ("large", "Large"), ("bulky", "Bulky")],
        string="Format",
    )
    zone = fields.Char(help="Inland, region or country group the price is for.")
    is_extra = fields.Boolean(
        string="Extra Service",
        help="Bought beside another one: advice of delivery, cash on delivery.",
    )
    hybrid_part = fields.Selection(
        [
            ("print", "Printing, per page"),
            ("colour", "Colour printing, per page"),
            ("insert", "Inserting, per enclosure"),
            ("envelope", "Enveloping, per envelope"),
            ("postage", "Postage"),
        ],
        help="The part of a mailing job this service bills.",
    )
    entry = fields.Selection(
        [
            ("pieces", "Pieces"),
            ("weight", "Pieces and weight of a piece"),
            ("money", "Cheques and their amount"),
        ],
        string="Entered By",
        compute="_compute_entry",
        store=True,
    )
    service_tax = fields.Char(string="VAT", compute="_compute_service_tax")

    @api.depends("product_id", "company_id")
    def _compute_service_tax(self):
        for item in self:
            # a shared product has taxes of other companies, too
            taxes = item.product_id.sudo().taxes_id.filtered_domain(
                self.env["account.tax"]._check_company_domain(item.company_id)
            )
            item.service_tax = ", ".join(taxes.mapped("name"))

    @api.depends("quantity_type_id.code")
    def _compute_entry(self):
        for item in self:
            item.entry = {WEIGHT: "weight", MONEY: "money"}.get(
                item.quantity_type_id.code, "pieces"
            )

    @api.constrains("service_kind", "basis", "kind")
    def _check_service_basis(self):
        for item in self:
            if (
                item.service_kind
                and item.kind == "charge"
                and item.basis not in ("unit", "bands")
            ):
                raise ValidationError(
                    self.env._(
                        "Service %(service)s: a postal service has a price per unit, "
                        "or bands by weight or amount.",
                        service=item.display_name,
                    )
                )
