from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestRun(BillingCase):
    def setUp(self):
        super().setUp()
        self.others = self.env["billing.agreement"].union(
            *(self._create_agreement(f"R-{n}", 10 * n) for n in range(1, 4))
        )
        self.run_ = self.env["billing.run"].create(
            {"period_id": self.january.id, "last_step": "post"}
        )

    def test_month_from_generation_to_posted_invoices(self):
        self.run_.action_start()
        self.assertEqual(self.run_.state, "done")
        segments = self.env["billing.segment"].search(
            [("period_id", "=", self.january.id)]
        )
        self.assertEqual(len(segments), 4)
        self.assertEqual(set(segments.mapped("state")), {"frozen"})
        self.assertEqual(len(segments.invoice_id), 4)

    def test_second_run_makes_nothing_again(self):
        self.run_.action_start()
        moves = self.env["account.move"].search_count([])
        again = self.run_.copy()
        again.action_start()
        self.assertEqual(again.state, "done")
        self.assertEqual(self.env["account.move"].search_count([]), moves)

    def test_selection_is_respected(self):
        self.run_.agreement_domain = "[('code', '=', 'R-1')]"
        self.run_.action_start()
        self.assertEqual(
            self.env["billing.segment"]
            .search([("period_id", "=", self.january.id)])
            .agreement_id,
            self.others[0],
        )

    def test_bad_agreements_are_listed_and_the_others_billed(self):
        """k bad of N agreements: N − k invoices and k reasons; again: none."""
        self.others[0].term_ids.date_start = "2026-02-01"
        self.run_.action_start()
        self.assertEqual((self.run_.segment_count, self.run_.error_count), (4, 1))
        self.assertEqual(self.run_.invoice_count, 3)

    def test_failed_piece_keeps_the_others_and_is_retried(self):
        Run = self.env.registry["billing.run"]
        original = Run._run_generate

        def explode(run, ids):
            original(run, ids)
            raise UserError(run.env._("the disk is full"))

        with patch.object(Run, "_run_generate", explode):
            self.run_.action_start()
        self.assertEqual(self.run_.state, "failed")
        self.assertIn("disk", self.run_.piece_ids.error)
        self.assertFalse(self.others.segment_ids)
        self.run_.action_retry()
        self.assertEqual(self.run_.state, "done")
        self.assertEqual(self.run_.invoice_count, 4)

    def test_stopped_run_goes_on_later(self):
        self.run_.last_step = "check"
        self.run_.action_start()
        self.run_.action_stop()
        self.assertEqual(self.run_.state, "stopped")
        self.run_.action_continue()
        self.assertEqual(self.run_.state, "done")
        self.assertEqual(self.run_.invoice_count, 4)

    def test_customer_is_never_torn_between_pieces(self):
        partner = self.others[0].partner_id
        for n in range(3):
            self._create_agreement(f"S-{n}", 1, partner=partner)
        with patch("odoo.addons.billing_base.models.billing_run.PIECE_SIZE", 3):
            pieces = self.run_._prepare_pieces("generate")
        Agreement = self.env["billing.agreement"]
        holding = [
            piece
            for piece in pieces
            if partner in Agreement.browse(piece["item_ids"]).partner_id
        ]
        self.assertEqual(len(holding), 1)
        self.assertGreater(len(pieces), 1)
