from odoo import fields, models


class EnergyNetworkComponent(models.Model):
    """A component of distribution: how the distributor names it and with which products
    we bill it on."""

    _name = "energy.network.component"
    _description = "Component of Distribution"
    _order = "sequence, code"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="As the distributor's invoices have it.")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    network_id = fields.Many2one(
        "energy.network",
        check_company=True,
        help="Empty: the component has this code with every distributor.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Purchased Product",
        check_company=True,
        help="Carries the expense account and taxes of the vendor bill.",
    )
    product_ids = fields.Many2many(
        "product.product",
        "energy_network_component_product_rel",
        "component_id",
        "product_id",
        string="Billed With",
        check_company=True,
        help="The products of the tariff charges that pass the component on.",
    )
    limit = fields.Float(
        string="Accepted Difference",
        digits=(12, 2),
        default=1.0,
        help="Differences up to this amount are not listed.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(company_id, COALESCE(network_id, 0), code)",
        "There is already a component of this code.",
    )

    def _find(self, network, code):
        """The component of a network's code among these, or none."""
        same = self.filtered(lambda component: component.code == code)
        return (
            same.filtered(lambda component: component.network_id == network)
            or same.filtered(lambda component: not component.network_id)
        )[:1]
