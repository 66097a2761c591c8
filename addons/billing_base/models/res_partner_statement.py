"""The statement of a customer's balance: OCA's figures, our document."""

from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf
from odoo.tools.translate import code_translations

from ..documents import (
    Currency,
    Fact,
    Figure,
    Letter,
    LetterColumn,
    LetterTable,
    render,
)
from ..rating import to_decimal
from .credit_control_document import ReminderBuilder

OPEN = "billing_statement"
ACTIVITY = "billing_activity"
AGES = ("current", "b_1_30", "b_30_60", "b_60_90", "b_90_120", "b_over_120")


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _filtered_documents(self, renderer):
        return self if renderer in (OPEN, ACTIVITY) else self.browse()

    def _draw_documents(self, renderer, data=None):
        """Draw statements by the data of OCA's wizard; a customer it leaves out gets
        none. :return: iterator of ``(id, PDF)``
        """
        self.check_access("read")
        data = dict(data or {})
        kind = "outstanding"
        if renderer == ACTIVITY:
            kind = "detailed_activity" if data.get("is_detailed") else "activity"
        report = self.env[f"report.partner_statement.{kind}_statement"]
        values = report.with_context(statement_days=True)._get_report_values(
            self.ids, data
        )
        partners = self.filtered(lambda partner: partner.id in values["data"])
        if not partners:
            raise UserError(
                self.env._("None of the chosen customers has anything to show.")
            )
        groups = partners.grouped(lambda partner: partner.lang or self.env.lang)
        for lang, group in groups.items():
            builder = StatementBuilder(
                self.env, values, lang, data.get("aging_type") == "months"
            )
            for partner in group:
                letters = [render(letter) for letter in builder.letters(partner)]
                yield (
                    partner.id,
                    letters[0] if len(letters) == 1 else merge_pdf(letters),
                )


class StatementBuilder(ReminderBuilder):
    """Statements of one company in one language."""

    def __init__(self, env, values, lang, by_months):
        super().__init__(env, values["company"], lang)
        self.values = values
        self.by_months = by_months
        # OCA's word for a payment, in the language of whoever prints
        self.paid = code_translations.get_python_translations(
            "partner_statement", env.lang or "en_US"
        ).get("Payment", "Payment")

    def letters(self, partner):
        """A :class:`Letter` for each currency of a customer; one without entries is
        told in the company's."""
        found = self.values["data"][partner.id]
        none = {self.company.currency_id.id: None}
        for currency_id, items in (found["currencies"] or none).items():
            currency = self.env["res.currency"].browse(currency_id)
            yield self._letter(partner, found, currency, items)

    def _letter(self, partner, found, currency, items):
        _ = self.env._
        partner = partner.sudo().with_env(self.env(su=True))
        address = partner.browse(partner.address_get(["invoice"])["invoice"])
        day = self.formats.day(found["end"])
        if found["start"]:
            first = self.formats.day(found["start"])
            title = _("Statement from %(first)s to %(last)s", first=first, last=day)
        else:
            title = _("Statement of %(date)s", date=day)
        tables = tuple(self._tables(found, currency, items)) if items else ()
        facts = (
            (_("Customer number"), partner.commercial_partner_id.ref),
            (_("Currency"), currency.name),
        )
        return Letter(
            title=title,
            number="",
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._party(address),
            tables=tables,
            created=self.env.cr.now(),
            opening=() if tables else (_("Nothing is open."),),
            figures=self._tiles(currency, items) if items else (),
            lang=self.lang or "en_US",
            issue_date=fields.Date.context_today(self.company),
            facts=tuple(Fact(label, value) for label, value in facts if value),
            payment=self._statement_payment(items) if items else None,
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _tiles(self, currency, items):
        _ = self.env._
        tiles = [Figure(_("Open"), _money(currency, items["amount_due"]))]
        ages = items["buckets"]
        if ages:
            late = to_decimal(ages["balance"] or 0) - to_decimal(ages["current"] or 0)
            tiles.append(Figure(_("Overdue"), _money(currency, late)))
        return tuple(tiles)

    def _tables(self, found, currency, items):
        _ = self.env._
        detailed = self.values["is_detailed"]
        if found["start"]:
            if detailed:
                yield self._open(currency, items["prior_lines"], _("Open before"))
            yield self._activity(found, currency, items)
            if detailed:
                yield self._open(currency, items["ending_lines"], _("Open items"))
        else:
            yield self._open(currency, items["lines"], _("Open items"))
        if items["buckets"]:
            yield self._ages(currency, items["buckets"])

    def _open(self, currency, lines, title):
        _ = self.env._
        rows = tuple(
            (
                line["move_id"],
                line["date"],
                line["date_maturity"],
                self._describe(line),
                _money(currency, line["amount"]),
                _money(currency, line["open_amount"]),
            )
            for line in lines
        )
        total = sum((row[-1] for row in rows), Decimal())
        return LetterTable(
            (
                LetterColumn(_("Number")),
                LetterColumn(_("Date"), "date"),
                LetterColumn(_("Due"), "date"),
                LetterColumn(_("Description"), "text"),
                LetterColumn(_("Original"), "amount"),
                LetterColumn(_("Open"), "amount"),
            ),
            rows,
            title=title,
            total=(_("Total"), None, None, None, None, total),
            carry=5,
        )

    def _activity(self, found, currency, items):
        _ = self.env._
        balance = _money(currency, items["balance_forward"])
        rows = [(None, found["prior_day"], _("Balance forward"), None, balance)]
        for line in items["lines"]:
            if line["reconciled_line"]:
                continue
            amount = _money(currency, line["amount"])
            balance += amount
            rows.append(
                (
                    line["move_id"],
                    line["date"],
                    self._describe(line),
                    amount,
                    balance,
                )
            )
        return LetterTable(
            (
                LetterColumn(_("Number")),
                LetterColumn(_("Date"), "date"),
                LetterColumn(_("Description"), "text"),
                LetterColumn(_("Amount"), "amount"),
                LetterColumn(_("Balance"), "amount"),
            ),
            tuple(rows),
            title=_("Invoices and payments"),
            total=(_("Total"), found["end"], None, None, balance),
        )

    def _ages(self, currency, ages):
        _ = self.env._
        if self.by_months:
            titles = (
                _("Current month"),
                _("1 month"),
                _("2 months"),
                _("3 months"),
                _("4 months"),
                _("Older"),
            )
        else:
            titles = (
                _("Not due"),
                _("1–30 days"),
                _("31–60 days"),
                _("61–90 days"),
                _("91–120 days"),
                _("Over 120 days"),
            )
        amounts = [_money(currency, ages[name] or 0) for name in AGES]
        return LetterTable(
            (LetterColumn(_("Overdue"), "text"), LetterColumn(_("Amount"), "amount")),
            tuple(zip(titles, amounts, strict=True)),
            title=_("By age"),
            total=(_("Total"), sum(amounts)),
        )

    def _describe(self, line):
        """What OCA gives as name and reference, each once."""
        name = line["name"] if line["name"] not in ("/", line["move_id"]) else ""
        reference = line["ref"] or ""
        if reference == self.paid:
            reference = self.env._("Payment")
        if reference == line["move_id"] or reference in name:
            reference = ""
        return " · ".join(text for text in (name, reference) if text)

    def _statement_payment(self, items):
        """Where to pay: the account of the invoices that are open."""
        ids = [line["id"] for line in items["lines"] if line.get("id")]
        moves = self.env["account.move.line"].sudo().browse(ids).move_id
        invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
        return self._payment_of(invoices)


def _money(currency, value):
    return round(to_decimal(value), currency.decimal_places)
