from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..rating import Span
from ..rating.spans import gaps
from .billing_agreement_period import WORST

TRANSITIONS = {
    "incomplete": {"error", "ready"},
    "error": {"incomplete", "ready"},
    "ready": {"incomplete", "error", "frozen"},
    "frozen": {"cancelling"},
    "cancelling": {"frozen", "cancelled"},
    "cancelled": set(),
}
"""The life of a segment. The database guards the lower half (SEGMENT_GUARD)."""

OPEN_STATES = ("incomplete", "error", "ready")
DEAD_STATES = ("cancelling", "cancelled")


class BillingSegment(models.Model):
    """What one agreement is billed for one span, with how it came about."""

    _name = "billing.segment"
    _description = "Bill Segment"
    _inherit = ["mail.thread"]
    # nobody writes segments by hand, whoever sees one may comment on it
    _mail_post_access = "read"
    _order = "date_start desc, agreement_id, id desc"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "billing.agreement", required=True, readonly=True, ondelete="restrict"
    )
    account_id = fields.Many2one(
        "billing.account", required=True, readonly=True, index=True
    )
    contract_id = fields.Many2one(
        "contract.contract", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    period_id = fields.Many2one("billing.period", readonly=True, ondelete="restrict")
    type_id = fields.Many2one("billing.segment.type", required=True, readonly=True)
    is_exclusive = fields.Boolean(readonly=True)
    source_key = fields.Char(
        readonly=True,
        help="What a segment that is not exclusive was made from, once.",
    )
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    state = fields.Selection(
        [
            ("incomplete", "Incomplete"),
            ("error", "Error"),
            ("ready", "Ready"),
            ("frozen", "Frozen"),
            ("cancelling", "Pending Cancel"),
            ("cancelled", "Cancelled"),
        ],
        default="incomplete",
        required=True,
        readonly=True,
        copy=False,
    )
    worst_check = fields.Selection(
        [
            ("ok", "OK"),
            ("info", "Info"),
            ("warning", "Warning"),
            ("waived", "Error waived"),
            ("error", "Error"),
        ],
        string="Checks",
        default="ok",
        required=True,
        readonly=True,
        copy=False,
    )
    charge_id = fields.Many2one(
        "billing.charge",
        string="Billable Charge",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    is_estimated = fields.Boolean(
        string="Estimated",
        readonly=True,
        copy=False,
        help="Made from a quantity that was estimated.",
    )
    is_final = fields.Boolean(
        string="Final Bill",
        readonly=True,
        copy=False,
        help="Ends on the last day of the agreement.",
    )
    quantity = fields.Float(
        digits="Product Unit",
        min_display_digits=2,
        readonly=True,
        help="The main quantity of the agreement type, in its unit.",
    )
    quantity_uom_id = fields.Many2one(
        related="agreement_id.type_id.quantity_type_id.uom_id", string="Unit"
    )
    amount = fields.Monetary(string="Untaxed Amount", readonly=True)
    line_ids = fields.One2many(
        "billing.segment.line", "segment_id", string="Lines", readonly=True
    )
    result_ids = fields.One2many(
        "billing.check.result", "segment_id", string="Findings", readonly=True
    )
    finding = fields.Char(compute="_compute_finding")
    check_id = fields.Many2one(
        "billing.check",
        string="Main Finding",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The check of the worst finding.",
    )
    snapshot = fields.Json(readonly=True, copy=False)
    snapshot_hash = fields.Char(readonly=True, copy=False)
    is_held = fields.Boolean(
        string="Held Back",
        compute="_compute_is_held",
        help="Ready, but another segment of the same bill has an error and the "
        "customer's profile holds the whole bill.",
    )
    is_stale = fields.Boolean(
        string="Source Changed",
        readonly=True,
        copy=False,
        help="A reading, price or term changed after the segment was made.",
    )
    invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    reversal_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    cancel_reason_id = fields.Many2one(
        "billing.reason",
        readonly=True,
        copy=False,
        domain="[('kind', '=', 'cancel')]",
    )
    replaces_id = fields.Many2one(
        "billing.segment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    replaced_by_ids = fields.One2many("billing.segment", "replaces_id", readonly=True)

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "A segment ends on or after its first day."
    )
    # a day of an agreement is billed once; also serves "segments of this agreement
    # that overlap these days"
    _one_live_per_day = models.Constraint(
        "EXCLUDE USING gist (agreement_id WITH =, type_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)"
        " WHERE (is_exclusive AND state NOT IN ('cancelling', 'cancelled'))",
        "These days of the agreement are already billed by another segment.",
    )
    _source_once = models.UniqueIndex(
        "(company_id, source_key) WHERE source_key IS NOT NULL"
        " AND state NOT IN ('cancelling', 'cancelled')",
        "This source is already billed by another segment.",
    )
    # also serves "the segments of this charge"
    _charge_once = models.UniqueIndex(
        "(charge_id) WHERE charge_id IS NOT NULL"
        " AND state NOT IN ('cancelling', 'cancelled')",
        "This charge is already billed by another segment.",
    )
    _charge_idx = models.Index("(charge_id) WHERE charge_id IS NOT NULL")
    _replaced_once = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL",
        "A segment is replaced by one other segment only.",
    )
    # the segments of a period, and those of an agreement in it
    _period_idx = models.Index("(period_id, agreement_id)")
    # the figures of an agreement look its segments up
    _agreement_idx = models.Index("(agreement_id, date_end)")

    @api.depends("agreement_id", "charge_id", "date_start", "date_end")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for segment in self:
            parts = [segment.agreement_id.code, segment.charge_id.name]
            days = [
                format_date(self.env, day)
                for day in dict.fromkeys((segment.date_start, segment.date_end))
                if day
            ]
            segment.display_name = " ".join(
                part for part in (*parts, " – ".join(days)) if part
            )

    @api.depends("result_ids.message", "result_ids.waived_by_id", "is_held")
    def _compute_finding(self):
        # read at once what each segment asks of its own findings
        self.result_ids.mapped("message")
        rank = {level: WORST.index(level) for level in ("info", "warning", "error")}
        for segment in self:
            results = segment.result_ids.sorted(
                lambda r: (bool(r.waived_by_id), -rank[r.level], r.id)
            )
            segment.finding = results[:1].message or (
                segment.is_held
                and self.env._("Held back: another segment of the bill has an error.")
            )

    @api.depends("state", "invoice_id")
    def _compute_is_held(self):
        invoicer = self.env["billing.invoicer"]
        ready = self.filtered(lambda s: s.state == "ready" and not s.invoice_id)
        held = invoicer._get_held_keys(ready) if ready else set()
        self.is_held = False
        for segment in ready:
            segment.is_held = invoicer._group_key(segment) in held

    def _get_own_account(self):
        """The ledger account that replaces that of the products, by kind of segment.

        :return: account.account, empty where the product's own counts
        """
        self.ensure_one()
        agreement_type = self.agreement_id.type_id
        if self.is_exclusive:
            return agreement_type.income_account_id
        if self.type_id.algorithm == "deposit":
            return agreement_type.deposit_account_id
        if self.type_id.algorithm == "advance":
            return agreement_type.advance_account_id
        return self.env["account.account"]

    # === States ===

    def _check_transition(self, state):
        """Refuse what TRANSITIONS does not allow.

        :raises UserError: naming the segment, its state and the one asked for
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for segment in self:
            if state not in TRANSITIONS[segment.state]:
                raise UserError(
                    self.env._(
                        "Segment %(segment)s is %(state)s and cannot become "
                        "%(target)s.",
                        segment=segment.display_name,
                        state=labels[segment.state],
                        target=labels[state],
                    )
                )

    def _set_state(self, state, **values):
        self._check_may_bill()
        self._check_transition(state)
        self.sudo().write({"state": state, **values})

    def _check_may_bill(self):
        """Segments are written by what generates, checks and invoices them, on behalf
        of those who may; nobody has the right to write them by hand.

        :raises AccessError: for users who may do nothing that changes a segment
        """
        self.env["res.users"]._check_may("generate", "waive", "invoice", "cancel")

    def _refresh_check_state(self):
        """Set worst check and, before invoicing, the state from the findings."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH found AS (
                    SELECT s.id, COALESCE(max(array_position(%(worst)s::varchar[],
                               CASE WHEN r.waived_by_id IS NOT NULL THEN 'waived'
                                    ELSE r.level END)), 1) AS worst,
                           (array_agg(r.check_id ORDER BY array_position(
                               %(worst)s::varchar[],
                               CASE WHEN r.waived_by_id IS NOT NULL THEN 'waived'
                                    ELSE r.level END) DESC, r.id))[1] AS check_id
                      FROM billing_segment s
                 LEFT JOIN billing_check_result r ON r.segment_id = s.id
                     WHERE s.id = ANY(%(ids)s)
                  GROUP BY s.id
                )
                UPDATE billing_segment s
                   SET worst_check = (%(worst)s::varchar[])[found.worst],
                       check_id = found.check_id,
                       state = CASE
                           WHEN s.state NOT IN %(open)s THEN s.state
                           WHEN found.worst = %(error)s THEN 'error'
                           ELSE 'ready' END
                  FROM found
                 WHERE found.id = s.id
                   AND (s.worst_check, s.check_id, s.state) IS DISTINCT FROM (
                       (%(worst)s::varchar[])[found.worst], found.check_id,
                       CASE WHEN s.state NOT IN %(open)s THEN s.state
                            WHEN found.worst = %(error)s THEN 'error'
                            ELSE 'ready' END)
                """,
                worst=list(WORST),
                ids=self.ids,
                open=OPEN_STATES,
                error=len(WORST),
            )
        )
        self.invalidate_recordset(["worst_check", "check_id", "state"])

    def _refresh_figures(self):
        """Bring the figures of the agreements up to date in the active periods."""
        Figures = self.env["billing.agreement.period"]
        for period, agreements in self._read_group(
            [("id", "in", self.ids), ("period_id", "!=", False)],
            ["period_id"],
            ["agreement_id:recordset"],
        ):
            Figures._refresh(period, agreements)

    @api.model
    def _mark_stale(self, agreements, date_start, date_end):
        """A source of these agreements changed between the two days."""
        return self._mark_spans_stale(
            [(agreement_id, date_start, date_end) for agreement_id in agreements.ids]
        )

    @api.model
    def _mark_spans_stale(self, spans):
        """Sources of agreements changed, each on days of its own.

        :param spans: ``[(agreement id, first day, last day or False), …]``
        :return: the billing.segment that were not stale before
        """
        if not spans:
            return self.browse()
        self.env["billing.segment"].flush_model(
            ["agreement_id", "date_start", "date_end", "state", "is_stale"]
        )
        agreement_ids, starts, ends = zip(*spans, strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE billing_segment s SET is_stale = TRUE
                  FROM unnest(%s::int[], %s::date[], %s::date[])
                       v(agreement_id, first, last)
                 WHERE s.agreement_id = v.agreement_id AND s.is_exclusive
                   AND s.state <> 'cancelled' AND s.is_stale IS NOT TRUE
                   AND daterange(s.date_start, s.date_end, '[]')
                       && daterange(v.first, v.last, '[]')
             RETURNING s.id
                """,
                list(agreement_ids),
                list(starts),
                [end or None for end in ends],
            )
        )
        segments = self.browse(dict.fromkeys(row[0] for row in rows))
        segments.invalidate_recordset(["is_stale"], flush=False)
        if segments:
            segments._refresh_figures_later()
        return segments

    def _is_covered_by_real(self, quantities):
        """Whether what was estimated is known by now, by ``quantities`` of rating."""
        self.ensure_one()
        span = Span(self.date_start, self.date_end)
        own = [quantity for quantity in quantities if quantity.span.overlaps(span)]
        codes = {
            quantity["code"]
            for quantity in (self.snapshot or {}).get("quantities", ())
            if quantity["quality"] == "estimated"
        }
        return not any(quantity.quality == "estimated" for quantity in own) and all(
            not gaps(span, [found.span for found in own if found.code == code])
            for code in codes
        )

    def unlink(self):
        """The figures of the active periods follow."""
        pairs = self._read_group(
            [("id", "in", self.ids), ("period_id", "!=", False)],
            ["period_id"],
            ["agreement_id:recordset"],
        )
        result = super().unlink()
        for period, agreements in pairs:
            self.env["billing.agreement.period"]._refresh(period, agreements)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        for segment in self:
            if segment.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "Segment %(segment)s was invoiced and stays. Cancel it "
                        "instead.",
                        segment=segment.display_name,
                    )
                )
            if segment.invoice_id:
                raise UserError(
                    self.env._(
                        "Segment %(segment)s is on the draft invoice %(invoice)s. "
                        "Delete the draft first.",
                        segment=segment.display_name,
                        invoice=segment.invoice_id.display_name,
                    )
                )

    @api.model
    def _get_open_domain(self, period):
        return Domain("period_id", "=", period.id) & Domain("state", "in", OPEN_STATES)

    def init(self):
        self.env.cr.execute(SEGMENT_GUARD)


SEGMENT_GUARD = """
CREATE OR REPLACE FUNCTION billing_segment_guard() RETURNS trigger AS $$
BEGIN
    IF OLD.state NOT IN ('frozen', 'cancelling', 'cancelled') THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'billing.segment: segment % is frozen', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('frozen', 'cancelling'),
        ('cancelling', 'frozen'),
        ('cancelling', 'cancelled')) THEN
        RAISE EXCEPTION 'billing.segment: segment % cannot go from % to %',
            OLD.id, OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.partner_id <> OLD.partner_id
       -- two files of one customer become one
       AND COALESCE(current_setting('billing.merging_partners', TRUE), '') <> 'yes' THEN
        RAISE EXCEPTION 'billing.segment: segment % is frozen', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF ROW(OLD.agreement_id, OLD.account_id, OLD.contract_id,
           OLD.company_id, OLD.currency_id, OLD.period_id, OLD.type_id,
           OLD.is_exclusive, OLD.source_key, OLD.charge_id, OLD.date_start,
           OLD.date_end, OLD.is_estimated, OLD.quantity, OLD.amount,
           OLD.snapshot, OLD.snapshot_hash,
           OLD.invoice_id, OLD.replaces_id)
       IS DISTINCT FROM
       ROW(NEW.agreement_id, NEW.account_id, NEW.contract_id,
           NEW.company_id, NEW.currency_id, NEW.period_id, NEW.type_id,
           NEW.is_exclusive, NEW.source_key, NEW.charge_id, NEW.date_start,
           NEW.date_end, NEW.is_estimated, NEW.quantity, NEW.amount,
           NEW.snapshot, NEW.snapshot_hash,
           NEW.invoice_id, NEW.replaces_id) THEN
        RAISE EXCEPTION 'billing.segment: segment % is frozen', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS billing_segment_guard ON billing_segment;
CREATE TRIGGER billing_segment_guard
    BEFORE UPDATE OR DELETE ON billing_segment
    FOR EACH ROW EXECUTE FUNCTION billing_segment_guard();
"""
