from odoo import fields, models


class PostalRegion(models.Model):
    _name = "postal.region"
    _description = "Region"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    cost_centre_ids = fields.One2many(
        "account.analytic.account", "postal_region_id", string="Cost Centres"
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a region must be unique."
    )
