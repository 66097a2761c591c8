from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import split_every

PIECE = 500
"""Customers reminded of in one transaction."""


class CreditControlRun(models.Model):
    """A dunning run: a preview that writes nothing, then reminders in pieces.

    OCA's policies, levels, lines and communications are kept; the selection is done by
    one statement instead of a search for every debt, and knows dunning blocks,
    promises, arrangements and direct debits.
    """

    _inherit = "credit.control.run"

    date = fields.Date(default=fields.Date.context_today)
    proposal_ids = fields.One2many(
        "billing.dunning.proposal", "run_id", string="Preview"
    )
    communication_ids = fields.One2many(
        "credit.control.communication", "run_id", string="Reminders"
    )
    previewed = fields.Datetime(string="Preview Made", readonly=True, copy=False)
    ready_count = fields.Integer(compute="_compute_proposal_counts")
    left_count = fields.Integer(compute="_compute_proposal_counts")
    failed_count = fields.Integer(compute="_compute_proposal_counts")
    unsent_count = fields.Integer(compute="_compute_unsent_count")

    @api.depends("date", "company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for run in self:
            date = self.env["ir.qweb.field.date"].value_to_html(run.date, {})
            run.display_name = self.env._("Dunning of %s", date)

    @api.depends("proposal_ids.state")
    def _compute_proposal_counts(self):
        counts = {
            (run.id, state): count
            for run, state, count in self.env["billing.dunning.proposal"]._read_group(
                [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
            )
        }
        for run in self:
            run.ready_count = counts.get((run.id, "ready"), 0)
            run.left_count = counts.get((run.id, "left"), 0)
            run.failed_count = counts.get((run.id, "failed"), 0)

    @api.depends("communication_ids.delivery_ids.state")
    def _compute_unsent_count(self):
        counts = dict(
            self.env["billing.delivery"]._read_group(
                [
                    ("communication_id.run_id", "in", self.ids),
                    ("state", "=", "waiting"),
                    ("method_id.code", "=", "mail"),
                ],
                ["communication_id"],
                ["__count"],
            )
        )
        for run in self:
            run.unsent_count = sum(
                count
                for communication, count in counts.items()
                if communication.run_id == run
            )

    # === Preview ===

    def action_preview(self):
        """Look for what is to be reminded of; nothing is written but the preview."""
        self.env["res.users"]._check_may("collect")
        for run in self:
            if run.state != "draft":
                raise UserError(
                    self.env._("This run has reminded already. Make a new one.")
                )
            run._check_policies()
            run.sudo().proposal_ids.unlink()
            # a look ahead breaks no promise
            day = min(run.date, fields.Date.context_today(run))
            self.env["billing.payment.plan"].with_company(run.company_id)._evaluate(
                run.company_id, day
            )
            self.env["billing.dunning.proposal"]._insert(run)
            run.previewed = fields.Datetime.now()
        return self.action_view_proposals() if len(self) == 1 else None

    def _check_policies(self):
        if not self.policy_ids:
            raise ValidationError(self.env._("Choose the policies to remind by."))
        if not self.company_id:
            raise ValidationError(self.env._("Choose the company that reminds."))

    def action_view_proposals(self):
        return self._action_open(
            "billing_base.billing_dunning_proposal_action", [("run_id", "=", self.id)]
        )

    def action_view_reminders(self):
        return self._action_open(
            "billing_base.credit_control_communication_action",
            [("run_id", "=", self.id)],
        )

    def _action_open(self, xmlid, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {**action, "domain": domain}

    # === Reminders ===

    def action_remind(self):
        """Write what the preview shows; many customers go as jobs of PIECE each."""
        self.env["res.users"]._check_may("collect")
        self.ensure_one()
        self.lock_for_update()
        if not self.previewed:
            raise UserError(self.env._("Make the preview first and look at it."))
        self.state = "done"
        partners = self._get_waiting_partners()
        if len(partners) <= PIECE:
            self._remind(partners)
            return self.action_view_reminders()
        for piece in split_every(PIECE, partners, list):
            self.with_delay(
                identity_key=f"credit.control.run:{self.id}:{piece[0]}",
                description=self.env._("Reminders of %s", self.display_name),
            )._remind(piece)
        return None

    def _get_waiting_partners(self):
        groups = self.env["billing.dunning.proposal"]._read_group(
            [("run_id", "=", self.id), ("state", "in", ("ready", "failed"))],
            ["partner_id"],
        )
        return [partner.id for (partner,) in groups]

    def _remind(self, partner_ids):
        """Reminders of some customers; what fails for one keeps no other back.

        Repeating does nothing: what is written is no longer to remind.
        """
        try:
            with self.env.cr.savepoint():
                self._remind_piece(partner_ids)
        except (UserError, ValidationError) as error:
            if len(partner_ids) > 1:
                middle = len(partner_ids) // 2
                self._remind(partner_ids[:middle])
                self._remind(partner_ids[middle:])
                return
            self._get_waiting(partner_ids).write(
                {"state": "failed", "message": str(error)}
            )

    def _get_waiting(self, partner_ids):
        return (
            self.env["billing.dunning.proposal"]
            .sudo()
            .search(
                [
                    ("run_id", "=", self.id),
                    ("partner_id", "in", partner_ids),
                    ("state", "in", ("ready", "failed")),
                ],
                order="partner_id, date_due, id",
            )
        )

    def _remind_piece(self, partner_ids):
        waiting = self._get_waiting(partner_ids)
        # two jobs with the same customers, or one given twice, follow each other
        waiting.lock_for_update()
        found = {
            row["move_line_id"]: row
            for row in self.env.execute_query_dict(
                self.env["billing.dunning.proposal"]._select(self, partner_ids)
            )
            if not row["skip"]
        }
        due = waiting.filtered(lambda proposal: proposal.move_line_id.id in found)
        (waiting - due).write({"state": "gone", "message": False})
        rows = [found[proposal.move_line_id.id] for proposal in due]
        reminders = self.env["credit.control.communication"]._make(self, rows)
        for reminder, proposals in due.grouped(
            lambda proposal: reminders[proposal.move_line_id.id]
        ).items():
            proposals.write(
                {
                    "state": "done",
                    "message": False,
                    "communication_id": reminder.id,
                    "policy_level_id": reminder.policy_level_id.id,
                }
            )

    def action_send(self):
        """Hand the e-mails of this run to jobs; letters wait for a person."""
        self.communication_ids.delivery_ids.filtered(
            lambda delivery: delivery.state == "waiting"
        ).action_send()

    def _generate_credit_lines(self):
        """OCA's button does the same as ours: preview and remind."""
        self.action_preview()
        self.action_remind()
        return self.communication_ids.credit_control_line_ids
