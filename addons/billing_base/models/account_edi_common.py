from odoo import models

MEMO = "billing_e_invoice_memo"
"""Key of a :class:`Memo` in the context."""


class Memo(dict):
    """What Odoo asks twenty times for each line, of many invoices.

    Lives as long as the call that makes them; hashable, as a context's values are.
    """

    __hash__ = object.__hash__


class AccountEdiCommon(models.AbstractModel):
    _inherit = "account.edi.common"

    def _get_tax_exemption_reason(self, customer, supplier, tax):
        """The ground in the law that the tax names (BT-120) instead of Odoo's."""

        def find():
            reason = super(AccountEdiCommon, self)._get_tax_exemption_reason(
                customer, supplier, tax
            )
            ground = tax.exemption_id if tax and not tax.amount else None
            if ground:
                text = ground.legal_reference or ground.name
                reason = {**reason, "tax_exemption_reason": text}
            return reason

        return dict(self._remember(("reason", customer, supplier, tax), find))

    def _get_tax_category_code(self, customer, supplier, tax):
        return self._remember(
            ("category", customer, supplier, tax),
            lambda: super(AccountEdiCommon, self)._get_tax_category_code(
                customer, supplier, tax
            ),
        )

    def _get_uom_unece_code(self, uom):
        return self._remember(
            ("unit", uom),
            lambda: super(AccountEdiCommon, self)._get_uom_unece_code(uom),
        )

    def _remember(self, key, find):
        memo = self.env.context.get(MEMO)
        if memo is None:
            return find()
        key = (self._name, *key)
        if key not in memo:
            memo[key] = find()
        return memo[key]
