from odoo import fields, models


class ConnectionCatalogueItem(models.Model):
    """A service or material of a contractor, or a fee of the company's own list."""

    _name = "connection.catalogue.item"
    _description = "Catalogue Item"
    _order = "partner_id, code"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Contractor",
        index="btree_not_null",
        help="Empty: a fee of the company's own price list.",
    )
    uom_id = fields.Many2one("uom.uom", string="Unit")
    price = fields.Monetary(required=True)
    charge_type_id = fields.Many2one(
        "connection.charge.type", required=True, check_company=True, ondelete="restrict"
    )
    date_start = fields.Date(string="From")
    date_end = fields.Date(string="To")
    active = fields.Boolean(default=True)

    # how messages and files name an item
    _code_unique = models.UniqueIndex(
        "(company_id, COALESCE(partner_id, 0), code) WHERE active",
        "There is already an item of this code in this catalogue.",
    )
    _not_negative = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )
