import base64

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PostalCase

HEAD = "Cost Centre;Partner;Service;Pieces;Grams"


@tagged("post_install", "-at_install")
class TestImport(PostalCase):
    def _import(self, *rows, user=None, **values):
        record = (
            self.env["postal.import"]
            .with_user(user or self.env.user)
            .create(
                {
                    "period_id": self.january.id,
                    "file": base64.b64encode("\n".join((HEAD, *rows)).encode()),
                    "file_name": "post.csv",
                    **values,
                }
            )
        )
        record.action_import()
        return record

    def test_a_specification_per_cost_centre_and_partner(self):
        record = self._import("PG;BANK;L1;10;15", "PG;BANK;L2;5;", "BD;BANK;L1;20;15")
        self.assertEqual(record.state, "done", record.findings)
        amounts = {
            spec.cost_centre_id: spec.amount for spec in record.specification_ids
        }
        self.assertEqual(amounts, {self.centre_a: 12.0, self.centre_b: 12.0})

    def test_pasted_cells(self):
        record = self.env["postal.import"].create(
            {
                "period_id": self.january.id,
                "cost_centre_id": self.centre_a.id,
                "pasted": "Partner\tService\tPieces\nBANK\tL2\t7\n",
            }
        )
        record.action_import()
        self.assertEqual(record.specification_ids.line_ids.quantity, 7)

    def test_one_wrong_row_imports_nothing_and_is_named(self):
        record = self._import("PG;BANK;L2;10;", "PG;NOBODY;L2;1;", "PG;BANK;X9;1;")
        self.assertEqual(record.state, "draft")
        self.assertFalse(self.env["postal.specification"].search([]))
        first, second = record.findings.split("\n")
        self.assertIn("!B3 (Partner)", first)
        self.assertIn("NOBODY", first)
        self.assertIn("!C4 (Service)", second)
        self.assertIn("X9", second)

    @mute_logger("odoo.sql_db")
    def test_the_same_content_is_imported_once(self):
        self._import("PG;BANK;L2;10;")
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self._import("PG;BANK;L2;10;")
        self.assertEqual(
            self.env["postal.specification.line"].search([]).mapped("quantity"), [10]
        )

    def _import_jobs(self, *rows):
        head = "Cost Centre;Partner;Job;Pieces;Pages per Piece;Inserts per Piece;Colour"
        record = self.env["postal.import"].create(
            {
                "period_id": self.january.id,
                "kind": "hybrid",
                "content": "jobs",
                "file": base64.b64encode("\n".join((head, *rows)).encode()),
                "file_name": "production.csv",
            }
        )
        record.action_import()
        return record

    def test_a_production_file_becomes_mailing_jobs(self):
        """Batches of a job that are alike are one; entries follow from the figures."""
        record = self._import_jobs(
            "PG;BANK;Bills;60;3;1;",
            "PG;BANK;Bills;40;3;1;",
            "PG;BANK;Bills;10;1;0;yes",
            "PG;BANK;Letters;5;2;0;",
        )
        self.assertEqual(record.state, "done", record.findings)
        specification = record.specification_ids
        self.assertEqual((specification.kind, len(specification)), ("hybrid", 1))
        self.assertEqual(
            [(job.name, job.pieces) for job in specification.mailing_ids],
            [("Bills / 1", 100), ("Bills / 2", 10), ("Letters", 5)],
        )
        first = specification.mailing_ids[0].line_ids
        self.assertEqual(
            {line.item_id.hybrid_part: line.amount for line in first},
            {"print": 15.0, "insert": 2.0, "envelope": 4.0, "postage": 50.0},
        )
        parts = specification.mailing_ids[1].line_ids.item_id.mapped("hybrid_part")
        self.assertEqual(set(parts), {"colour", "envelope", "postage"})

    def test_a_job_that_is_in_the_draft_already_is_named(self):
        self._import_jobs("PG;BANK;Bills;60;3;1;", "PG;BANK;Bills;5;1;0;")
        self._import_jobs("PG;BANK;Letters;5;2;0;")
        record = self._import_jobs(
            "PG;BANK;Bills;7;1;0;", "PG;BANK;Letters;7;1;0;", "PG;BANK;New;7;1;0;"
        )
        self.assertEqual(record.state, "draft")
        self.assertIn("!C2 (Job)", record.findings)
        self.assertIn("!C3 (Job)", record.findings)
        self.assertNotIn("!C4", record.findings)
        self.assertEqual(len(self.env["postal.mailing"].search([])), 3)

    def test_a_production_file_with_one_wrong_row_makes_no_job(self):
        self.env["billing.tariff.item"].search(
            [("code", "=", "H-insert")]
        ).active = False
        record = self._import_jobs("PG;BANK;Bills;60;3;1;", "PG;BANK;More;0;1;0;")
        self.assertEqual(record.state, "draft")
        self.assertIn("!B2 (Partner)", record.findings)
        self.assertIn("Inserting", record.findings)
        self.assertIn("!D3 (Pieces)", record.findings)
        self.assertFalse(self.env["postal.mailing"].search([]))

    def test_a_cost_centres_clerk_imports_for_his_own_only(self):
        record = self._import("BD;BANK;L2;10;", user=self.clerk_a)
        self.assertEqual(record.state, "draft")
        record = self._import("PG;BANK;L2;10;", user=self.clerk_a)
        self.assertEqual(record.state, "done", record.findings)
