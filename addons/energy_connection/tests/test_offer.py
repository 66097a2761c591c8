"""The offer: lines, taxes, letter, acceptance, decline, revision, reminder."""

import base64
import hashlib
import io

from freezegun import freeze_time
from psycopg2 import IntegrityError
from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import SIGNATURE, ConnectionCase

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class TestOffer(ConnectionCase):
    def _record_paper(self, offer, content=PDF, name="scan.pdf"):
        return (
            self.env["connection.paper.acceptance"]
            .create(
                {
                    "order_id": offer.id,
                    "signed_by": "Kari Nordmann",
                    "signed_on": "2026-03-05",
                    "scan": base64.b64encode(content),
                    "filename": name,
                }
            )
            .action_confirm()
        )

    def test_an_offer_has_a_line_for_each_part_with_its_tax(self):
        offer = self._offer(sent=False)
        lines = offer.order_line.filtered(lambda line: not line.display_type)
        self.assertEqual(lines.mapped("price_subtotal"), [10000, 20000, 4000])
        self.assertEqual(lines.mapped("tax_ids"), self.vat)
        self.assertFalse(lines[:2].tax_ids)
        self.assertEqual(offer.amount_untaxed, 34000)
        self.assertEqual(offer.amount_total, 35000)
        self.assertTrue(offer.require_signature)

    def test_the_deduction_is_a_line_and_the_sum_is_the_contribution(self):
        case = self._create_case(date_start="2018-05-01")
        offer = self._offer(case)
        lines = offer.order_line.filtered(lambda line: not line.display_type)
        self.assertEqual(lines.mapped("price_subtotal"), [10000, 20000, -20000, 4000])

    def test_sent(self):
        offer = self._offer(sent=False)
        offer.action_connection_send()
        self.assertEqual(self.case.state, "offer_sent")
        mail = self.env["mail.mail"].search([("res_id", "=", offer.id)])
        self.assertTrue(any(m.attachment_ids for m in mail))
        self.assertTrue(self.customer.user_ids, "the customer has a login")

    def test_nothing_is_sent_without_an_address(self):
        self.customer.email = False
        offer = self._offer(sent=False)
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            offer.action_connection_send()

    def test_the_letter_is_drawn_with_the_calculation(self):
        offer = self._offer()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        pdf, kind = report._render_qweb_pdf("sale.action_report_saleorder", offer.ids)
        self.assertEqual(kind, "pdf")
        self.assertTrue(pdf.startswith(b"%PDF-1.7"))

    def test_the_signed_letter_carries_the_drawing_and_who_signed(self):
        def draw(offer):
            report = self.env["ir.actions.report"].with_context(
                force_report_rendering=True
            )
            pdf = report._render_qweb_pdf("sale.action_report_saleorder", offer.ids)[0]
            pages = PdfReader(io.BytesIO(pdf)).pages
            images = sum(
                value.get_object()["/Subtype"] == "/Image"
                for page in pages
                for value in page["/Resources"].get("/XObject", {}).values()
            )
            return images, " ".join(page.extract_text() for page in pages)

        offer = self._offer()
        before, text = draw(offer)
        self.assertNotIn("Accepted by", text)
        self._sign(offer.with_context(connection_ip="192.0.2.7"))
        after, text = draw(offer)
        self.assertEqual(after - before, 1)
        self.assertIn("Accepted by Kari Nordmann on 2", text)
        self.assertIn("192.0.2.7", text)

    def test_signing_accepts_with_who_and_when(self):
        offer = self._accept()
        self.assertEqual(offer.state, "sale")
        acceptance = self.case.acceptance_ids
        self.assertEqual(acceptance.signed_by, "Kari Nordmann")
        self.assertEqual(acceptance.kind, "portal")
        self.assertEqual(acceptance.amount, 35000)
        self.assertEqual(self.case.state, "accepted")

    def test_an_offer_is_accepted_once(self):
        offer = self._accept()
        with self.assertRaisesRegex(UserError, "no longer open"):
            self._sign(offer)
        with self.assertRaisesRegex(UserError, "no longer open"):
            self._record_paper(offer)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            offer._record_acceptance("paper", "Somebody")

    def test_an_expired_offer_is_not_accepted(self):
        with freeze_time("2026-03-01"):
            offer = self._offer()
        with freeze_time("2026-04-15"):
            with self.assertRaisesRegex(UserError, "no longer open"):
                self._sign(offer)

    def test_a_replaced_offer_is_not_accepted(self):
        offer = self._offer()
        offer.create_revision()
        self.assertEqual(offer.state, "cancel")
        with self.assertRaisesRegex(UserError, "no longer open"):
            self._sign(offer)
        self.assertFalse(self.case.acceptance_ids)

    def test_a_signature_has_a_name(self):
        offer = self._offer()
        with self.assertRaisesRegex(UserError, "name"):
            offer.sudo().write({"signed_by": " ", "signature": SIGNATURE})

    def test_nobody_signs_for_the_customer(self):
        offer = self._offer()
        with self.assertRaisesRegex(UserError, "by the customer in the portal"):
            offer.write({"signed_by": "Kari Nordmann", "signature": SIGNATURE})
        self.assertFalse(self.case.acceptance_ids)

    def test_nobody_confirms_for_the_customer(self):
        offer = self._offer()
        with self.assertRaisesRegex(UserError, "not accepted by the customer"):
            offer.action_confirm()
        self.assertEqual(offer.state, "sent")

    def test_acceptance_on_paper_keeps_the_scan_and_its_hash(self):
        offer = self._offer()
        self._record_paper(offer)
        acceptance = self.case.acceptance_ids
        self.assertEqual(offer.state, "sale")
        self.assertEqual(acceptance.kind, "paper")
        self.assertEqual(acceptance.sha256, hashlib.sha256(PDF).hexdigest())
        self.assertTrue(acceptance._is_intact())

    def test_a_disguised_file_is_no_scan(self):
        offer = self._offer()
        with self.assertRaisesRegex(UserError, "no scan"):
            self._record_paper(offer, b"MZ\x90\x00 a program", "scan.pdf")
        self.assertFalse(self.case.acceptance_ids)

    def test_a_recorded_acceptance_stays(self):
        offer = self._offer()
        self._record_paper(offer)
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            self.case.acceptance_ids.signed_by = "Somebody else"

    def test_a_revision_shows_what_changed(self):
        offer = self._offer()
        self.case.share_ids.total = 4
        offer.create_revision()
        revised = self.case.offer_ids.filtered(lambda o: o.state == "draft")
        self.assertEqual(revised.name, f"{offer.name}-01")
        self.assertEqual(revised.amount_untaxed, 44000)
        self.assertIn("Cable", revised.connection_difference)
        self.assertNotIn("Crossing", revised.connection_difference)

    def test_after_signing_changes_are_a_supplementary_offer(self):
        offer = self._accept()
        with self.assertRaisesRegex(UserError, "supplementary"):
            offer.create_revision()
        with self.assertRaisesRegex(UserError, "nothing to offer"):
            self.case.action_create_offer()
        self._add_cost(self.case, "Second crossing", 7000)
        extra = self._offer()
        self.assertEqual(extra.amount_untaxed, 7000)

    def test_one_open_offer_at_a_time(self):
        self._offer()
        with self.assertRaisesRegex(UserError, "still open"):
            self.case.action_create_offer()

    def test_a_reminder_is_sent_once_before_the_end(self):
        with freeze_time("2026-03-01"):
            offer = self._offer()
        Order = self.env["sale.order"]
        with freeze_time("2026-03-10"):
            Order._cron_remind_offers()
            self.assertFalse(offer.connection_reminded_on)
        with freeze_time("2026-03-25"):
            Order._cron_remind_offers()
            Order._cron_remind_offers()
        mails = self.env["mail.mail"].search(
            [("res_id", "=", offer.id), ("subject", "like", "expires soon")]
        )
        self.assertEqual(len(mails), 1)

    def test_other_quotations_stay_as_they_are(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        self.assertFalse(order._filtered_documents("billing_offer"))
        order.action_confirm()
        self.assertEqual(order.state, "sale")
