"""The distributor's invoice: received, booked, compared with what was charged."""

import io

from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import tagged

from .market import FILES, MarketCase


@tagged("post_install", "-at_install")
class TestNetworkInvoice(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", "CZK")]
        ).active = True
        cls.charged = cls.env["product.product"].create({"name": "Distribution"})
        cls.component = cls.env["energy.network.component"].create(
            {
                "name": "Distribution, high tariff",
                "code": "DIST-VT",
                "product_ids": cls.charged.ids,
                "limit": 1.0,
            }
        )
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "21 % purchase",
                "amount": 21,
                "type_tax_use": "purchase",
                "company_id": cls.company.id,
            }
        )

    def _comparison(self, point=None):
        self.env.invalidate_all()
        return self.env["energy.network.comparison"].search(
            [("point_id", "=", (point or self.two_tariff).id)]
        )

    def test_invoice_is_received_with_its_lines(self):
        message = self._import_golden("cdsinvoice_127.xml")
        self.assertEqual(message.state, "processed", message.first_finding)
        invoice = self.env["energy.network.invoice"].search([])
        self.assertEqual((invoice.number, invoice.net), ("5100123", 7527.02))
        self.assertEqual(len(invoice.line_ids), 5)
        self.assertEqual(invoice.line_ids.point_id, self.two_tariff)
        self.assertIn("component_unknown", self._codes(message, "warning"))

    def test_same_number_with_other_content_is_refused(self):
        self._import_golden("cdsinvoice_127.xml")
        content = (FILES / "cdsinvoice_127.xml").read_text()
        message = self.env["energy.message"]._import_file(
            self.market_profile,
            "again.xml",
            content.replace('id="20260330-5100123"', 'id="other"').encode(),
        )
        self.assertEqual(message.state, "rejected")
        self.assertEqual(self._codes(message), ["invoice_again"])

    def test_totals_that_do_not_add_up_are_told(self):
        content = (FILES / "cdsinvoice_127.xml").read_text()
        message = self.env["energy.message"]._import_file(
            self.market_profile,
            "total.xml",
            content.replace('net="7527.02"', 'net="7500.00"').encode(),
        )
        self.assertIn("invoice_total", self._codes(message, "warning"))

    def test_vendor_bill_has_a_line_per_point_and_component(self):
        self._import_golden("cdsinvoice_127.xml")
        invoice = self.env["energy.network.invoice"].search([])
        invoice.action_create_bills()
        bill = invoice.move_id
        self.assertEqual(bill.move_type, "in_invoice")
        self.assertEqual(bill.ref, "5100123")
        self.assertEqual(len(bill.invoice_line_ids), 5)
        self.assertAlmostEqual(bill.amount_untaxed, 7527.02)
        self.assertAlmostEqual(bill.amount_tax, 1580.67)
        invoice.action_create_bills()
        self.assertEqual(invoice.move_id, bill)

    def test_missing_tax_is_an_error_that_names_it(self):
        self.tax.active = False
        self.env["account.tax"].search([("type_tax_use", "=", "purchase")]).filtered(
            lambda tax: tax.amount == 21
        ).active = False
        self._import_golden("cdsinvoice_127.xml")
        with self.assertRaisesRegex(UserError, "21 %"):
            self.env["energy.network.invoice"].search([]).action_create_bills()

    def test_received_without_charged(self):
        self._import_golden("cdsinvoice_127.xml")
        row = self._comparison()
        self.assertEqual((row.kind, row.received), ("received", 2556.65))
        self.assertTrue(row.over_limit)

    def test_credit_note_takes_the_amounts_back(self):
        self._import_golden("cdsinvoice_127.xml")
        self._import_golden("cdsinvoice_240.xml")
        row = self._comparison()
        self.assertEqual((row.received, row.over_limit), (0, False))
        credit = self.env["energy.network.invoice"].search([("type", "=", "credit")])
        self.assertEqual(credit.corrects_id.number, "5100123")
        credit.action_create_bills()
        self.assertEqual(credit.move_id.move_type, "in_refund")
        self.assertAlmostEqual(credit.move_id.amount_untaxed, 7527.02)

    def _import_services(self, *rows, name="services.csv"):
        profile = self.env["energy.table.profile"].search(
            [("kind", "=", "services")]
        ) or self._create_profile(
            {
                "name": "Network services of North",
                "kind": "services",
                "columns": {
                    "point": "Point",
                    "component": "Service",
                    "number": "Invoice",
                    "date_to": "To",
                    "quantity": "kWh",
                    "amount": "Amount",
                    "tax_rate": "VAT",
                },
            }
        )
        head = "Point;Service;Invoice;To;kWh;Amount;VAT"
        content = "\n".join([head, *rows, ""]).encode()
        return self.env["energy.message"]._import_file(profile, name, content)

    def test_table_of_network_services(self):
        """Two invoices in one file; the point with a wrong row is left out."""
        message = self._import_services(
            "N-1;DIST-VT;F-1;2026-01-31;310;31.00;21",
            "N-1;SYS;F-1;2026-01-31;310;3.10;21",
            "N-2;DIST-VT;F-2;2026-01-31;100;10.00;21",
            "N-3;DIST-VT;F-2;2026-01-31;100;ten;21",
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        self.assertEqual(self._codes(message, "error"), ["bad_number"])
        invoices = self.env["energy.network.invoice"].search([], order="number")
        self.assertEqual(invoices.mapped("number"), ["F-1", "F-2"])
        self.assertEqual(invoices.mapped("net"), [34.10, 10.00])
        self.assertEqual(invoices[0].network_id, self.network)
        line = invoices[0].line_ids.filtered(lambda found: found.component_id)
        self.assertEqual(
            (str(line.date_start), line.point_id, line.amount),
            ("2026-01-01", self.point, 31),
        )
        again = self._import_services(
            "N-1;DIST-VT;F-1;2026-01-31;310;32.00;21", name="other.csv"
        )
        self.assertEqual(self._codes(again), ["invoice_again"])

    def test_charged_is_compared_and_disputed(self):
        """Charged 310 kWh × 0.10 … = 47.00 for distribution, received 40.00."""
        agreement = self._create_floating_agreement(self.exchanged, "2026-01-01")
        self.component.product_ids = self.energy_item.product_id
        self.february.action_activate()
        self._import_duf()
        segment = self._generate(agreement, self.february)
        self.assertEqual(segment.amount, 47)
        row = self._comparison(self.exchanged)
        self.assertEqual(set(row.mapped("kind")), {"charged"})
        content = (FILES / "cdsinvoice_127.xml").read_text()
        content = (
            content.replace(self.two_tariff.code, self.exchanged.code)
            .replace('date-from="2025-03-15"', 'date-from="2026-01-01"')
            .replace('date-to="2026-03-14"', 'date-to="2026-01-31"')
            .replace('amount="2556.65"', 'amount="40.00"')
        )
        self.env["energy.message"]._import_file(
            self.market_profile, "one.xml", content.encode()
        )
        row = self._comparison(self.exchanged)
        self.assertEqual(
            (row.kind, row.received, row.charged, row.difference),
            ("both", 40, 47, 7),
        )
        action = row.action_dispute()
        self.env["energy.network.dispute"].with_context(**action["context"]).create(
            {"reason": "the quantity is another", "deadline": "2026-03-15"}
        ).action_dispute()
        row = self._comparison(self.exchanged)
        self.assertEqual(row.decision, "disputed")
        letter = row.invoice_id.message_ids[0]
        self.assertIn("the quantity is another", letter.body)
        self.assertIn(self.exchanged.code, letter.body)
        self.assertEqual(letter.partner_ids, self.cz.partner_id)
        (claim,) = letter.attachment_ids
        text = PdfReader(io.BytesIO(claim.raw)).pages[0].extract_text()
        self.assertIn(self.exchanged.code, text)
        self.assertIn("the quantity is another", text)
        row._decide("approved")
        self.assertEqual(self._comparison(self.exchanged).decision, "approved")
