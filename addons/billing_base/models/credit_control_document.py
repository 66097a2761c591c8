"""What is printed on a reminder."""

from decimal import Decimal

from odoo.tools import html2plaintext

from ..documents import Currency, Fact, OpenItem, Party, Payment, Reminder
from ..rating import to_decimal
from .account_move_document import DocumentBuilder, _address, _formats, _identifiers
from .account_move_document import _texts as document_texts

REFERENCES = 3
"""References printed for payment; of more items the customer pays by the letter."""


class ReminderBuilder(DocumentBuilder):
    """Reminders of one company in one language."""

    def __init__(self, env, company, lang):  # pylint: disable=super-init-not-called
        self.env = env(context=dict(env.context, lang=lang))
        self.lang = lang
        self.company = company.sudo().with_env(self.env(su=True))
        self.formats = _formats(self.env, lang)
        self.texts = document_texts(lang)
        self.seller = self._seller()
        self.layout = self._layout()

    def reminder(self, record):
        """The :class:`Reminder` of a credit.control.communication."""
        # whoever may print the reminder need not see the invoices
        record = record.sudo().with_env(self.env(su=True))
        level, currency = record.policy_level_id, record.currency_id
        lines = record.credit_control_line_ids.sorted(
            lambda line: (line.date_due, line.id)
        )
        claimed = record._is_interest_claimed()
        charges = ()
        if record.fee_move_ids:
            fee = self._money(record, record.fee_amount)
            charges = (Fact(self.texts["fees"], fee),)
        items = tuple(self._item(record, line, claimed) for line in lines)
        total = sum((item.amount for item in items), Decimal())
        total += sum((charge.value for charge in charges), Decimal())
        return Reminder(
            number=str(record.id),
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._recipient(record),
            items=items,
            charges=charges,
            total=total,
            created=self.env.cr.now(),
            title=level.name,
            opening=_paragraphs(level.custom_text),
            closing=_paragraphs(level.custom_text_after_details),
            lang=self.lang or "en_US",
            issue_date=record.report_date,
            due_date=record._get_last_day() if level.pay_within else None,
            facts=self._reminder_facts(record, claimed),
            payment=self._reminder_payment(lines),
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _money(self, record, value):
        return round(to_decimal(value), record.currency_id.decimal_places)

    def _item(self, record, line, claimed):
        move = line.invoice_id
        interest = self._money(record, line.interest_amount)
        return OpenItem(
            name=move.name or "",
            due_date=line.date_due,
            issue_date=move.invoice_date or line.date_entry,
            invoiced=self._money(record, line.amount_due),
            open=self._money(record, line.balance_due),
            days_late=(line.date - line.date_due).days,
            interest=interest if claimed else Decimal(),
        )

    def _recipient(self, record):
        return self._party(record.contact_address_id or record.partner_id)

    def _party(self, partner):
        customer = partner.commercial_partner_id
        name = customer.name or partner.name or ""
        address = _address(partner, self.company.country_id)
        if partner.name and partner.name != name:
            address = (partner.name, *address)
        return Party(name=name, address=address, identifiers=_identifiers(customer))

    def _reminder_facts(self, record, claimed):
        _ = self.env._
        pairs = [(_("Customer number"), record.account_id.code)]
        if record.interest_amount and not claimed:
            pairs.append(
                (
                    _("Late interest until today, not included"),
                    self._money(record, record.interest_amount),
                )
            )
        if record.fee_charge_id:
            pairs.append(
                (_("Fee on your next bill"), self._money(record, record.fee_amount))
            )
        return tuple(Fact(label, value) for label, value in pairs if value)

    def _reminder_payment(self, lines):
        return self._payment_of(lines.invoice_id)

    def _payment_of(self, moves):
        bank = moves.partner_bank_id[:1]
        if not bank:
            return None
        references = [move.payment_reference or move.name or "" for move in moves]
        return Payment(
            holder=bank.acc_holder_name or self.company.name,
            account=bank.acc_number or "",
            bic=bank.bank_bic or "",
            bank=bank.bank_name or "",
            reference=", ".join(references[:REFERENCES]),
            qr="",
        )


def _paragraphs(text):
    """Paragraphs of a level's text; line breaks inside them are kept as they are."""
    plain = html2plaintext(text or "") if "<" in (text or "") else text or ""
    return tuple(part.strip() for part in plain.split("\n\n") if part.strip())
