from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestGrouping(BillingCase):
    def setUp(self):
        super().setUp()
        self.partner = self.agreement.partner_id
        self.second = self._create_agreement("A-2", 10, partner=self.partner)
        self.both = self.agreement | self.second

    def _break_second(self):
        """The second agreement has no terms in January."""
        self.second.term_ids.date_start = "2026-02-01"

    def test_one_invoice_per_account_with_a_section_per_agreement(self):
        move = self._invoice(self._generate(self.both))
        self.assertEqual(len(move), 1)
        sections = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertEqual(len(sections), 2)

    def test_one_invoice_per_agreement(self):
        self.profile.grouping = "agreement"
        self.assertEqual(len(self._invoice(self._generate(self.both))), 2)

    def test_profile_holds_the_whole_bill(self):
        self._break_second()
        self.assertFalse(self._invoice(self._generate(self.both)))

    def test_profile_bills_the_clean_segments(self):
        self.profile.hold = "segment"
        self._break_second()
        move = self._invoice(self._generate(self.both))
        self.assertEqual(move.segment_ids.agreement_id, self.agreement)

    def test_a_line_per_charge_adds_the_parts_up(self):
        self.profile.line_detail = "charge"
        segment = self._generate()
        move = self._invoice(segment)
        self.assertEqual(len(move.invoice_line_ids), 2)
        self.assertEqual(move.amount_untaxed, segment.amount)

    def test_group_of_another_customer_is_not_held(self):
        other = self._create_agreement("A-3", 5)
        self._break_second()
        move = self._invoice(self._generate(self.both | other))
        self.assertEqual(move.partner_id, other.partner_id)


@tagged("post_install", "-at_install")
class TestSameAsOdoo(BillingCase):
    """Complete lines equal what Odoo's synchronisation makes of the same lines."""

    FIELDS = (
        "display_type",
        "name",
        "product_id",
        "account_id",
        "partner_id",
        "currency_id",
        "quantity",
        "price_unit",
        "price_subtotal",
        "price_total",
        "debit",
        "credit",
        "balance",
        "amount_currency",
        "amount_residual",
        "tax_ids",
        "tax_line_id",
        "tax_repartition_line_id",
        "tax_tag_ids",
        "tax_base_amount",
        "tax_group_id",
        "date_maturity",
        "discount_date",
        "discount_balance",
    )

    def _rows(self, move):
        return sorted(
            (
                tuple(
                    tuple(sorted(line[name].ids))
                    if line._fields[name].relational
                    else line[name] or False
                    for name in self.FIELDS
                )
                for line in move.line_ids
            ),
            key=repr,
        )

    def _assert_same(self, move):
        """Compare a draft made by us with one Odoo makes from its product lines."""
        reference = self.env["account.move"].create(
            {
                "move_type": move.move_type,
                "journal_id": move.journal_id.id,
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "invoice_date": move.invoice_date,
                "invoice_date_due": move.invoice_date_due,
                "fiscal_position_id": move.fiscal_position_id.id,
                "invoice_payment_term_id": move.invoice_payment_term_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "display_type": line.display_type,
                            "is_billed": line.is_billed,
                            "name": line.name,
                            "product_id": line.product_id.id,
                            "product_uom_id": line.product_uom_id.id,
                            "quantity": line.quantity,
                            "price_unit": line.price_unit,
                            "account_id": line.account_id.id,
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                        }
                    )
                    for line in move.invoice_line_ids
                ],
            }
        )
        ours, theirs = self._rows(move), self._rows(reference)
        self.assertEqual(len(ours), len(theirs))
        for our, their in zip(ours, theirs, strict=True):
            self.assertEqual(
                dict(zip(self.FIELDS, our, strict=True)),
                dict(zip(self.FIELDS, their, strict=True)),
            )
        for name in (
            "amount_untaxed",
            "amount_tax",
            "amount_total",
            "amount_residual",
            "amount_total_signed",
            "invoice_date_due",
            "payment_state",
            "commercial_partner_id",
            "partner_shipping_id",
            "invoice_currency_rate",
        ):
            self.assertEqual(move[name], reference[name], name)

    def _draft(self):
        return self.env["billing.invoicer"]._create_invoices(self._generate())

    def test_one_tax(self):
        self._assert_same(self._draft())

    def test_instalments(self):
        self.profile.payment_term_id = self.env.ref(
            "account.account_payment_term_advance_60days"
        )
        self._assert_same(self._draft())

    def test_several_taxes_in_groups(self):
        tags = self.env["account.account.tag"].create(
            {"name": "T", "applicability": "taxes"}
        )
        second = self.env["account.tax"].create(
            {
                "name": "Levy",
                "amount": 3.7,
                "include_base_amount": True,
                "sequence": 0,
                **{
                    name: [
                        Command.create(
                            {
                                "repartition_type": "base",
                                "tag_ids": [Command.link(tags.id)],
                            }
                        ),
                        Command.create(
                            {"repartition_type": "tax", "factor_percent": 60}
                        ),
                        Command.create(
                            {"repartition_type": "tax", "factor_percent": 40}
                        ),
                    ]
                    for name in (
                        "invoice_repartition_line_ids",
                        "refund_repartition_line_ids",
                    )
                },
            }
        )
        self.product.taxes_id = self.vat | second
        self._assert_same(self._draft())

    def test_tax_included_in_the_price(self):
        self.vat.price_include_override = "tax_included"
        self._assert_same(self._draft())

    def test_rounding_globally(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._assert_same(self._draft())

    def test_total_is_the_sum_of_the_rounded_lines(self):
        """0.485 and 0.485 are 0.49 and 0.49: together 0.98, not 0.97."""
        self.company.tax_calculation_rounding_method = "round_globally"
        self.capacity_item.price_ids.price = 0.0194
        for name in ("B1", "B2"):
            self._create_item(
                name, [("2026-01-01", False, 0.485)], basis="flat", time_unit="month"
            )
        segment = self._generate()
        move = self.env["billing.invoicer"]._create_invoices(segment)
        self.assertEqual(
            move.invoice_line_ids.mapped("price_subtotal"),
            segment.line_ids.mapped("amount"),
        )
        self.assertEqual(move.amount_untaxed, segment.amount)
        self._assert_same(move)

    def test_foreign_currency(self):
        currency = self.setup_other_currency("CZK")
        self.tariff.currency_id = currency
        self._assert_same(self._draft())

    def test_fiscal_position(self):
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Exempt",
                "auto_apply": True,
                "country_id": self.env.ref("base.us").id,
            }
        )
        self.env["account.tax"].create(
            {
                "name": "0 %",
                "amount": 0,
                "type_tax_use": "sale",
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(self.vat.id)],
            }
        )
        self.agreement.partner_id.country_id = self.env.ref("base.us")
        move = self._draft()
        self.assertEqual(move.fiscal_position_id, position)
        self._assert_same(move)

    def test_credit_note(self):
        segment = self._generate()
        self._invoice(segment)
        segment._cancel(self.reason)
        credit_note = self.env["billing.invoicer"]._create_credit_notes(segment)
        self._assert_same(credit_note)

    def test_hand_written_line_is_kept(self):
        """A draft is an ordinary Odoo draft: a clerk adds a line, taxes follow."""
        move = self._draft()
        with Form(move) as form, form.invoice_line_ids.new() as line:
            line.product_id = self.product
            line.price_unit = 10
        self.assertEqual(move.amount_untaxed, 140.81)
        self.assertEqual(move.amount_tax, 28.16)
