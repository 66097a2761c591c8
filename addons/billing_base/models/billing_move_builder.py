"""What stands on the invoices and credit notes of one company."""

from bisect import bisect
from dataclasses import dataclass
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..rating import round_amount, round_quantity, to_decimal
from .billing_context import FISCAL_POSITIONS
from .billing_move_completion import MoveCompletion
from .billing_tax_change import TaxChanges


@dataclass(frozen=True)
class Draft:
    """A move to be created.

    :param vals: of the account.move, without its lines
    :param lines: values of its section and product lines, in order
    :param links: ids of the billing.segment.line behind each product line
    :param partner: the res.partner it goes to
    """

    vals: dict
    lines: list
    links: list
    partner: object


class MoveBuilder:
    """Makes drafts of segments, and moves of drafts."""

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.positions = env["account.fiscal.position"].with_context(
            **{FISCAL_POSITIONS: {}}
        )
        self.journals = {}
        self.carried = {}
        self.taxes = {}
        self.tax_changes = TaxChanges(env, company)
        self.accounts = {}
        self.names = {}

    def make(self, drafts):
        """Create moves, with complete lines where those are sure to be Odoo's.

        :return: the account.move, in the order of ``drafts``
        """
        completion = MoveCompletion(self.env, self.company)
        complete = [draft for draft in drafts if completion.is_possible(draft)]
        ordinary = [draft for draft in drafts if not completion.is_possible(draft)]
        made = {
            id(draft): move
            for chosen, create in (
                (complete, completion.create_moves),
                (ordinary, self._create_moves),
            )
            if chosen
            for draft, move in zip(chosen, create(chosen), strict=True)
        }
        return self.env["account.move"].union(*(made[id(draft)] for draft in drafts))

    def _create_moves(self, drafts):
        """Odoo's normal path: it adds taxes, roundings and terms by itself."""
        return (
            self.env["account.move"]
            .with_context(
                skip_invoice_sync=False,
                skip_invoice_line_sync=False,
                tracking_disable=True,
                mail_create_nolog=True,
            )
            .create(
                [
                    {
                        **draft.vals,
                        "invoice_line_ids": [
                            Command.create({"sequence": sequence, **line})
                            for sequence, line in enumerate(draft.lines, start=1)
                        ],
                    }
                    for draft in drafts
                ]
            )
            .with_env(self.env)
        )

    # === Invoice ===

    def invoice_draft(self, segments, invoice_date, tax_date):
        """The invoice of the segments of one group.

        :param invoice_date: date, or None for the last day of what is billed
        :param tax_date: date of supply where the profile asks for it, or None
        """
        # unlike segments[0], the first of an iteration reads for all invoices at once
        account = next(iter(segments)).account_id
        profile = account.profile_id
        partner = account.invoice_partner_id or account.partner_id
        invoice_date = invoice_date or max(segments.mapped("date_end"))
        tax_date = max(
            segment._get_tax_date(profile, invoice_date, tax_date)
            for segment in segments
        )
        shipping_id = partner.address_get(["delivery"])["delivery"]
        # what is read of a partner is read of all of them, of an address alone
        delivery = partner if shipping_id == partner.id else partner.browse(shipping_id)
        position = self.positions._get_fiscal_position(partner, delivery=delivery)
        lines, links = self.invoice_lines(
            segments, profile, partner, position, tax_date
        )
        vals = {
            "journal_id": self._journal(profile).id,
            "company_id": self.company.id,
            "partner_id": partner.id,
            "partner_shipping_id": shipping_id,
            "currency_id": segments.currency_id.id,
            "invoice_date": invoice_date,
            "taxable_supply_date": tax_date,
            "date": tax_date,
            "fiscal_position_id": position.id,
            "invoice_payment_term_id": self._term(segments, profile, partner).id,
            "invoice_cash_rounding_id": profile.cash_rounding_id.id,
            "transmit_method_id": account._get_transmit_method().id,
            "invoice_origin": ", ".join(segments.period_id.mapped("name")) or False,
            "invoice_user_id": self.env.uid,
            **self._direct_debit(segments, profile),
        }
        vals["move_type"] = self.orient(lines, segments.currency_id, "out_invoice")
        return Draft(vals, lines, links, partner)

    def invoice_lines(self, segments, profile, partner, position, tax_date):
        """Values of the section and product lines, and what is behind the latter.

        :return: ``(lines, links)`` as in :class:`Draft`
        """
        lang = partner.lang or self.env.lang
        lines, links = [], []
        ordered = segments.sorted(lambda s: (s.agreement_id.code, s.date_start, s.id))
        for segment in ordered:
            if len(segments) > 1:
                lines.append(self._section(segment, lang))
            for group in self._invoice_lines(segment, profile):
                lines.append(
                    self._product_line(group, segment, position, tax_date, lang)
                )
                links.append(group.ids)
        return lines, links

    def orient(self, lines, currency, move_type, is_fixed=False):
        """The kind of document for lines as a customer owes them: what gives back more
        than it charges is a credit note, whose lines are turned round here.

        :param move_type: of lines that add up to nothing
        :param is_fixed: the document is of this kind, whatever the lines add up to
        """
        rounding = to_decimal(currency.rounding)
        total = sum(
            (
                round_amount(
                    to_decimal(line["quantity"]) * to_decimal(line["price_unit"]),
                    rounding,
                )
                for line in lines
                if line["display_type"] == "product"
            ),
            Decimal(),
        )
        if total and not is_fixed:
            move_type = "out_refund" if total < 0 else "out_invoice"
        if move_type == "out_refund":
            for line in lines:
                if line["display_type"] == "product":
                    line["quantity"] = -line["quantity"]
        return move_type

    def _direct_debit(self, segments, profile):
        """How the invoice is collected, where the account has a valid mandate."""
        mandate = profile.direct_debit_id and segments.account_id._get_debit_mandate()
        if not mandate or len(mandate) > 1 or len(segments.account_id) > 1:
            return {}
        return {
            "preferred_payment_method_line_id": profile.direct_debit_id.id,
            "mandate_id": mandate.id,
        }

    def _term(self, segments, profile, partner):
        """Terms of payment: of the contract, the profile, or the customer."""
        agreed = segments.contract_id.payment_term_id
        if len(agreed) == 1:
            return agreed
        return profile.payment_term_id or partner.property_payment_term_id

    def _journal(self, profile):
        if profile not in self.journals:
            self.journals[profile] = profile.journal_id or self._first_journal()
        return self.journals[profile]

    def _first_journal(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no sales journal. Create one under "
                    "Accounting, Configuration, Journals.",
                    company=self.company.display_name,
                )
            )
        return journal

    def _section(self, segment, lang):
        return {
            "display_type": "line_section",
            "is_billed": True,
            "name": self.env._(
                "%(agreement)s, %(start)s – %(end)s",
                agreement=segment._get_section_title(),
                start=format_date(self.env, segment.date_start, lang_code=lang),
                end=format_date(self.env, segment.date_end, lang_code=lang),
            ),
        }

    def _invoice_lines(self, segment, profile):
        """The segment's lines as the profile puts them together on the invoice."""
        if profile.line_detail == "part":
            return list(segment.line_ids)
        return list(
            segment.line_ids.grouped(
                lambda line: (
                    line.item_id,
                    line.product_id,
                    line._get_analytic_accounts(),
                    (line.explanation or {}).get("terms", {}).get("tax"),
                )
            ).values()
        )

    def _product_line(self, group, segment, position, tax_date, lang):
        first = next(iter(group))
        quantity, price = self._quantity_and_price(group, segment.currency_id)
        product = first.product_id
        profile = segment.account_id.profile_id
        analytic = first._get_analytic_accounts()
        return {
            "display_type": "product",
            "is_billed": True,
            # what is deducted later is exactly what was charged
            "is_tax_by_line": profile.tax_rounding == "line"
            or segment.type_id.algorithm == "advance",
            "name": self._line_name(group, lang),
            "product_id": product.id,
            "product_uom_id": first.uom_id.id,
            "quantity": quantity,
            "price_unit": price,
            "tax_ids": [Command.set(self._taxes(group, position, tax_date))],
            "account_id": self._account(product, segment, position),
            **_analytic({",".join(map(str, sorted(analytic.ids))): 100.0}),
        }

    def _quantity_and_price(self, group, currency):
        """Quantity and price that give the sum of the group to the cent.

        One price: the quantities add up. Otherwise, or where rounding of the parts
        adds up to another cent, the line shows the sum as one piece.
        """
        amount = sum((to_decimal(line.amount) for line in group), Decimal())
        prices = {line.unit_price for line in group}
        if len(prices) == 1:
            price = prices.pop()
            quantity = round_quantity(
                sum((to_decimal(line.quantity) for line in group), Decimal())
            )
            rounding = to_decimal(currency.rounding)
            if round_amount(quantity * to_decimal(price), rounding) == amount:
                return float(quantity), price
        return 1.0, float(amount)

    def _line_name(self, group, lang):
        first = next(iter(group))
        start = min(group.mapped("date_start"))
        end = max(group.mapped("date_end"))
        key = (first.item_id.id, first.name, start, end, lang)
        if key not in self.names:
            item = first.item_id.with_context(lang=lang)
            self.names[key] = (
                f"{item.name or first.name} "
                f"({format_date(self.env, start, lang_code=lang)} – "
                f"{format_date(self.env, end, lang_code=lang)})"
            )
        return self.names[key]

    def _taxes(self, group, position, tax_date):
        """Ids of the taxes of a line, as its product, its days, the tax date and the
        customer's fiscal position have it."""
        first = next(iter(group))
        product = first.product_id
        if product.id not in self.carried:
            taxes = product._get_company_taxes(self.company)
            if not taxes:
                raise UserError(
                    self.env._(
                        "Product %(product)s has no sales tax in %(company)s. Enter "
                        "one; a tax of 0 %% says that none is due.",
                        product=product.display_name,
                        company=self.company.display_name,
                    )
                )
            self.carried[product.id] = taxes, sorted(self.tax_changes.days(taxes))
        carried, days = self.carried[product.id]
        supplied_on = self._supply_day(group, days) if days else tax_date
        key = (product.id, position.id, bisect(days, supplied_on), tax_date)
        if key not in self.taxes:
            taxes = self.tax_changes.resolve(carried, supplied_on, tax_date)
            self.taxes[key] = position.map_tax(taxes).ids
        return self.taxes[key]

    def _supply_day(self, group, days):
        """The day that decides the tax of a line: rated lines are split where a tax
        changes, anything else is supplied with its last day.

        :raises UserError: for a segment made before the change was entered
        """
        first, last = min(group.mapped("date_start")), max(group.mapped("date_end"))
        segment = next(iter(group)).segment_id
        if segment.is_stale and any(first < day <= last for day in days):
            raise UserError(
                self.env._(
                    "A tax changes between %(start)s and %(end)s. Regenerate segment "
                    "%(segment)s first, so that its lines are split.",
                    start=format_date(self.env, first),
                    end=format_date(self.env, last),
                    segment=segment.display_name,
                )
            )
        return last

    def _account(self, product, segment, position):
        own = segment._get_own_account()
        key = (product.id, position.id, own.id)
        if key not in self.accounts:
            account = (
                own
                or product.product_tmpl_id.get_product_accounts(fiscal_pos=position)[
                    "income"
                ]
            )
            if not account:
                raise UserError(
                    self.env._(
                        "Product %(product)s has no income account in %(company)s.",
                        product=product.display_name,
                        company=self.company.display_name,
                    )
                )
            self.accounts[key] = account.id
        return self.accounts[key]

    # === Credit note ===

    def credit_draft(self, invoice, segments, invoice_date):
        """The document that takes ``segments`` of one posted invoice back: a credit
        note, or an invoice where the segments gave back themselves."""
        today = fields.Date.context_today(invoice)
        date = max(invoice_date or today, invoice.invoice_date)
        sign = 1 if invoice.move_type == "out_refund" else -1
        lines, links = [], []
        by_move_line = segments.line_ids.grouped("charge_move_line_id")
        for move_line in self.env["account.move.line"].union(*by_move_line).sorted():
            lines.append(
                {
                    "display_type": "product",
                    "is_billed": True,
                    "is_tax_by_line": move_line.is_tax_by_line,
                    "name": move_line.name,
                    "product_id": move_line.product_id.id,
                    "product_uom_id": move_line.product_uom_id.id,
                    "quantity": sign * move_line.quantity,
                    "price_unit": move_line.price_unit,
                    "tax_ids": [Command.set(move_line.tax_ids.ids)],
                    "account_id": move_line.account_id.id,
                    **_analytic(move_line.analytic_distribution),
                }
            )
            links.append(by_move_line[move_line].ids)
        vals = {
            "move_type": self.orient(lines, invoice.currency_id, "out_refund"),
            "journal_id": invoice.journal_id.id,
            "company_id": self.company.id,
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "currency_id": invoice.currency_id.id,
            "invoice_date": date,
            "taxable_supply_date": date,
            "date": date,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_cash_rounding_id": invoice.invoice_cash_rounding_id.id,
            "invoice_payment_term_id": False,
            "reversed_entry_id": invoice.id,
            "transmit_method_id": invoice.transmit_method_id.id,
            "invoice_origin": invoice.name,
            "ref": self.env._("Cancellation of %(invoice)s", invoice=invoice.name),
        }
        return Draft(vals, lines, links, invoice.partner_id)


def _analytic(distribution):
    """Value of a line; without one, Odoo's distribution models have their say."""
    if not distribution or "" in distribution:
        return {}
    return {"analytic_distribution": distribution}
