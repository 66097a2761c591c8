from odoo import models

from ..documents.pdfa import bcp47


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _prepare_frontend_environment(self, values):
        """Pages tell screen readers their language: Odoo's Website says it, the portal
        alone does not."""
        values["page_language"] = bcp47(self.env.lang or "en_US")
        return super()._prepare_frontend_environment(values)
