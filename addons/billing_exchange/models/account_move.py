from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    def _export_for_operator(self, profile):
        """The e-invoice as the operator of a profile takes it.

        :return: ``(bytes, None)``, or ``(None, why not)``
        """
        self.ensure_one()
        partner = self.commercial_partner_id
        plain = not profile.element_ids
        if (
            plain
            and self.ubl_cii_xml_id
            and partner.invoice_edi_format
            in (
                False,
                profile.e_invoice_format,
            )
        ):
            return self.ubl_cii_xml_id.raw, None
        builder = partner._get_edi_builder(profile.e_invoice_format)
        builder = builder.with_context(billing_exchange_profile=profile)
        try:
            content, problems = builder._export_invoice(self)
        except (ValueError, UserError) as error:
            return None, str(error)
        if problems:
            return None, "\n".join(sorted(problems))
        return content, None
