import base64
import io
from datetime import date
from decimal import Decimal

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..sheets import write_file
from .common import BillingCase

ITEM = {
    "customer": "ACC-A-1",
    "number": "2025-77",
    "date": date(2025, 11, 30),
    "due": date(2025, 12, 15),
    "amount": Decimal("120.50"),
}
CREDIT = {
    "customer": "ACC-A-1",
    "number": "2025-90",
    "date": date(2025, 12, 10),
    "due": date(2025, 12, 10),
    "amount": Decimal("-20.50"),
}
DEPOSIT = {
    "customer": "ACC-A-1",
    "number": "D-1",
    "date": date(2024, 5, 1),
    "amount": Decimal("200"),
}
ADVANCE = {
    "customer": "ACC-A-1",
    "number": "V-1",
    "date": date(2025, 12, 1),
    "amount": Decimal("40"),
}
BILLED = {"agreement": "A-1", "date": date(2026, 1, 10)}


@tagged("post_install", "-at_install")
class TestOpening(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user("manager")
        account = cls.env["account.account"]
        cls.balance, cls.deposits = account.create(
            [
                {
                    "name": "Opening Balance",
                    "code": "OPEN1",
                    "account_type": "equity",
                },
                {
                    "name": "Deposits",
                    "code": "DEPO1",
                    "account_type": "liability_current",
                },
            ]
        )
        cls.receivable = cls.agreement.partner_id.property_account_receivable_id

    def _opening(self, user=None, **tables):
        """A go-live import of the rows of each kind."""
        Opening = self.env["billing.opening"].with_user(user or self.manager)
        content = write_file(
            (sheet, tables[sheet.key])
            for sheet in Opening._get_sheets()
            if sheet.key in tables
        )
        return Opening.create(
            {
                "name": "Start 2026",
                "date": "2025-12-31",
                "balance_account_id": self.balance.id,
                "deposit_account_id": self.deposits.id,
                "file": base64.b64encode(content),
                "file_name": "opening.xlsx",
            }
        )

    def _total(self, opening, kind):
        return opening.total_ids.filtered(lambda total: total.kind == kind)

    def _messages(self, opening):
        return [f"{f.place} {f.message}" for f in opening.finding_ids]

    def test_open_items_keep_number_and_due_date(self):
        opening = self._opening(open_item=[ITEM, CREDIT])
        opening.action_read()
        self.assertEqual((opening.new_count, opening.error_count), (2, 0))
        opening.action_import()
        items = opening.line_ids.move_line_id.sorted("name")
        self.assertEqual(items.mapped("name"), ["2025-77", "2025-90"])
        self.assertEqual(items.mapped("balance"), [120.50, -20.50])
        self.assertEqual(items.account_id, self.receivable)
        self.assertEqual(items.mapped("amount_residual"), [120.50, -20.50])
        self.assertEqual(items[0].date_maturity, date(2025, 12, 15))
        self.assertEqual(items.move_id.mapped("ref"), ["2025-77", "2025-90"])
        self.assertEqual(set(items.move_id.mapped("state")), {"posted"})
        self.assertEqual(items[0].partner_id, self.agreement.partner_id)

    def test_deposits_and_advances_are_owed_to_the_customer(self):
        opening = self._opening(deposit=[DEPOSIT], advance=[ADVANCE])
        opening.action_import()
        by_kind = {line.kind: line.move_line_id for line in opening.line_ids}
        self.assertEqual(by_kind["deposit"].balance, -200)
        self.assertEqual(by_kind["deposit"].account_id, self.deposits)
        self.assertEqual(by_kind["advance"].balance, -40)
        self.assertEqual(by_kind["advance"].account_id, self.receivable)

    def test_days_billed_before_are_not_billed_again(self):
        """Billed to January 10: 5 days at 2.00 and 16 at 3.00 of 31, 50 kW:
        50 × 2 × 5/31 = 16.13, 50 × 3 × 16/31 = 77.42, fee 5 × 21/31 = 3.39."""
        self._opening(billed_to=[BILLED]).action_import()
        self.assertEqual(self.agreement.opening_billed_to, date(2026, 1, 10))
        segment = self._generate()
        self.assertEqual(segment.date_start, date(2026, 1, 11))
        self.assertEqual(segment.amount, 96.94)

    def test_running_it_again_doubles_nothing(self):
        tables = {
            "open_item": [ITEM, CREDIT],
            "deposit": [DEPOSIT],
            "advance": [ADVANCE],
            "billed_to": [BILLED],
        }
        self._opening(**tables).action_import()
        moves = self.env["account.move"].search_count([])
        again = self._opening(**tables)
        again.action_read()
        self.assertEqual((again.new_count, again.known_count), (0, 5))
        again.action_import()
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertEqual(self._total(again, "open_item").done_amount, 100)

    def test_a_longer_file_adds_what_is_new(self):
        self._opening(open_item=[ITEM]).action_import()
        longer = self._opening(open_item=[ITEM, CREDIT])
        longer.action_import()
        self.assertEqual((longer.known_count, longer.new_count), (1, 0))
        self.assertEqual(self._total(longer, "open_item").done_amount, 100)

    def test_another_amount_under_a_known_number_is_an_error(self):
        self._opening(open_item=[ITEM]).action_import()
        changed = self._opening(open_item=[{**ITEM, "amount": Decimal("130")}])
        changed.action_read()
        (message,) = self._messages(changed)
        self.assertIn("Already imported with another value", message)
        self.assertIn("Start 2026", message)

    def test_the_same_customer_named_in_two_ways_is_still_one_item(self):
        self.agreement.partner_id.ref = "CUST-1"
        opening = self._opening(open_item=[ITEM, {**ITEM, "customer": "CUST-1"}])
        opening.action_read()
        (message,) = self._messages(opening)
        self.assertIn("The same is in row 2", message)

    def test_errors_name_sheet_row_and_column(self):
        opening = self._opening(
            open_item=[ITEM, {**CREDIT, "customer": "NOBODY"}],
            billed_to=[{**BILLED, "agreement": "A-9"}],
        )
        opening.action_read()
        first, second = self._messages(opening)
        self.assertTrue(first.startswith("Open Items!A3 (Customer) No billing"), first)
        self.assertIn("NOBODY", first)
        self.assertTrue(second.startswith("Billed To!A2 (Agreement)"), second)

    def test_one_wrong_row_imports_nothing(self):
        opening = self._opening(
            open_item=[ITEM, {**CREDIT, "customer": "NOBODY"}], deposit=[DEPOSIT]
        )
        moves = self.env["account.move"].search_count([])
        with self.assertRaisesRegex(UserError, "Open Items!A3"):
            opening.action_import()
        self.assertEqual(self.env["account.move"].search_count([]), moves)

    def test_days_billed_here_cannot_be_opening_days(self):
        self._generate()
        opening = self._opening(billed_to=[BILLED])
        opening.action_read()
        self.assertIn("already billed here from 2026-01-01", self._messages(opening)[0])

    def test_proof_against_the_old_ledger(self):
        opening = self._opening(open_item=[ITEM, CREDIT], deposit=[DEPOSIT])
        items = self._total(opening, "open_item")
        items.write({"control_count": 2, "control_amount": 100})
        deposits = self._total(opening, "deposit")
        deposits.write({"control_count": 1, "control_amount": 250})
        opening.action_import()
        self.assertEqual((items.file_amount, items.done_amount), (100, 100))
        self.assertTrue(items.is_proved)
        self.assertEqual(deposits.difference, -50)
        self.assertFalse(deposits.is_proved)
        content, _kind = self.env["ir.actions.report"]._render_xlsx(
            "billing_base.opening_xlsx", opening.ids, {}
        )
        proof, rows = load_workbook(io.BytesIO(content)).worksheets
        self.assertEqual(
            [cell.value for cell in proof[2]][6:10], [100, 100, 100, None or 0]
        )
        self.assertEqual(proof["J3"].value, -50)
        self.assertEqual(
            {rows[f"F{row}"].value for row in (2, 3, 4)}, {"2025-77", "2025-90", "D-1"}
        )

    def test_text_file_of_the_kind_chosen(self):
        opening = self._opening(open_item=[])
        opening.write(
            {
                "file": base64.b64encode(b"Agreement;Billed To\nA-1;10.01.2026\n"),
                "file_name": "billed.csv",
                "csv_kind": "billed_to",
            }
        )
        opening.action_import()
        self.assertEqual(self.agreement.opening_billed_to, date(2026, 1, 10))

    def test_an_imported_file_stays_and_is_not_imported_again(self):
        opening = self._opening(open_item=[ITEM])
        opening.action_import()
        with self.assertRaisesRegex(UserError, "Make a new go-live import"):
            opening.action_import()
        with self.assertRaisesRegex(UserError, "proof"):
            opening.unlink()

    def test_clerks_have_no_access(self):
        with self.assertRaises(AccessError):
            self._opening(self._user("clerk"), open_item=[ITEM])
