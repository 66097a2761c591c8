from datetime import date

from odoo.exceptions import UserError
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

    def _add_line(self, move):
        with Form(move) as form, form.invoice_line_ids.new() as line:
            line.name = "By hand"
            line.product_id = self.product
            line.price_unit = 10

    def _assert_refused(self, move):
        with (
            self.assertRaisesRegex(UserError, "is not what its segment says"),
            self.env.cr.savepoint(),
        ):
            move.action_post()

    def test_renewed_draft_follows_its_segments_and_keeps_what_is_written(self):
        """130.81 from the segment are lost and made again, 10.00 by hand stay."""
        segment = self._generate()
        move = self.env["billing.invoicer"]._create_invoices(segment)
        self._add_line(move)
        segment.line_ids.charge_move_line_id.unlink()
        self.assertEqual(move.amount_untaxed, 10)
        self.env["billing.invoicer"]._renew_drafts(move)
        self.assertEqual(move.amount_untaxed, 140.81)
        self.assertEqual(move.amount_tax, 28.16)
        self.assertEqual(
            segment.line_ids.charge_move_line_id,
            move.invoice_line_ids.filtered("is_billed"),
        )
        self.env["billing.invoicer"]._post(move)
        self.assertEqual(segment.state, "frozen")

    def test_regenerating_a_segment_renews_its_draft(self):
        """The fee of 10.00 for January becomes 12.00: 130.81 becomes 132.81."""
        segment = self._generate()
        move = self.env["billing.invoicer"]._create_invoices(segment)
        self._add_line(move)
        self.fee_item.price_ids.price += 2
        self.assertEqual(self._generate(), segment)
        self.assertEqual(segment.amount, 132.81)
        self.assertEqual(move.amount_untaxed, 142.81)
        self.env["billing.invoicer"]._post(move)

    def test_segment_of_a_draft_that_nobody_asks_for_any_more(self):
        second = self._create_agreement("A-2", 10, partner=self.agreement.partner_id)
        both = self.agreement | second
        segments = self._generate(both)
        move = self.env["billing.invoicer"]._create_invoices(segments)
        second.date_start = "2026-02-01"
        self._generate(both)
        self.assertEqual(move.segment_ids, segments[0])
        self.assertEqual(move.amount_untaxed, segments[0].amount)

    def test_segment_in_error_leaves_the_draft_where_clean_ones_are_billed(self):
        self.profile.hold = "segment"
        second = self._create_agreement("A-2", 10, partner=self.agreement.partner_id)
        segments = self._generate(self.agreement | second)
        move = self.env["billing.invoicer"]._create_invoices(segments)
        segments[1].sudo().state = "error"
        self.env["billing.invoicer"]._renew_drafts(move)
        self.assertEqual(move.segment_ids, segments[0])
        self.assertFalse(segments[1].line_ids.charge_move_line_id)
        self.assertEqual(move.amount_untaxed, segments[0].amount)

    def test_draft_on_which_nothing_remains_is_deleted(self):
        self.profile.hold = "segment"
        segment = self._generate()
        move = self.env["billing.invoicer"]._create_invoices(segment)
        segment.sudo().state = "error"
        self.env["billing.invoicer"]._renew_drafts(move)
        self.assertFalse(move.exists())

    def test_draft_that_differs_from_its_segments_is_not_posted(self):
        """A price changed, a line removed, a line whose segment went elsewhere."""
        invoicer = self.env["billing.invoicer"]
        segment = self._generate()
        move = invoicer._create_invoices(segment)
        line = move.invoice_line_ids.filtered("is_billed")[:1]
        line.price_unit += 0.01
        self._assert_refused(move)
        line.unlink()
        self._assert_refused(move)
        move.action_renew_billed_lines()
        invoicer._post(move)
        self.assertEqual(move.amount_untaxed, segment.amount)

    def test_cancelled_draft_gives_its_segments_back(self):
        """They go on another invoice, and the cancelled one can't be revived."""
        segment = self._generate()
        move = self.env["billing.invoicer"]._create_invoices(segment)
        move.button_cancel()
        self.assertFalse(segment.invoice_id)
        other = self._invoice(segment)
        self.assertEqual(segment.invoice_id, other)
        move.button_draft()
        self._assert_refused(move)

    def test_numbers_have_no_holes(self):
        """An invoice that could not be posted takes no number."""
        invoicer = self.env["billing.invoicer"]
        agreements = self.agreement | self._create_agreement("A-2", 1)
        agreements |= self._create_agreement("A-3", 2)
        segments = self._generate(agreements)
        moves = [invoicer._create_invoices(segment) for segment in segments]
        invoicer._post(moves[0])
        moves[1].invoice_line_ids[:1].price_unit += 1
        with self.assertRaises(UserError), self.env.cr.savepoint():
            invoicer._post(moves[1])
        moves[1].action_renew_billed_lines()
        invoicer._post(moves[2])
        invoicer._post(moves[1])
        numbers = [moves[at].sequence_number for at in (0, 2, 1)]
        self.assertEqual(numbers, [numbers[0] + n for n in range(3)])


@tagged("post_install", "-at_install")
class TestTaxDate(BillingCase):
    def _dates(self, rule, shift=0, **given):
        self.profile.write({"tax_date": rule, "tax_date_shift": shift})
        move = self.env["billing.invoicer"]._create_invoices(self._generate(), **given)
        self.assertEqual(move.date, move.taxable_supply_date)
        return str(move.invoice_date), str(move.taxable_supply_date)

    def test_invoice_date(self):
        self.assertEqual(
            self._dates("issue", invoice_date=date(2026, 2, 5)),
            ("2026-02-05", "2026-02-05"),
        )

    def test_billing_period_and_some_days(self):
        self.assertEqual(
            self._dates("calendar", 2, invoice_date=date(2026, 2, 5)),
            ("2026-02-05", "2026-02-02"),
        )

    def test_last_day_of_what_is_billed(self):
        self.agreement.date_end = "2026-01-20"
        self.assertEqual(
            self._dates("reading", invoice_date=date(2026, 2, 5)),
            ("2026-02-05", "2026-01-20"),
        )

    def test_fixed(self):
        self.assertEqual(
            self._dates(
                "fixed", invoice_date=date(2026, 2, 5), tax_date=date(2026, 1, 15)
            ),
            ("2026-02-05", "2026-01-15"),
        )

    def test_tax_date_stays_when_the_draft_is_edited(self):
        self._dates("calendar", invoice_date=date(2026, 2, 5))
        move = self.env["account.move"].search([], order="id desc", limit=1)
        with Form(move) as form:
            form.invoice_date = "2026-02-06"
        self.assertEqual(str(move.date), "2026-01-31")
