"""How a run is planned and done.

The steps follow each other in rounds. A round takes the whole selection, or only the
customers that are tried again, from one step on to the run's last one; each step is
cut into pieces when the one before has nothing left that waits. A customer for whom
something failed goes no further until he is retried, the others do.

No job writes the run: state and progress are counted from its pieces, so that no two
pieces wait for each other and a killed one leaves nothing behind.
"""

from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .billing_run_piece import STEPS, PieceBusy

PIECE_SIZE = 500
"""Items in a piece, unless ``billing_base.run_piece_size`` says otherwise."""
INLINE_SIZE = 500
"""Up to so many items a round is done at once, beyond in background jobs, unless
``billing_base.run_inline_size`` says otherwise."""


class BillingRun(models.Model):
    _inherit = "billing.run"

    round_number = fields.Integer(readonly=True, copy=False)
    round_step = fields.Selection(
        selection="_selection_step", readonly=True, copy=False
    )
    round_partner_ids = fields.Json(readonly=True, copy=False)
    is_background = fields.Boolean(
        string="In the Background", readonly=True, copy=False
    )

    def _get_size(self, name, default):
        parameter = self.env["ir.config_parameter"].sudo().get_param(name)
        return int(parameter) if (parameter or "").isdigit() else default

    # === Planning ===

    def _begin_round(self, step, partners=None):
        """Plan a new round from ``step`` on.

        :param partners: res.partner, or None for the whole selection
        :raises PieceBusy: while another transaction plans this run
        """
        self.ensure_one()
        self._lock_planning()
        self.write(
            {
                "round_number": self.round_number + 1,
                "round_step": step,
                "round_partner_ids": partners.ids if partners else False,
                "is_background": False,
            }
        )
        self._advance()
        waiting = self.piece_ids.filtered(lambda piece: piece.state == "pending")
        limit = self._get_size("billing_base.run_inline_size", INLINE_SIZE)
        self.is_background = sum(waiting.mapped("item_count")) > limit

    def _lock_planning(self):
        """One transaction plans at a time; the next sees what it planned.

        :raises PieceBusy: while another transaction is at it
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM billing_run WHERE id = %s"
                " FOR NO KEY UPDATE SKIP LOCKED",
                self.id,
            )
        )
        if not self.env.cr.fetchone():
            raise PieceBusy(
                self.env._(
                    "Run %(run)s is being planned by somebody else. Try again in a "
                    "moment.",
                    run=self.display_name,
                )
            )
        self.invalidate_recordset()

    def _has_waiting_pieces(self):
        self.ensure_one()
        return bool(
            self.env["billing.run.piece"].search_count(
                [("run_id", "=", self.id), ("state", "=", "pending")], limit=1
            )
        )

    def _advance(self):
        """Plan the next step of the round when the current one has nothing left
        that waits; a step without anything to do is done at once."""
        self.ensure_one()
        self._lock_planning()
        if not self.round_number:
            self._begin_round(STEPS[0])
            return
        Piece = self.env["billing.run.piece"]
        while not self.is_stopped and not self._has_waiting_pieces():
            step = self._get_next_step()
            if not step:
                break
            vals_list = self._prepare_pieces(step) or [
                {**self._prepare_piece(step, 1, []), "state": "done"}
            ]
            try:
                with self.env.cr.savepoint():
                    pieces = Piece.sudo().create(vals_list).sudo(self.env.su)
            except UniqueViolation as error:
                # somebody planned it since this transaction began
                raise PieceBusy(
                    self.env._("Step %(step)s is planned already.", step=step)
                ) from error
            if self.is_background:
                pieces.filtered(lambda piece: piece.state == "pending")._enqueue()

    def _get_next_step(self):
        """The first step of the round that is not planned, or None."""
        planned = {
            step
            for (step,) in self.env["billing.run.piece"]._read_group(
                [("run_id", "=", self.id), ("round_number", "=", self.round_number)],
                ["step"],
            )
        }
        first, last = STEPS.index(self.round_step), STEPS.index(self.last_step)
        rest = [step for step in STEPS[first : last + 1] if step not in planned]
        return rest[0] if rest else None

    def _prepare_pieces(self, step):
        """Values of the pieces of a step: customers are never torn apart."""
        self.ensure_one()
        size = self._get_size("billing_base.run_piece_size", PIECE_SIZE)
        chunks, count = [[]], 0
        for partner_id, ids in getattr(self, f"_get_items_{step}")():
            if chunks[-1] and count + len(ids) > size:
                chunks.append([])
                count = 0
            chunks[-1].append((partner_id, ids))
            count += len(ids)
        return [
            self._prepare_piece(step, number, chunk)
            for number, chunk in enumerate(chunks, start=1)
            if chunk
        ]

    def _prepare_piece(self, step, number, groups):
        return {
            "run_id": self.id,
            "round_number": self.round_number,
            "step": step,
            "number": number,
            "groups": groups,
            "item_count": sum(len(ids) for _partner_id, ids in groups),
        }

    def _in_round(self, domain):
        """What of ``domain`` the round takes, without customers that failed."""
        if self.round_partner_ids:
            domain &= Domain("partner_id", "in", self.round_partner_ids)
        failed = self.error_ids.partner_id
        if failed:
            domain &= Domain("partner_id", "not in", failed.ids)
        return domain

    def _get_items_generate(self):
        return self._get_groups("billing.agreement", self._get_agreement_domain())

    def _get_items_check(self):
        return self._get_groups(
            "billing.segment",
            self._get_segment_domain()
            & Domain("state", "in", ("incomplete", "error", "ready")),
        )

    def _get_items_invoice(self):
        return self._get_groups(
            "billing.segment",
            self._get_segment_domain()
            & Domain("state", "=", "ready")
            & Domain("invoice_id", "=", False),
        )

    def _get_items_post(self):
        return self._get_groups(
            "billing.segment",
            self._get_segment_domain()
            & Domain("state", "=", "ready")
            & Domain("invoice_id.state", "=", "draft"),
            "invoice_id:array_agg_distinct",
        )

    def _get_items_documents(self):
        return self._get_groups(
            "billing.segment",
            self._get_segment_domain() & Domain("invoice_id.state", "=", "posted"),
            "invoice_id:array_agg_distinct",
        )

    def _get_items_send(self):
        return self._get_items_documents()

    def _get_groups(self, model, domain, aggregate="id:array_agg"):
        """``[(partner id, ids), …]`` of what the round takes."""
        return [
            (partner.id, sorted(ids))
            for partner, ids in self.env[model]._read_group(
                self._in_round(domain), ["partner_id"], [aggregate], order="partner_id"
            )
        ]

    def _drop_failed(self):
        """Forget what failed: it is planned anew in a round of its own."""
        for piece in self.piece_ids.filtered(lambda p: p.state == "failed").sudo():
            failed = set(piece.error_ids.partner_id.ids)
            groups = [group for group in piece.groups if group[0] not in failed]
            piece.error_ids.unlink()
            if not groups:
                piece.unlink()
                continue
            piece.write(
                {
                    "groups": groups,
                    "item_count": sum(len(ids) for _partner_id, ids in groups),
                    "failed_count": 0,
                    "state": "done",
                }
            )

    # === Doing ===

    def _run_pending(self, commit=None):
        """Do the pieces of this run one after another, planning step by step.

        :param commit: called after each piece by those who keep what is done when
            they are killed
        """
        self.ensure_one()
        self._advance()
        while pieces := self.piece_ids.filtered(lambda p: p.state == "pending"):
            for piece in pieces.sorted("number"):
                piece._run()
                if commit:
                    commit()
            self._advance()
            if commit:
                commit()

    def _run_generate(self, ids):
        agreements = self.env["billing.agreement"].browse(ids).exists()
        agreements.lock_for_update(allow_referencing=True)
        # the step that follows checks whatever is generated
        self.env["billing.generator"]._generate(
            agreements, self.period_id, is_checked=False
        )

    def _run_check(self, ids):
        segments = self.env["billing.segment"].browse(ids).exists()
        self.env["billing.check"]._run(segments)
        segments._refresh_figures()

    def _run_invoice(self, ids):
        segments = self.env["billing.segment"].browse(ids).exists()
        segments.lock_for_update(allow_referencing=True)
        self.env["billing.invoicer"]._create_invoices(
            segments, self.invoice_date, self.tax_date
        )

    def _run_post(self, ids):
        moves = self.env["account.move"].browse(ids).exists()
        self.env["billing.invoicer"]._post(moves)

    def _run_documents(self, ids):
        moves = self.env["account.move"].browse(ids).exists()
        # a row version of its own: who makes the same documents at the same time, and
        # doesn't see these, is refused by the database and repeats
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move SET write_date = write_date
                 WHERE id IN (SELECT id FROM account_move WHERE id = ANY(%s)
                           ORDER BY id FOR NO KEY UPDATE)
                """,
                moves.ids,
            )
        )
        moves._make_billing_documents()
        moves._make_billing_e_invoices()

    def _run_send(self, ids):
        moves = self.env["account.move"].browse(ids).exists()
        self.env["billing.delivery"]._queue(moves).action_send()

    # === Jobs ===

    def _advance_later(self):
        """Plan what follows in a job of its own.

        Two pieces that end at the same time don't see each other's end. A
        transaction that begins after theirs sees both.
        """
        self.with_delay(
            priority=5,
            max_retries=0,
            description=self.env._("%(run)s: what follows", run=self.name),
        )._job_advance()

    def _job_advance(self):
        if not self.is_stopped:
            self._advance()

    def _on_advance_failed(self, **failure):
        """Planning failed for good, such as by a selection nobody can read."""
        self.is_stopped = True
        self._message_log(
            body=self.env._(
                "The run was stopped, its next step could not be planned: %(error)s",
                error=failure.get("exc_message"),
            )
        )

    def _cron_go_on(self):
        """Take up runs whose jobs got lost, whatever the reason.

        The job runner repeats what was killed; this is for jobs that somebody
        cancelled or deleted, or that were killed too often.
        """
        since = fields.Datetime.now() - timedelta(days=60)
        runs = self.search(
            [
                ("is_background", "=", True),
                ("is_stopped", "=", False),
                ("write_date", ">=", since),
            ]
        )
        running = runs.filtered(lambda run: run.state == "running")
        for run in running:
            waiting = run.piece_ids.filtered(lambda piece: piece.state == "pending")
            if waiting:
                waiting._take_up()
            else:
                run._advance_later()
        if running and not self._is_runner_alive():
            running._run_in_cron()

    def _is_runner_alive(self):
        """Whether jobs are being done, or were given since the last look."""
        lately = fields.Datetime.now() - timedelta(minutes=10)
        return bool(
            self.env["queue.job"]
            .sudo()
            .search_count(
                [
                    "|",
                    ("state", "in", ("enqueued", "started")),
                    "|",
                    ("date_created", ">=", lately),
                    ("date_done", ">=", lately),
                ],
                limit=1,
            )
        )

    def _run_in_cron(self):
        """Without a job runner the scheduled action does the work, piece by piece.

        Their jobs find the pieces done, should there be a runner again.
        """
        Cron = self.env["ir.cron"]
        for run in self:
            own = run.with_user(run.create_uid).with_company(run.company_id)
            own._run_pending(lambda: Cron._commit_progress(1))
