from lxml import etree

from odoo.tests import tagged

from .common import BillingCase

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@tagged("post_install", "-at_install")
class TestEInvoice(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.e_invoice = True
        country = cls.env.ref("base.be")
        cls.company.write(
            {
                "country_id": country.id,
                "vat": "BE0477472701",
                "street": "Rue 1",
                "city": "Bruxelles",
                "zip": "1000",
            }
        )
        cls.agreement.partner_id.write(
            {
                "country_id": country.id,
                "vat": "BE0477472701",
                "street": "Laan 2",
                "city": "Gent",
                "zip": "9000",
            }
        )

    def _content(self, move):
        return etree.fromstring(move.ubl_cii_xml_id.raw)

    def test_lines_carry_their_days_and_reproduce_their_amount(self):
        move = self._invoice(self._generate())
        self.assertTrue(move._make_billing_e_invoices(), move.e_invoice_error)
        tree = self._content(move)
        lines = tree.findall("cac:InvoiceLine", NS)
        self.assertEqual(
            [
                line.findtext("cac:InvoicePeriod/cbc:StartDate", None, NS)
                for line in lines
            ],
            ["2026-01-01", "2026-01-16", "2026-01-01"],
        )
        for line in lines:
            quantity = float(line.findtext("cbc:InvoicedQuantity", None, NS))
            price = float(line.findtext("cac:Price/cbc:PriceAmount", None, NS))
            amount = float(line.findtext("cbc:LineExtensionAmount", None, NS))
            self.assertAlmostEqual(quantity * price, amount, places=2)

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
