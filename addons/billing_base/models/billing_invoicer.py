from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date

from ..rating import round_amount, round_quantity, to_decimal

NOISE = Decimal("0.000001")
"""Far below the smallest currency unit, far above the noise of a float."""


class BillingInvoicer(models.AbstractModel):
    """Turns segments into invoices and cancelled segments into credit notes.

    Invoices are created with complete lines: product lines, the tax lines that
    Odoo's own tax engine computes for them, and the payment terms. Odoo's
    synchronisation would arrive at the same lines by computing them several times
    over; test_invoicer.py proves the two equal.
    """

    _name = "billing.invoicer"
    _description = "Invoicer"

    # === What goes on which invoice ===

    @api.model
    def _group(self, segments):
        """Ready segments by invoice, without those that are held back.

        :return: ``{key: billing.segment}``; a key holds currency, company and what
            the profile groups by
        """
        ready = segments.filtered(
            lambda segment: segment.state == "ready" and not segment.invoice_id
        )
        held = self._get_held_keys(ready)
        groups = defaultdict(self.env["billing.segment"].browse)
        for segment in ready:
            key = self._group_key(segment)
            if key not in held:
                groups[key] |= segment
        return groups

    @api.model
    def _group_key(self, segment):
        profile = segment.account_id.profile_id
        return (
            segment.company_id.id,
            segment.currency_id.id,
            segment.account_id.invoice_partner_id.id or segment.partner_id.id,
            profile.id,
            {
                "partner": segment.partner_id.id,
                "account": segment.account_id.id,
                "contract": segment.contract_id.id,
                "agreement": segment.agreement_id.id,
            }[profile.grouping],
        )

    @api.model
    def _get_held_keys(self, segments):
        """Keys of the bills one of whose segments has an error, where the profile
        holds the whole bill."""
        blocking = self.env["billing.segment"].search(
            [
                ("partner_id", "in", segments.partner_id.ids),
                ("period_id", "in", segments.period_id.ids),
                ("state", "in", ("incomplete", "error")),
                ("account_id.profile_id.hold", "=", "bill"),
            ]
        )
        return {self._group_key(segment) for segment in blocking}

    # === Invoices ===

    @api.model
    def _create_invoices(self, segments, invoice_date=None):
        """Make draft invoices of the ready segments, grouped by profile.

        :param invoice_date: date, or None for the last day of the period
        :return: the account.move made
        """
        groups = self._group(segments)
        if not groups:
            return self.env["account.move"]
        batches = defaultdict(list)
        for (company_id, *_rest), group in groups.items():
            batches[company_id].append(group)
        moves = self.env["account.move"]
        for company_id, company_groups in batches.items():
            company = self.env["res.company"].browse(company_id)
            moves |= self.with_company(company)._create_company_invoices(
                company, company_groups, invoice_date
            )
        self.env["billing.segment"].union(*groups.values())._refresh_figures()
        return moves

    @api.model
    def _create_company_invoices(self, company, groups, invoice_date):
        builder = _MoveBuilder(self.env, company)
        vals_list, links = [], []
        for segments in groups:
            vals, line_links = builder.invoice_vals(segments, invoice_date)
            vals_list.append(vals)
            links.append(line_links)
        moves = builder.make(vals_list)
        self._link(moves, links, "charge_move_line_id")
        self._set_invoice(moves, groups)
        return moves

    @api.model
    def _set_invoice(self, moves, groups):
        pairs = [
            (segment.id, move.id)
            for move, segments in zip(moves, groups, strict=True)
            for segment in segments
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment s SET invoice_id = v.move_id
                  FROM unnest(%s::int[], %s::int[]) v(segment_id, move_id)
                 WHERE s.id = v.segment_id AND s.invoice_id IS NULL
                """,
                [segment_id for segment_id, _move_id in pairs],
                [move_id for _segment_id, move_id in pairs],
            )
        )
        if self.env.cr.rowcount != len(pairs):
            raise UserError(
                self.env._(
                    "Some of these segments were put on another invoice meanwhile. "
                    "Repeat the step, it takes what is left."
                )
            )
        self.env["billing.segment"].union(*groups).invalidate_recordset(["invoice_id"])

    @api.model
    def _link(self, moves, links, column):
        """Write each segment line's invoice line, in one statement.

        :param list links: for each move, for each of its product lines in order, the
            ids of the segment lines it bills
        """
        segment_line_ids, move_line_ids = [], []
        for move, move_links in zip(moves, links, strict=True):
            product_lines = move.line_ids.filtered(
                lambda line: line.display_type == "product"
            ).sorted("id")
            for move_line, ids in zip(product_lines, move_links, strict=True):
                segment_line_ids += ids
                move_line_ids += [move_line.id] * len(ids)
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment_line l SET %(column)s = v.move_line_id
                  FROM unnest(%(lines)s::int[], %(move_lines)s::int[])
                       v(line_id, move_line_id)
                 WHERE l.id = v.line_id AND l.%(column)s IS NULL
                """,
                column=SQL.identifier(column),
                lines=segment_line_ids,
                move_lines=move_line_ids,
            )
        )
        self.env["billing.segment.line"].browse(segment_line_ids).invalidate_recordset(
            [column]
        )

    @api.model
    def _post(self, moves):
        """Post draft invoices; their segments freeze in the same transaction."""
        moves.filtered(lambda move: move.state == "draft")._post(soft=False)

    # === Credit notes ===

    @api.model
    def _create_credit_notes(self, segments, invoice_date=None):
        """Make draft credit notes that take back what ``segments`` were billed.

        Each line of the credit note repeats the invoice line with its price, tax and
        account as they were then. :return: the account.move made
        """
        moves = self.env["account.move"]
        by_invoice = segments.grouped("invoice_id")
        for company, invoices in (
            self.env["account.move"].union(*by_invoice).grouped("company_id").items()
        ):
            builder = _MoveBuilder(self.with_company(company).env, company)
            vals_list, links = [], []
            for invoice in invoices:
                vals, line_links = builder.credit_vals(
                    invoice, by_invoice[invoice], invoice_date
                )
                vals_list.append(vals)
                links.append(line_links)
            company_moves = builder.make(vals_list)
            self._link(company_moves, links, "reversal_move_line_id")
            for move, invoice in zip(company_moves, invoices, strict=True):
                by_invoice[invoice].reversal_id = move
            moves |= company_moves
        return moves


class _MoveBuilder:
    """Complete values of the moves of one company."""

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.has_distributions = bool(
            env["account.analytic.distribution.model"].search_count([], limit=1)
        )
        self.taxes = {}
        self.accounts = {}
        self.names = {}

    def make(self, vals_list):
        """Create moves whose lines are complete.

        The balance of each is checked here, since Odoo's own check is switched off
        together with the synchronisation.
        """
        for vals in vals_list:
            _currency_amount, balance = _totals(
                line for _command, _id, line in vals["line_ids"] if "balance" in line
            )
            if balance:
                raise UserError(
                    self.env._(
                        "The invoice of %(partner)s does not balance by %(amount)s.",
                        partner=self.env["res.partner"]
                        .browse(vals["partner_id"])
                        .display_name,
                        amount=balance,
                    )
                )
        return (
            self.env["account.move"]
            .with_context(
                skip_invoice_sync=True,
                skip_invoice_line_sync=True,
                skip_analytic_sync=True,
                check_move_validity=False,
                tracking_disable=True,
                mail_create_nolog=True,
            )
            .create(vals_list)
            .with_env(self.env)
        )

    # === Invoice ===

    def invoice_vals(self, segments, invoice_date):
        """Values of one invoice.

        :return: ``(vals, links)`` with the segment line ids behind each product line
        """
        account = segments[:1].account_id
        profile = account.profile_id
        partner = account.invoice_partner_id or account.partner_id
        date = invoice_date or max(segments.mapped("date_end"))
        position = (
            self.env["account.fiscal.position"]
            .with_company(self.company)
            ._get_fiscal_position(partner)
        )
        lang = partner.lang or self.env.lang
        lines, links = [], []
        ordered = segments.sorted(lambda s: (s.agreement_id.code, s.date_start, s.id))
        for segment in ordered:
            if len(segments) > 1:
                lines.append(self._section(segment, lang))
            for group in self._invoice_lines(segment, profile):
                lines.append(self._product_line(group, segment, position, lang))
                links.append(group.ids)
        vals = {
            "move_type": "out_invoice",
            "journal_id": self._journal(profile).id,
            "company_id": self.company.id,
            "partner_id": partner.id,
            "currency_id": segments.currency_id.id,
            "invoice_date": date,
            "date": date,
            "fiscal_position_id": position.id,
            "invoice_payment_term_id": (
                profile.payment_term_id or partner.property_payment_term_id
            ).id,
            "transmit_method_id": profile.transmit_method_id.id,
            "invoice_origin": ", ".join(segments.period_id.mapped("name")) or False,
            "invoice_user_id": self.env.uid,
        }
        return self._complete(vals, lines, 1), links

    def _journal(self, profile):
        journal = profile.journal_id or self.env["account.journal"].search(
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
            "name": self.env._(
                "%(agreement)s, %(start)s – %(end)s",
                agreement=segment.agreement_id.display_name,
                start=format_date(self.env, segment.date_start, lang_code=lang),
                end=format_date(self.env, segment.date_end, lang_code=lang),
            ),
        }

    def _invoice_lines(self, segment, profile):
        """The segment's lines as the profile puts them together on the invoice."""
        if profile.line_detail == "part":
            return list(segment.line_ids)
        return list(
            segment.line_ids.grouped(lambda line: (line.item_id, line.product_id))
            .values()
        )  # fmt: skip

    def _product_line(self, group, segment, position, lang):
        first = group[0]
        quantity, price = self._quantity_and_price(group, segment.currency_id)
        product = first.product_id
        return {
            "display_type": "product",
            "is_billed": True,
            "name": self._line_name(group, lang),
            "product_id": product.id,
            "product_uom_id": first.uom_id.id,
            "quantity": quantity,
            "price_unit": price,
            "tax_ids": self._taxes(product, position),
            "account_id": self._account(product, segment, position),
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
        first = group[0]
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

    def _taxes(self, product, position):
        key = (product.id, position.id)
        if key not in self.taxes:
            taxes = product.taxes_id.filtered_domain(
                self.env["account.tax"]._check_company_domain(self.company)
            )
            if not taxes:
                raise UserError(
                    self.env._(
                        "Product %(product)s has no sales tax in %(company)s. Enter "
                        "one; a tax of 0 %% says that none is due.",
                        product=product.display_name,
                        company=self.company.display_name,
                    )
                )
            self.taxes[key] = position.map_tax(taxes).ids
        return self.taxes[key]

    def _account(self, product, segment, position):
        own = segment.agreement_id.type_id.income_account_id
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

    def credit_vals(self, invoice, segments, invoice_date):
        """Values of the credit note for ``segments`` of one posted invoice."""
        today = fields.Date.context_today(invoice)
        date = max(invoice_date or today, invoice.invoice_date)
        lines, links = [], []
        by_move_line = segments.line_ids.grouped("charge_move_line_id")
        for move_line in self.env["account.move.line"].union(*by_move_line).sorted():
            lines.append(
                {
                    "display_type": "product",
                    "is_billed": True,
                    "name": move_line.name,
                    "product_id": move_line.product_id.id,
                    "product_uom_id": move_line.product_uom_id.id,
                    "quantity": move_line.quantity,
                    "price_unit": move_line.price_unit,
                    "tax_ids": move_line.tax_ids.ids,
                    "account_id": move_line.account_id.id,
                }
            )
            links.append(by_move_line[move_line].ids)
        vals = {
            "move_type": "out_refund",
            "journal_id": invoice.journal_id.id,
            "company_id": self.company.id,
            "partner_id": invoice.partner_id.id,
            "currency_id": invoice.currency_id.id,
            "invoice_date": date,
            "date": date,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "reversed_entry_id": invoice.id,
            "transmit_method_id": invoice.transmit_method_id.id,
            "invoice_origin": invoice.name,
            "ref": self.env._("Cancellation of %(invoice)s", invoice=invoice.name),
        }
        return self._complete(vals, lines, -1), links

    # === Tax and payment term lines ===

    def _complete(self, vals, lines, direction):
        """Add currency amounts, tax lines and payment terms to the product lines.

        :param int direction: 1 for an invoice, -1 for a credit note
        """
        AccountTax = self.env["account.tax"]
        currency = self.env["res.currency"].browse(vals["currency_id"])
        partner = self.env["res.partner"].browse(vals["partner_id"])
        conversion = self._rate(currency, vals["invoice_date"])
        products = [line for line in lines if line["display_type"] == "product"]
        base_lines = [
            AccountTax._prepare_base_line_for_taxes_computation(
                {},
                product_id=self.env["product.product"].browse(line["product_id"]),
                product_uom_id=self.env["uom.uom"].browse(line["product_uom_id"]),
                tax_ids=AccountTax.browse(line["tax_ids"]),
                price_unit=line["price_unit"],
                quantity=line["quantity"],
                currency_id=currency,
                partner_id=partner.commercial_partner_id,
                account_id=self.env["account.account"].browse(line["account_id"]),
                sign=-direction,
                is_refund=direction < 0,
                rate=conversion,
                name=line["name"],
            )
            for line in products
        ]
        for base_line in base_lines:
            base_line["is_billed"] = True
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company)
        AccountTax._round_base_lines_tax_details(base_lines, self.company)
        AccountTax._add_accounting_data_in_base_lines_tax_details(
            base_lines, self.company, include_caba_tags=True
        )
        results = AccountTax._prepare_tax_lines(base_lines, self.company)
        for line, (_base, update) in zip(
            products, results["base_lines_to_update"], strict=True
        ):
            line.update(update)
        tax_lines = [
            {"display_type": "tax", **line} for line in results["tax_lines_to_add"]
        ]
        shared = {
            "partner_id": partner.commercial_partner_id.id,
            "currency_id": currency.id,
        }
        for sequence, line in enumerate(lines, start=1):
            line.setdefault("sequence", sequence)
            if not self.has_distributions:
                # spares Odoo the search for each line
                line.setdefault("analytic_distribution", False)
        complete = [
            {**shared, **line} if line["display_type"] != "line_section" else line
            for line in lines + tax_lines
        ]
        complete += [
            {**shared, **line}
            for line in self._term_lines(vals, partner, products, tax_lines, direction)
        ]
        vals["line_ids"] = [Command.create(line) for line in complete]
        return vals

    def _rate(self, currency, date):
        """Units of ``currency`` for one of the company's, as Odoo's invoices use."""
        return self.env["res.currency"]._get_conversion_rate(
            self.company.currency_id, currency, self.company, date
        )

    def _term_lines(self, vals, partner, products, tax_lines, direction):
        untaxed_currency, untaxed = _totals(products)
        tax_currency, tax = _totals(tax_lines)
        account = partner.with_company(self.company).property_account_receivable_id
        common = {
            "display_type": "payment_term",
            "name": "",
            "account_id": account.id,
            "sequence": 12000,
        }
        term = self.env["account.payment.term"].browse(
            vals.get("invoice_payment_term_id") or []
        )
        if not term:
            vals["invoice_date_due"] = vals["invoice_date"]
            return [
                {
                    **common,
                    "date_maturity": vals["invoice_date"],
                    "amount_currency": float(-untaxed_currency - tax_currency),
                    "balance": float(-untaxed - tax),
                }
            ]
        currency = self.env["res.currency"].browse(vals["currency_id"])
        terms = term._compute_terms(
            date_ref=vals["invoice_date"],
            currency=currency,
            company=self.company,
            tax_amount=float(-tax),
            tax_amount_currency=float(-tax_currency),
            sign=direction,
            untaxed_amount=float(-untaxed),
            untaxed_amount_currency=float(-untaxed_currency),
        )
        return [
            {
                **common,
                "date_maturity": line["date"],
                "amount_currency": line["foreign_amount"],
                "balance": line["company_amount"],
                "discount_date": terms.get("discount_date"),
                "discount_balance": terms.get("discount_balance") or 0.0,
                "discount_amount_currency": (
                    terms.get("discount_amount_currency") or 0.0
                ),
            }
            for line in terms["line_ids"]
        ]


def _totals(lines):
    """Sums of amount_currency and balance of line values, as Decimals.

    Odoo's tax engine returns rounded floats; what is left behind their digits is
    binary noise.
    """
    totals = [Decimal(), Decimal()]
    for line in lines:
        for index, name in enumerate(("amount_currency", "balance")):
            totals[index] += round_amount(to_decimal(line[name]), NOISE)
    return tuple(totals)
