"""The life of an agreement: start, terms, end, and the segments these touch."""

from base64 import b64decode, b64encode
from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestAgreementLife(BillingCase):
    def _billable(self, period):
        agreements = self.env["billing.agreement"]
        return agreements.search(agreements._get_billable_domain(period))

    def test_the_last_segment_is_final(self):
        """A customer leaves on February 10."""
        self.agreement.date_end = "2026-02-10"
        january = self._generate()
        february = self._generate(period=self.february)
        self.assertEqual((january.is_final, february.is_final), (False, True))
        self.assertEqual(february.date_end, date(2026, 2, 10))
        self.assertNotIn(self.agreement, self._billable(self.cycle.period_ids[2]))

    def test_an_end_written_after_billing_marks_the_final_segment(self):
        segment = self._generate()
        self._invoice(segment)
        self.agreement.date_end = "2026-01-31"
        self.assertTrue(segment.is_final)
        self.assertFalse(segment.is_stale)
        self.agreement.date_end = False
        self.assertFalse(segment.is_final)

    def test_an_earlier_end_makes_the_segment_stale(self):
        segment = self._generate()
        self._invoice(segment)
        self.agreement.date_end = "2026-01-15"
        self.assertTrue(segment.is_stale)

    def test_end_before_a_segment_that_is_not_invoiced_deletes_it(self):
        self._generate()
        february = self._generate(period=self.february)
        self.agreement.date_end = "2026-01-31"
        self.assertTrue(february.is_stale)
        february.action_regenerate()
        self.assertFalse(february.exists())

    def test_later_start_makes_only_its_days_stale(self):
        january = self._generate()
        february = self._generate(period=self.february)
        self.agreement.date_start = "2026-01-11"
        self.assertEqual((january.is_stale, february.is_stale), (True, False))

    def test_rebilled_after_an_earlier_end(self):
        """Billed to January 31, the customer left on the 15th: 50.81 of 130.81 stay
        and the whole segment is taken back."""
        segment = self._generate()
        self._invoice(segment)
        self.agreement.date_end = "2026-01-15"
        segment._cancel(self.reason)
        replacement = segment._rebill()
        self.assertEqual(replacement.amount, 50.81)
        self.assertEqual(replacement.replaces_id, segment)
        self._invoice(replacement)
        self.assertEqual(segment.state, "cancelled")
        self.assertEqual(segment.reversal_id.amount_untaxed, 130.81)

    def test_two_halves_pending_cancel_get_a_replacement_each(self):
        self.agreement.date_end = "2026-01-15"
        first = self._generate()
        self._invoice(first)
        self.agreement.date_end = False
        second = self._generate()
        self._invoice(second)
        (first | second)._cancel(self.reason)
        self._generate()
        self.assertEqual(first.replaced_by_ids.date_end, date(2026, 1, 15))
        self.assertEqual(second.replaced_by_ids.date_start, date(2026, 1, 16))


@tagged("post_install", "-at_install")
class TestTerms(BillingCase):
    def setUp(self):
        super().setUp()
        self.segment = self._generate()
        self.later = self._generate(period=self.february)

    def _fresh(self):
        (self.segment | self.later).sudo().is_stale = False

    @mute_logger("odoo.sql_db")
    def test_terms_never_overlap(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.agreement.term_ids.copy(
                {"date_start": "2026-03-01", "date_end": "2026-03-31"}
            )
            self.env.flush_all()

    def test_new_terms_make_the_segments_of_their_days_stale(self):
        self.agreement._add_term(date(2026, 2, 10), values={self.capacity: 60})
        self.assertFalse(self.segment.is_stale)
        self.assertTrue(self.later.is_stale)

    def test_a_parameter_written_added_or_removed(self):
        value = self.agreement.term_ids.value_ids
        value.value = 51
        self.assertTrue(self.segment.is_stale)
        self._fresh()
        value.unlink()
        self.assertTrue(self.segment.is_stale)
        self._fresh()
        self.agreement.term_ids.value_ids = [
            Command.create({"quantity_type_id": self.capacity.id, "value": 50})
        ]
        self.assertTrue(self.segment.is_stale)

    def test_the_figures_follow_when_the_transaction_ends(self):
        self.january.action_activate()
        self.assertEqual(self.agreement.active_figure_id.stale_count, 0)
        self.agreement.term_ids.value_ids.value = 51
        self.env.cr.precommit.run()
        self.assertEqual(self.agreement.active_figure_id.stale_count, 1)

    def test_terms_moved_or_removed(self):
        self.agreement.term_ids.date_end = "2026-01-31"
        self.assertTrue(self.later.is_stale)
        self._fresh()
        self.agreement.term_ids.unlink()
        self.assertTrue(self.segment.is_stale)

    def test_the_same_again_is_not_stale_after_regeneration(self):
        value = self.agreement.term_ids.value_ids
        value.value = 51
        value.value = 50
        self.assertTrue(self.segment.is_stale)
        self.assertFalse(self._generate())
        self.assertFalse(self.segment.is_stale)

    def test_marking_is_one_statement_for_many_terms(self):
        agreements = self.agreement
        for number in range(2, 22):
            agreements |= self._create_agreement(f"A-{number}", 1)
        values = agreements.term_ids.value_ids
        values.mapped("term_id.agreement_id")
        self.env.flush_all()
        with self.assertQueryCount(8):
            values.write({"value": 2})
            self.env.flush_all()

    def test_type_allows_only_its_tariffs(self):
        other = self.env["billing.tariff"].create({"name": "Other", "code": "O"})
        strict = self.agreement_type.copy(
            {"code": "ST", "tariff_ids": [Command.set(other.ids)]}
        )
        with self.assertRaisesRegex(ValidationError, "not allowed"):
            self.agreement.type_id = strict


@tagged("post_install", "-at_install")
class TestAnnex(BillingCase):
    def test_annex_is_kept_in_the_contract_with_its_document(self):
        clerk = self._user("clerk")
        with Form(
            self.env["billing.annex"]
            .with_user(clerk)
            .with_context(active_model="billing.agreement", active_id=self.agreement.id)
        ) as form:
            form.date_start = "2026-02-01"
            form.note = "Annex 3"
            form.document = b64encode(b"signed")
        form.record.document_name = "annex3.pdf"
        form.record.action_apply()
        annex = self.agreement.modification_ids
        self.assertEqual(annex.contract_id, self.agreement.contract_id)
        self.assertEqual(annex.term_ids, self.agreement.term_ids[-1])
        self.assertEqual(annex.term_ids.date_start, date(2026, 2, 1))
        self.assertIn("Annex 3", annex.description)
        self.assertEqual(b64decode(annex.document), b"signed")
        self.assertTrue(annex.sent)
        viewer = self._user("viewer")
        self.assertEqual(annex.with_user(viewer).document_name, "annex3.pdf")
        customer = self.agreement.partner_id.with_user(viewer)
        found = self.env["contract.modification"].search(
            customer.action_view_billing_annexes()["domain"]
        )
        self.assertIn(annex, found)
        self.assertEqual(customer.billing_annex_count, len(found))
        # nobody of another company sees it
        other = self.env["res.company"].create({"name": "Elsewhere"})
        viewer.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]})
        with self.assertRaises(AccessError):
            annex.with_user(viewer).read(["description"])

    def test_the_customer_is_told_only_when_asked(self):
        def messages():
            return self.agreement.contract_id.message_ids.filtered(
                lambda message: (
                    message.message_type == "email_outgoing"
                    or message.subtype_id
                    == self.env.ref(
                        "contract.mail_message_subtype_contract_modification"
                    )
                )
            )

        wizard = self.env["billing.annex"].create(
            {
                "agreement_id": self.agreement.id,
                "date_start": "2026-02-01",
                "tariff_id": self.tariff.id,
            }
        )
        before = messages()
        wizard.action_apply()
        self.assertEqual(messages(), before)
        wizard = self.env["billing.annex"].create(
            {
                "agreement_id": self.agreement.id,
                "date_start": "2026-03-01",
                "tariff_id": self.tariff.id,
                "notify": True,
            }
        )
        wizard.action_apply()
        self.assertGreater(len(messages()), len(before))
