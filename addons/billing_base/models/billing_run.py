from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

STEPS = ("generate", "check", "invoice", "post", "documents")
"""The steps of a month's work, in order."""

PIECE_SIZE = 500
INLINE_SIZE = 500
"""Up to so many agreements a run is done at once, beyond in background jobs."""


class BillingRun(models.Model):
    """A month's work as a chain of steps, cut into pieces that can be repeated.

    No job writes the run: state and progress are counted from its pieces, so that
    no two pieces wait for each other and a killed one leaves nothing behind.
    """

    _name = "billing.run"
    _description = "Billing Run"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    period_id = fields.Many2one(
        "billing.period",
        required=True,
        check_company=True,
        index=True,
        default=lambda self: self.env["billing.period"].search(
            [("is_active", "=", True), ("company_id", "=", self.env.company.id)],
            limit=1,
        ),
    )
    company_id = fields.Many2one(related="period_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    agreement_domain = fields.Char(
        string="Selection",
        default="[]",
        help="Which agreements of the period; empty means all of them.",
    )
    last_step = fields.Selection(
        [
            ("check", "Generate and check"),
            ("post", "… and invoice"),
            ("documents", "… and make the documents"),
        ],
        string="Up To",
        default="check",
        required=True,
        tracking=True,
    )
    invoice_date = fields.Date(help="Empty: the last day of what is billed.")
    piece_ids = fields.One2many("billing.run.piece", "run_id", string="Pieces")
    failed_piece_ids = fields.One2many(
        "billing.run.piece",
        "run_id",
        string="What Failed",
        domain=[("state", "=", "failed")],
    )
    is_stopped = fields.Boolean(readonly=True, copy=False, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("failed", "Done with errors"),
            ("done", "Done"),
        ],
        compute="_compute_progress",
    )
    step = fields.Selection(
        selection="_selection_step", compute="_compute_progress", string="Current Step"
    )
    progress = fields.Float(compute="_compute_progress")
    item_total = fields.Integer(compute="_compute_progress", string="Items")
    item_done = fields.Integer(compute="_compute_progress", string="Items Done")
    item_rate = fields.Float(
        compute="_compute_progress", string="Items per Second", digits=(16, 1)
    )
    time_left = fields.Char(compute="_compute_progress")
    segment_count = fields.Integer(compute="_compute_counts")
    error_count = fields.Integer(compute="_compute_counts", string="Errors")
    invoice_count = fields.Integer(compute="_compute_counts")
    failed_piece_count = fields.Integer(
        string="Failed Pieces", compute="_compute_progress"
    )
    step_html = fields.Html(
        string="Steps", compute="_compute_step_html", sanitize=False
    )

    def _selection_step(self):
        return (
            self.env["billing.run.piece"]
            ._fields["step"]
            ._description_selection(self.env)
        )

    @api.depends("period_id", "create_date")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.period_id.cycle_id.name} {run.period_id.name}"

    # === Progress, counted from the pieces ===

    def _get_piece_rows(self):
        """``{run id: [(step, state, items, started, finished, count), …]}``"""
        pieces = defaultdict(list)
        for run, step, state, items, started, finished, count in self.env[
            "billing.run.piece"
        ]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "step", "state"],
            ["item_count:sum", "started:min", "finished:max", "__count"],
        ):
            pieces[run.id].append((step, state, items, started, finished, count))
        return pieces

    @api.depends("piece_ids.state", "is_stopped", "last_step")
    def _compute_progress(self):
        pieces = self._get_piece_rows()
        for run in self:
            run._set_progress(pieces[run.id])

    def _set_progress(self, rows):
        """Set the computed fields of one run from its rows of
        ``(step, state, items, started, finished, count)``."""
        self.step = max((row[0] for row in rows), key=STEPS.index, default=False)
        current = [row for row in rows if row[0] == self.step]
        open_rows = [row for row in rows if row[1] in ("pending", "running")]
        done = sum(row[2] for row in current if row[1] == "done")
        self.item_total = sum(row[2] for row in current)
        self.item_done = done
        self.progress = 100.0 * done / self.item_total if self.item_total else 0.0
        self.failed_piece_count = sum(row[5] for row in rows if row[1] == "failed")
        started = min((row[3] for row in current if row[3]), default=None)
        finished = max((row[4] for row in current if row[4]), default=None)
        seconds = (finished - started).total_seconds() if started and finished else 0
        self.item_rate = done / seconds if seconds else 0.0
        rest = (self.item_total - done) / self.item_rate if self.item_rate else 0
        self.time_left = (
            f"{int(rest // 60)}:{int(rest % 60):02d}" if open_rows and rest else False
        )
        last_done = self.step and STEPS.index(self.step) >= STEPS.index(self.last_step)
        if not rows:
            self.state = "draft"
        elif self.is_stopped:
            self.state = "stopped"
        elif open_rows or (not last_done and not self.failed_piece_count):
            self.state = "running"
        else:
            self.state = "failed" if self.failed_piece_count else "done"

    @api.depends("piece_ids.state", "last_step")
    @api.depends_context("lang")
    def _compute_step_html(self):
        pieces = self._get_piece_rows()
        for run in self:
            run.step_html = self.env["ir.qweb"]._render(
                "billing_base.run_steps", {"steps": run._prepare_steps(pieces[run.id])}
            )

    def _prepare_steps(self, rows):
        """One entry a step, for the screen.

        :param rows: as of ``_get_piece_rows``
        """
        labels = dict(self._selection_step())
        steps = []
        for step in STEPS:
            own = [row for row in rows if row[0] == step]
            states = {row[1] for row in own}
            if not states:
                beyond = STEPS.index(step) > STEPS.index(self.last_step)
                state = "later" if beyond else "pending"
            elif "failed" in states:
                state = "failed"
            else:
                state = "done" if states == {"done"} else "running"
            steps.append(
                {
                    "name": labels[step],
                    "state": state,
                    "total": sum(row[2] for row in own),
                    "done": sum(row[2] for row in own if row[1] == "done"),
                    "started": min((row[3] for row in own if row[3]), default=None),
                    "finished": None
                    if "pending" in states
                    else max((row[4] for row in own if row[4]), default=None),
                }
            )
        return steps

    @api.depends("period_id")
    def _compute_counts(self):
        for run in self:
            domain = run._get_segment_domain()
            Segment = self.env["billing.segment"]
            rows = Segment._read_group(domain, ["state"], ["__count"])
            run.segment_count = sum(count for _state, count in rows)
            run.error_count = sum(
                count for state, count in rows if state in ("error", "incomplete")
            )
            ((run.invoice_count,),) = Segment._read_group(
                domain, [], ["invoice_id:count_distinct"]
            )

    # === Selection ===

    def _get_agreement_domain(self):
        self.ensure_one()
        Agreement = self.env["billing.agreement"]
        return Agreement._get_billable_domain(self.period_id) & self._get_selection()

    def _get_selection(self):
        try:
            return Domain(safe_eval(self.agreement_domain or "[]"))
        except (ValueError, TypeError, SyntaxError) as error:
            raise UserError(
                self.env._(
                    "The selection of run %(run)s cannot be read: %(error)s",
                    run=self.display_name,
                    error=error,
                )
            ) from error

    def _get_segment_domain(self):
        self.ensure_one()
        domain = Domain("period_id", "=", self.period_id.id)
        selection = self._get_selection()
        if not selection.is_true():
            domain &= Domain("agreement_id", "any", selection)
        return domain

    # === Planning and doing ===

    def action_start(self):
        """Start, or go on with, the run up to its last step."""
        self.ensure_one()
        self.period_id._check_open()
        self.is_stopped = False
        self._retry_failed()
        self._advance()
        if self._is_inline():
            self._run_pending()
        return True

    def action_continue(self):
        """Go one stage further than the run was asked for."""
        self.ensure_one()
        stages = [key for key, _label in self._fields["last_step"].selection]
        following = stages[stages.index(self.last_step) + 1 :]
        if not following:
            raise UserError(self.env._("This run has no further step."))
        self.last_step = following[0]
        return self.action_start()

    def action_stop(self):
        """Pieces under way finish, no other is begun."""
        self.is_stopped = True

    def action_retry(self):
        return self.action_start()

    def _retry_failed(self):
        failed = self.piece_ids.filtered(lambda piece: piece.state == "failed")
        failed.write({"state": "pending", "error": False})
        failed._enqueue()

    def _is_inline(self):
        return sum(self.piece_ids.mapped("item_count")) <= INLINE_SIZE * len(STEPS)

    def _advance(self):
        """Plan the next step when the current one has no open piece left.

        Several jobs may call this at once: the row of the run is locked, and the
        unique index of the pieces refuses a step planned twice.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT id FROM billing_run WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        self.invalidate_recordset()
        Piece = self.env["billing.run.piece"]
        while not self.is_stopped:
            planned = set(self.piece_ids.mapped("step"))
            open_steps = self.piece_ids.filtered(lambda p: p.state != "done")
            following = [
                step
                for step in STEPS[: STEPS.index(self.last_step) + 1]
                if step not in planned
            ]
            if open_steps or not following:
                break
            pieces = Piece.create(self._prepare_pieces(following[0]))
            if not self._is_inline():
                pieces._enqueue()
            if pieces:
                break
            Piece.create(
                {"run_id": self.id, "step": following[0], "number": 1, "state": "done"}
            )

    def _prepare_pieces(self, step):
        """Values of the pieces of a step: customers are never torn apart."""
        self.ensure_one()
        ids_by_partner = getattr(self, f"_get_items_{step}")()
        chunks, chunk = [], []
        for ids in ids_by_partner:
            if chunk and len(chunk) + len(ids) > PIECE_SIZE:
                chunks.append(chunk)
                chunk = []
            chunk = chunk + ids
        if chunk:
            chunks.append(chunk)
        return [
            {
                "run_id": self.id,
                "step": step,
                "number": number,
                "item_ids": ids,
                "item_count": len(ids),
            }
            for number, ids in enumerate(chunks, start=1)
        ]

    def _get_items_generate(self):
        return self._grouped_ids("billing.agreement", self._get_agreement_domain())

    def _get_items_check(self):
        return self._grouped_ids(
            "billing.segment",
            self._get_segment_domain()
            & Domain("state", "in", ("incomplete", "error", "ready")),
        )

    def _get_items_invoice(self):
        return self._grouped_ids(
            "billing.segment",
            self._get_segment_domain()
            & Domain("state", "=", "ready")
            & Domain("invoice_id", "=", False),
        )

    def _get_items_post(self):
        return [
            [move.id]
            for (move,) in self.env["billing.segment"]._read_group(
                self._get_segment_domain()
                & Domain("state", "=", "ready")
                & Domain("invoice_id.state", "=", "draft"),
                ["invoice_id"],
            )
        ]

    def _get_items_documents(self):
        return [
            [move.id]
            for (move,) in self.env["billing.segment"]._read_group(
                self._get_segment_domain() & Domain("invoice_id.state", "=", "posted"),
                ["invoice_id"],
            )
        ]

    def _grouped_ids(self, model, domain):
        return [
            sorted(ids)
            for _partner, ids in self.env[model]._read_group(
                domain, ["partner_id"], ["id:array_agg"], order="partner_id"
            )
        ]

    def _run_pending(self, commit=None):
        """Do the pieces of this run one after another, planning step by step.

        :param commit: called after each piece by processes of their own, which
            thereby keep what is done when they are killed
        """
        self.ensure_one()
        while pieces := self.piece_ids.filtered(lambda p: p.state == "pending"):
            for piece in pieces.sorted("number"):
                piece._run()
                if commit:
                    commit()
            self._advance()
            if commit:
                commit()

    # === Steps ===

    def _run_generate(self, ids):
        agreements = self.env["billing.agreement"].browse(ids)
        self.env["billing.generator"]._generate(agreements, self.period_id)

    def _run_check(self, ids):
        segments = self.env["billing.segment"].browse(ids).exists()
        self.env["billing.check"]._run(segments)
        segments._refresh_figures()

    def _run_invoice(self, ids):
        segments = self.env["billing.segment"].browse(ids).exists()
        self.env["billing.invoicer"]._create_invoices(segments, self.invoice_date)

    def _run_post(self, ids):
        moves = self.env["account.move"].browse(ids).exists()
        self.env["billing.invoicer"]._post(moves)

    def _run_documents(self, ids):
        moves = self.env["account.move"].browse(ids).exists()
        moves._make_billing_documents()
        moves._make_billing_e_invoices()

    # === Screens ===

    def action_open_segments(self):
        return self._action_open("billing_base.billing_segment_action")

    def action_open_errors(self):
        action = self._action_open("billing_base.billing_segment_action")
        action["context"] = {"search_default_with_error": 1}
        return action

    def action_open_invoices(self):
        segments = self.env["billing.segment"].search(self._get_segment_domain())
        return segments._action_open_moves(segments.invoice_id)

    def _action_open(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = list(self._get_segment_domain())
        action["context"] = {}
        return action
