from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ConnectionDatedRule(models.AbstractModel):
    """A rule in force from a day on; rules of one company never overlap."""

    _name = "connection.dated.rule"
    _description = "Dated Rule"
    _order = "date_start desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Printed in the calculation.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", help="Last day. Empty: until further notice.")

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for rule in self:
            if rule.date_end and rule.date_end < rule.date_start:
                raise ValidationError(
                    self.env._("%(rule)s ends before it begins.", rule=rule.name)
                )

    @api.model
    def _get_rules(self, companies):
        """Rules as the shares package takes them, by company id."""
        found = {company.id: [] for company in companies}
        rules = self.sudo().search(Domain("company_id", "in", companies.ids))
        for rule in rules:
            found[rule.company_id.id].append(rule._prepare_rule())
        return found

    def _prepare_rule(self):
        """The dataclass of :mod:`..shares` for this rule."""
        raise NotImplementedError
