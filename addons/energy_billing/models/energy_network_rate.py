from odoo import api, fields, models


class EnergyNetworkRate(models.Model):
    """A distribution rate of a network: how the distributor calls it, and its prices
    as a tariff of ours, which simulates what its invoices should say."""

    _name = "energy.network.rate"
    _description = "Distribution Rate"
    _order = "network_id, code"
    _check_company_auto = True

    network_id = fields.Many2one(
        "energy.network", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="network_id.company_id", store=True)
    code = fields.Char(required=True, help="As messages and invoices have it: D02d.")
    name = fields.Char(string="Description")
    tariff_id = fields.Many2one(
        "billing.tariff",
        string="Price List",
        check_company=True,
        help="The distributor's prices, with the products of the components. Empty: "
        "the tariffs of the agreements simulate its invoices.",
    )

    _code_unique = models.Constraint(
        "UNIQUE (network_id, code)", "The network already has a rate of this code."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = " ".join(filter(None, (rate.code, rate.name)))
