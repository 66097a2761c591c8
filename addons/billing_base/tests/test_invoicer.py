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
class TestDraft(BillingCase):
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

    def test_hand_written_line_is_kept(self):
        """A draft is an ordinary Odoo draft: a clerk adds a line, taxes follow."""
        move = self.env["billing.invoicer"]._create_invoices(self._generate())
        with Form(move) as form, form.invoice_line_ids.new() as line:
            line.product_id = self.product
            line.price_unit = 10
        self.assertEqual(move.amount_untaxed, 140.81)
        self.assertEqual(move.amount_tax, 28.16)
