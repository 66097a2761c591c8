from odoo import api, models

from .billing_context import FISCAL_POSITIONS


class AccountFiscalPosition(models.Model):
    _inherit = "account.fiscal.position"

    @api.model
    def search(self, domain, offset=0, limit=None, order=None):
        """The invoicer asks the same for each of its customers, and remembers it."""
        remembered = self.env.context.get(FISCAL_POSITIONS)
        if remembered is None:
            return super().search(domain, offset=offset, limit=limit, order=order)
        key = (self.env.company.id, repr(domain), offset, limit, order)
        if key not in remembered:
            remembered[key] = super().search(
                domain, offset=offset, limit=limit, order=order
            )
        return remembered[key]
