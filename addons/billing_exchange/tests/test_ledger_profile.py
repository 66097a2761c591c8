import base64

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ExchangeCase


@tagged("post_install", "-at_install")
@freeze_time("2026-02-10")
class TestLedgerProfile(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.revenue = cls.company_data["default_account_revenue"]
        cls.tax_account = cls.company_data["default_account_tax_sale"]
        cls.vat.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        ).account_id = cls.tax_account
        cls.ledger = cls.profile_model.create(
            {
                "name": "Ledger of the group",
                "code": "GL",
                "kind": "ledger",
                "column_ids": [
                    Command.create({"name": name, "ledger_field": field})
                    for name, field in (
                        ("konto", "account"),
                        ("belegNr", "move"),
                        ("soll", "debit"),
                        ("haben", "credit"),
                        ("steuer", "taxes"),
                        ("stelle", "cost_centre"),
                    )
                ],
                "code_ids": [
                    Command.create(
                        {"kind": "account", "account_id": account.id, "code": code}
                    )
                    for account, code in (
                        (cls.receivable, "1200"),
                        (cls.revenue, "8400"),
                    )
                ]
                + [
                    Command.create({"kind": "tax", "tax_id": cls.vat.id, "code": "V20"})
                ],
            }
        )

    def setUp(self):
        super().setUp()
        self.move = self._invoice(self._generate())

    def test_accounts_and_taxes_go_under_the_codes_of_the_other_system(self):
        batch = self.ledger._run()
        self.assertEqual(str(batch.date_end), "2026-01-31")
        rows = self._rows(batch)
        titles = ["konto", "belegNr", "soll", "haben", "steuer", "stelle"]
        self.assertEqual(rows[0], titles)
        by_account = {}
        for row in rows[1:-1]:
            by_account.setdefault(row[0], []).append(row)
        (debt,) = by_account["1200"]
        self.assertEqual(debt[2:4], ["156.97", "0.00"])
        self.assertEqual({row[4] for row in by_account["8400"]}, {"V20"})
        self.assertEqual(rows[-1][2:4], ["156.97", "156.97"])
        self.assertEqual(batch.filename, f"GL_20260131_{batch.id:05d}.csv")
        # nothing is left for a second one
        with self.assertRaisesRegex(UserError, "nothing new"):
            self.ledger.action_run()

    def test_an_account_that_is_not_in_the_list_stops_the_batch(self):
        self.ledger.codes_required = True
        with (
            self.assertRaisesRegex(UserError, "no code") as caught,
            self.env.cr.savepoint(),
        ):
            self.ledger._run()
        self.assertIn(self.tax_account.name, str(caught.exception))
        self.assertFalse(self.move.line_ids.ledger_export_id)
        self.ledger.code_ids = [
            Command.create(
                {"kind": "account", "account_id": self.tax_account.id, "code": "1776"}
            )
        ]
        self.assertEqual(self.ledger._run().state, "done")

    def test_cost_centres_by_dimension(self):
        plans = self.env["account.analytic.plan"].create(
            [{"name": "Centres"}, {"name": "Projects"}]
        )
        north, south, project = self.env["account.analytic.account"].create(
            [
                {"name": "North", "code": "N", "plan_id": plans[0].id},
                {"name": "South", "code": "S", "plan_id": plans[0].id},
                {"name": "Grid", "code": "G", "plan_id": plans[1].id},
            ]
        )
        lines = self.move.invoice_line_ids.filtered("price_subtotal")
        lines[0].analytic_distribution = {f"{north.id},{project.id}": 100}
        lines[1].analytic_distribution = {str(north.id): 25.5, str(south.id): 74.5}
        self.ledger.column_ids.filtered(
            lambda column: column.ledger_field == "cost_centre"
        ).plan_id = plans[0]
        cells = {row[5] for row in self._rows(self.ledger._run())[1:-1]}
        self.assertEqual(cells, {"", "N", "N:25.5+S:74.5"})

    def test_other_forms(self):
        self.ledger.write({"form": "xml", "root_name": "ledger", "row_name": "entry"})
        batch = self.ledger._run()
        tree = etree.fromstring(base64.b64decode(batch.file))
        self.assertEqual(len(tree.findall("entry")), batch.line_count)
        self.assertEqual(tree.findtext("control/soll"), "156.97")

    def test_ledger_is_the_sum_of_exports(self):
        def totals():
            rows = self.env["billing.ledger.reconciliation"]._read_group(
                [("company_id", "=", self.company.id)],
                [],
                ["debit:sum", "exported_debit:sum", "open_debit:sum", "open_count:sum"],
            )
            return [round(figure, 2) for figure in rows[0]]

        count = len(self.move.line_ids.filtered("account_id"))
        self.assertEqual(totals(), [156.97, 0, 156.97, count])
        batch = self.ledger._run()
        self.assertEqual(totals(), [156.97, 156.97, 0, 0])
        self.assertEqual(batch.debit, 156.97)
        later = self._create_agreement("A-2", 10)
        self._invoice(self._generate(later))
        ledger, exported, left, _count = totals()
        self.assertGreater(left, 0)
        self.assertAlmostEqual(ledger, exported + left)
        # late entries go into the next
        second = self.ledger._run()
        self.assertAlmostEqual(batch.debit + second.debit, totals()[0])
        batch._cancel("Wrong codes")
        self.assertEqual(totals()[2], 156.97)

    def test_the_period_is_locked_after_the_export(self):
        self.ledger.lock_period = True
        batch = self.ledger._run()
        self.assertEqual(str(self.company.fiscalyear_lock_date), "2026-01-31")
        entry = self.move.copy({"invoice_date": "2026-01-20", "date": "2026-01-20"})
        entry.action_post()
        self.assertGreater(str(entry.date), "2026-01-31")
        with self.assertRaisesRegex(UserError, "locked"):
            batch._cancel("No")
