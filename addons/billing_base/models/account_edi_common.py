from odoo import models


class AccountEdiCommon(models.AbstractModel):
    _inherit = "account.edi.common"

    def _get_tax_exemption_reason(self, customer, supplier, tax):
        """The ground in the law that the tax names (BT-120) instead of Odoo's."""
        reason = super()._get_tax_exemption_reason(customer, supplier, tax)
        ground = tax.exemption_id if tax and not tax.amount else None
        if ground:
            text = ground.legal_reference or ground.name
            reason = {**reason, "tax_exemption_reason": text}
        return reason
