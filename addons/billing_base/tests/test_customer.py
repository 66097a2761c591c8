"""The customer's file: counts, documents, search, merge of doubles."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestCustomer(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.agreement.partner_id
        cls.customer.write(
            {
                "name": "Pekarna Slantse",
                "ref": "R-4711",
                "company_registry": "000100159",
                "street": "Vitosha Boulevard 15",
                "city": "Sofia",
            }
        )
        cls.kind = cls.env["billing.document.kind"].create(
            {"name": "Certificate", "has_validity": True, "remind_days": 30}
        )

    def _find(self, text):
        return self.env["res.partner"].search([("billing_search", "ilike", text)])

    def test_found_by_any_number_name_and_address(self):
        self.agreement.contract_id.code = "CT-88"
        move = self._invoice(self._generate())
        for text in (
            "Slantse",
            "Slanste pekarna",
            "Vitosha Bulevard",
            "R-47",
            "000100159",
            "ACC-A-1",
            "CT-88",
            move.name,
        ):
            with self.subTest(text=text):
                self.assertIn(self.customer, self._find(text))
        self.assertNotIn(self.customer, self._find("Miller"))
        self.assertNotIn(self.customer, self._find("000999"))

    @freeze_time("2026-01-10")
    def test_the_file_counts_what_there_is(self):
        move = self._invoice(self._generate())
        viewer = self.customer.with_user(self._user("viewer"))
        self.assertEqual(viewer.billing_contract_count, 1)
        self.assertEqual(viewer.billing_segment_count, 1)
        self.assertEqual(viewer.billing_amount_open, move.amount_total)
        action = viewer.action_view_billing_segments()
        found = self.env["billing.segment"].search(action["domain"])
        self.assertEqual(found.invoice_id, move)

    def test_a_document_reminds_before_it_expires(self):
        document = self.env["billing.document"].create(
            {
                "name": "EX-1",
                "kind_id": self.kind.id,
                "partner_id": self.customer.id,
                "date": "2026-01-01",
                "date_end": "2026-12-31",
            }
        )
        self.assertEqual(document.activity_ids.date_deadline, date(2026, 12, 1))
        document.date_end = "2027-01-30"
        self.assertEqual(document.activity_ids.date_deadline, date(2026, 12, 31))
        with self.assertRaisesRegex(ValidationError, "last day"):
            document.date_end = False

    def _merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (source | target).ids, target
        )

    def test_merging_doubles_keeps_all(self):
        double = self._create_agreement("A-2", 10)
        source = double.partner_id
        segment = self._generate(double)
        move = self._invoice(segment)
        waiting = self._generate(double, self.february)
        document = self.env["billing.document"].create(
            {
                "name": "EX-1",
                "kind_id": self.kind.id,
                "partner_id": source.id,
                "date": "2026-01-01",
                "date_end": "2026-12-31",
            }
        )
        termination = self.env["billing.termination"].create(
            {"agreement_id": double.id, "date_end": "2026-05-31"}
        )
        kept = (segment, waiting, document, termination, double)
        accounts = double.account_id | self.agreement.account_id
        self._merge(source, self.customer)
        self.assertFalse(source.exists())
        for record in kept:
            self.assertEqual(record.partner_id, self.customer, record._description)
        self.assertEqual(segment.state, "frozen")
        self.assertEqual(double.contract_id.partner_id, self.customer)
        self.assertEqual(accounts.commercial_partner_id, self.customer)
        self.assertEqual(move.partner_id, self.customer)
        self.assertEqual(self.customer.billing_agreement_count, 2)

    def test_a_frozen_segment_keeps_its_customer_otherwise(self):
        segment = self._generate()
        self._invoice(segment)
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE billing_segment SET partner_id = %s WHERE id = %s",
                (other.id, segment.id),
            )
        self.assertIn("is frozen", str(caught.exception))

    def test_what_excludes_each_other_stops_the_merge(self):
        other = self.env["res.partner"].create({"name": "Double"})
        discounts = [
            {
                "scope": "customer",
                "partner_id": partner.id,
                "tariff_id": self.tariff.id,
                "date_start": "2026-01-01",
                "percent": 5,
            }
            for partner in (other, self.customer)
        ]
        found = self.env["billing.discount"].create(discounts)
        with self.assertRaisesRegex(UserError, "cannot be merged"):
            self._merge(other, self.customer)
        self.assertEqual(len(found.exists()), 2)
