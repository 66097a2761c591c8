from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class BillingPeriod(models.Model):
    _name = "billing.period"
    _description = "Billing Period"
    _inherit = ["mail.thread"]
    _order = "cycle_id, date_start"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    cycle_id = fields.Many2one(
        "billing.cycle", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="cycle_id.company_id", store=True, index=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        copy=False,
    )
    is_active = fields.Boolean(
        string="Active Period",
        readonly=True,
        tracking=True,
        copy=False,
        help="The period whose figures every agreement shows.",
    )
    figure_ids = fields.One2many(
        "billing.agreement.period", "period_id", string="Figures"
    )
    run_ids = fields.One2many("billing.run", "period_id", string="Runs")
    figure_count = fields.Integer(string="Agreements", compute="_compute_counts")
    run_count = fields.Integer(compute="_compute_counts")
    segment_count = fields.Integer(compute="_compute_counts")
    error_count = fields.Integer(string="With Error", compute="_compute_counts")
    ready_count = fields.Integer(string="Ready", compute="_compute_counts")
    frozen_count = fields.Integer(string="Invoiced", compute="_compute_counts")

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "A period ends on or after its first day."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (cycle_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "Periods of one billing cycle must not overlap.",
    )
    # at most one active period in a cycle; also serves "the active period of"
    _active_unique = models.UniqueIndex(
        "(cycle_id) WHERE is_active",
        "A billing cycle has at most one active period.",
    )

    @api.depends("date_start", "date_end")
    def _compute_name(self):
        for period in self:
            start, end = period.date_start, period.date_end
            if not start or not end:
                period.name = period.name or False
            elif start.day > 1 or (end + timedelta(days=1)).day > 1:
                period.name = f"{start} – {end}"
            elif (start.year, start.month) == (end.year, end.month):
                period.name = f"{start:%Y-%m}"
            else:
                period.name = f"{start:%Y-%m}/{end:%Y-%m}"

    def _compute_counts(self):
        segments = defaultdict(int)
        for period, state, count in self.env["billing.segment"]._read_group(
            [("period_id", "in", self.ids)], ["period_id", "state"], ["__count"]
        ):
            segments[period.id, state] = count
        figures, runs = (
            dict(
                self.env[model]._read_group(
                    [("period_id", "in", self.ids)], ["period_id"], ["__count"]
                )
            )
            for model in ("billing.agreement.period", "billing.run")
        )
        for period in self:
            period.error_count = (
                segments[period.id, "incomplete"] + segments[period.id, "error"]
            )
            period.ready_count = segments[period.id, "ready"]
            period.frozen_count = segments[period.id, "frozen"]
            period.segment_count = (
                period.error_count + period.ready_count + period.frozen_count
            )
            period.figure_count = figures.get(period, 0)
            period.run_count = runs.get(period, 0)

    def action_activate(self):
        """Make this the active period of its cycle and fill every figure of it."""
        self.ensure_one()
        self._check_open()
        self.env["res.users"]._check_may("generate")
        siblings = self.cycle_id.period_ids.filtered("is_active") - self
        siblings.sudo().is_active = False
        siblings.flush_recordset(["is_active"])
        self.sudo().is_active = True
        self.flush_recordset(["is_active"])
        self.env["billing.agreement.period"]._refresh(self)
        return True

    def action_refresh_figures(self):
        self.ensure_one()
        self.env["billing.agreement.period"]._refresh(self)
        return True

    def action_close(self):
        """Nothing more is generated or invoiced in the period.

        :raises UserError: while a run is at it
        """
        self.env["res.users"]._check_may("generate")
        running = self.run_ids.filtered(lambda run: run.state == "running")
        if running:
            raise UserError(
                self.env._(
                    "Run %(run)s is still at work in this period. Stop it or wait for "
                    "its end, then close the period.",
                    run=running[0].display_name,
                )
            )
        self.sudo().state = "closed"
        return True

    def action_reopen(self):
        self.env["res.users"]._check_may("reopen")
        self.sudo().state = "open"
        return True

    def write(self, vals):
        # whichever way it is asked for
        if vals.get("state") == "open" and "closed" in self.mapped("state"):
            self.env["res.users"]._check_may("reopen")
        if vals.keys() & {"date_start", "date_end", "cycle_id"}:
            self._check_days_free(vals)
        return super().write(vals)

    def _check_days_free(self, vals):
        """Days of a period that holds segments stay as they are billed.

        :raises UserError: when ``vals`` change them
        """
        for period in self:
            same = (
                fields.Date.to_date(vals.get("date_start", period.date_start))
                == period.date_start
                and fields.Date.to_date(vals.get("date_end", period.date_end))
                == period.date_end
                and vals.get("cycle_id", period.cycle_id.id) == period.cycle_id.id
            )
            if not same and period.segment_count:
                raise UserError(
                    self.env._(
                        "Period %(period)s has segments already: its days and its "
                        "cycle stay. Delete the segments first.",
                        period=period.display_name,
                    )
                )

    def _check_open(self):
        closed = self.filtered(lambda period: period.state == "closed")
        if closed:
            raise UserError(
                self.env._(
                    "Period %(period)s is closed. A billing manager can reopen it.",
                    period=", ".join(closed.mapped("display_name")),
                )
            )

    def action_bill(self):
        """Open the run that bills what is not billed yet.

        That is the run over the whole period that has steps left. When it is through
        with its step, who came after it gets a run of his own; without either, it is
        a new run.
        """
        self.ensure_one()
        self._check_open()
        Run = self.env["billing.run"]
        whole = self.run_ids.filtered(lambda run: run.agreement_domain in (False, "[]"))
        run = whole.filtered(
            lambda run: run.state != "done" or run.last_step != "documents"
        )[:1]
        if (run or whole[:1]).state in ("done", "failed"):
            run = self._get_newcomers_run() or run
        run = run or Run.create({"period_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": run.name,
            "res_model": Run._name,
            "res_id": run.id,
            "views": [(False, "form")],
        }

    def _get_newcomers_run(self):
        """A draft run limited to the agreements that came after the period's runs;
        none without them."""
        newcomers = self._get_newcomers()
        if not newcomers:
            return self.env["billing.run"]
        selection = repr([("id", "in", newcomers.ids)])
        return self.run_ids.filtered(
            lambda run: run.state == "draft" and run.agreement_domain == selection
        )[:1] or self.env["billing.run"].create(
            {"period_id": self.id, "agreement_domain": selection}
        )

    def _get_newcomers(self):
        """Agreements to be billed in the period that none of its runs took and that
        have no segment in it."""
        self.ensure_one()
        self.env["billing.run.piece"].flush_model(["groups", "run_id", "step"])
        self.env["billing.segment"].flush_model(["agreement_id", "period_id", "state"])
        taken = {
            agreement_id
            for (agreement_id,) in self.env.execute_query(
                SQL(
                    """
                    SELECT jsonb_array_elements(taken.of_partner -> 1)::int
                      FROM billing_run_piece p
                      JOIN billing_run r ON r.id = p.run_id AND r.period_id = %s
                CROSS JOIN LATERAL jsonb_array_elements(p.groups) taken(of_partner)
                     WHERE p.step = 'generate'
                     UNION
                    SELECT agreement_id
                      FROM billing_segment
                     WHERE period_id = %s AND state NOT IN ('cancelling', 'cancelled')
                    """,
                    self.id,
                    self.id,
                )
            )
        }
        Agreement = self.env["billing.agreement"]
        billable = Agreement.search(Agreement._get_billable_domain(self), order="id")
        return billable.filtered(lambda agreement: agreement.id not in taken)

    def action_open_runs(self):
        """Start the month: the runs of this period, ready for a new one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_run_action"
        )
        action["domain"] = [("period_id", "=", self.id)]
        action["context"] = {"default_period_id": self.id}
        return action

    def action_open_segments(self):
        return self._action_open_segments()

    def action_open_errors(self):
        return self._action_open_segments("with_error")

    def action_open_ready(self):
        return self._action_open_segments("ready")

    def action_open_frozen(self):
        return self._action_open_segments("invoiced")

    def action_open_figures(self):
        return self._action_open("billing_base.billing_agreement_period_action")

    def _action_open_segments(self, search_filter="live"):
        action = self._action_open("billing_base.billing_segment_action")
        action["context"] = {f"search_default_{search_filter}": 1}
        return action

    def _action_open(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("period_id", "=", self.id)]
        action["context"] = {}
        return action
