from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .billing_what_if_rater import WhatIfRater

INLINE_SIZE = 5000
"""Up to so many agreements are rated at once, beyond in background jobs."""
JOB_SIZE = 10_000
"""So many agreements are rated by one background job."""
PIECE_SIZE = 2000
"""So many agreements are in memory at a time."""


class BillingWhatIf(models.Model):
    """A billed period rated again with other prices.

    It reads what the segments were made from and writes results of its own, nothing
    else: no segment, no invoice, no figure changes.
    """

    _name = "billing.what.if"
    _description = "What-If Calculation"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Segments in this currency are rated.",
    )
    period_id = fields.Many2one(
        "billing.period", required=True, check_company=True, ondelete="cascade"
    )
    agreement_domain = fields.Char(
        string="Selection",
        default="[]",
        help="Which agreements of the period; empty means all of them.",
    )
    change_ids = fields.One2many("billing.what.if.change", "what_if_id", copy=True)
    price_ids = fields.One2many("billing.what.if.price", "what_if_id", copy=True)
    line_ids = fields.One2many("billing.what.if.line", "what_if_id", readonly=True)
    charge_ids = fields.One2many("billing.what.if.charge", "what_if_id", readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Done")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    position = fields.Integer(
        readonly=True, copy=False, help="The agreements up to here are rated."
    )
    agreement_count = fields.Integer(string="Agreements", readonly=True, copy=False)
    done_count = fields.Integer(string="Rated So Far", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    amount = fields.Monetary(string="Billed", readonly=True, copy=False)
    new_amount = fields.Monetary(string="With These Prices", readonly=True, copy=False)
    difference = fields.Monetary(readonly=True, copy=False)
    percent = fields.Float(
        string="Difference %", digits=(16, 2), readonly=True, copy=False
    )
    line_count = fields.Integer(string="Compared", readonly=True, copy=False)
    problem_count = fields.Integer(string="Not Comparable", readonly=True, copy=False)

    @api.depends("agreement_count", "done_count")
    def _compute_progress(self):
        for what_if in self:
            total = what_if.agreement_count
            what_if.progress = 100.0 * what_if.done_count / total if total else 0.0

    # === Selection ===

    def _get_segment_query(self):
        """Query of the segments to compare: rated, alive, of the selection.

        The rules of the user who asks apply.
        """
        self.ensure_one()
        try:
            selection = Domain(safe_eval(self.agreement_domain or "[]"))
        except (ValueError, TypeError, SyntaxError) as error:
            raise UserError(
                self.env._(
                    "The selection of %(name)s cannot be read: %(error)s",
                    name=self.name,
                    error=error,
                )
            ) from error
        domain = Domain(
            [
                ("period_id", "=", self.period_id.id),
                ("state", "in", ("ready", "frozen")),
                ("is_exclusive", "=", True),
                ("currency_id", "=", self.currency_id.id),
            ]
        )
        if not selection.is_true():
            domain &= Domain("agreement_id", "any", selection)
        return self.env["billing.segment"]._search(domain)

    def _get_next_agreements(self, limit):
        """The next agreements to rate, in the order of ids.

        :return: ``[(agreement id, [segment id, …]), …]``
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT agreement_id, array_agg(id) FROM billing_segment
                 WHERE id IN %s AND agreement_id > %s
              GROUP BY agreement_id ORDER BY agreement_id LIMIT %s
                """,
                self._get_segment_query().subselect(),
                self.position,
                limit,
            )
        )

    # === Calculation ===

    def action_calculate(self):
        """Rate the period anew; large ones in the background."""
        self.ensure_one()
        self._check_changes()
        self._reset()
        if self.agreement_count > INLINE_SIZE:
            self._enqueue()
        else:
            self._calculate()
        return True

    def _check_changes(self):
        if not self.change_ids and not self.price_ids:
            raise UserError(
                self.env._(
                    "Say what is to be different: another tariff, a percentage or "
                    "single prices."
                )
            )

    def _reset(self):
        """Drop the results of the last calculation and count what is to do."""
        self.check_access("write")
        for model in ("billing.what.if.line", "billing.what.if.charge"):
            # results are written and dropped by the calculation alone
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE what_if_id = %s",
                    SQL.identifier(self.env[model]._table),
                    self.id,
                )
            )
        self.env.flush_all()
        self.invalidate_recordset(["line_ids", "charge_ids"])
        ((count,),) = self.env.execute_query(
            SQL(
                "SELECT count(DISTINCT agreement_id) FROM billing_segment"
                " WHERE id IN %s",
                self._get_segment_query().subselect(),
            )
        )
        self.write(
            {
                "state": "running",
                "position": 0,
                "agreement_count": count,
                "done_count": 0,
                "amount": 0,
                "new_amount": 0,
                "difference": 0,
                "percent": 0,
                "line_count": 0,
                "problem_count": 0,
            }
        )

    def _enqueue(self):
        self.with_delay(
            identity_key=f"billing.what.if:{self.id}:{self.position}",
            description=f"{self.name}: {self.done_count} / {self.agreement_count}",
        )._run_job()

    def _run_job(self):
        """Rate the next agreements; the next job goes on where this one ended.

        Position and results are stored together, so that a job that is killed and
        done again rates nothing twice.
        """
        self.ensure_one()
        if self.state != "running":
            return
        self._calculate(JOB_SIZE)
        if self.state == "running":
            self._enqueue()

    def _calculate(self, size=None):
        """Rate the agreements after ``position`` in pieces of ``PIECE_SIZE``.

        :param size: at most so many agreements; None: all
        """
        self.ensure_one()
        self.env.flush_all()
        agreements = self._get_next_agreements(size)
        rater = WhatIfRater(self)
        for first in range(0, len(agreements), PIECE_SIZE):
            piece = agreements[first : first + PIECE_SIZE]
            self._rate_piece(rater, [id_ for _agreement, ids in piece for id_ in ids])
        self.done_count += len(agreements)
        if agreements:
            self.position = agreements[-1][0]
        if size is None or len(agreements) < size:
            self._set_totals()
            self.state = "done"
        self.invalidate_recordset(["line_ids", "charge_ids"])

    def _rate_piece(self, rater, segment_ids):
        rows = self._load_segments(segment_ids)
        quantities = self._get_live_quantities(rows)
        lines, charges, segment_ids = rater.compare(rows, quantities)
        self.env["billing.what.if.line"]._store(self, lines)
        self.env["billing.what.if.charge"]._store(self, charges, segment_ids)

    def _load_segments(self, segment_ids):
        """The segments as dictionaries, by agreement."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT s.id, s.agreement_id, s.partner_id, s.date_start, s.date_end,
                       s.amount::text AS amount, s.snapshot, a.type_id
                  FROM billing_segment s
                  JOIN billing_agreement a ON a.id = s.agreement_id
                 WHERE s.id = ANY(%s)
              ORDER BY s.agreement_id, s.date_start, s.id
                """,
                segment_ids,
            )
        )

    @api.model
    def _is_live_quantity(self, quantity):
        """Whether a quantity of a snapshot must be read again from its source.

        A snapshot keeps values, not how they spread over days and intervals. Add-ons
        whose quantities are split exactly by measured days say so here.

        :param dict quantity: as the snapshot of a segment keeps it
        """
        return False

    def _get_live_quantities(self, rows):
        """``{agreement id: [Quantity, …]}`` where the snapshot is not enough."""
        spans = {}
        for row in rows:
            found = row["snapshot"]["quantities"]
            if any(self._is_live_quantity(quantity) for quantity in found):
                spans.setdefault(row["agreement_id"], []).append(WhatIfRater.span(row))
        if not spans:
            return {}
        return self.env["billing.agreement"].browse(spans)._get_quantities(spans)

    def _set_totals(self):
        """Sum of the agreements that could be compared."""
        self.env.flush_all()
        ((count, problems, amount, new_amount, difference, percent),) = (
            self.env.execute_query(
                SQL(
                    """
                    SELECT count(*) FILTER (WHERE problem IS NULL),
                           count(*) FILTER (WHERE problem IS NOT NULL),
                           COALESCE(sum(amount) FILTER (WHERE problem IS NULL), 0),
                           COALESCE(sum(new_amount), 0),
                           COALESCE(sum(difference), 0),
                           round(100 * sum(difference) / NULLIF(
                               sum(amount) FILTER (WHERE problem IS NULL), 0), 2)
                      FROM billing_what_if_line WHERE what_if_id = %s
                    """,
                    self.id,
                )
            )
        )
        self.write(
            {
                "line_count": count,
                "problem_count": problems,
                "amount": amount,
                "new_amount": new_amount,
                "difference": difference,
                "percent": percent or 0,
            }
        )

    # === Screens ===

    def action_view_biggest(self):
        action = self._action_open()
        action["context"] = {"search_default_comparable": 1}
        return action

    def action_view_customers(self):
        action = self._action_open()
        action["context"] = {"search_default_group_customer": 1}
        return action

    def action_view_distribution(self):
        action = self._action_open()
        action["context"] = {"search_default_comparable": 1}
        action["views"] = [(False, "graph"), (False, "pivot"), (False, "list")]
        return action

    def action_view_problems(self):
        action = self._action_open()
        action["context"] = {"search_default_not_comparable": 1}
        return action

    def _action_open(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_what_if_line_action"
        )
        action["domain"] = [("what_if_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_draft(self):
        """Back to draft, to change something and calculate again.

        A job under way ends; the one that follows finds nothing to do.
        """
        self.state = "draft"
