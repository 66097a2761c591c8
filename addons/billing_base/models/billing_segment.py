from decimal import Decimal
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..rating import to_decimal
from ..tools import format_number
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
    period_id = fields.Many2one(
        "billing.period", readonly=True, index=True, ondelete="restrict"
    )
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
    source_html = fields.Html(
        string="Made From", compute="_compute_source_html", sanitize=False
    )
    comparison_html = fields.Html(
        string="Difference", compute="_compute_comparison_html", sanitize=False
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
    _replaced_once = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL",
        "A segment is replaced by one other segment only.",
    )
    # the figures of an agreement look its segments up
    _agreement_idx = models.Index("(agreement_id, date_end)")

    @api.depends("agreement_id", "date_start", "date_end")
    def _compute_display_name(self):
        for segment in self:
            segment.display_name = (
                f"{segment.agreement_id.code} {segment.date_start} – {segment.date_end}"
            )

    @api.depends("result_ids.message", "result_ids.waived_by_id", "is_held")
    def _compute_finding(self):
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

    # === What it was made from ===

    @api.depends("snapshot")
    @api.depends_context("lang")
    def _compute_source_html(self):
        for segment in self:
            segment.source_html = segment.snapshot and self.env["ir.qweb"]._render(
                "billing_base.segment_source", segment._prepare_source_values()
            )

    def _prepare_source_values(self):
        """The snapshot for reading: names in place of codes and ids."""
        self.ensure_one()
        snapshot = self.snapshot
        types = {
            quantity_type.code: quantity_type.name
            for quantity_type in self.env["billing.quantity.type"].search([])
        }
        terms = (
            self.env["billing.agreement.term"]
            .browse(term["id"] for term in snapshot["terms"])
            .exists()
        )
        tariffs = {term.id: term.tariff_id.name for term in terms}
        return {
            "segment": self,
            "terms": [
                {
                    "from": fields.Date.to_date(term["from"]),
                    "to": fields.Date.to_date(term["to"]),
                    "tariff": tariffs.get(term["id"], term["tariff"]),
                }
                for term in snapshot["terms"]
            ],
            "quantities": [
                {
                    "name": types.get(quantity["code"], quantity["code"]),
                    "from": fields.Date.to_date(quantity["from"]),
                    "to": fields.Date.to_date(quantity["to"]),
                    "value": format_number(self.env, quantity["value"]),
                    "unit": quantity["unit"],
                    "source": self._describe_source(quantity),
                }
                for quantity in snapshot["quantities"]
            ],
        }

    def _describe_source(self, quantity):
        """Where a quantity of the snapshot came from, in the user's words.

        :param dict quantity: as ``_snapshot`` of the generator writes it; add-ons
            whose quantities come from readings or messages say so here
        """
        if "term" in (quantity["source"] or {}):
            return self.env._("Terms of the agreement")
        return ""

    @api.depends("replaces_id", "line_ids.amount")
    @api.depends_context("lang")
    def _compute_comparison_html(self):
        for segment in self:
            segment.comparison_html = (
                segment._render_comparison() if segment.replaces_id else False
            )

    def _render_comparison(self):
        self.ensure_one()
        difference = to_decimal(self.amount) - to_decimal(self.replaces_id.amount)
        return self.env["ir.qweb"]._render(
            "billing_base.segment_comparison",
            {
                "segment": self,
                "rows": self._prepare_comparison_rows(),
                "number": partial(format_number, self.env),
                "difference": float(difference),
            },
        )

    def _prepare_comparison_rows(self):
        """Lines of the replaced segment beside those of this one.

        :return: ``[{"name", "from", "to", "old", "new", "difference"}, …]``; old or
            new is an empty billing.segment.line where the charge or span is missing
        """
        self.ensure_one()

        def by_charge(lines):
            return lines.grouped(
                lambda line: (
                    line.item_id.id,
                    line.date_start,
                    line.date_end,
                    line.name,
                )
            )

        none = self.env["billing.segment.line"]
        old, new = by_charge(self.replaces_id.line_ids), by_charge(self.line_ids)
        rows = []
        for key in dict.fromkeys([*old, *new]):
            before, after = old.get(key, none), new.get(key, none)
            total = sum((to_decimal(line.amount) for line in after), Decimal())
            total -= sum((to_decimal(line.amount) for line in before), Decimal())
            rows.append(
                {
                    "name": key[3],
                    "from": key[1],
                    "to": key[2],
                    "old": before,
                    "new": after,
                    "difference": float(total),
                }
            )
        return rows

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
        self._check_transition(state)
        self.write({"state": state, **values})

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
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment SET is_stale = TRUE
                 WHERE agreement_id = ANY(%s) AND state <> 'cancelled'
                   AND is_stale IS NOT TRUE
                   AND daterange(date_start, date_end, '[]')
                       && daterange(%s, %s, '[]')
             RETURNING id
                """,
                agreements.ids,
                date_start,
                date_end,
            )
        )
        segments = self.browse([row[0] for row in self.env.cr.fetchall()])
        segments.invalidate_recordset(["is_stale"])
        return segments

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

    # === Cancellation ===

    def _cancel(self, reason, note=""):
        """Frozen segments become pending cancel; nothing is reversed yet.

        :param reason: billing.reason of the kind "cancel"
        """
        if not self.env.user.has_group("billing_base.group_billing_cancel"):
            raise AccessError(
                self.env._("Cancelling a segment needs the permission to cancel.")
            )
        if not reason or reason.kind != "cancel":
            raise UserError(self.env._("Say why the segments are cancelled."))
        self._set_state("cancelling", cancel_reason_id=reason.id)
        self._message_log_batch(
            bodies={
                segment.id: self.env._(
                    "Cancelled: %(reason)s %(note)s", reason=reason.name, note=note
                )
                for segment in self
            }
        )
        self._refresh_figures()

    def _undo_cancel(self):
        """Back to frozen, as long as nothing replaced it; drops the replacement."""
        self._check_transition("frozen")
        self.replaced_by_ids.unlink()
        self._set_state("frozen", cancel_reason_id=False)
        self._refresh_figures()

    def _rebill(self):
        """Make the replacement of segments that are pending cancel.

        :return: the new billing.segment, linked by ``replaces_id``
        """
        self._check_transition("cancelled")
        for period, agreements in self._read_group(
            [("id", "in", self.ids)], ["period_id"], ["agreement_id:recordset"]
        ):
            self.env["billing.generator"]._generate(agreements, period)
        return self.replaced_by_ids

    def _complete_cancellation(self):
        """Post the credit notes and make the segments cancelled, in one go."""
        pending = self.filtered(lambda segment: segment.state == "cancelling")
        if not pending:
            return self.env["account.move"]
        credit_notes = self.env["billing.invoicer"]._create_credit_notes(pending)
        credit_notes._post(soft=False)
        pending._set_state("cancelled")
        pending._refresh_figures()
        return credit_notes

    def action_undo_cancel(self):
        self._undo_cancel()

    def action_rebill(self):
        replacements = self._rebill()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("id", "in", (self | replacements).ids)]
        action["context"] = {}
        return action

    def action_complete_cancellation(self):
        return self._action_open_moves(self._complete_cancellation())

    # === Buttons ===

    def action_regenerate(self):
        """Rate the selected segments again from their corrected sources."""
        changed = self.browse()
        for period, agreements in self._read_group(
            [("id", "in", self.ids)], ["period_id"], ["agreement_id:recordset"]
        ):
            changed |= self.env["billing.generator"]._generate(agreements, period)
        return self._notify(
            self.env._(
                "%(changed)s of %(all)s segments changed.",
                changed=len(changed),
                all=len(self),
            )
        )

    def action_check(self):
        self.env["billing.check"]._run(self.filtered(lambda s: s.state in OPEN_STATES))
        self._refresh_figures()

    def action_invoice(self):
        """Make and post the invoices of the selected ready segments."""
        invoicer = self.env["billing.invoicer"]
        ready = self.filtered(lambda s: s.state == "ready")
        moves = invoicer._create_invoices(ready.filtered(lambda s: not s.invoice_id))
        moves |= ready.invoice_id.filtered(lambda move: move.state == "draft")
        invoicer._post(moves)
        if not moves:
            return self._notify(
                self.env._(
                    "No invoice was made: none of these segments is ready, or their "
                    "bills are held back because one of their segments has an error."
                ),
                "warning",
            )
        return self._action_open_moves(moves)

    def action_open_invoice(self):
        return self._action_open_moves(self.invoice_id)

    def action_open_credit_note(self):
        return self._action_open_moves(self.reversal_id)

    def _action_open_moves(self, moves):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["context"] = {"default_move_type": "out_invoice"}
        if len(moves) == 1:
            action.update(res_id=moves.id, view_mode="form", views=[(False, "form")])
        else:
            action["domain"] = [("id", "in", moves.ids)]
        return action

    def _notify(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

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
    IF ROW(OLD.agreement_id, OLD.account_id, OLD.contract_id, OLD.partner_id,
           OLD.company_id, OLD.currency_id, OLD.period_id, OLD.type_id,
           OLD.is_exclusive, OLD.source_key, OLD.date_start, OLD.date_end,
           OLD.quantity, OLD.amount, OLD.snapshot, OLD.snapshot_hash,
           OLD.invoice_id, OLD.replaces_id)
       IS DISTINCT FROM
       ROW(NEW.agreement_id, NEW.account_id, NEW.contract_id, NEW.partner_id,
           NEW.company_id, NEW.currency_id, NEW.period_id, NEW.type_id,
           NEW.is_exclusive, NEW.source_key, NEW.date_start, NEW.date_end,
           NEW.quantity, NEW.amount, NEW.snapshot, NEW.snapshot_hash,
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
