from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import LockError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import BillingCase


class RunCase(BillingCase):
    """Four customers, one of them in no piece with the others."""

    def setUp(self):
        super().setUp()
        self.others = self.env["billing.agreement"].union(
            *(self._create_agreement(f"R-{n}", 10 * n) for n in range(1, 4))
        )
        self.run_ = self.env["billing.run"].create(
            {"period_id": self.january.id, "last_step": "post"}
        )

    def _set_size(self, **sizes):
        for name, size in sizes.items():
            self.env["ir.config_parameter"].set_param(
                f"billing_base.run_{name}_size", size
            )

    def _get_segments(self):
        return self.env["billing.segment"].search(
            [("period_id", "=", self.january.id)], order="agreement_id"
        )

    def _patch_step(self, step, function):
        """Do ``function(run, ids, original)`` in place of a step."""
        Run = self.env.registry["billing.run"]
        original = getattr(Run, f"_run_{step}")
        return patch.object(
            Run, f"_run_{step}", lambda run, ids: function(run, ids, original)
        )


@tagged("post_install", "-at_install")
class TestRun(RunCase):
    def test_month_from_generation_to_posted_invoices(self):
        self.run_.action_start()
        self.assertEqual(self.run_.state, "done")
        segments = self._get_segments()
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
        self.assertEqual(self._get_segments().agreement_id, self.others[0])

    def test_bad_agreements_are_listed_and_the_others_billed(self):
        """k bad of N agreements: N − k invoices and k reasons; again: none."""
        self.others[0].term_ids.date_start = "2026-02-01"
        self.run_.action_start()
        self.assertEqual((self.run_.segment_count, self.run_.error_count), (4, 1))
        self.assertEqual(self.run_.invoice_count, 3)

    def _press_bill(self):
        return self.env["billing.run"].browse(self.january.action_bill()["res_id"])

    def test_who_comes_later_gets_a_run_of_his_own(self):
        """Bill This Period takes him; nobody is billed twice, whichever run goes on."""
        self.run_.last_step = "check"
        self.assertEqual(self._press_bill(), self.run_)
        self.run_.action_start()
        self.assertEqual(self._press_bill(), self.run_)

        late = self._create_agreement("R-LATE", 40)
        run = self._press_bill()
        self.assertNotEqual(run, self.run_)
        self.assertEqual((run.state, run.segment_count), ("draft", 0))
        # pressed again before it starts, there is still one of it
        self.assertEqual(self._press_bill(), run)
        run.action_start()
        self.assertIn(late, self._get_segments().agreement_id)
        run.action_continue()
        self.assertEqual((run.segment_count, run.invoice_count), (1, 1))

        # the others' run is where it was, and takes them alone
        self.assertEqual(self._press_bill(), self.run_)
        self.run_.action_continue()
        segments = self._get_segments()
        self.assertEqual(set(segments.mapped("state")), {"frozen"})
        self.assertEqual((len(segments), len(segments.invoice_id)), (5, 5))
        self.run_.action_repeat()
        self.assertEqual(self._get_segments().invoice_id, segments.invoice_id)

    def test_who_is_billed_already_is_no_newcomer(self):
        self.run_.last_step = "check"
        self.run_.action_start()
        late = self._create_agreement("R-LATE", 40)
        self._invoice(self._generate(late))
        self.assertEqual(self._press_bill(), self.run_)

    def test_run_again_takes_what_was_corrected(self):
        """Nothing else is made twice; the corrected segment is billed."""
        term = self.others[0].term_ids
        term.date_start = "2026-02-01"
        self.run_.action_start()
        term.date_start = "2026-01-01"
        self.run_.action_repeat()
        self.assertEqual((self.run_.segment_count, self.run_.error_count), (4, 0))
        self.assertEqual(self.run_.invoice_count, 4)
        self.assertEqual(len(self.env["account.move"].search([]).segment_ids), 4)

    def test_run_again_renews_drafts(self):
        """Also where only clean segments are billed: none leaves its draft."""
        self.profile.hold = "segment"
        self.run_.last_step = "check"
        self.run_.action_start()
        drafts = self.env["billing.invoicer"]._create_invoices(self._get_segments())
        before = drafts.mapped("amount_untaxed")
        self.others.term_ids.value_ids.value = 99
        self.run_.action_repeat()
        self.assertEqual(self._get_segments().invoice_id, drafts)
        self.assertNotEqual(drafts.mapped("amount_untaxed"), before)
        for move in drafts:
            self.assertEqual(
                move.amount_untaxed, sum(move.segment_ids.mapped("amount"))
            )

    def test_closed_period_is_not_run(self):
        self.january.action_close()
        with self.assertRaisesRegex(UserError, "closed"):
            self.run_.action_start()

    def test_customer_is_never_torn_between_pieces(self):
        partner = self.others[0].partner_id
        for n in range(3):
            self._create_agreement(f"S-{n}", 1, partner=partner)
        self._set_size(piece=3)
        self.run_._begin_round("generate")
        pieces = self.run_.piece_ids
        self.assertGreater(len(pieces), 1)
        holding = [
            piece
            for piece in pieces
            if partner.id in [partner_id for partner_id, _ids in piece.groups]
        ]
        self.assertEqual(len(holding), 1)

    def test_wrong_selection_says_so(self):
        self.run_.agreement_domain = "[('code', '="
        with self.assertRaisesRegex(UserError, "selection"):
            self.run_.action_start()


@tagged("post_install", "-at_install")
class TestRunFailures(RunCase):
    def _fail_for(self, step, partner, error):
        """The step fails in pieces that hold the customer, after it was done."""

        def fail(run, ids, original):
            original(run, ids)
            records = run.env[
                {
                    "generate": "billing.agreement",
                    "check": "billing.segment",
                    "invoice": "billing.segment",
                    "post": "account.move",
                    "documents": "account.move",
                }[step]
            ].browse(ids)
            if partner in records.partner_id:
                raise error

        return self._patch_step(step, fail)

    def test_one_bad_customer_keeps_nobody_else_back(self):
        """In whichever step it fails: the others are billed, he is listed with the
        reason and goes no further; retrying takes him alone."""
        partner = self.others[1].partner_id
        for step in ("generate", "check", "invoice", "post"):
            with self.subTest(step), self.env.cr.savepoint() as savepoint:
                with self._fail_for(step, partner, UserError("the disk is full")):
                    self.run_.action_start()
                self.assertEqual(self.run_.state, "failed")
                error = self.run_.error_ids
                self.assertEqual((error.partner_id, error.step), (partner, step))
                self.assertEqual(error.message, "the disk is full")
                frozen = self._get_segments().filtered(lambda s: s.state == "frozen")
                self.assertEqual(len(frozen), 3)
                self.assertNotIn(partner, frozen.partner_id)
                self.assertEqual([error.action_open()["res_id"]], error.item_ids)
                done = []
                with self._patch_step(
                    step, lambda run, ids, f, done=done: (done.extend(ids), f(run, ids))
                ):
                    self.run_.action_retry()
                self.assertEqual(len(done), 1)
                self.assertEqual(self.run_.state, "done")
                self.assertFalse(self.run_.error_ids)
                frozen = self._get_segments().filtered(lambda s: s.state == "frozen")
                self.assertEqual((len(frozen), len(frozen.invoice_id)), (4, 4))
                savepoint.rollback()

    @mute_logger("odoo.addons.billing_base.models.billing_run_piece")
    def test_error_of_the_program_is_listed_and_retried(self):
        partner = self.others[1].partner_id
        with self._fail_for("invoice", partner, ZeroDivisionError("by zero")):
            self.run_.action_start()
        self.assertEqual(self.run_.state, "failed")
        self.assertIn("ZeroDivisionError by zero", self.run_.error_ids.message)
        self.run_.action_retry()
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    def test_customer_without_tax_is_listed_in_words(self):
        self.product.taxes_id = False
        self.run_.action_start()
        self.assertEqual(len(self.run_.error_ids), 4)
        self.assertIn("has no sales tax", self.run_.error_ids[0].message)
        self.product.taxes_id = self.vat
        self.run_.action_retry()
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    def test_continue_leaves_failed_customers_out(self):
        partner = self.others[1].partner_id
        self.run_.last_step = "check"
        with self._fail_for("check", partner, UserError("no")):
            self.run_.action_start()
        self.run_.action_continue()
        self.assertEqual(self.run_.invoice_count, 3)
        self.run_.action_retry()
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    @mute_logger("odoo.sql_db")
    def test_conflict_with_another_transaction_is_no_error(self):
        """It is raised for whoever repeats requests and jobs, and stored nowhere."""

        def conflict(run, ids, original):
            original(run, ids)
            raise SerializationFailure

        for step in ("generate", "check", "invoice", "post"):
            with self.subTest(step), self._patch_step(step, conflict):
                with self.assertRaises(SerializationFailure), self.env.cr.savepoint():
                    self.run_.action_start()
            self.assertFalse(self.run_.error_ids)

    def test_locked_customer_is_told_of(self):
        def locked(run, ids, original):
            raise LockError("Cannot grab a lock on records")

        with (
            self._patch_step("generate", locked),
            self.assertRaisesRegex(LockError, "worked on by another run or user"),
            self.env.cr.savepoint(),
        ):
            self.run_.action_start()
        self.run_.action_start()
        self.assertEqual(self.run_.state, "done")


@tagged("post_install", "-at_install")
class TestRunInBackground(RunCase):
    """Small pieces, each a job; jobs are done by the test in any order."""

    def setUp(self):
        super().setUp()
        self._set_size(piece=1, inline=0)

    def _perform_all(self, trap):
        while jobs := [job for job in trap.enqueued_jobs if job.state == "pending"]:
            for job in jobs:
                trap.enqueued_jobs.remove(job)
                job.perform()

    def test_jobs_take_the_run_to_its_end(self):
        with trap_jobs() as trap:
            self.run_.action_start()
            self.assertEqual(self.run_.state, "running")
            self.assertEqual(len(trap.enqueued_jobs), 4)
            self._perform_all(trap)
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))
        posting = self.run_.piece_ids.filtered(lambda piece: piece.step == "post")
        self.assertEqual(len(posting), 4)

    def test_stopped_run_goes_on(self):
        """Jobs find the run stopped and leave the pieces; Go On hands them out
        again."""
        with trap_jobs() as trap:
            self.run_.action_start()
            trap.enqueued_jobs.pop().perform()
            self.run_.action_stop()
            self._perform_all(trap)
            self.assertEqual(self.run_.state, "stopped")
            self.assertEqual(len(self._get_segments()), 1)
            self.run_.action_start()
            self._perform_all(trap)
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    def test_job_done_twice_does_nothing_twice(self):
        with trap_jobs() as trap:
            self.run_.action_start()
            for job in list(trap.enqueued_jobs):
                job.perform()
                job.perform()
            self._perform_all(trap)
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))
        self.assertEqual(len(self._get_segments()), 4)

    def test_job_given_up_leaves_its_reason(self):
        with trap_jobs() as trap:
            self.run_.action_start()
            job = trap.enqueued_jobs.pop()
            job.recordset._on_job_failed(exc_message="Max. retries (5) reached")
            self._perform_all(trap)
            self.assertEqual(self.run_.state, "failed")
            self.assertIn("Max. retries", self.run_.error_ids.message)
            self.assertEqual(self.run_.invoice_count, 3)
            self.run_.action_retry()
            self._perform_all(trap)
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    def test_lost_jobs_are_taken_up(self):
        """Jobs that somebody deleted or cancelled, and those that were given up."""
        self.run_.action_start()
        Job = self.env["queue.job"].sudo()
        jobs = Job.search([("identity_key", "like", "billing.run.piece:")])
        self.assertEqual(len(jobs), 4)
        jobs[0].button_cancelled()
        jobs[1].with_context(_job_edit_sentinel=jobs.EDIT_SENTINEL).write(
            {"state": "failed", "exc_message": "killed too often"}
        )
        jobs[2].unlink()
        self.env["billing.run"]._cron_go_on()
        self.assertEqual(self.run_.failed_count, 1)
        waiting = self.run_.piece_ids.filtered(lambda piece: piece.state == "pending")
        live = Job.search(
            [
                ("identity_key", "like", "billing.run.piece:"),
                ("state", "=", "pending"),
            ]
        )
        self.assertEqual(
            sorted(live.mapped("identity_key")),
            sorted(piece._get_identity_key() for piece in waiting),
        )

    def test_run_whose_planning_was_lost_is_taken_up(self):
        with trap_jobs() as trap:
            self.run_.action_start()
            for job in list(trap.enqueued_jobs):
                job.perform()
            trap.enqueued_jobs.clear()
            self.assertEqual(self.run_.state, "running")
            # trapped jobs are not stored: the runner looks idle
            Run = self.env.registry["billing.run"]
            with patch.object(Run, "_is_runner_alive", return_value=True):
                self.env["billing.run"]._cron_go_on()
            self.assertEqual(len(trap.enqueued_jobs), 1)
            self._perform_all(trap)
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    def test_without_a_job_runner_the_scheduled_action_does_it(self):
        self.run_.action_start()
        cron = self.env.ref("billing_base.cron_run_go_on")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.sudo().method_direct_trigger()
            self.assertEqual(self.run_.state, "running", "a runner may still come")
            self.env["queue.job"].sudo().search([]).with_context(
                _job_edit_sentinel=self.env["queue.job"].EDIT_SENTINEL
            ).write({"date_created": "2026-01-01"})
            self.env.flush_all()
            cron.sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((self.run_.state, self.run_.invoice_count), ("done", 4))

    def test_planning_that_fails_stops_the_run_and_says_why(self):
        self.run_._on_advance_failed(exc_message="no such field")
        self.assertTrue(self.run_.is_stopped)
        self.assertIn("no such field", self.run_.message_ids[0].body)

    def test_progress_tells_speed_and_time_left(self):
        with trap_jobs() as trap:
            self.run_.action_start()
            for job in list(trap.enqueued_jobs)[:3]:
                trap.enqueued_jobs.remove(job)
                job.perform()
        done = self.run_.piece_ids.filtered(lambda piece: piece.state == "done")
        # two at a time, then a pause of an hour, then the third
        for piece, start in zip(
            done, ("10:00:00", "10:00:00", "11:00:00"), strict=True
        ):
            piece.sudo().write({"started": f"2026-02-01 {start}", "seconds": 20})
        run = self.run_
        self.assertEqual((run.item_done, run.item_total), (3, 4))
        self.assertEqual(run.progress, 75)
        self.assertEqual(run.item_rate, 0.1)  # 3 in 40 seconds
        self.assertEqual(run.time_left, "0:00:13")
        self.assertIn("Generate", run.step_html)
