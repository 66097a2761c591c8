"""The offer letter: what is offered, why it costs that, and who accepted it."""

import base64
from datetime import datetime
from decimal import Decimal

from odoo import fields
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

from .tools import exact


class LetterBuilder(DocumentBuilder):
    """Letters of one company in one language, on the house's own paper."""

    def __init__(self, offers, company, lang):
        moves = offers.env["account.move"]
        super().__init__(moves, company, lang, proforma=True)
        _ = self.env._
        self.texts = {
            **self.texts,
            "proforma": _("Offer"),
            "due_date": _("Valid until"),
            "to_pay": _("Total with tax"),
            "due": _("Total with tax"),
            "statement": _("How the contribution is calculated"),
            "statement_total": _("Customer's share"),
        }

    def letter(self, offer):
        """:class:`InvoiceDocument` of a sale.order."""
        offer = offer.sudo().with_env(self.env)
        case = offer.connection_case_id
        currency = offer.currency_id
        totals = self._total(offer, offer.amount_total)
        return InvoiceDocument(
            kind="proforma",
            number=offer.name,
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._buyer(offer),
            sections=self._parts(offer),
            untaxed=self._total(offer, offer.amount_untaxed),
            taxes=self._tax_rows(offer),
            total=totals,
            amount_due=totals,
            created=self._created(offer),
            lang=self.lang or "en_US",
            issue_date=fields.Datetime.context_timestamp(
                offer, offer.create_date or offer.date_order
            ).date(),
            due_date=offer.validity_date,
            facts=self._case_facts(case),
            statement=self._explanations(case),
            notes=self._letter_notes(offer, case),
            signatures=self._signatures(offer),
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _created(self, offer) -> datetime:
        acceptance = offer.connection_acceptance_ids
        return acceptance.signed_on or offer.write_date or self.env.cr.now()

    def _total(self, offer, value):
        return round(exact(value), offer.currency_id.decimal_places)

    def _parts(self, offer):
        sections, title, lines = [], "", []
        for line in offer.order_line.sorted(lambda line: (line.sequence, line.id)):
            if line.is_downpayment:
                continue
            if line.display_type == "line_section":
                if lines:
                    sections.append(Section(title, tuple(lines)))
                title, lines = line.name or "", []
            elif not line.display_type:
                labels = line.tax_ids.mapped("tax_label")
                lines.append(
                    Line(
                        name=line.name,
                        amount=self._total(offer, line.price_subtotal),
                        tax=", ".join(filter(None, labels)),
                    )
                )
        if lines:
            sections.append(Section(title, tuple(lines)))
        return tuple(sections)

    def _tax_rows(self, offer):
        """Tax by tax group, of Odoo's own totals."""
        rows = []
        for subtotal in (offer.tax_totals or {}).get("subtotals", ()):
            for group in subtotal["tax_groups"]:
                rows.append(
                    Tax(
                        group["group_name"],
                        self._total(offer, group["base_amount_currency"]),
                        self._total(offer, group["tax_amount_currency"]),
                    )
                )
        return tuple(rows)

    def _case_facts(self, case):
        _ = self.env._
        place = ", ".join(filter(None, (case.street, case.zip, case.city)))
        pairs = (
            (_("Case"), case.name),
            (_("Kind"), case.type_id.name),
            (_("Place"), place),
            (_("Property"), case.property_name),
            (_("Metering point"), case.point_id.code),
            (_("Capacity (kW)"), case.capacity_kw and exact(case.capacity_kw)),
            (_("Case handler"), case.user_id.name),
        )
        return tuple(Fact(label, value) for label, value in pairs if value)

    def _explanations(self, case):
        """Each part of the contribution with its sentences; then the sum."""
        sections = []
        for part in case.explanation or ():
            charges = tuple(
                Charge(name=step["text"], amount=Decimal(step["amount"]))
                for step in part["steps"]
            )
            text = "\n".join(charge.name for charge in charges)
            title = part["name"] or self.env._("Contribution")
            amount = Decimal(part["amount"])
            sections.append(
                StatementSection(
                    title=title,
                    charges=(Charge(name=title, amount=amount, explanation=text),),
                )
            )
        return tuple(sections)

    def _letter_notes(self, offer, case):
        _ = self.env._
        kind = case.type_id
        notes = [kind.introduction or "", html2plaintext(offer.note or "")]
        modes = dict(kind._fields["settlement_mode"]._description_selection(self.env))
        notes.append(_("Settlement: %(mode)s.", mode=modes[kind.settlement_mode]))
        if kind.settlement_mode == "actual":
            notes.append(
                _(
                    "A contribution is charged with at most %(percent)s %% above this "
                    "estimate, unless you cause the difference; what is not used is "
                    "paid back.",
                    percent=f"{kind.cap_percent:g}",
                )
            )
        notes += self._plan(offer)
        return tuple(note for note in notes if note.strip())

    def _signatures(self, offer):
        """Who accepted, when and from where, with the drawing of the portal."""
        return tuple(
            Signature(
                image=base64.b64decode(offer.signature or b"") or None,
                lines=tuple(self._signature_lines(offer, acceptance)),
            )
            for acceptance in offer.connection_acceptance_ids
        )

    def _signature_lines(self, offer, acceptance):
        _ = self.env._
        kinds = acceptance._fields["kind"]._description_selection(self.env)
        day = fields.Datetime.context_timestamp(offer, acceptance.signed_on)
        yield _(
            "Accepted by %(name)s on %(day)s (%(kind)s)",
            name=acceptance.signed_by,
            day=day.strftime("%Y-%m-%d %H:%M:%S %Z").strip(),
            kind=dict(kinds)[acceptance.kind],
        )
        if acceptance.ip_address:
            yield _("From the address %(address)s", address=acceptance.ip_address)

    def _plan(self, offer):
        """When which part of the offer is invoiced."""
        _ = self.env._
        choices = offer.milestone_ids._fields["event"]._description_selection(self.env)
        events = dict(choices)
        return [
            _(
                "Invoice of %(percent)s %% (%(amount)s %(currency)s): %(name)s — "
                "%(event)s.",
                percent=f"{milestone.percent:g}",
                amount=self._total(offer, milestone.amount),
                currency=offer.currency_id.name,
                name=milestone.name,
                event=events[milestone.event],
            )
            for milestone in offer.milestone_ids
        ]


def draw_letters(offers):
    """``(id, bytes of the PDF)`` of offers, company by company, language by
    language."""
    groups = offers.grouped(
        lambda offer: (offer.company_id, offer.partner_id.lang or offers.env.lang)
    )
    for (company, lang), some in groups.items():
        builder = LetterBuilder(some, company, lang)
        for offer in some:
            yield offer.id, render(builder.letter(offer))
