"""What a customer may change of his billing accounts in the portal."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class BillingAccount(models.Model):
    _inherit = "billing.account"

    transmit_method_id = fields.Many2one(
        "transmit.method",
        string="Channel",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="How the bills are delivered. Empty: as the profile says.",
    )

    def _get_transmit_method(self):
        self.ensure_one()
        return self.transmit_method_id or self.profile_id.transmit_method_id

    def _get_portal_methods(self):
        """Channels that a customer may choose."""
        return self.env["transmit.method"].search([("customer_ok", "=", True)])

    def _has_own_address(self):
        """Whether the bill-to address is the customer's to change."""
        self.ensure_one()
        owner = self.invoice_partner_id.commercial_partner_id
        return owner == self.commercial_partner_id

    def _write_portal_settings(self, email, method_id):
        """Take over what the customer chose, and nothing else.

        :param email: text, address for bills
        :param method_id: id of a channel, or None for the profile's
        :raises UserError: when one of them can't be used
        """
        self.ensure_one()
        method = self._get_portal_methods().filtered(lambda m: m.id == method_id)
        if method_id and not method:
            raise UserError(self.env._("Choose one of the channels."))
        if method != self._get_transmit_method():
            self.transmit_method_id = method
        if not self._has_own_address():
            return
        address = email_normalize(email or "")
        if not address:
            raise UserError(
                self.env._("“%(email)s” is no e-mail address.", email=email or "")
            )
        if address != self.invoice_partner_id.email_normalized:
            self.invoice_partner_id.email = address
