import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PATH = re.compile(r"c[ab]c:\w+(/c[ab]c:\w+)*(@\w+)?\Z")


class BillingExchangeElement(models.Model):
    """What an operator wants otherwise than the standard: an element of the XML."""

    _name = "billing.exchange.element"
    _description = "Element of an E-Invoice"
    _order = "profile_id, sequence, id"

    profile_id = fields.Many2one(
        "billing.exchange.profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Element",
        required=True,
        help="Its way from the root, such as"
        " cac:AccountingCustomerParty/cac:Party/cac:Contact/cbc:Name; an attribute"
        " follows an @.",
    )
    kind = fields.Selection(
        [
            ("fixed", "Fixed Text"),
            ("field", "Field of the Invoice"),
            ("remove", "Leave Out"),
        ],
        string="Holds",
        default="fixed",
        required=True,
    )
    fixed = fields.Char(string="Text")
    path = fields.Char(
        string="Field", help="A field of the invoice, such as partner_id.ref."
    )

    @api.constrains("name", "kind", "fixed", "path")
    def _check_element(self):
        for element in self:
            if not PATH.match(element.name):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is no way to an element. Write it like "
                        "cac:Delivery/cbc:ActualDeliveryDate.",
                        name=element.name,
                    )
                )
            if element.kind == "fixed" and not element.fixed:
                raise ValidationError(
                    self.env._("Enter the text of element %s.", element.name)
                )
            if element.kind == "field":
                element._check_path()

    def _check_path(self):
        model = self.env["account.move"]
        *steps, last = (self.path or "").split(".")
        for step in steps:
            field = model._fields.get(step)
            if not field or field.type != "many2one":
                model = None
                break
            model = self.env[field.comodel_name]
        field = model is not None and model._fields.get(last)
        if not field or field.relational or field.type == "binary":
            raise ValidationError(
                self.env._(
                    "Element %(name)s: “%(path)s” is no field of an invoice that has "
                    "one value.",
                    name=self.name,
                    path=self.path or "",
                )
            )

    def _apply(self, document, invoice):
        """Write the elements into the nodes of a UBL document."""
        for element in self:
            *parents, last = element.name.partition("@")[0].split("/")
            attribute = element.name.partition("@")[2]
            node = document
            for name in parents:
                node = _child(node, name)
            if element.kind == "remove":
                node[last] = None
                continue
            value = element.fixed
            if element.kind == "field":
                value = invoice
                for step in element.path.split("."):
                    value = value[step]
            if not value and value != 0:
                continue
            _child(node, last)[attribute or "_text"] = value


def _child(node, name):
    """The node of a name below another, the first where there are several."""
    child = node.get(name)
    if isinstance(child, list):
        child = child[0] if child else None
    if not child:
        child = node[name] = {}
    return child
