from odoo import api, fields, models
from odoo.tools import html2plaintext


class AccountTax(models.Model):
    _inherit = "account.tax"

    exemption_id = fields.Many2one(
        "billing.tax.exemption",
        string="Exemption Ground",
        ondelete="restrict",
        domain="[('kind', '=', 'vat')]",
        help="Why the tax is 0 %: its law and article stand on the documents.",
    )

    def _get_legal_notes(self):
        """What documents say about these taxes, as plain texts without repeats."""
        notes = []
        for tax in self:
            ground = tax.exemption_id
            notes.append(ground.legal_reference or ground.name or "")
            notes.append(html2plaintext(tax.invoice_legal_notes or ""))
        return list(dict.fromkeys(note.strip() for note in notes if note.strip()))

    @api.model
    def _add_tax_details_in_base_line(self, base_line, company, rounding_method=None):
        """Lines made from segments are rounded before their taxes are computed.

        With taxes rounded globally, Odoo adds up what the lines were before rounding
        and moves a cent between lines to make the total fit. A bill whose lines were
        explained to the cent must not change that way: the total is the sum of the
        rounded lines (EN 16931, BR-CO-10), the tax of that sum is rounded globally,
        or, where the customer's profile says so, it is the sum of the lines' own taxes.
        """
        if not base_line.get("is_billed"):
            return super()._add_tax_details_in_base_line(
                base_line, company, rounding_method=rounding_method
            )
        shown = {name: base_line[name] for name in ("quantity", "price_unit")}
        amount = base_line["currency_id"].round(shown["quantity"] * shown["price_unit"])
        base_line.update(quantity=1.0, price_unit=amount)
        if base_line.get("is_tax_by_line"):
            rounding_method = "round_per_line"
        result = super()._add_tax_details_in_base_line(
            base_line, company, rounding_method=rounding_method
        )
        base_line.update(shown)
        return result
