from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BillingWhatIfChange(models.Model):
    """Who had this tariff is rated with that one, or with a percentage more."""

    _name = "billing.what.if.change"
    _description = "What-If Tariff"
    _order = "what_if_id, id"
    _check_company_auto = True

    what_if_id = fields.Many2one(
        "billing.what.if", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="what_if_id.company_id", store=True)
    tariff_id = fields.Many2one(
        "billing.tariff",
        string="Billed Tariff",
        required=True,
        check_company=True,
        ondelete="cascade",
    )
    new_tariff_id = fields.Many2one(
        "billing.tariff",
        string="Rate With",
        required=True,
        check_company=True,
        ondelete="cascade",
        compute="_compute_new_tariff_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    percent = fields.Float(
        string="Change in %",
        digits=(8, 4),
        help="3.5 raises all its prices by 3.5 %, -2 lowers them by 2 %. Prices in "
        "percent of other charges and formulas stay.",
    )

    _tariff_once = models.Constraint(
        "UNIQUE (what_if_id, tariff_id)", "Each billed tariff is named once."
    )

    @api.depends("tariff_id")
    def _compute_new_tariff_id(self):
        for change in self:
            change.new_tariff_id = change.new_tariff_id or change.tariff_id

    @api.constrains("new_tariff_id", "what_if_id")
    def _check_currency(self):
        for change in self:
            currency = change.what_if_id.currency_id
            if change.new_tariff_id.currency_id != currency:
                raise ValidationError(
                    self.env._(
                        "Tariff %(tariff)s is in %(its)s, the calculation in "
                        "%(currency)s. Choose a tariff in the same currency.",
                        tariff=change.new_tariff_id.display_name,
                        its=change.new_tariff_id.currency_id.name,
                        currency=currency.name,
                    )
                )
