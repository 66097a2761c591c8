from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .billing_segment import OPEN_STATES


class BillingTermination(models.Model):
    """The end of an agreement: last day, final bill, then deposit and debts.

    Each step is one button; the state follows from what is there, so a final bill made
    by the month's run counts as well.
    """

    _name = "billing.termination"
    _description = "Termination"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_end desc, id desc"
    _rec_name = "agreement_id"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "billing.agreement",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        tracking=True,
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one(related="agreement_id.account_id")
    partner_id = fields.Many2one(related="agreement_id.partner_id", store=True)
    date_end = fields.Date(
        string="Last Day",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    origin = fields.Char(string="Because of", help="File, letter or call that says so.")
    note = fields.Char()
    is_dismissed = fields.Boolean(string="Dismissed", readonly=True, tracking=True)
    settled_on = fields.Date(readonly=True, tracking=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("ended", "Ended"),
            ("billed", "Final Bill Made"),
            ("settled", "Settled"),
            ("dismissed", "Dismissed"),
        ],
        compute="_compute_state",
    )
    final_segment_ids = fields.Many2many(
        "billing.segment", string="Final Bill", compute="_compute_state"
    )

    _open_once = models.UniqueIndex(
        "(agreement_id) WHERE NOT COALESCE(is_dismissed, FALSE)",
        "The agreement has a termination already. Open it.",
    )

    @api.depends(
        "is_dismissed", "settled_on", "date_end", "agreement_id.date_end",
        "agreement_id.segment_ids.state",
    )  # fmt: skip
    def _compute_state(self):
        final = self.env["billing.segment"].search(
            [
                ("agreement_id", "in", self.agreement_id.ids),
                ("is_final", "=", True),
                ("state", "not in", ("cancelling", "cancelled")),
            ]
        )
        by_agreement = final.grouped("agreement_id")
        for record in self:
            segments = by_agreement.get(record.agreement_id, final.browse())
            segments = segments.filtered(
                lambda s, day=record.date_end: s.date_end == day
            )
            record.final_segment_ids = segments
            record.state = record._get_state(segments)

    def _get_state(self, final):
        if self.is_dismissed:
            return "dismissed"
        if self.settled_on:
            return "settled"
        if self.agreement_id.date_end != self.date_end:
            return "proposed"
        return "billed" if "frozen" in final.mapped("state") else "ended"

    @api.model
    def _propose(self, vals_list):
        """Terminations to be decided on, one for each agreement.

        One that is proposed already takes over the new day; one that ended stays.
        """
        agreements = self.env["billing.agreement"].browse(
            vals["agreement_id"] for vals in vals_list
        )
        known = self.search(
            [("agreement_id", "in", agreements.ids), ("is_dismissed", "=", False)]
        ).grouped("agreement_id")
        new, found = [], self.browse()
        for agreement, vals in zip(agreements, vals_list, strict=True):
            record = known.get(agreement)
            if not record:
                new.append(vals)
                continue
            found |= record
            if record.state == "proposed" and record.date_end != vals["date_end"]:
                record.write(vals)
        return found | self.create(new)

    # === Buttons ===

    def action_end(self):
        """End the agreements on the last days."""
        for record in self.filtered(lambda r: r.state == "proposed"):
            record._check_date()
            record.agreement_id.date_end = record.date_end
        return True

    def _check_date(self):
        agreement = self.agreement_id
        if self.date_end < agreement.date_start:
            raise UserError(
                self.env._(
                    "%(agreement)s begins on %(start)s and cannot end on %(end)s. "
                    "Enter another last day, or archive the agreement.",
                    agreement=agreement.display_name,
                    start=format_date(self.env, agreement.date_start),
                    end=format_date(self.env, self.date_end),
                )
            )

    def action_final_bill(self):
        """End the agreements, generate what is not billed yet and invoice it.

        What has an error is shown instead, and is billed when it is corrected.
        """
        self.action_end()
        todo = self.filtered(lambda record: record.state == "ended")
        for period, agreements in todo._group_by_period().items():
            self.env["billing.generator"]._generate(agreements, period)
        segments = todo._get_open_segments()
        ready = segments.filtered(lambda s: s.state == "ready")
        invoicer = self.env["billing.invoicer"]
        moves = invoicer._create_invoices(ready.filtered(lambda s: not s.invoice_id))
        moves |= ready.invoice_id.filtered(lambda move: move.state == "draft")
        invoicer._post(moves)
        self.invalidate_recordset()
        left = todo.filtered(lambda record: record.state != "billed")
        if left:
            return left._action_view_left()
        return ready._action_open_moves(moves)

    def _group_by_period(self):
        """Agreements by the open periods of their calendar up to the last day.

        :raises UserError: naming the calendar whose last period is missing
        """
        groups = {}
        periods = self.env["billing.period"].search(
            [("cycle_id", "in", self.agreement_id.cycle_id.ids)], order="date_start"
        )
        by_cycle = periods.grouped("cycle_id")
        billed = dict(
            self.env["billing.segment"]._read_group(
                [
                    ("agreement_id", "in", self.agreement_id.ids),
                    ("is_exclusive", "=", True),
                    ("state", "=", "frozen"),
                ],
                ["agreement_id"],
                ["date_end:max"],
            )
        )
        for record in self:
            agreement = record.agreement_id
            since = max(agreement.date_start, billed.get(agreement, date.min))
            found = by_cycle.get(agreement.cycle_id, periods.browse()).filtered(
                lambda p, day=record.date_end, since=since: (
                    p.date_start <= day and p.date_end >= since
                )
            )
            if not found or found[-1].date_end < record.date_end:
                raise UserError(
                    self.env._(
                        "%(agreement)s: the cycle %(cycle)s has no period on "
                        "%(date)s. Generate its periods first.",
                        agreement=agreement.display_name,
                        cycle=agreement.cycle_id.name,
                        date=format_date(self.env, record.date_end),
                    )
                )
            for period in found.filtered(lambda p: p.state == "open"):
                groups[period] = groups.get(period, agreement.browse()) | agreement
        return groups

    def _get_open_segments(self):
        return self.env["billing.segment"].search(
            Domain("agreement_id", "in", self.agreement_id.ids)
            & Domain("state", "in", OPEN_STATES)
        )

    def _action_view_left(self):
        """What keeps final bills back."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["name"] = self.env._("What Keeps the Final Bill Back")
        action["domain"] = [
            ("agreement_id", "in", self.agreement_id.ids),
            ("state", "in", list(OPEN_STATES)),
        ]
        action["context"] = {}
        return action

    def action_dismiss(self):
        """The customer stays, or the file was wrong."""
        for record in self.filtered(lambda r: r.state in ("proposed", "dismissed")):
            record.is_dismissed = not record.is_dismissed
        return True

    def action_view_segments(self):
        return self.agreement_id.action_view_segments()
