from odoo import fields, models
from odoo.tools import SQL

from ..matching import Debt
from ..rating import to_decimal

PROFORMA = "proforma"


class AccountMove(models.Model):
    """Drafts that went out as pro-formas: what is paid of them becomes an invoice."""

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    proforma_number = fields.Char(
        string="Pro-Forma",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Numbered apart from invoices; the invoice keeps it for reference.",
    )

    _proforma_once = models.UniqueIndex(
        "(company_id, proforma_number) WHERE proforma_number IS NOT NULL",
        "A number of a pro-forma is given once.",
    )

    def _get_document_number(self, proforma=False):
        if proforma and self.proforma_number:
            return self.proforma_number
        return super()._get_document_number(proforma)

    def _get_document_facts(self):
        facts = super()._get_document_facts()
        if self.state == "posted" and self.proforma_number:
            facts = (*facts, (self.env._("Pro-forma"), self.proforma_number))
        return facts

    def _get_open_proformas(self, company, currency):
        """Pro-formas that wait for their payment.

        :return: list of matching.Debt that aren't owed; keys ``(PROFORMA, id)``
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id, m.amount_total::text, m.commercial_partner_id,
                       m.proforma_number, m.payment_reference,
                       COALESCE(m.invoice_date_due, m.invoice_date, m.date)
                  FROM account_move m
                 WHERE m.proforma_number IS NOT NULL AND m.state = 'draft'
                   AND m.move_type = 'out_invoice' AND m.amount_total > 0
                   AND m.company_id = %s AND m.currency_id = %s
                """,
                company.id,
                currency.id,
            )
        )
        return [
            Debt(
                (PROFORMA, move_id),
                to_decimal(amount),
                tuple(filter(None, references)),
                partner_id,
                due,
                owed=False,
            )
            for move_id, amount, partner_id, *references, due in rows
        ]

    def _invoice_paid_proformas(self, date):
        """Post pro-formas that were paid on a day as invoices of that day.

        :raises UserError: for what cannot be posted
        """
        for supplied, moves in self.grouped(
            lambda move: move._get_paid_tax_date(date)
        ).items():
            moves.write(
                {"invoice_date": date, "taxable_supply_date": supplied, "date": date}
            )
        self.env["billing.invoicer"]._post(self)

    def _get_paid_tax_date(self, date):
        """The tax is due with the supply or the payment, whichever is first."""
        self.ensure_one()
        return min(self.taxable_supply_date or self.invoice_date or date, date)
