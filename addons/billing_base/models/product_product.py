from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_company_taxes(self, company):
        """The sales taxes of the product in one company, before any change by date.

        :return: account.tax
        """
        self.ensure_one()
        return self.taxes_id.filtered_domain(
            self.env["account.tax"]._check_company_domain(company)
        )
