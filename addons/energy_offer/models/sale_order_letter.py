"""The offer as a PDF: points, prices, the estimated year and what it saves."""

import base64

from odoo import fields, models
from odoo.tools import html2plaintext

from odoo.addons.billing_base.documents import (
    Charge,
    Currency,
    Fact,
    InvoiceDocument,
    Line,
    Section,
    Signature,
    StatementSection,
    Tax,
    render,
)
from odoo.addons.billing_base.models.account_move_document import DocumentBuilder
from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.tools import format_number

RENDERER = "billing_offer"


class OfferBuilder(DocumentBuilder):
    """Offers of one company in one language, on the house's own paper."""

    def __init__(self, offers, company, lang):
        super().__init__(offers.env["account.move"], company, lang, proforma=True)
        _ = self.env._
        self.texts = {
            **self.texts,
            "proforma": _("Offer"),
            "due_date": _("Valid until"),
            "to_pay": _("Estimated year with tax"),
            "due": _("Estimated year with tax"),
            "statement": _("Points and their estimated year"),
            "statement_total": _("Estimated year, untaxed"),
        }

    def letter(self, offer):
        """:class:`InvoiceDocument` of a sale.order."""
        offer = offer.sudo().with_env(self.env)
        currency = offer.currency_id
        total = self._amount(offer, offer.amount_total)
        return InvoiceDocument(
            kind="proforma",
            number=offer.name,
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._buyer(offer),
            sections=self._lines(offer),
            untaxed=self._amount(offer, offer.amount_untaxed),
            taxes=self._tax_rows(offer),
            total=total,
            amount_due=total,
            created=offer.signed_on or offer.write_date or self.env.cr.now(),
            lang=self.lang or "en_US",
            issue_date=fields.Datetime.context_timestamp(
                offer, offer.date_order
            ).date(),
            due_date=offer.validity_date,
            facts=tuple(self._offer_facts(offer)),
            statement=self._points(offer),
            notes=tuple(self._offer_notes(offer)),
            signatures=self._signatures(offer),
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _lines(self, offer):
        lines = [
            Line(
                name=line.name,
                amount=self._amount(offer, line.price_subtotal),
                tax=", ".join(filter(None, line.tax_ids.mapped("tax_label"))),
            )
            for line in offer.order_line
            if not line.display_type
        ]
        return (Section("", tuple(lines)),) if lines else ()

    def _tax_rows(self, offer):
        return tuple(
            Tax(
                group["group_name"],
                self._amount(offer, group["base_amount_currency"]),
                self._amount(offer, group["tax_amount_currency"]),
            )
            for subtotal in (offer.tax_totals or {}).get("subtotals", ())
            for group in subtotal["tax_groups"]
        )

    def _offer_facts(self, offer):
        _ = self.env._
        for label, value in (
            (_("Supply from"), offer.energy_date_start),
            (_("Supply until"), offer.energy_date_end),
            (_("Your contact"), offer.user_id.name),
        ):
            if value:
                yield Fact(label, value)

    def _points(self, offer):
        """A section for each point: its year, and today's beside it."""
        sections = []
        for point in offer.energy_point_ids:
            place = ", ".join(filter(None, (point.street, point.zip, point.city)))
            amount = self._amount(offer, point.amount)
            sections.append(
                StatementSection(
                    title=": ".join(filter(None, (point.code, place))),
                    charges=(
                        Charge(
                            name=self.env._("Estimated year"),
                            amount=amount,
                            explanation=self._explain(offer, point),
                        ),
                    ),
                )
            )
        return tuple(sections)

    def _explain(self, offer, point):
        _ = self.env._
        rows = [
            f"{row.quantity_type_id.name}: "
            f"{format_number(self.env, to_decimal(row.value))} {row.uom_id.name}"
            for row in point.yearly_ids
        ]
        if point.amount_today:
            rows.append(
                _(
                    "Today %(amount)s %(currency)s, saving %(saving)s %(currency)s.",
                    amount=format_number(
                        self.env, self._amount(offer, point.amount_today)
                    ),
                    saving=format_number(self.env, self._amount(offer, point.saving)),
                    currency=offer.currency_id.name,
                )
            )
        return "\n".join(rows)

    def _offer_notes(self, offer):
        _ = self.env._
        for row in offer.energy_price_ids:
            yield _(
                "%(charge)s: %(price)s %(currency)s",
                charge=row.item_id.name,
                price=format_number(self.env, to_decimal(row.price)),
                currency=offer.currency_id.name,
            )
        yield _(
            "The year is estimated from the quantities above. What is billed is what "
            "is measured."
        )
        note = html2plaintext(offer.note or "").strip()
        if note:
            yield note

    def _signatures(self, offer):
        if not offer.signed_by:
            return ()
        day = fields.Datetime.context_timestamp(offer, offer.signed_on)
        return (
            Signature(
                image=base64.b64decode(offer.signature or b"") or None,
                lines=(
                    self.env._(
                        "Accepted by %(name)s on %(day)s",
                        name=offer.signed_by,
                        day=day.strftime("%Y-%m-%d %H:%M:%S %Z").strip(),
                    ),
                ),
            ),
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _filtered_documents(self, renderer):
        """Records that ``renderer`` draws: offers of energy, and those of other
        add-ons that draw offers."""
        others = getattr(super(), "_filtered_documents", None)
        found = others(renderer) if others else self.browse()
        if renderer == RENDERER:
            found |= self.filtered("is_energy_offer")
        return found

    def _draw_documents(self, renderer, data=None):
        """Draw the offers, ``(id, bytes of the PDF)`` one by one."""
        own = self.filtered("is_energy_offer")
        groups = own.grouped(
            lambda offer: (offer.company_id, offer.partner_id.lang or self.env.lang)
        )
        for (company, lang), offers in groups.items():
            builder = OfferBuilder(offers, company, lang)
            for offer in offers:
                yield offer.id, render(builder.letter(offer))
        if self - own:
            yield from super(SaleOrder, self - own)._draw_documents(renderer, data)
