from odoo import api, fields, models
from odoo.tools import SQL


class BillingDunningProposal(models.Model):
    """An overdue item of a dunning run: will it be reminded of, how, and if not why.

    The rows are a picture of the day they were made on. What is written later is
    selected anew by the same statement, so that what was paid, blocked or promised in
    between is left out.
    """

    _name = "billing.dunning.proposal"
    _description = "Reminder to Be"
    _order = "run_id, partner_id, date_due, id"
    _log_access = False

    run_id = fields.Many2one(
        "credit.control.run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    move_line_id = fields.Many2one("account.move.line", required=True, readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index=True
    )
    account_id = fields.Many2one(
        "billing.account", string="Billing Account", readonly=True
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    amount_open = fields.Monetary(string="Open", readonly=True)
    policy_level_id = fields.Many2one(
        "credit.control.policy.level", string="Level", readonly=True
    )
    channel = fields.Selection(
        [("letter", "Letter"), ("email", "Email"), ("phone", "Phone")], readonly=True
    )
    skip = fields.Selection(
        [
            ("blocked", "Dunning block"),
            ("arranged", "Promised or in an arrangement"),
            ("debited", "In a direct debit"),
            ("policy", "Reminded by another policy before"),
            ("small", "Less than the smallest amount"),
            ("user", "Left out by hand"),
        ],
        string="Why Not",
        readonly=True,
    )
    block_id = fields.Many2one("billing.dunning.block", readonly=True)
    plan_id = fields.Many2one(
        "billing.payment.plan", string="Arrangement", readonly=True
    )
    state = fields.Selection(
        [
            ("ready", "To remind"),
            ("left", "Left out"),
            ("done", "Reminded"),
            ("gone", "No longer due"),
            ("failed", "Failed"),
        ],
        readonly=True,
        index=True,
    )
    message = fields.Char(string="What Happened", readonly=True)
    communication_id = fields.Many2one(
        "credit.control.communication", string="Reminder", readonly=True
    )

    _once_a_run = models.Constraint(
        "UNIQUE (run_id, move_line_id)", "An item is in a dunning run once."
    )

    @api.depends("move_id")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = proposal.move_id.name or ""

    def action_leave_out(self):
        """Don't remind of these in this run."""
        self.env["res.users"]._check_may("collect")
        ready = self.filtered(lambda proposal: proposal.state == "ready")
        ready.sudo().write({"state": "left", "skip": "user"})

    def action_take_back(self):
        """Remind of what was left out by hand after all."""
        self.env["res.users"]._check_may("collect")
        left = self.filtered(lambda proposal: proposal.skip == "user")
        left.sudo().write({"state": "ready", "skip": False})

    @api.model
    def _insert(self, run):
        """Fill the preview of a run by one statement."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_dunning_proposal (
                       run_id, company_id, move_line_id, move_id, partner_id,
                       account_id, currency_id, date_due, days_overdue, amount_open,
                       policy_level_id, channel, skip, block_id, plan_id, state)
                SELECT %(run)s, %(company)s, f.move_line_id, f.move_id, f.partner_id,
                       f.billing_account_id, f.currency_id, f.date_due,
                       %(date)s - f.date_due, f.amount_open, f.level_id, f.channel,
                       f.skip, f.block_id, f.plan_id,
                       CASE WHEN f.skip IS NULL THEN 'ready' ELSE 'left' END
                  FROM (%(found)s) f
                """,
                run=run.id,
                company=run.company_id.id,
                date=run.date,
                found=self._select(run),
            )
        )
        self.invalidate_model()

    @api.model
    def _select(self, run, partners=None):
        """Overdue items whose next level is due: the one place that decides it.

        The policy is the invoice's, else the customer's, else the company's. The
        levels follow one another as in OCA's credit control.

        :param partners: ids of the customers to look at, or None for all
        :return: SQL of one row an item: move_line_id, move_id, partner_id,
            billing_account_id, currency_id, date_due, amount_due, amount_open,
            level_id, channel, skip, block_id, plan_id, is_fee
        """
        self.env.flush_all()
        accounts = self.env["credit.control.policy"]._fields["account_ids"]
        return SQL(
            """
            WITH debt AS (
                SELECT l.id AS move_line_id, l.move_id, l.partner_id, l.currency_id,
                       l.account_id, l.date_maturity AS date_due,
                       l.amount_currency AS amount_due, l.amount_residual,
                       l.amount_residual_currency AS amount_open,
                       s.account_id AS billing_account_id, c.id AS customer_id,
                       c.email,
                       m.dunning_communication_id IS NOT NULL
                       OR m.interest_claim_id IS NOT NULL AS is_fee,
                       COALESCE(m.credit_policy_id, p.credit_policy_id,
                                c.credit_policy_id, %(policy)s) AS policy_id
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN account_account a ON a.id = l.account_id
                  JOIN res_partner p ON p.id = l.partner_id
                  JOIN res_partner c ON c.id = p.commercial_partner_id
             LEFT JOIN LATERAL (
                       SELECT CASE WHEN min(s.account_id) = max(s.account_id)
                                   THEN min(s.account_id) END AS account_id
                         FROM billing_segment s
                        WHERE s.invoice_id = l.move_id) s ON TRUE
                 WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                   AND a.account_type = 'asset_receivable'
                   AND l.reconciled IS NOT TRUE AND l.amount_residual > 0
                   AND l.balance > 0 AND l.date_maturity <= %(date)s
                   AND %(partners)s
            ), last AS (
                SELECT DISTINCT ON (c.move_line_id)
                       c.move_line_id, c.level, c.policy_id, c.date
                  FROM credit_control_line c
                  JOIN debt ON debt.move_line_id = c.move_line_id
                 WHERE c.state NOT IN ('draft', 'ignored')
                   AND c.manually_overridden IS NOT TRUE
              ORDER BY c.move_line_id, c.id DESC
            ), due AS (
                SELECT debt.*, n.id AS level_id, n.level, policy.apply_max_policy_level,
                       block.id AS block_id, plan.id AS plan_id,
                       CASE WHEN block.id IS NOT NULL THEN 'blocked'
                            WHEN plan.id IS NOT NULL THEN 'arranged'
                            WHEN EXISTS (
                                 SELECT 1 FROM account_payment_line pl
                                   JOIN account_payment_order o ON o.id = pl.order_id
                                  WHERE pl.move_line_id = debt.move_line_id
                                    AND o.state IN ('draft', 'open', 'generated'))
                            THEN 'debited'
                            WHEN last.policy_id <> debt.policy_id THEN 'policy'
                            WHEN debt.amount_residual < %(tolerance)s THEN 'small'
                       END AS skip
                  FROM debt
                  JOIN credit_control_policy policy ON policy.id = debt.policy_id
             LEFT JOIN last ON last.move_line_id = debt.move_line_id
                  JOIN LATERAL (
                       SELECT n.* FROM credit_control_policy_level n
                        WHERE n.policy_id = debt.policy_id
                          AND (last.level IS NULL OR n.level > last.level)
                     ORDER BY n.level LIMIT 1) n
                       ON CASE n.computation_mode
                          WHEN 'net_days'
                          THEN debt.date_due + n.delay_days <= %(date)s
                          WHEN 'end_of_month'
                          THEN (date_trunc('month', debt.date_due + n.delay_days)
                                + interval '1 month - 1 day')::date <= %(date)s
                          ELSE last.date + n.delay_days <= %(date)s END
             LEFT JOIN LATERAL (
                       SELECT b.id FROM billing_dunning_block b
                        WHERE b.company_id = %(company)s
                          AND b.date_start <= %(date)s
                          AND COALESCE(b.date_end, %(date)s) >= %(date)s
                          AND (b.partner_id = debt.customer_id
                               OR b.account_id = debt.billing_account_id
                               OR b.move_id = debt.move_id)
                     ORDER BY b.date_end DESC NULLS FIRST LIMIT 1) block ON TRUE
             LEFT JOIN LATERAL (
                       SELECT d.plan_id AS id FROM billing_payment_plan_debt d
                        WHERE d.move_line_id = debt.move_line_id AND d.is_live
                     LIMIT 1) plan ON TRUE
                 WHERE policy.id = ANY(%(policies)s) AND policy.active
                   AND policy.do_nothing IS NOT TRUE
                   AND (NOT EXISTS (SELECT 1 FROM %(relation)s r
                                     WHERE r.%(of_policy)s = policy.id)
                        OR EXISTS (SELECT 1 FROM %(relation)s r
                                    WHERE r.%(of_policy)s = policy.id
                                      AND r.%(of_account)s = debt.account_id))
            ), levelled AS (
                SELECT due.*,
                       CASE WHEN apply_max_policy_level
                            THEN first_value(level_id) OVER highest
                            ELSE level_id END AS common_level_id
                  FROM due
                WINDOW highest AS (
                       PARTITION BY partner_id, policy_id, skip IS NULL
                           ORDER BY level DESC)
            )
            SELECT d.move_line_id, d.move_id, d.partner_id, d.billing_account_id,
                   d.currency_id, d.date_due, d.amount_due, d.amount_open,
                   d.common_level_id AS level_id,
                   CASE WHEN n.channel = 'email' AND COALESCE(d.email, '') = ''
                        THEN 'letter' ELSE n.channel END AS channel,
                   d.skip, d.block_id, d.plan_id, d.is_fee
              FROM levelled d
              JOIN credit_control_policy_level n ON n.id = d.common_level_id
            """,
            policy=run.company_id.credit_policy_id.id or None,
            company=run.company_id.id,
            date=run.date,
            partners=SQL("TRUE")
            if partners is None
            else SQL("l.partner_id = ANY(%s)", list(partners)),
            tolerance=run.company_id.credit_control_tolerance,
            policies=run.policy_ids.ids,
            relation=SQL.identifier(accounts.relation),
            of_policy=SQL.identifier(accounts.column1),
            of_account=SQL.identifier(accounts.column2),
        )
