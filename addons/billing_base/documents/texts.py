"""Labels printed on documents: key → English.

The edge hands the translated mapping to the document.
"""

from .errors import _

TEXTS = {
    "invoice": _("Invoice"),
    "refund": _("Credit note"),
    "proforma": _("Pro-forma invoice"),
    "interest": _("Interest note"),
    "reminder": _("Payment reminder"),
    "draft": _("Draft"),
    "page": _("Page %(page)s of %(pages)s"),
    "issue_date": _("Issue date"),
    "due_date": _("Due date"),
    "to_pay": _("Amount to pay"),
    "credited": _("Amount credited"),
    "name": _("Description"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "unit_price": _("Unit price"),
    "tax": _("Tax"),
    "amount": _("Amount"),
    "carried": _("Carried over"),
    "brought": _("Brought forward"),
    "section_total": _("Total %(name)s"),
    "tax_name": _("Tax rate"),
    "tax_base": _("Taxable amount"),
    "tax_amount": _("Tax"),
    "untaxed": _("Total without tax"),
    "total": _("Total"),
    "paid": _("Already settled"),
    "due": _("Amount due"),
    "payment": _("Payment"),
    "holder": _("Payee"),
    "account": _("Account"),
    "bic": _("BIC"),
    "bank": _("Bank"),
    "reference": _("Payment reference"),
    "scan": _("Scan to pay"),
    "chart": _("Consumption of the last months"),
    "estimated": _("estimated"),
    "statement": _("Detailed statement"),
    "readings": _("Meter readings"),
    "meter": _("Meter"),
    "register": _("Register"),
    "period": _("Period"),
    "reading_from": _("From"),
    "reading_to": _("To"),
    "multiplier": _("Factor"),
    "quality": _("Kind"),
    "charges": _("Charges"),
    "charge": _("Charge"),
    "factor": _("Share of period"),
    "statement_total": _("Total of this point"),
    "date": _("Date"),
    "pay_by": _("Please pay by"),
    "item": _("Document"),
    "days_late": _("Days late"),
    "invoiced": _("Invoiced"),
    "open": _("Open"),
    "fee": _("Fee"),
    "interest_amount": _("Interest"),
    "open_items": _("Open amounts"),
    "fees": _("Fees"),
    "late_interest": _("Late interest"),
}


class Texts(dict):
    """Translated labels with the English ones as fallback."""

    def __init__(self, translated):
        super().__init__(TEXTS)
        self.update({key: text for key, text in translated.items() if text})
