from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .energy_onboarding_line import ACTIONS, TO_DO

INLINE = 500
"""So many points are written at once in the request; more are background jobs."""
COUNTED = [action for action, _label in ACTIONS] + ["planned", "done", "failed"]


class EnergyOnboarding(models.Model):
    """Customers, points and agreements from a confirmation: shown first, then written.

    The plan says of each row what it would do. Writing it takes the planned lines
    alone, so repeating changes nothing.
    """

    _name = "energy.onboarding"
    _description = "Onboarding"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(related="message_id.name")
    message_id = fields.Many2one(
        "energy.message",
        string="Confirmation",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('kind', '=', 'confirmations'), ('state', '=', 'processed')]",
    )
    company_id = fields.Many2one(
        related="message_id.company_id", store=True, precompute=True, index=True
    )
    network_id = fields.Many2one(related="message_id.network_id", store=True)
    date_start = fields.Date(
        string="Supplied From",
        help="First day of supply where the file tells none.",
    )
    previewed_on = fields.Datetime(readonly=True)
    line_ids = fields.One2many("energy.onboarding.line", "onboarding_id")
    new_count = fields.Integer(string="New", compute="_compute_counts")
    changed_count = fields.Integer(string="Changed", compute="_compute_counts")
    leaving_count = fields.Integer(string="Leaving", compute="_compute_counts")
    rejected_count = fields.Integer(string="Rejected", compute="_compute_counts")
    same_count = fields.Integer(string="Nothing to Do", compute="_compute_counts")
    problem_count = fields.Integer(string="Problems", compute="_compute_counts")
    planned_count = fields.Integer(string="To Write", compute="_compute_counts")
    done_count = fields.Integer(string="Written", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    draft_count = fields.Integer(
        string="Drafts to Release", compute="_compute_draft_count"
    )

    _message_once = models.Constraint(
        "UNIQUE (message_id)", "This confirmation has an onboarding already. Open it."
    )

    @api.depends("line_ids.action", "line_ids.state")
    def _compute_counts(self):
        counted = self.env["energy.onboarding.line"]._read_group(
            [("onboarding_id", "in", self.ids)],
            ["onboarding_id", "action", "state"],
            ["__count"],
        )
        counts = Counter()
        for onboarding, action, state, count in counted:
            counts[onboarding, action] += count
            if action in TO_DO:
                counts[onboarding, state] += count
        for onboarding in self:
            for name in COUNTED:
                onboarding[f"{name}_count"] = counts[onboarding, name]

    @api.depends("line_ids.agreement_id.is_draft")
    def _compute_draft_count(self):
        drafts = dict(
            self.env["energy.onboarding.line"]._read_group(
                [
                    ("onboarding_id", "in", self.ids),
                    ("action", "=", "new"),
                    ("agreement_id.is_draft", "=", True),
                ],
                ["onboarding_id"],
                ["__count"],
            )
        )
        for onboarding in self:
            onboarding.draft_count = drafts.get(onboarding, 0)

    def _get_drafts_domain(self):
        lines = self.env["energy.onboarding.line"]._search(
            [("onboarding_id", "in", self.ids), ("action", "=", "new")]
        )
        return Domain("is_draft", "=", True) & Domain(
            "id", "in", lines.select("agreement_id")
        )

    # === Buttons ===

    def action_preview(self):
        """Plan what is not written yet; nothing else changes."""
        for onboarding in self:
            onboarding._plan()
        return True

    def action_write(self):
        """Write what is planned: at once, or in the background where it is much."""
        for onboarding in self:
            onboarding._check_writable()
            pieces = onboarding._get_pieces()
            if sum(map(len, pieces)) <= INLINE:
                for piece in pieces:
                    onboarding._write_lines(piece)
                continue
            for number, piece in enumerate(pieces, 1):
                onboarding.with_delay(
                    identity_key=f"energy.onboarding:{onboarding.id}:{piece.ids[0]}",
                    description=f"{onboarding.display_name}: {number}",
                )._job_write(piece.ids)
        return True

    def _check_writable(self):
        if not self.planned_count:
            raise UserError(
                self.env._(
                    "Nothing is planned in %(name)s. Preview it, and correct the "
                    "problems it shows.",
                    name=self.display_name,
                )
            )

    def _job_write(self, line_ids):
        lines = self.env["energy.onboarding.line"].browse(line_ids).exists()
        self._write_lines(lines)

    def action_release(self):
        """Bill the drafts of this confirmation from now on."""
        drafts = self.env["billing.agreement"].search(self._get_drafts_domain())
        return drafts.action_release()

    def action_view_lines(self):
        self.ensure_one()
        return self._action_view_lines([])

    def action_view_planned(self):
        return self._action_view_lines(
            [("state", "=", "planned"), ("action", "in", TO_DO)]
        )

    def action_view_problems(self):
        return self._action_view_lines(
            ["|", ("action", "=", "problem"), ("state", "=", "failed")]
        )

    def _action_view_lines(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_onboarding_line_action"
        )
        action["domain"] = [("onboarding_id", "=", self.id), *domain]
        return action

    def action_view_agreements(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_agreement_action"
        )
        action["domain"] = list(self._get_drafts_domain())
        action["context"] = {}
        return action
