import io
import re
from unittest.mock import patch

from freezegun import freeze_time
from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter

from ..documents import DocumentError
from .common import BillingCase

CYRILLIC = "Пекарна „Златен клас“ ООД"


def _text(pdf):
    """Text of all pages, with single spaces."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return re.sub(r"\s+", " ", " ".join(pages))


class DocumentCase(BillingCase):
    """One posted invoice of January: 50 kW × (2.00 × 15/31 + 3.00 × 16/31) + 5.00.

    Capacity: 48.387… → 48.39 and 77.419… → 77.42, fee 5.00: 130.81; VAT 26.16;
    to pay 156.97.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.agreement.partner_id
        cls.customer.write(
            {
                "name": CYRILLIC,
                "street": "ул. „Иван Вазов“ 12",
                "city": "Пловдив",
                "email": "customer@example.com",
            }
        )
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "BG80BNBG96611020345678",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.agreement_type.quantity_type_id = cls.capacity
        cls.report = cls.env.ref("account.account_invoices")

    @classmethod
    def _billed(cls, agreements=None):
        agreements = agreements or cls.agreement
        generator = cls.env["billing.generator"]
        segments = generator._generate(agreements, cls.january)
        invoicer = cls.env["billing.invoicer"]
        moves = invoicer._create_invoices(segments)
        invoicer._post(moves)
        return moves

    def _plain_invoice(self):
        """An ordinary customer invoice, not made from segments."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-31",
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "price_unit": 7})
                ],
            }
        )
        move.action_post()
        return move

    def _print(self, moves, report=None):
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        return Report._render_qweb_pdf(report or self.report, moves.ids)[0]


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase):
    def test_the_invoice_form_shows_the_posted_figures(self):
        move = self._billed()
        text = _text(self._print(move))
        self.assertIn(f"Invoice {move.name}", text)
        self.assertIn(CYRILLIC, text)
        self.assertIn("ул. „Иван Вазов“ 12", text)
        for figure in ("48.39", "77.42", "130.81", "26.16", "156.97"):
            self.assertIn(figure, text)
        self.assertIn("BG80 BNBG 9661 1020 3456 78", text)
        self.assertIn("Page 1 of 2", text)

    def test_the_statement_shows_each_part_with_its_days_and_share(self):
        text = _text(self._print(self._billed()))
        self.assertIn("Detailed statement", text)
        self.assertIn("A-1 Supply", text)
        self.assertIn("01/01/2026 – 01/15/2026", text)
        self.assertIn("0.483871", text)
        self.assertIn("01/16/2026 – 01/31/2026", text)
        self.assertIn("0.516129", text)

    def test_the_profile_leaves_the_statement_out(self):
        self.profile.statement = False
        text = _text(self._print(self._billed()))
        self.assertNotIn("Detailed statement", text)
        self.assertIn("Page 1 of 1", text)

    def test_the_document_has_the_amounts_of_the_move(self):
        move = self._billed()
        (document,) = move._prepare_billing_documents()
        self.assertEqual(str(document.untaxed), "130.81")
        self.assertEqual(str(document.total), "156.97")
        self.assertEqual(document.total, document.amount_due)
        ((name, base, amount),) = [(t.name, t.base, t.amount) for t in document.taxes]
        self.assertEqual(
            (name, str(base), str(amount)), ("VAT 20 %", "130.81", "26.16")
        )
        lines = [line for section in document.sections for line in section.lines]
        self.assertEqual(sum(line.amount for line in lines), document.untaxed)
        charges = [charge for part in document.statement for charge in part.charges]
        self.assertEqual(sum(charge.amount for charge in charges), document.untaxed)

    def test_a_tax_of_nothing_is_in_the_summary(self):
        exempt = self.env["account.tax"].create(
            {"name": "Exempt", "amount": 0, "type_tax_use": "sale"}
        )
        self.product.taxes_id = exempt
        (document,) = self._billed()._prepare_billing_documents()
        ((base, amount),) = [(tax.base, tax.amount) for tax in document.taxes]
        self.assertEqual((str(base), str(amount)), ("130.81", "0"))

    def test_a_payment_lowers_what_is_due(self):
        move = self._billed()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"amount": 100})._create_payments()
        (document,) = move._prepare_billing_documents()
        self.assertEqual(str(document.total), "156.97")
        self.assertEqual(str(document.amount_due), "56.97")

    def test_a_credit_note_names_what_it_takes_back(self):
        move = self._billed()
        move.segment_ids._cancel(self.reason)
        credit_note = move.segment_ids._complete_cancellation()
        text = _text(self._print(credit_note))
        self.assertIn("Credit note", text)
        self.assertIn(move.name, text)
        self.assertIn("156.97", text)
        self.assertNotIn("Payee", text)

    def test_an_interest_note_is_drawn_too(self):
        policy = self.env["billing.interest.policy"].create(
            {
                "name": "Legal",
                "product_id": self.product.id,
                "journal_id": self.company_data["default_journal_sale"].id,
            }
        )
        move = self._plain_invoice()
        move.interest_claim_id = (
            self.env["billing.interest.claim"]
            .sudo()
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "currency_id": move.currency_id.id,
                    "policy_id": policy.id,
                    "date_end": "2026-01-31",
                }
            )
        )
        text = _text(self._print(move))
        self.assertIn(f"Interest note {move.name}", text)
        self.assertIn("Interest to 01/31/2026", text)

    def test_one_section_for_each_agreement(self):
        other = self._create_agreement("A-2", 10, partner=self.customer)
        (document,) = self._billed(self.agreement | other)._prepare_billing_documents()
        self.assertEqual(len(document.sections), 2)
        self.assertIn("A-1", document.sections[0].title)
        self.assertIn("A-2", document.sections[1].title)
        self.assertEqual(len(document.statement), 2)

    def test_the_customer_reads_his_own_language(self):
        self.env["res.lang"]._activate_lang("bg_BG")
        self.customer.lang = "bg_BG"
        (document,) = self._billed()._prepare_billing_documents()
        self.assertEqual(document.lang, "bg_BG")
        self.assertEqual(document.formats.decimal, ",")
        self.assertIn("156,97", _text(self._print(self.env["account.move"].browse(
            self.agreement.segment_ids.invoice_id.ids
        ))))  # fmt: skip

    def test_a_chart_needs_more_than_one_month(self):
        self.capacity.kind = "flow"
        move = self._billed()
        (document,) = move._prepare_billing_documents()
        self.assertFalse(document.chart)
        segments = self.env["billing.generator"]._generate(
            self.agreement, self.february
        )
        (document,) = (
            self.env["billing.invoicer"]
            ._create_invoices(segments)
            ._prepare_billing_documents()
        )
        values = [bar.value for bar in document.chart.bars]
        self.assertEqual(len(values), 13)
        self.assertEqual(len([value for value in values if value is not None]), 2)
        self.assertTrue(document.chart.bars[-1].current)

    def test_a_level_is_no_consumption(self):
        (document,) = self._billed()._prepare_billing_documents()
        self.assertEqual(document.figures, ())

    def test_the_payment_code_is_the_companys_choice(self):
        self.tariff.currency_id = self.env.ref("base.EUR")
        self.tariff.currency_id.active = True
        move = self._billed()
        (document,) = move._prepare_billing_documents()
        self.assertFalse(document.payment.qr)
        self.company.qr_code = True
        (document,) = move._prepare_billing_documents()
        self.assertTrue(document.payment.qr.startswith("BCD\n002\n1\nSCT\n"))
        self.assertIn("EUR156.97", document.payment.qr)

    # === The seam ===

    def test_other_invoices_keep_odoos_template(self):
        move = self._plain_invoice()
        self.assertFalse(move._filtered_documents("billing_invoice"))
        Report = type(self.env["ir.actions.report"])
        with patch.object(
            Report, "_run_wkhtmltopdf", autospec=True, return_value=b"%PDF-html"
        ) as converter:
            self.assertEqual(self._print(move), b"%PDF-html")
        converter.assert_called_once()

    def test_drawn_and_other_invoices_are_printed_in_their_order(self):
        drawn, other = self._billed(), self._plain_invoice()
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with patch.object(
            type(Report), "_run_wkhtmltopdf", autospec=True, return_value=b"%PDF-html"
        ):
            streams = Report._render_qweb_pdf_prepare_streams(
                self.report, {}, [other.id, drawn.id]
            )
        self.assertEqual(list(streams), [other.id, drawn.id])
        self.assertEqual(streams[other.id]["stream"].getvalue(), b"%PDF-html")
        self.assertIn("156.97", _text(streams[drawn.id]["stream"].getvalue()))

    def test_many_are_printed_into_one_file(self):
        other = self._create_agreement("A-2", 10)
        moves = self._billed(self.agreement | other)
        self.assertEqual(len(moves), 2)
        text = _text(self._print(moves))
        for move in moves:
            self.assertIn(move.name, text)

    def test_a_report_with_an_attachment_prints_the_stored_one(self):
        self.report.write({"attachment": "'stored.pdf'", "attachment_use": True})
        move = self._billed()
        first = self._print(move)
        move.partner_id.name = "Another name"
        self.assertEqual(self._print(move), first)
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        self.assertEqual(attachments.mapped("name"), ["stored.pdf"])

    def test_without_a_renderer_the_template_is_used(self):
        self.report.document_renderer = False
        with patch.object(
            type(self.env["ir.actions.report"]),
            "_run_wkhtmltopdf",
            autospec=True,
            return_value=b"%PDF-html",
        ):
            self.assertEqual(self._print(self._billed()), b"%PDF-html")

    def test_what_stops_a_document_is_told_to_the_user(self):
        move = self._billed()
        error = DocumentError("font_missing", "No fonts in %(folder)s.", folder="/x")
        with (
            patch(
                "odoo.addons.billing_base.models.account_move.render",
                side_effect=error,
            ),
            self.assertRaisesRegex(UserError, "No fonts in /x"),
        ):
            self._print(move)

    def test_an_invoicing_clerk_prints_without_seeing_segments(self):
        move = self._billed()
        clerk = new_test_user(
            self.env,
            login="printing_clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            move.with_user(clerk).segment_ids.check_access("read")
        (document,) = move.with_user(clerk)._prepare_billing_documents()
        self.assertEqual(str(document.total), "156.97")

    def test_nobody_draws_what_he_may_not_read(self):
        move = self._billed()
        stranger = new_test_user(self.env, login="stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            move.with_user(stranger)._prepare_billing_documents()

    # === Storing, sending ===

    def test_documents_are_stored_once_where_odoo_looks_for_them(self):
        move = self._billed()
        attachments = move._make_billing_documents()
        self.assertEqual(move.invoice_pdf_report_id, attachments)
        self.assertEqual(attachments.mimetype, "application/pdf")
        self.assertIn("156.97", _text(attachments.raw))
        self.assertFalse(move._make_billing_documents())
        legal = move._get_invoice_legal_documents("pdf", allow_fallback=True)
        self.assertEqual(legal["content"], attachments.raw)

    def test_drafts_and_other_invoices_get_no_document(self):
        segments = self._generate()
        draft = self.env["billing.invoicer"]._create_invoices(segments)
        self.assertFalse((draft | self._plain_invoice())._make_billing_documents())

    def test_making_many_documents_takes_few_queries(self):
        agreements = self.agreement
        for number in range(2, 12):
            agreements |= self._create_agreement(f"A-{number}", number)
        moves = self._billed(agreements)
        self.assertEqual(len(moves), 11)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(80):
            moves._prepare_billing_documents()

    def _send(self, move, **values):
        wizard = (
            self.env["account.move.send.wizard"]
            .with_context(
                active_model="account.move",
                active_ids=move.ids,
                force_report_rendering=True,
            )
            .create(values)
        )
        wizard.action_send_and_print(allow_fallback_pdf=False)
        return move.invoice_pdf_report_id

    def test_send_and_print_stores_and_sends_the_drawn_document(self):
        move = self._billed()
        document = self._send(move)
        self.assertIn(CYRILLIC, _text(document.raw))
        self.assertIn("156.97", _text(document.raw))
        message = move.message_ids.filtered("attachment_ids")[:1]
        self.assertIn(document.name, message.attachment_ids.mapped("name"))
        # no e-invoice where the customer has no format
        self.assertFalse(list(_attachments(document.raw)))

    def test_send_and_print_hands_out_the_stored_document(self):
        move = self._billed()
        stored = move._make_billing_documents()
        self.assertFalse(move.is_move_sent)
        self.assertEqual(self._send(move), stored)
        self.assertTrue(move.is_move_sent)

    def test_what_is_sent_by_hand_is_not_mailed_by_a_run(self):
        move = self._billed()
        move.transmit_method_id = self.env.ref("account_invoice_transmit_method.mail")
        self._send(move)
        deliveries = self.env["billing.delivery"]
        self.assertFalse(deliveries._queue(move))
        delivery = deliveries.search([("move_id", "=", move.id)])
        self.assertEqual(delivery.state, "sent")
        # once more on purpose by hand is no second delivery
        self._send(move)
        self.assertEqual(deliveries.search([("move_id", "=", move.id)]), delivery)

    def test_the_e_invoice_is_embedded_once_where_the_format_asks(self):
        self.company.write(
            {
                "street": "Street 1",
                "city": "City",
                "zip": "1000",
                "phone": "+32 2 290 34 90",
                "email": "billing@example.com",
                "vat": "BE0477472701",
                "country_id": self.env.ref("base.be").id,
            }
        )
        self.customer.write({"zip": "4000", "country_id": self.env.ref("base.be").id})
        self.customer.invoice_edi_format = "facturx"
        move = self._billed()
        document = self._send(move, sending_methods=[])
        ((name, content),) = _attachments(document.raw)
        self.assertEqual(name, "factur-x.xml")
        self.assertIn(b"CrossIndustryInvoice", content)
        self.assertEqual(content, move.ubl_cii_xml_id.raw)

    def test_odoo_takes_our_file_for_an_archive_file(self):
        """Its own conversion can't read the file and has to be left out."""
        writer = OdooPdfFileWriter()
        pdf = self._print(self._billed())
        writer.cloneReaderDocumentRoot(OdooPdfFileReader(io.BytesIO(pdf), strict=False))
        self.assertTrue(writer.is_pdfa)

    def test_a_pro_forma_says_so(self):
        move = self._billed()
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        streams = Report._render_qweb_pdf_prepare_streams(
            self.report, {"proforma": True}, move.ids
        )
        text = _text(streams[move.id]["stream"].getvalue())
        self.assertIn("Pro-forma invoice", text)


def _attachments(pdf):
    return OdooPdfFileReader(io.BytesIO(pdf), strict=False).getAttachments()


@tagged("post_install", "-at_install")
class TestPortalDocuments(DocumentCase, HttpCase):
    @freeze_time("2026-02-03")
    def test_the_customer_downloads_the_drawn_invoice(self):
        move = self._billed()
        stored = move._make_billing_documents()
        new_test_user(
            self.env,
            login="portal_customer",
            password="portal_customer",
            groups="base.group_portal",
            partner_id=self.customer.id,
        )
        self.authenticate("portal_customer", "portal_customer")
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"/my/invoices/{move.id}?report_type=pdf&download=true"
            )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(answer.content, stored.raw)

    def test_another_customer_does_not_get_it(self):
        move = self._billed()
        move._make_billing_documents()
        new_test_user(
            self.env,
            login="portal_other",
            password="portal_other",
            groups="base.group_portal",
        )
        self.authenticate("portal_other", "portal_other")
        answer = self.url_open(f"/my/invoices/{move.id}?report_type=pdf&download=true")
        self.assertNotEqual(answer.headers["Content-Type"], "application/pdf")
