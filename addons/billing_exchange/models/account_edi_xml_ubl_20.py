from odoo import models


class AccountEdiXmlUbl20(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_20"

    def _get_invoice_node(self, vals):
        """The document, with what an operator wants otherwise."""
        document = super()._get_invoice_node(vals)
        profile = self.env.context.get("billing_exchange_profile")
        if profile:
            profile.element_ids._apply(document, vals["invoice"])
        return document
