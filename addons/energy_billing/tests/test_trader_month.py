from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .market import load_data

ATELIER = [16.50, 19.20, 1.86, 3.10, 0.31, 0.50, 2.17, 7.75, 6.20]
"""One register, 310 kWh, 10 kW: 150 kWh × 0.11 until January 15, 160 × 0.12 from
January 16; 310 × 0.006, 0.01, 0.001, 0.0016, 0.007; 10 kW × 31 days × 0.025;
310 × 0.02. Net 57.59, VAT 11.52, total 69.11."""
BAKERY = [19.50, 22.40, 6.00, 7.20, 2.79, 4.65, 0.47, 0.74, 3.26, 14.88, 10.23]
"""Day 310 kWh, night 155 kWh, 20 kW: 150 × 0.13, 160 × 0.14, 75 × 0.08, 80 × 0.09;
465 × 0.006, 0.01, 0.001 (0.465), 0.0016, 0.007 (3.255); 20 × 31 × 0.024;
465 × 0.022. Net 92.12, VAT 18.42, total 110.54."""
BEACON = [158.40, 184.32, 17.86, 29.76, 2.98, 4.76, 20.83, 12.40, 59.52]
"""1 kWh in each quarter hour, 16 kW: 1,440 × 0.11, 1,536 × 0.12, 2,976 × 0.006,
0.01, 0.001, 0.0016, 0.007; 16 × 31 × 0.025; 2,976 × 0.02. Net 490.83, VAT 98.17,
total 589.00."""


@tagged("post_install", "-at_install")
class TestTraderMonth(AccountTestInvoicingCommon):
    """The trader's January from files to posted invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("billing_base.group_billing_admin")
        cls.company = cls.company_data["company"]
        cls.company.country_id = cls.env.ref("base.bg")
        cls.env.ref("base.EUR").active = True
        cls.company.currency_id = cls.env.ref("base.EUR")
        cls.trader = load_data("load_trader").Trader(cls.env, cls.company).load()
        cls.env = cls.trader.env
        cls.messages = cls.trader.import_files()

    def _bill(self, last_step="post"):
        run = self.env["billing.run"].create(
            {"period_id": self.trader.period.id, "last_step": last_step}
        )
        run.action_start()
        self.assertEqual(run.state, "done", run.error_ids.mapped("message"))
        return run

    def _segment(self, number):
        return self.trader.agreement(number).segment_ids

    def test_bills_worked_out_by_hand(self):
        self._bill()
        for number, amounts, tax, total in (
            ("T-0001", ATELIER, 11.52, 69.11),
            ("T-0002", BAKERY, 18.42, 110.54),
            ("T-0003", BEACON, 98.17, 589.00),
        ):
            with self.subTest(number):
                segment = self._segment(number)
                self.assertEqual(segment.state, "frozen", segment.finding)
                self.assertEqual(segment.line_ids.mapped("amount"), amounts)
                invoice = segment.invoice_id
                self.assertEqual(invoice.amount_tax, tax)
                self.assertEqual(invoice.amount_total, total)

    def test_statement_shows_point_and_readings(self):
        self._bill()
        segment = self._segment("T-0002")
        (document,) = segment.invoice_id._prepare_billing_documents()
        (section,) = document.statement
        self.assertIn(segment.point_id.code, section.title)
        self.assertEqual(
            [
                (reading.reading_to - reading.reading_from, reading.quantity)
                for reading in section.readings
            ],
            [(310, 310), (155, 155)],
        )

    def test_quantities_are_those_of_the_files(self):
        self._bill("check")
        self.assertEqual(self._segment("T-0002").quantity, 465)
        self.assertEqual(self._segment("T-0003").quantity, 2976)

    def test_dirt_is_named_and_blocks_its_own_points_only(self):
        """Missing point, negative value and gap block; the others are billed."""
        run = self._bill("check")
        Segment = self.env["billing.segment"]
        period = [("period_id", "=", self.trader.period.id)]
        self.assertEqual(run.segment_count, 100)
        errors = Segment.search([*period, ("state", "=", "error")])
        self.assertEqual(
            set(errors.agreement_id.point_id.mapped("code")),
            {
                "32Z103192786310360980603714970064",
                "ES2725753651212083302771567850073",
                "32Z103168848081284443597819060004",
            },
        )
        self.assertTrue(all(errors.mapped("finding")))
        codes = set(self.messages.finding_ids.mapped("code"))
        self.assertLessEqual(
            {"duplicate_row", "negative_quantity", "missing_values"}, codes
        )
        self.assertTrue(
            self.messages.finding_ids.filtered(
                lambda f: f.point_code == "32Z103999999999999999999999999999"
            )
        )

    def test_profile_decides_whether_an_error_holds_the_bill(self):
        """The dairy bills its clean points, the other two customers wait."""
        self._bill()
        errors = self.env["billing.segment"].search(
            [("period_id", "=", self.trader.period.id), ("state", "=", "error")]
        )
        for segment in errors:
            siblings = segment.account_id.agreement_ids.segment_ids - segment
            held = segment.account_id.profile_id.hold == "bill"
            self.assertEqual(
                set(siblings.mapped("state")), {"ready"} if held else {"frozen"}
            )
        self.assertEqual(
            set(errors.account_id.profile_id.mapped("hold")), {"bill", "segment"}
        )

    def test_running_again_changes_nothing(self):
        self._bill()
        before = (
            self.env["billing.segment"].search_count([]),
            self.env["account.move"].search_count([]),
        )
        self.assertEqual(self.trader.import_files(), self.messages)
        self._bill()
        after = (
            self.env["billing.segment"].search_count([]),
            self.env["account.move"].search_count([]),
        )
        self.assertEqual(before, after)

    def test_corrections_touch_only_what_they_fix(self):
        run = self._bill("check")
        segments = self.env["billing.segment"].search(run._get_segment_domain())
        untouched = {s.id: s.write_date for s in segments if s.state == "ready"}
        hashes = {segment.id: segment.snapshot_hash for segment in segments}
        self.trader.import_files(correction=True)
        changed = self.env["billing.generator"]._generate(
            segments.agreement_id, self.trader.period
        )
        self.assertEqual(len(changed), 3)
        self.assertEqual(set(segments.mapped("state")), {"ready"})
        for segment in segments - changed:
            self.assertEqual(segment.snapshot_hash, hashes[segment.id])
            self.assertIn(segment.id, untouched)

    def test_documents_and_ledger_of_the_month(self):
        run = self._bill("documents")
        invoices = (
            self.env["billing.segment"].search(run._get_segment_domain()).invoice_id
        )
        self.assertTrue(all(move.invoice_pdf_report_id for move in invoices))
        batch = self.env["billing.ledger.export"].create({"date_end": "2026-01-31"})
        batch.action_export()
        self.assertEqual(batch.debit, batch.credit)
        self.assertAlmostEqual(batch.debit, sum(invoices.mapped("amount_total")), 2)
