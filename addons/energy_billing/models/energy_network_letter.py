"""The letter that claims amounts of a distributor's invoice."""

from odoo import fields

from odoo.addons.billing_base.documents import (
    Currency,
    Fact,
    Figure,
    Letter,
    LetterColumn,
    LetterTable,
    render,
)
from odoo.addons.billing_base.models.account_move_document import DocumentBuilder
from odoo.addons.billing_base.rating import to_decimal


class ClaimBuilder(DocumentBuilder):
    """Claims of one company in the distributor's language."""

    def __init__(self, invoice):
        moves = invoice.env["account.move"]
        lang = invoice.partner_id.lang or invoice.env.lang
        super().__init__(moves, invoice.company_id, lang, proforma=False)
        self.invoice = invoice.sudo().with_env(self.env)

    def draw(self, rows, reason, deadline):
        """The PDF.

        :param rows: of energy.network.comparison, as tuples of point, component, first
            and last day, received, expected
        """
        return render(self._letter(rows, reason, deadline))

    def _letter(self, rows, reason, deadline):
        _ = self.env._
        invoice, currency = self.invoice, self.invoice.currency_id
        digits = currency.decimal_places

        def amount(value):
            return round(to_decimal(value or 0), digits)

        table = [
            (
                point or "",
                component or "",
                first,
                last,
                amount(received),
                amount(expected),
                amount(received) - amount(expected),
            )
            for point, component, first, last, received, expected in rows
        ]
        difference = sum((row[6] for row in table), amount(0))
        figures = [Figure(_("Difference"), difference)]
        if deadline:
            figures.append(Figure(_("Answer until"), deadline))
        return Letter(
            title=_("Claim"),
            number=invoice.number or "",
            currency=Currency(currency.name, currency.symbol, digits),
            seller=self.seller,
            buyer=self._buyer(invoice),
            created=self.env.cr.now(),
            lang=self.lang or "en_US",
            issue_date=fields.Date.context_today(invoice),
            facts=(Fact(_("Your invoice"), invoice.number or ""),),
            figures=tuple(figures),
            opening=(
                _(
                    "The amounts below of your invoice %(number)s differ from what we "
                    "find by your price list and the measurement.",
                    number=invoice.number,
                ),
                reason,
            ),
            closing=(
                _(
                    "Please correct your invoice, or tell us by the day named above on "
                    "what it is based."
                ),
            ),
            tables=(
                LetterTable(
                    (
                        LetterColumn(_("Metering Point")),
                        LetterColumn(_("Component"), "text"),
                        LetterColumn(_("From"), "date"),
                        LetterColumn(_("To"), "date"),
                        LetterColumn(_("Invoiced"), "amount"),
                        LetterColumn(_("Expected"), "amount"),
                        LetterColumn(_("Difference"), "amount"),
                    ),
                    tuple(table),
                    total=(_("Total"), None, None, None, None, None, difference),
                    carry=6,
                ),
            ),
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )
