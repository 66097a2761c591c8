"""How was this calculated: the page, the letter, the way there."""

import io
from datetime import date

from pypdf import PdfReader

from odoo.tests import tagged

from odoo.addons.billing_base.documents import Reading
from odoo.addons.billing_base.rating import to_decimal

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestExplain(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["billing.check"].create(
            {
                "name": "Over a hundred",
                "code": "over_hundred",
                "scope": "own",
                "level": "error",
                "domain": "[('amount', '>', 100)]",
                "message": "The amount is above one hundred.",
                "active": True,
            }
        )
        cls.segment = cls.env["billing.generator"]._generate(cls.agreement, cls.january)
        cls.clerk = cls._user("clerk")
        cls.segment.result_ids.with_user(cls.clerk)._waive("Seen with the customer")
        cls.viewer = cls._user("viewer")

    def _page(self, user=None):
        return self.segment.with_user(user or self.viewer).explanation_html

    def _letter(self, segment):
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        pdf = Report._render_qweb_pdf(
            "billing_base.segment_explanation_pdf", segment.ids
        )[0]
        return " ".join(
            " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
            .replace("\N{NO-BREAK SPACE}", " ")
            .split()
        )

    def _facts(self):
        """What page and letter tell: where each amount comes from."""
        self.assertEqual(self.segment.amount, 130.81)
        return (
            # the level of the capacity and the days of its price versions
            "Terms of the agreement",
            "01/01/2026",
            "01/15/2026",
            "01/16/2026",
            "Price valid from 01/16/2026.",
            "15 of 31 days",
            "48.39",
            "77.42",
            "130.81",
            # what was found, and who let it pass
            "The amount is above one hundred.",
            f"Waived by {self.clerk.name}",
            "Seen with the customer",
        )

    def test_the_page_tells_where_the_amount_comes_from(self):
        self.segment.invalidate_recordset()
        page = " ".join(self._page().split())
        for fact in self._facts():
            with self.subTest(fact=fact):
                self.assertIn(fact, page)
        self.assertNotIn("test_capacity", page)

    def test_the_letter_tells_the_same(self):
        text = self._letter(self.segment.with_user(self.viewer))
        for fact in self._facts():
            with self.subTest(fact=fact):
                self.assertIn(fact, text)
        self.assertIn(self.agreement.code, text)

    def test_readings_stand_on_both(self):
        reading = Reading(
            meter="M-77",
            register="1.8.0",
            date_from=date(2026, 1, 1),
            date_to=date(2026, 1, 31),
            reading_from=to_decimal(1000),
            reading_to=to_decimal(1310),
            multiplier=to_decimal(1),
            quantity=to_decimal(310),
            unit="kWh",
        )
        self.patch(
            type(self.segment),
            "_prepare_statement_readings",
            lambda segments: {segment.id: (reading,) for segment in segments},
        )
        self.segment.invalidate_recordset()
        page, letter = self._page(), self._letter(self.segment)
        for fact in ("M-77", "1.8.0", "1,310", "310"):
            with self.subTest(fact=fact):
                self.assertIn(fact, page)
                self.assertIn(fact, letter)

    def test_one_click_from_segment_and_invoice_line(self):
        move = self._invoice(self.segment)
        clerk = {"user": self.clerk}
        action = self.segment.with_user(**clerk).action_explain()
        self.assertEqual(action["res_id"], self.segment.id)
        view = self.env["billing.segment"].get_view(action["views"][0][0], "form")
        self.assertIn("explanation_html", view["arch"])
        billed = move.invoice_line_ids.filtered("is_billed")
        self.assertTrue(billed)
        for line in billed:
            action = line.with_user(**clerk).action_explain()
            self.assertEqual(action["res_id"], self.segment.id)

    def test_a_line_of_several_segments_leads_to_its_charges(self):
        other = self._create_agreement(
            "A-2", 10, partner=self.agreement.account_id.partner_id
        )
        self.profile.line_detail = "charge"
        segments = self.segment | self._generate(other)
        lines = segments.line_ids
        self.assertEqual(len(lines.segment_id), 2)
        move = self._invoice(segments)
        line = move.invoice_line_ids.filtered("is_billed")[0]
        action = line.action_explain()
        if action.get("res_id"):
            self.assertIn(action["res_id"], segments.ids)
        else:
            found = self.env["billing.segment.line"].search(action["domain"])
            self.assertEqual(found, line._get_billed_lines())

    def test_a_charge_without_tariff_is_told_as_such(self):
        charge = self.env["billing.charge"].create(
            {
                "name": "Replacement of a seal",
                "agreement_id": self.agreement.id,
                "product_id": self.product.id,
                "quantity": 1,
                "unit_price": 12.5,
                "date": "2026-01-10",
            }
        )
        self._generate()
        segment = charge.segment_id
        self.assertTrue(segment)
        self.assertIn("no tariff stands behind it", segment.explanation_html)
        self.assertIn("Replacement of a seal", self._letter(segment))
