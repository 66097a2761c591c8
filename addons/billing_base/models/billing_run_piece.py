import psycopg2

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError


class BillingRunPiece(models.Model):
    """Some 500 items of one step of a run: done as a whole or not at all."""

    _name = "billing.run.piece"
    _description = "Piece of a Run"
    _order = "run_id, step, number"
    _log_access = False

    run_id = fields.Many2one(
        "billing.run", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    step = fields.Selection(
        [
            ("generate", "Generate"),
            ("check", "Check"),
            ("invoice", "Invoice"),
            ("post", "Post"),
            ("documents", "Documents"),
        ],
        required=True,
        readonly=True,
    )
    number = fields.Integer(required=True, readonly=True)
    item_ids = fields.Json(readonly=True)
    item_count = fields.Integer(readonly=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        default="pending",
        required=True,
        readonly=True,
    )
    error = fields.Text(readonly=True)
    started = fields.Datetime(readonly=True)
    finished = fields.Datetime(readonly=True)

    _planned_once = models.Constraint(
        "UNIQUE (run_id, step, number)", "This piece of the run is already planned."
    )

    def _enqueue(self):
        """One job a piece; posting has a channel of its own, one at a time."""
        for piece in self:
            channel = "root.post" if piece.step == "post" else "root"
            piece.with_delay(
                channel=channel,
                identity_key=f"billing.run.piece:{piece.id}",
                description=f"{piece.run_id.name}: {piece.step} {piece.number}",
            )._run_job()

    def _run_job(self):
        self.ensure_one()
        if not self.run_id.is_stopped:
            self._run()
            self.run_id._advance()

    def _run(self):
        """Do the piece's work in a savepoint and store how it ended.

        :raises RetryableJobError: when another process is at it, or at its journal
        """
        self.ensure_one()
        try:
            self.lock_for_update()
        except LockError as error:
            raise RetryableJobError(
                f"piece {self.id} is being done", seconds=10
            ) from error
        self.invalidate_recordset(["state"])
        if self.state == "done":
            return
        started = fields.Datetime.now()
        if self.step == "post":
            self._lock_journals()
        try:
            with self.env.cr.savepoint():
                getattr(self.run_id, f"_run_{self.step}")(self.item_ids or [])
                self.env.flush_all()
        except (UserError, psycopg2.IntegrityError) as error:
            self.env.invalidate_all()
            self.write({"state": "failed", "error": str(error), "started": started})
        else:
            self.write({"state": "done", "error": False, "started": started})
        self.finished = fields.Datetime.now()

    def _lock_journals(self):
        """Numbers of one journal are given by one process at a time.

        :raises RetryableJobError: while another transaction posts in the journal
        """
        moves = self.env["account.move"].browse(self.item_ids or []).exists()
        for journal in moves.journal_id.sorted("id"):
            self.env.cr.execute(
                SQL(
                    "SELECT pg_try_advisory_xact_lock(hashtext('billing.journal'), %s)",
                    journal.id,
                )
            )
            if not self.env.cr.fetchone()[0]:
                raise RetryableJobError("the journal is being posted to", seconds=5)
