from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..documents import Currency, Fact, Letter, LetterColumn, LetterTable, render
from ..tools import format_number
from .billing_delivery import MAIL
from .credit_control_communication import POST
from .credit_control_document import ReminderBuilder, _paragraphs

RENDERER = "billing_terms_letter"


class BillingTermsLetter(models.Model):
    """What a customer is told of a bulk change of terms, once."""

    _name = "billing.terms.letter"
    _description = "Letter about New Prices"
    _inherit = ["mail.thread"]
    _order = "change_id desc, id"
    _check_company_auto = True

    change_id = fields.Many2one(
        "billing.terms.change",
        string="Price Change",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", related="change_id.company_id", store=True, precompute=True
    )
    date = fields.Date(related="change_id.told_on")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    account_id = fields.Many2one(
        "billing.account",
        string="Billing Account",
        required=True,
        readonly=True,
        check_company=True,
    )
    contact_address_id = fields.Many2one(
        "res.partner", string="Address", compute="_compute_contact_address_id"
    )
    delivery_ids = fields.One2many(
        "billing.delivery", "letter_id", string="Deliveries", readonly=True
    )

    _once = models.Constraint(
        "UNIQUE (change_id, partner_id)", "A customer gets one letter of a change."
    )

    @api.depends("account_id.invoice_partner_id", "partner_id")
    def _compute_contact_address_id(self):
        for letter in self:
            letter.contact_address_id = (
                letter.account_id.invoice_partner_id or letter.partner_id
            )

    @api.depends("change_id.name", "partner_id.name")
    def _compute_display_name(self):
        for letter in self:
            letter.display_name = f"{letter.change_id.name} {letter.partner_id.name}"

    @api.model
    def _make(self, change):
        """The letters that are missing, one a customer, and their deliveries."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.partner_id, min(a.account_id)
                  FROM billing_terms_change_line l
                  JOIN billing_agreement a ON a.id = l.agreement_id
                 WHERE l.change_id = %(change)s AND l.state = 'ready'
                   AND NOT EXISTS (
                       SELECT FROM billing_terms_letter o
                        WHERE o.change_id = %(change)s AND o.partner_id = l.partner_id)
              GROUP BY l.partner_id ORDER BY l.partner_id
                """,
                change=change.id,
            )
        )
        letters = (
            self.sudo()
            .with_context(
                tracking_disable=True,
                mail_create_nosubscribe=True,
                mail_create_nolog=True,
            )
            .create(
                [
                    {
                        "change_id": change.id,
                        "partner_id": partner_id,
                        "account_id": account_id,
                    }
                    for partner_id, account_id in rows
                ]
            )
        )
        # whoever has no channel is told by post
        post = self.env["transmit.method"].search([("code", "=", POST)], limit=1)
        self.env["billing.delivery"].sudo().create(
            [
                {
                    "letter_id": letter.id,
                    "method_id": letter._get_method(post).id,
                }
                for letter in letters
                if letter._get_method(post)
            ]
        )
        return letters.with_env(self.env)

    def _get_method(self, post):
        """By e-mail to whom bills go by e-mail, else by post."""
        method = self.account_id._get_transmit_method()
        return method if method.code == MAIL else post

    def action_send(self):
        """Send the e-mails that wait."""
        return self.delivery_ids.filtered(
            lambda delivery: delivery.state == "waiting"
        ).action_send()

    def action_mark_sent(self):
        """The letters were posted."""
        self.delivery_ids.filtered(
            lambda delivery: not delivery.is_mail and delivery.state == "waiting"
        ).action_mark_sent()

    def _get_lang(self):
        return self.contact_address_id.lang or self.partner_id.lang

    def _post_letter(self):
        """Make the mail with the letter; the delivery sends it."""
        self.ensure_one()
        content = dict(self._draw_documents(RENDERER))[self.id]
        env = self.with_context(lang=self._get_lang()).env
        title = _title(env, self.change_id)
        subject = f"{self.company_id.name}: {title}"
        self.sudo().message_post(
            subject=subject,
            body=env._("You find our letter attached."),
            partner_ids=self.contact_address_id.ids,
            attachments=[(f"{title}.pdf".replace("/", "-"), content)],
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
        )

    # === Document ===

    def _filtered_documents(self, renderer):
        return self if renderer == RENDERER else self.browse()

    def _draw_documents(self, renderer, data=None):
        """Draw the letters one by one; :return: iterator of ``(id, PDF)``"""
        lines = (
            self.env["billing.terms.change.line"]
            .search(
                [
                    ("change_id", "in", self.change_id.ids),
                    ("partner_id", "in", self.partner_id.ids),
                    ("state", "=", "ready"),
                ]
            )
            .grouped(lambda line: (line.change_id, line.partner_id))
        )
        groups = self.grouped(lambda letter: (letter.company_id, letter._get_lang()))
        for (company, lang), letters in groups.items():
            builder = TermsLetterBuilder(self.env, company, lang)
            for letter in letters:
                own = lines[letter.change_id, letter.partner_id]
                yield letter.id, render(builder.letter(letter, own))


class TermsLetterBuilder(ReminderBuilder):
    """Letters about new prices of one company in one language."""

    def letter(self, record, lines):
        """The :class:`Letter` of a billing.terms.letter.

        :param lines: the customer's billing.terms.change.line
        """
        record = record.sudo().with_env(self.env(su=True))
        lines = lines.sudo().with_env(record.env)
        change, currency = record.change_id, record.company_id.currency_id
        _ = self.env._
        return Letter(
            title=_title(self.env, change),
            number=record.account_id.code,
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._recipient(record),
            tables=(self._agreements(change, lines), *self._prices(change, lines)),
            created=self.env.cr.now(),
            lang=self.lang or "en_US",
            issue_date=record.date,
            facts=(
                Fact(_("Customer number"), record.account_id.code),
                Fact(_("Valid From"), change.date_start),
                Fact(_("Currency"), currency.name),
            ),
            opening=(
                _(
                    "From %(date)s the terms of your agreements change as follows.",
                    date=format_date(self.env, change.date_start),
                ),
            ),
            closing=_paragraphs(change.text),
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _agreements(self, change, lines):
        _ = self.env._
        if change.kind == "parameter":
            parameter = change.quantity_type_id
            titles = (_("Now"), _("New"))
            unit = parameter.uom_id.name or ""
            pairs = [
                tuple(
                    f"{format_number(self.env, value)} {unit}"
                    for value in (line.old_value, change.value)
                )
                for line in lines
            ]
        else:
            titles = (_("Tariff"), _("New Tariff"))
            pairs = [(line.tariff_id.name, line.new_tariff_id.name) for line in lines]
        return LetterTable(
            (
                LetterColumn(_("Agreement")),
                LetterColumn(_("Description"), "text"),
                *(LetterColumn(title) for title in titles),
            ),
            tuple(
                (line.agreement_id.code, line.agreement_id.name or "", *pair)
                for line, pair in zip(lines, pairs, strict=True)
            ),
        )

    def _prices(self, change, lines):
        _ = self.env._
        rows = change.price_ids.grouped("tariff_id")
        for tariff, found in lines.grouped("tariff_id").items():
            if tariff not in rows:
                continue
            yield LetterTable(
                (
                    LetterColumn(_("Charge"), "text"),
                    LetterColumn(_("Now")),
                    LetterColumn(_("New")),
                ),
                tuple(
                    (
                        row.item_id.name,
                        row._describe(row.price_id),
                        row._describe(row.new_price_id),
                    )
                    for row in rows[tariff]
                ),
                title=found.new_tariff_id[:1].name,
            )


def _title(env, change):
    return env._("New prices from %(date)s", date=format_date(env, change.date_start))
