import logging
import time
from itertools import chain

from psycopg2 import OperationalError
from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

_logger = logging.getLogger(__name__)

STEPS = ("generate", "check", "invoice", "post", "documents", "send")
"""The steps of a month's work, in order."""


class PieceBusy(RetryableJobError):
    """Somebody else holds what the piece needs; waiting is no failed try."""

    def __init__(self, message, seconds=5):
        super().__init__(message, seconds=seconds, ignore_retry=True)


class PieceOutdated(RetryableJobError, ConcurrencyError):
    """Somebody else made the same meanwhile: jobs and requests are repeated, and see
    it then."""


class BillingRunPiece(models.Model):
    """Some 500 items of one step of a run.

    What a piece does is committed as a whole or not at all. Customers for whom it
    cannot be done are left out, each with the reason.
    """

    _name = "billing.run.piece"
    _description = "Piece of a Run"
    _order = "run_id, round_number, step, number"
    _log_access = False

    run_id = fields.Many2one(
        "billing.run", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    round_number = fields.Integer(string="Round", required=True, readonly=True)
    step = fields.Selection(
        [
            ("generate", "Generate"),
            ("check", "Check"),
            ("invoice", "Invoice"),
            ("post", "Post"),
            ("documents", "Documents"),
            ("send", "Send"),
        ],
        required=True,
        readonly=True,
    )
    number = fields.Integer(required=True, readonly=True)
    groups = fields.Json(
        readonly=True, help="Pairs of a customer's id and the ids of his items."
    )
    item_count = fields.Integer(string="Items", readonly=True)
    failed_count = fields.Integer(string="Failed", readonly=True)
    error_ids = fields.One2many("billing.run.error", "piece_id", string="What Failed")
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        default="pending",
        required=True,
        readonly=True,
    )
    started = fields.Datetime(readonly=True)
    finished = fields.Datetime(readonly=True)
    seconds = fields.Float(digits=(16, 3), readonly=True)

    _planned_once = models.Constraint(
        "UNIQUE (run_id, round_number, step, number)",
        "This piece of the run is already planned.",
    )

    # === Jobs ===

    def _get_identity_key(self):
        return f"billing.run.piece:{self.id}"

    def _enqueue(self):
        """One job a piece; posting has a channel of its own, one at a time."""
        for piece in self:
            channel = "root.post" if piece.step == "post" else "root"
            piece.with_delay(
                channel=channel,
                identity_key=piece._get_identity_key(),
                description=f"{piece.run_id.name}: {piece.step} {piece.number}",
            )._run_job()

    def _run_job(self):
        self.ensure_one()
        if not self.run_id.is_stopped:
            self._run()
            self.run_id._advance_later()

    def _on_job_failed(self, **failure):
        """Called by queue_job when it gives the job up."""
        self._set_ended(
            [(group, failure.get("exc_message") or "") for group in self.groups]
        )
        self.run_id._advance_later()

    def _take_up(self):
        """Enqueue the pieces that have no live job; give up those whose job was
        killed again and again."""
        keys = {piece._get_identity_key(): piece for piece in self}
        # whoever started the run need not see jobs
        Job = self.env["queue.job"].sudo()
        jobs = Job.search([("identity_key", "in", list(keys))], order="id")
        last = {job.identity_key: job for job in jobs}
        for key, piece in keys.items():
            job = last.get(key, Job)
            if job.state == "failed":
                piece._on_job_failed(exc_message=job.exc_message or job.exc_info)
            elif not job or job.state in ("done", "cancelled"):
                piece._enqueue()

    # === Work ===

    def _run(self):
        """Do the piece's work and store how it ended.

        :raises PieceBusy: when another process is at it, or at what it needs
        :raises PieceOutdated: when another process made the same meanwhile
        """
        self.ensure_one()
        self._lock()
        if self.state != "pending":
            return
        started, clock = fields.Datetime.now(), time.monotonic()
        if self.step == "post":
            self._lock_journals()
        failures = self._run_groups(self.groups or [])
        self._set_ended(
            [(group, self._describe(error)) for group, error in failures],
            started=started,
            seconds=time.monotonic() - clock,
        )

    def _lock(self):
        try:
            self.lock_for_update()
        except LockError as error:
            raise PieceBusy(
                self.env._("Another process is at the same piece of the run.")
            ) from error
        self.invalidate_recordset()

    def _run_groups(self, groups):
        """Do the customers together; where that fails, halve them until only those
        are left for whom it cannot be done.

        :return: ``[(group, exception), …]``
        """
        error = self._run_together(groups) if groups else None
        if error is None:
            return []
        if len(groups) == 1:
            return [(groups[0], error)]
        middle = len(groups) // 2
        return self._run_groups(groups[:middle]) + self._run_groups(groups[middle:])

    def _run_together(self, groups):
        """Do the customers in a savepoint.

        :return: the exception that says why it cannot be done, or None. What only
            says that another transaction was faster is raised, to be repeated.
        """
        ids = list(chain.from_iterable(ids for _partner_id, ids in groups))
        try:
            with self.env.cr.savepoint():
                getattr(self.run_id, f"_run_{self.step}")(ids)
                self.env.flush_all()
        except (OperationalError, RetryableJobError, ConcurrencyError):
            raise
        except LockError as error:
            raise PieceBusy(
                self.env._(
                    "Some of these customers are being worked on by another run or "
                    "user. Try again in a moment; what is done stays."
                )
            ) from error
        except (ExclusionViolation, UniqueViolation) as error:
            raise PieceOutdated(str(error), seconds=5) from error
        except UserError as error:
            return error
        except Exception as error:
            _logger.exception("run %s, step %s: %s", self.run_id.id, self.step, ids)
            return error
        return None

    def _describe(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "The program failed, this is not of your making: %(kind)s %(error)s. The "
            "server's log says more.",
            kind=type(error).__name__,
            error=error,
        )

    def _set_ended(self, failures, **values):
        """Store how the piece ended.

        :param failures: ``[(group, message), …]``
        """
        self.sudo().write(
            {
                **values,
                "state": "failed" if failures else "done",
                "failed_count": sum(len(ids) for (_partner, ids), _text in failures),
                "finished": fields.Datetime.now(),
            }
        )
        self.env["billing.run.error"].sudo().create(
            [
                {
                    "piece_id": self.id,
                    "partner_id": partner_id,
                    "item_ids": ids,
                    "message": message,
                }
                for (partner_id, ids), message in failures
            ]
        )

    def _lock_journals(self):
        """Numbers of one journal are given by one process at a time.

        :raises PieceBusy: while another transaction posts in the journal
        """
        ids = list(chain.from_iterable(ids for _partner_id, ids in self.groups or []))
        moves = self.env["account.move"].browse(ids).exists()
        for journal in moves.journal_id.sorted("id"):
            self.env.cr.execute(
                SQL(
                    "SELECT pg_try_advisory_xact_lock(hashtext('billing.journal'), %s)",
                    journal.id,
                )
            )
            if not self.env.cr.fetchone()[0]:
                raise PieceBusy(
                    self.env._(
                        "Another run is posting in journal %(journal)s. Try again in "
                        "a moment.",
                        journal=journal.display_name,
                    )
                )
