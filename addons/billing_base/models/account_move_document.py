"""What is printed on an invoice made from segments."""

import base64
import re
from dataclasses import replace
from decimal import Decimal

from odoo import fields
from odoo.tools import html2plaintext
from odoo.tools.translate import code_translations

from ..documents import (
    TEXTS,
    Bar,
    Chart,
    Currency,
    Fact,
    Figure,
    Formats,
    InvoiceDocument,
    Layout,
    Line,
    Party,
    Payment,
    Section,
    Tax,
)
from ..documents.payment import epc_payload, is_iban, spayd_payload
from ..rating import to_decimal

MONTHS = 13
"""Bars of the chart: the same month a year ago is the first."""


class DocumentBuilder:
    """Documents of one company in one language, loaded together."""

    def __init__(self, moves, company, lang, proforma):
        # Everything of the invoice may be printed to whoever may read it.
        self.moves = moves.sudo().with_context(lang=lang).with_company(company)
        self.env = self.moves.env
        self.lang = lang
        self.proforma = proforma
        self.company = company.sudo().with_env(self.env)
        self.formats = _formats(self.env, lang)
        self.texts = _texts(lang)
        self.seller = self._seller()
        self.layout = self._layout()
        self.consumption = self.moves._get_billing_consumption()
        # A pro-forma or credit note repeats no statement.
        self.statements = self._statements()

    def document(self, move):
        segments = move.segment_ids or move.reversed_segment_ids
        currency = move.currency_id
        posted = move.state == "posted"
        due = self._amount(move, move.amount_residual if posted else move.amount_total)
        kind = "refund" if move.move_type == "out_refund" else "invoice"
        if self.proforma and kind == "invoice":
            kind = "proforma"
        elif move.interest_claim_id and kind == "invoice":
            kind = "interest"
        return InvoiceDocument(
            kind=kind,
            number=move._get_document_number(kind == "proforma"),
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._buyer(move),
            sections=self._sections(move),
            untaxed=self._amount(move, move.amount_untaxed),
            taxes=self._taxes(move),
            total=self._amount(move, move.amount_total),
            amount_due=due,
            created=self.env.cr.now(),
            lang=self.lang or "en_US",
            issue_date=move.invoice_date,
            due_date=move.invoice_date_due,
            facts=self._facts(move, segments),
            figures=self._figures(segments),
            payment=self._payment(move, due),
            chart=self._chart(move, segments),
            statement=self.statements.get(move.id, ()),
            notes=self._notes(move),
            codes=tuple(Fact(*code) for code in move._get_document_codes()),
            draft=not posted and not self.proforma,
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _amount(self, move, value):
        return round(to_decimal(value), move.currency_id.decimal_places)

    # === Parties and layout ===

    def _seller(self):
        partner = self.company.partner_id
        contact = " · ".join(filter(None, (partner.phone, partner.email)))
        return Party(
            name=self.company.name,
            address=_address(partner),
            identifiers=_identifiers(partner),
            contact=tuple(filter(None, (contact, self.company.website))),
        )

    def _buyer(self, move):
        partner = move.partner_id
        commercial = partner.commercial_partner_id
        name = commercial.name or partner.name or ""
        address = _address(partner, self.company.country_id)
        if partner.name and partner.name != name:
            address = (partner.name, *address)
        return Party(name=name, address=address, identifiers=_identifiers(commercial))

    def _layout(self):
        company = self.company
        colour = company.primary_color or ""
        own = company.logo and not company.uses_default_logo
        identifiers = [
            f"{fact.label}: {fact.value}" for fact in self.seller.identifiers
        ]
        columns = (
            (self.seller.name, *self.seller.address),
            (*identifiers, *self.seller.contact),
            _plain_lines(company.report_footer),
        )
        values = {
            "logo": base64.b64decode(company.logo) if own else None,
            "footer": tuple(column for column in columns if column),
        }
        if re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            values["primary"] = colour
        return Layout(**values)

    # === Lines, taxes ===

    def _sections(self, move):
        """Product lines below the section lines of the invoice."""
        sections, title, lines = [], "", []

        def close():
            if lines:
                sections.append(Section(title, tuple(lines)))

        for line in move.invoice_line_ids.sorted(lambda line: (line.sequence, line.id)):
            if line.display_type in ("line_section", "line_subsection"):
                close()
                title, lines = (line.name or "").replace("\n", " "), []
            elif line.display_type == "product":
                lines.append(self._line(move, line))
        close()
        return tuple(sections)

    def _line(self, move, line):
        name, _newline, detail = (line.name or "").partition("\n")
        return Line(
            name=name,
            amount=self._amount(move, line.price_subtotal),
            quantity=to_decimal(line.quantity),
            unit=line.product_uom_id.name or "",
            unit_price=to_decimal(line.price_unit),
            tax=", ".join(tax.tax_label for tax in line.tax_ids if tax.tax_label),
            detail=detail,
        )

    def _taxes(self, move):
        """Taxable amount and tax by tax, from the entry's own lines.

        A tax of 0 % has no line of its own but belongs into the summary.
        """
        direction = -1 if move.is_inbound() else 1
        bases, amounts, order = {}, {}, {}
        for line in move.line_ids:
            value = self._amount(move, line.amount_currency * direction)
            if line.display_type == "tax":
                tax = line.tax_line_id
                amounts[tax] = amounts.get(tax, Decimal()) + value
                order[tax] = tax.sequence
            # A tax on tax has the other tax's line in its base.
            if line.display_type in ("product", "tax"):
                for tax in line.tax_ids.flatten_taxes_hierarchy():
                    bases[tax] = bases.get(tax, Decimal()) + value
                    order[tax] = tax.sequence
        return tuple(
            Tax(
                tax.tax_label,
                bases.get(tax, Decimal()),
                amounts.get(tax, Decimal()),
            )
            for tax in sorted(order, key=lambda tax: (order[tax], tax.id))
        )

    # === Facts ===

    def _facts(self, move, segments):
        _ = self.env._
        accounts, contracts = segments.account_id, segments.contract_id
        span = self._span(segments)
        pairs = (
            (_("Date of taxable supply"), move.taxable_supply_date),
            (_("Billing period"), span),
            (_("Customer number"), _few(accounts.mapped("code"))),
            (_("Contract"), _few(c.code or c.name for c in contracts)),
            (_("Original invoice"), move.reversed_entry_id.name),
            (_("Interest to"), move.interest_claim_id.date_end),
            *move._get_document_facts(),
        )
        return tuple(Fact(label, value) for label, value in pairs if value)

    def _span(self, segments):
        if not segments:
            return ""
        start = min(segments.mapped("date_start"))
        return self.formats.span(start, max(segments.mapped("date_end")))

    def _figures(self, segments):
        unit = consumption_unit(segments.agreement_id)
        figures = []
        if unit:
            quantity = sum((to_decimal(s.quantity) for s in segments), Decimal())
            label = self.env._("Consumption")
            figures.append(Figure(label, round(quantity, 3), unit.name))
        return tuple(figures)

    def _chart(self, move, segments):
        months = self.consumption.get(move.id)
        if not months or not segments or move.move_type != "out_invoice":
            return None
        last = max(segments.mapped("date_end")).replace(day=1)
        bars = []
        for back in range(MONTHS - 1, -1, -1):
            month = fields.Date.subtract(last, months=back)
            bars.append(Bar(month, months.get(month), current=not back))
        if sum(1 for bar in bars if bar.value is not None) < 2:
            # One bar compares with nothing.
            return None
        return Chart(tuple(bars), consumption_unit(segments.agreement_id).name or "")

    def _notes(self, move):
        taxes = move.invoice_line_ids.tax_ids.flatten_taxes_hierarchy()
        notes = (html2plaintext(move.narration or ""), *taxes._get_legal_notes())
        if move.move_type == "out_refund":
            notes = (move.ref or "", *notes)
        return tuple(note.strip() for note in notes if note.strip())

    # === Payment ===

    def _payment(self, move, due):
        bank = move.partner_bank_id
        number = move._get_document_number(self.proforma)
        reference = move.payment_reference or number
        if not bank or move.move_type != "out_invoice" or due <= 0:
            return None
        return Payment(
            holder=bank.acc_holder_name or self.company.name,
            account=bank.acc_number or "",
            bic=bank.bank_bic or "",
            bank=bank.bank_name or "",
            reference=reference if self.proforma or move.state == "posted" else "",
            qr=self._qr(move, bank, reference, due),
        )

    def _qr(self, move, bank, reference, due):
        """Payload of the payment code, where the company wants codes printed."""
        wanted = self.company.qr_code and move.state == "posted" and not self.proforma
        # Without base_iban every account is of the type "bank".
        if not wanted or not is_iban(bank.sanitized_acc_number or ""):
            return ""
        currency = move.currency_id.name
        if currency == "EUR" and due < 10**9:
            structured = reference if re.match(r"RF\d\d", reference) else ""
            return epc_payload(
                bank.acc_holder_name or self.company.name,
                bank.sanitized_acc_number,
                due,
                reference=structured,
                text="" if structured else reference,
                bic=bank.bank_bic or "",
            )
        if currency == "CZK":
            symbol = re.sub(r"\D", "", reference)[-10:]
            return spayd_payload(
                bank.sanitized_acc_number,
                due,
                variable=symbol,
                message=reference,
                due=move.invoice_date_due,
            )
        return ""

    # === Statement ===

    def _statements(self):
        """Statement sections by move, for invoices whose customer wants them."""
        segments = self.moves.segment_ids.filtered("account_id.profile_id.statement")
        sections = segments._prepare_statement_sections(self.formats)
        statements = {}
        ordered = segments.sorted(lambda s: (s.agreement_id.code, s.date_start, s.id))
        for segment in ordered:
            statements.setdefault(segment.invoice_id.id, []).append(
                sections[segment.id]
            )
        return {move_id: tuple(found) for move_id, found in statements.items()}


def consumption_unit(agreements):
    """The unit of what the agreements consume; none for levels and for several."""
    types = agreements.type_id.quantity_type_id
    if set(types.mapped("kind")) != {"flow"} or len(types.uom_id) != 1:
        return types.uom_id.browse()
    return types.uom_id


def _formats(env, lang):
    """The conventions of the locale, with what the language says in Odoo."""
    formats = Formats.for_locale(lang)
    data = env["res.lang"]._get_data(code=lang)
    if not data:
        return formats
    pattern = data.date_format
    for directive, part in (("%d", "{d:02d}"), ("%m", "{m:02d}"), ("%Y", "{y:04d}")):
        pattern = pattern.replace(directive, part)
    if "%" in pattern:
        # A month by name would need the locale's grammar.
        pattern = formats.date
    group = (data.thousands_sep or "").replace(" ", "\N{NO-BREAK SPACE}")
    return replace(formats, decimal=data.decimal_point, group=group, date=pattern)


def _texts(lang):
    """Labels of the document in ``lang``."""
    translations = code_translations.get_python_translations(
        "billing_base", lang or "en_US"
    )
    return {key: translations.get(text, text) for key, text in TEXTS.items()}


def _address(partner, home=None):
    """Lines of an address; the country of the sender is left out."""
    text = partner._display_address(without_company=True)
    # A missing part of the country's format leaves two spaces.
    lines = [" ".join(line.split()) for line in text.splitlines()]
    country = partner.country_id
    if home and country == home:
        lines = [line for line in lines if line != country.name]
    return tuple(line for line in lines if line)


def _identifiers(partner):
    pairs = (
        (partner.company_registry_label, partner.company_registry),
        (partner.vat_label, partner.vat),
    )
    return tuple(Fact(label, value) for label, value in pairs if value)


def _plain_lines(html):
    lines = html2plaintext(html or "").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _few(values):
    """Up to three different values; more would fill the page."""
    values = list(dict.fromkeys(value for value in values if value))
    return ", ".join(values[:3]) + (" …" if len(values) > 3 else "")
