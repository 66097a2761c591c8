from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from .billing_run_piece import STEPS, PieceBusy


class BillingRun(models.Model):
    """A month's work as a chain of steps, cut into pieces that can be repeated.

    How the steps are planned and done stands in billing_run_plan.py, how far they
    are, in billing_run_progress.py.
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
            ("send", "… and send them"),
        ],
        string="Up To",
        default="check",
        required=True,
        tracking=True,
    )
    invoice_date = fields.Date(help="Empty: the last day of what is billed.")
    tax_date = fields.Date(
        help="Date of taxable supply of customers whose profile takes it from the run. "
        "Empty: the invoice date.",
    )
    piece_ids = fields.One2many("billing.run.piece", "run_id", string="Pieces")
    error_ids = fields.One2many(
        "billing.run.error", "run_id", string="What Failed", readonly=True
    )
    is_stopped = fields.Boolean(readonly=True, copy=False, tracking=True)
    segment_count = fields.Integer(compute="_compute_counts")
    error_count = fields.Integer(compute="_compute_counts", string="Errors")
    invoice_count = fields.Integer(compute="_compute_counts")

    @api.depends("period_id", "create_date")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.period_id.cycle_id.name} {run.period_id.name}"

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

    # === Buttons ===

    def action_start(self):
        """Start, or go on with, the run up to its last step.

        What waits is done at once, or handed to the job runner again where a job of
        it is no longer there.
        """
        self.ensure_one()
        self.is_stopped = False
        if not self.round_number:
            return self._start_round(STEPS[0])
        return self._go_on()

    def action_continue(self):
        """Go one stage further than the run was asked for."""
        self.ensure_one()
        stages = [key for key, _label in self._fields["last_step"].selection]
        following = stages[stages.index(self.last_step) + 1 :]
        if not following:
            raise UserError(self.env._("This run has no further step."))
        done = STEPS.index(self.last_step)
        self.last_step = following[0]
        self.is_stopped = False
        if not self.round_number:
            return self._start_round(STEPS[0])
        if self._has_waiting_pieces():
            return self._go_on()
        return self._start_round(STEPS[done + 1])

    def action_stop(self):
        """Pieces under way finish, no other is begun."""
        self.is_stopped = True
        return True

    def action_retry(self):
        """Do again, for the customers that failed alone, what they failed in and the
        steps behind it."""
        self.ensure_one()
        self.is_stopped = False
        errors = self.error_ids
        if not errors:
            return self.action_start()
        step = min(errors.mapped("step"), key=STEPS.index)
        partners = errors.partner_id
        self._drop_failed()
        return self._start_round(step, partners)

    def action_repeat(self):
        """Take all of the selection through the steps again.

        What is done stays as it is: only what is new, changed or no longer held back
        makes a difference.
        """
        self.ensure_one()
        self.is_stopped = False
        if self._has_waiting_pieces():
            return self._go_on()
        self._drop_failed()
        return self._start_round(STEPS[0])

    def _start_round(self, step, partners=None):
        self.period_id._check_open()
        self._begin_round(step, partners)
        return self._go_on()

    def _go_on(self):
        """Hand what waits to the job runner, or do it now.

        :raises LockError: when another run or user is at the same work
        """
        self.period_id._check_open()
        try:
            self._advance()
            if self.is_background:
                self.piece_ids.filtered(lambda p: p.state == "pending")._enqueue()
            else:
                self._run_pending()
        except PieceBusy as busy:
            raise LockError(str(busy)) from busy
        return True

    # === Screens ===

    def action_open_segments(self):
        return self._action_open("billing_base.billing_segment_action")

    def action_open_errors(self):
        action = self._action_open("billing_base.billing_segment_action")
        action["context"] = {"search_default_with_error": 1}
        return action

    def action_open_failed(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_run_error_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
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
