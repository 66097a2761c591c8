"""A run may be killed at any moment: nothing is lost and nothing doubled.

Here each write to the database, one after another, is the last thing that happens.
What a killed process or a killed job runner leaves behind is in
tests/tools/test_run_killed.py.
"""

import re
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_run import RunCase

WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH\s+found)", re.IGNORECASE)
STEPS = ("generate", "check", "invoice", "post", "documents")


class Killed(BaseException):
    """Nobody catches it, as nobody catches a ``kill -9``."""


class WriteLimit:
    """Lets so many statements write, then raises."""

    def __init__(self, limit, error):
        self.left = limit
        self.error = error
        self.execute = Cursor.execute

    def __call__(self, cr, query, *args, **kwargs):
        text = query if isinstance(query, str) else query.code
        if WRITE.match(text):
            self.left -= 1
            if self.left < 0:
                raise self.error
        return self.execute(cr, query, *args, **kwargs)

    def __enter__(self):
        limit = self
        self.patcher = patch.object(
            Cursor, "execute", lambda cr, *args, **kwargs: limit(cr, *args, **kwargs)
        )
        self.patcher.start()
        return self

    def __exit__(self, *_error):
        self.patcher.stop()


@tagged("post_install", "-at_install")
class TestRunCrash(RunCase):
    def setUp(self):
        super().setUp()
        self.run_.last_step = "documents"
        # one customer in each piece but for the first two
        self._set_size(piece=2)

    def _get_outcome(self):
        """All that a month leaves behind, comparable between two worlds."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT a.code, s.date_start, s.date_end, s.state, s.amount::text,
                   s.quantity, s.snapshot_hash, m.name, m.state,
                   m.amount_total::text, m.amount_residual::text,
                   (SELECT count(*) FROM billing_segment_line l
                     WHERE l.segment_id = s.id),
                   (SELECT count(DISTINCT l.charge_move_line_id)
                      FROM billing_segment_line l WHERE l.segment_id = s.id),
                   (SELECT count(*) FROM account_move_line l WHERE l.move_id = m.id),
                   (SELECT count(*) FROM ir_attachment t
                     WHERE t.res_model = 'account.move' AND t.res_id = m.id)
              FROM billing_segment s
              JOIN billing_agreement a ON a.id = s.agreement_id
         LEFT JOIN account_move m ON m.id = s.invoice_id
             WHERE s.period_id = %s
          ORDER BY a.code, s.date_start
            """,
            [self.january.id],
        )
        segments = self.env.cr.fetchall()
        self.env.cr.execute(
            """
            SELECT count(*), sum(amount_total)::text, sum(amount_residual)::text,
                   (SELECT sum(debit)::text FROM account_move_line
                     WHERE company_id = %(company)s),
                   (SELECT sum(credit)::text FROM account_move_line
                     WHERE company_id = %(company)s)
              FROM account_move WHERE company_id = %(company)s
            """,
            {"company": self.company.id},
        )
        return segments, self.env.cr.fetchone()

    def _pieces_in_order(self):
        """Do the run piece by piece; yields each that is to be done."""
        self.run_._advance()
        while waiting := self.run_.piece_ids.filtered(lambda p: p.state == "pending"):
            yield from waiting.sorted("number")
            self.run_._advance()

    def _undisturbed(self):
        with self.env.cr.savepoint() as savepoint:
            for piece in self._pieces_in_order():
                piece._run()
            self.assertEqual(self.run_.state, "done")
            outcome = self._get_outcome()
            savepoint.rollback()
        self.env.invalidate_all()
        return outcome

    def _disturb_each_write(self, step, error):
        """Do the run; each piece of ``step`` first ends at its first write, then at
        its second, and so on until it ends by itself."""
        disturbed = 0
        for piece in self._pieces_in_order():
            limit = 0
            while piece.step == step and piece.state == "pending":
                try:
                    with self.env.cr.savepoint(), WriteLimit(limit, error):
                        piece._run()
                        self.env.flush_all()
                except type(error):
                    disturbed += 1
                self.env.invalidate_all()
                limit += 1
            if piece.step != step:
                piece._run()
        return disturbed

    def test_killed_at_each_write_of_each_step(self):
        expected = self._undisturbed()
        self.assertEqual(len(expected[0]), 4)
        for step in STEPS:
            with self.subTest(step), self.env.cr.savepoint() as savepoint:
                disturbed = self._disturb_each_write(step, Killed())
                # two pieces, each of which writes at least twice
                self.assertGreaterEqual(disturbed, 4)
                self.assertEqual(self._get_outcome(), expected)
                self.assertEqual(self.run_.state, "done")
                savepoint.rollback()
            self.env.invalidate_all()

    @mute_logger("odoo.addons.billing_base.models.billing_run_piece")
    def test_error_at_each_write_of_each_step(self):
        """Errors are stored with their customers; retrying them brings all to an
        end. Numbers are given once, without gaps, though in another order."""
        segments, totals = self._undisturbed()
        numbers = sorted(row[7] for row in segments)
        amounts = [row[:7] + row[8:] for row in segments]
        for step in STEPS:
            limit = 0
            failed = True
            while failed:
                with (
                    self.subTest(step, limit=limit),
                    self.env.cr.savepoint() as savepoint,
                ):
                    failed = self._fail_once(step, limit)
                    if failed:
                        self.run_.action_retry()
                    self.assertEqual(self.run_.state, "done")
                    found, found_totals = self._get_outcome()
                    self.assertEqual(sorted(row[7] for row in found), numbers)
                    self.assertEqual([row[:7] + row[8:] for row in found], amounts)
                    self.assertEqual(found_totals, totals)
                    savepoint.rollback()
                self.env.invalidate_all()
                # a few are enough: the test above takes each
                limit += 5
            self.assertGreater(limit, 5, step)

    def _fail_once(self, step, limit):
        """Do the run; in its first piece of ``step`` a write fails, whichever
        customers are in it.

        :return: whether anything failed
        """
        Piece = self.env.registry["billing.run.piece"]
        original = Piece._run_together

        def run_together(piece, groups):
            with WriteLimit(limit, OSError("no space left on device")):
                return original(piece, groups)

        done = False
        for piece in self._pieces_in_order():
            if piece.step == step and not done:
                done = True
                with patch.object(Piece, "_run_together", run_together):
                    piece._run()
            else:
                piece._run()
        return bool(self.run_.error_ids)
