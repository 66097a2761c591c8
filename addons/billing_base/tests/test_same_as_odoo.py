"""Invoices made with complete lines equal those that Odoo makes, column by column."""

import random
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import BillingCase

# what two invoices in a row differ in anyway
MOVE_IGNORED = {
    "id",
    "create_date",
    "write_date",
    "sequence_number",
    "made_sequence_gap",
    "access_token",
    "reversed_entry_id",
}
LINE_IGNORED = {
    "id",
    "move_id",
    "create_date",
    "write_date",
    "full_reconcile_id",
    "matching_number",
}
# what the drafts are made from, beside their lines
INPUTS = (
    "move_type",
    "journal_id",
    "partner_id",
    "currency_id",
    "invoice_date",
    "taxable_supply_date",
    "date",
    "invoice_payment_term_id",
    "invoice_cash_rounding_id",
    "transmit_method_id",
    "invoice_origin",
    "invoice_user_id",
    "reversed_entry_id",
    "ref",
)
LINE_INPUTS = (
    "display_type",
    "is_billed",
    "name",
    "sequence",
    "product_id",
    "product_uom_id",
    "quantity",
    "price_unit",
    "account_id",
    "tax_ids",
    "is_tax_by_line",
)


class SameCase(BillingCase):
    def _draft(self, agreements=None):
        return self.env["billing.invoicer"]._create_invoices(self._generate(agreements))

    def _assert_same(self, move=None, **values):
        """Compare a draft of ours with Odoo's, then both of them posted.

        :param values: of Odoo's draft that are not those of ours
        """
        move = move or self._draft()
        # without terms, Odoo takes today's date and we the invoice's
        due = () if move.invoice_payment_term_id else ("invoice_date_due",)
        reference = self.env["account.move"].create(
            {
                **self._inputs(move, INPUTS + due),
                **values,
                "invoice_line_ids": [
                    Command.create(self._inputs(line, LINE_INPUTS))
                    for line in move.invoice_line_ids
                ],
            }
        )
        self._compare(move, reference)
        self.env["billing.invoicer"]._post(move)
        # there are no segments behind the reference
        with patch.object(type(reference), "_check_billed_lines"):
            reference._post(soft=False)
        self._compare(move, reference)

    def _inputs(self, record, names):
        """Values of the fields, as create takes them."""
        return record._convert_to_write({name: record[name] for name in names})

    def _compare(self, ours, theirs):
        self.env.flush_all()
        our_rows, their_rows = self._lines(ours), self._lines(theirs)
        self.assertEqual(len(our_rows), len(their_rows))
        for our, their in zip(our_rows, their_rows, strict=True):
            self.assertEqual(our, their)
        self.assertEqual(
            self._columns(ours, MOVE_IGNORED), self._columns(theirs, MOVE_IGNORED)
        )

    def _lines(self, move):
        rows = []
        for line in move.line_ids:
            row = self._columns(line, LINE_IGNORED, move)
            row["tax_ids"] = sorted(line.tax_ids.ids)
            row["tax_tag_ids"] = sorted(line.tax_tag_ids.ids)
            rows.append(row)
        return sorted(rows, key=lambda row: sorted(map(repr, row.items())))

    def _columns(self, record, ignored, move=None):
        """All stored columns; the number of the move, wherever it is, as "N"."""
        number = (move or record).name
        ((row,),) = self.env.execute_query(
            SQL(
                "SELECT to_jsonb(t) FROM %s t WHERE id = %s",
                SQL.identifier(record._table),
                record.id,
            )
        )
        return {
            name: value.replace(number, "N")
            if number and isinstance(value, str)
            else value
            for name, value in row.items()
            # "not set" is stored as NULL or as zero, as it comes
            if name not in ignored and value
        }

    def _tax(self, name, amount, **values):
        return self.env["account.tax"].create(
            {"name": name, "amount": amount, "type_tax_use": "sale", **values}
        )


@tagged("post_install", "-at_install")
class TestSameTaxes(SameCase):
    def test_one_tax(self):
        self._assert_same()

    def test_several_agreements_with_sections(self):
        second = self._create_agreement("A-2", 7, partner=self.agreement.partner_id)
        self._assert_same(self._draft(self.agreement | second))

    def test_several_taxes_with_tags_and_shares(self):
        tag = self.env["account.account.tag"].create(
            {"name": "T", "applicability": "taxes"}
        )
        repartition = [
            Command.create(
                {"repartition_type": "base", "tag_ids": [Command.link(tag.id)]}
            ),
            Command.create({"repartition_type": "tax", "factor_percent": 60}),
            Command.create({"repartition_type": "tax", "factor_percent": 40}),
        ]
        levy = self._tax(
            "Levy",
            3.7,
            include_base_amount=True,
            sequence=0,
            invoice_repartition_line_ids=repartition,
            refund_repartition_line_ids=repartition,
        )
        self.product.taxes_id = self.vat | levy
        self._assert_same()

    def test_group_of_taxes(self):
        group = self._tax(
            "Group",
            0,
            amount_type="group",
            children_tax_ids=[Command.set((self._tax("A", 4) | self._tax("B", 5)).ids)],
        )
        self.product.taxes_id = group
        self._assert_same()

    def test_fixed_tax(self):
        self.product.taxes_id |= self._tax("Excise", 0.513, amount_type="fixed")
        self._assert_same()

    def test_tax_included_in_the_price(self):
        self.vat.price_include_override = "tax_included"
        self._assert_same()

    def test_rounding_by_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        self._assert_same()

    def test_rounding_of_the_profile(self):
        """5 lines of 0.10 with 25 %: 0.025 each is 0.03, together 0.15, not 0.13."""
        self.company.tax_calculation_rounding_method = "round_globally"
        self.profile.write({"tax_rounding": "line", "grouping": "partner"})
        self.vat.amount = 25
        self.fee_item.price_ids.price = 0.10
        self.capacity_item.unlink()
        others = [
            self._create_agreement(f"A-{n}", 1, partner=self.agreement.partner_id)
            for n in range(2, 6)
        ]
        move = self._draft(self.agreement.union(*others))
        self.assertEqual(len(move.invoice_line_ids.filtered("tax_ids")), 5)
        self.assertEqual((move.amount_untaxed, move.amount_tax), (0.5, 0.15))
        self._assert_same(move)

    def test_rounding_globally(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._assert_same()

    def test_cash_basis_tax(self):
        self.company.tax_exigibility = True
        account = self.company_data["default_account_revenue"].copy()
        account.reconcile = True
        self.vat.write(
            {
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": account.id,
            }
        )
        self._assert_same()

    def test_tax_of_zero(self):
        self.vat.amount = 0
        self._assert_same()

    def test_fiscal_position(self):
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Exempt",
                "auto_apply": True,
                "country_id": self.env.ref("base.us").id,
                "account_ids": [
                    Command.create(
                        {
                            "account_src_id": self.company_data[name].id,
                            "account_dest_id": self.company_data[name].copy().id,
                        }
                    )
                    for name in (
                        "default_account_receivable",
                        "default_account_revenue",
                    )
                ],
            }
        )
        self._tax(
            "0 %",
            0,
            fiscal_position_ids=[Command.link(position.id)],
            original_tax_ids=[Command.link(self.vat.id)],
        )
        self.agreement.partner_id.country_id = self.env.ref("base.us")
        move = self._draft()
        self.assertEqual(move.fiscal_position_id, position)
        self._assert_same(move)

    def test_fiscal_position_of_the_delivery_address(self):
        self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "auto_apply": True,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        partner = self.agreement.partner_id
        partner.country_id = self.env.ref("base.us")
        delivery = self.env["res.partner"].create(
            {
                "name": "Plant",
                "type": "delivery",
                "parent_id": partner.id,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        move = self._draft()
        self.assertEqual(move.partner_shipping_id, delivery)
        self.assertEqual(move.fiscal_position_id.name, "Abroad")
        self._assert_same(move)

    def _assert_same_credit_note(self):
        """Of two equal invoices, we credit one and Odoo the other."""
        other = self._create_agreement("A-2", 50, partner=self.agreement.partner_id)
        self.profile.grouping = "agreement"
        segments = self._generate(self.agreement | other)
        self._invoice(segments)
        segment = segments[0]
        segment._cancel(self.reason)
        self._assert_same(
            self.env["billing.invoicer"]._create_credit_notes(segment),
            reversed_entry_id=segments[1].invoice_id.id,
        )
        self.assertEqual(segments.invoice_id.mapped("payment_state"), ["reversed"] * 2)

    def test_credit_note(self):
        self._assert_same_credit_note()

    def test_storno(self):
        """A credit note is a negative debit, a negative line a negative credit."""
        self.company.account_storno = True
        self.fee_item.price_ids.price = -1
        self._assert_same_credit_note()
        self._assert_same(self._draft(self._create_agreement("A-3", 10)))

    def test_analytic_distribution(self):
        plan = self.env["account.analytic.plan"].create({"name": "P"})
        account = self.env["account.analytic.account"].create(
            {"name": "A", "plan_id": plan.id, "company_id": self.company.id}
        )
        self.env["account.analytic.distribution.model"].create(
            {
                "product_id": self.product.id,
                "analytic_distribution": {account.id: 100},
                "company_id": self.company.id,
            }
        )
        move = self._draft()
        self.assertTrue(move.invoice_line_ids[0].analytic_distribution)
        self._assert_same(move)
        self.assertTrue(move.line_ids.analytic_line_ids)


@tagged("post_install", "-at_install")
class TestSameTerms(SameCase):
    def _term(self, *lines, **values):
        return self.env["account.payment.term"].create(
            {
                "name": "Term",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": a, "nb_days": d}
                    )
                    for a, d in lines
                ],
                **values,
            }
        )

    def test_instalments(self):
        self.profile.payment_term_id = self._term((30, 0), (70, 60))
        self._assert_same()

    def test_instalments_of_one_day(self):
        self.profile.payment_term_id = self._term((30, 10), (70, 10))
        self._assert_same()

    def test_terms_of_the_customer(self):
        self.agreement.partner_id.property_payment_term_id = self._term((100, 14))
        move = self._draft()
        self.assertEqual(str(move.invoice_date_due), "2026-02-14")
        self._assert_same(move)

    def test_early_payment_discount(self):
        self.profile.payment_term_id = self._term(
            (100, 30), early_discount=True, discount_percentage=2, discount_days=7
        )
        for number, how in enumerate(("included", "excluded", "mixed")):
            with self.subTest(how=how):
                self.profile.payment_term_id.early_pay_discount_computation = how
                agreement = self._create_agreement(f"E-{number}", 10)
                self._assert_same(self._draft(agreement))

    def test_cash_rounding(self):
        account = self.company_data["default_account_revenue"].copy()
        for number, strategy in enumerate(("add_invoice_line", "biggest_tax")):
            self.profile.cash_rounding_id = self.env["account.cash.rounding"].create(
                {
                    "name": strategy,
                    "rounding": 0.5,
                    "strategy": strategy,
                    "profit_account_id": account.id,
                    "loss_account_id": account.id,
                }
            )
            with self.subTest(strategy=strategy):
                agreement = self._create_agreement(f"R-{number}", 10.7)
                move = self._draft(agreement)
                self.assertFalse(move.amount_total % 0.5)
                self._assert_same(move)

    def test_tax_date_in_another_month(self):
        self.profile.write({"tax_date": "calendar", "tax_date_shift": 3})
        move = self._draft()
        self.assertEqual(str(move.date), "2026-02-03")
        self._assert_same(move)

    def test_tax_date_in_a_foreign_currency(self):
        self.profile.write({"tax_date": "calendar", "tax_date_shift": 3})
        self.tariff.currency_id = self.setup_other_currency(
            "CZK", rates=[("2025-01-01", 25.113), ("2026-02-01", 24.987)]
        )
        self._assert_same()

    def test_foreign_currency(self):
        self.tariff.currency_id = self.setup_other_currency(
            "CZK", rates=[("2025-01-01", 25.113), ("2026-01-31", 24.987)]
        )
        self.profile.payment_term_id = self._term((33, 0), (67, 60))
        self._assert_same()

    def test_currency_without_decimals(self):
        self.tariff.currency_id = self.setup_other_currency(
            "JPY", rates=[("2025-01-01", 163.7)], rounding=1
        )
        self._assert_same()

    def test_bill_to_a_contact_of_the_customer(self):
        partner = self.agreement.partner_id
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": partner.id}
        )
        partner.property_account_receivable_id = self.company_data[
            "default_account_receivable"
        ].copy()
        self.agreement.account_id.invoice_partner_id = contact
        self._assert_same()

    def test_bank_account_and_terms_of_the_company(self):
        self.env["res.partner.bank"].create(
            {
                "acc_number": "BE43798822936101",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        self.env["ir.config_parameter"].sudo().set_param(
            "account.use_invoice_terms", True
        )
        self.company.invoice_terms = "Pay us."
        self._assert_same()

    def test_nothing_to_pay(self):
        """An invoice over nothing is paid as soon as it is posted."""
        self.fee_item.price_ids.price = 0
        self.capacity_item.price_ids.price = 0
        move = self._draft()
        self._assert_same(move)
        self.assertEqual(move.payment_state, "paid")

    def test_a_bill_that_gives_back(self):
        self.env["billing.charge"].create(
            {
                "name": "Compensation",
                "agreement_id": self.agreement.id,
                "product_id": self.product.id,
                "unit_price": -200,
                "date": "2026-01-10",
            }
        )
        move = self._draft()
        self.assertEqual(move.move_type, "out_refund")
        self._assert_same(move)


@tagged("post_install", "-at_install")
class TestSameAtRandom(SameCase):
    """Prices, capacities, taxes, terms, currencies and roundings as dice have it."""

    def setUp(self):
        super().setUp()
        self.dice = random.Random(19)
        self.taxes = [
            self.vat,
            self._tax("5.5 included", 5.5, price_include_override="tax_included"),
            self._tax("Fixed", 0.37, amount_type="fixed", include_base_amount=True),
            self._tax("1.3 on top", 1.3, include_base_amount=True, sequence=0),
            self._tax("Division", 8, amount_type="division"),
        ]
        self.currencies = [
            self.company.currency_id,
            self.setup_other_currency("CZK", rates=[("2025-01-01", 25.113)]),
            self.setup_other_currency("BGN", rates=[("2025-01-01", 1.95583)]),
        ]
        self.terms = self.env["account.payment.term"].search([], limit=6)

    @contextmanager
    def _taken_back(self):
        """What is done inside is undone: what was billed keeps its currency."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)

    def test_at_random(self):
        for number in range(12):
            with self.subTest(number=number), self._taken_back():
                self._throw()

    def _throw(self):
        choose = self.dice.choice
        self.company.tax_calculation_rounding_method = choose(
            ("round_globally", "round_per_line")
        )
        self.product.taxes_id = self.env["account.tax"].union(
            *self.dice.sample(self.taxes, self.dice.randint(1, 3))
        )
        self.tariff.currency_id = choose(self.currencies)
        self.profile.payment_term_id = choose([*self.terms, self.terms.browse()])
        self.profile.line_detail = choose(("charge", "part"))
        for price in self.tariff.item_ids.price_ids:
            price.price = round(self.dice.uniform(-0.3, 9), self.dice.randint(0, 8))
        agreement = self._create_agreement("X", choose((0.7, 13, 999.99)))
        segment = self._generate(agreement)
        if segment.amount > 0:
            self._assert_same(self.env["billing.invoicer"]._create_invoices(segment))


@tagged("post_install", "-at_install")
class TestCompanyCheck(BillingCase):
    def test_the_one_record_of_another_company_is_named(self):
        """Records are checked together, and told of as Odoo does for each."""
        agreements = self.agreement | self._create_agreement("A-2", 10)
        agreements._check_company()
        other = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE billing_account SET company_id = %s WHERE id = %s",
                other.id,
                agreements[1].account_id.id,
            )
        )
        self.env.invalidate_all()
        agreements[0]._check_company()
        with self.assertRaisesRegex(UserError, "A-2.*account_id"):
            agreements._check_company(["account_id"])
