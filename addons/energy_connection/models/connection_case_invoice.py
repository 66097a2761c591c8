import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .connection_case_type import INVOICE_ON

_logger = logging.getLogger(__name__)


class ConnectionCase(models.Model):
    """Invoices of what was accepted: at once, by milestones, or at the end."""

    _inherit = "connection.case"

    invoice_on = fields.Selection(
        INVOICE_ON,
        string="Invoice",
        compute="_compute_invoice_on",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    milestone_ids = fields.One2many(
        "connection.milestone",
        string="Milestones",
        compute="_compute_milestone_ids",
        groups="billing_base.group_billing_viewer",
    )

    @api.depends("type_id")
    def _compute_invoice_on(self):
        for case in self:
            case.invoice_on = case.type_id.invoice_on

    @api.depends("offer_ids.milestone_ids")
    def _compute_milestone_ids(self):
        for case in self:
            live = case.offer_ids.filtered(lambda offer: offer.state != "cancel")
            case.milestone_ids = live.milestone_ids

    def action_invoice(self):
        """Draft invoices of what is due by the setting of the case."""
        self.ensure_one()
        moves = self._invoice_due()
        if not moves:
            raise UserError(self._explain_nothing_due())
        return moves._get_records_action(name=self.env._("Invoices"))

    def _explain_nothing_due(self):
        _ = self.env._
        waiting = self.milestone_ids.filtered(lambda m: m.state == "waiting")
        if self.invoice_on == "completion":
            return _(
                "Case %(case)s is invoiced at the end, by its final settlement. To "
                "invoice it now, change its setting “Invoice”.",
                case=self.name,
            )
        if self.invoice_on == "milestone" and not self.milestone_ids:
            return _(
                "Case %(case)s: its offers were accepted without milestones. Change "
                "its setting “Invoice”.",
                case=self.name,
            )
        if waiting:
            return _(
                "Case %(case)s: no milestone waits for its invoice. The next one is "
                "%(milestone)s.",
                case=self.name,
                milestone=waiting[0].name,
            )
        return _(
            "Case %(case)s: everything that was accepted is invoiced.", case=self.name
        )

    def _invoice_due(self):
        """Drafts of what is due: a change that was accepted later is due like the rest,
        with an invoice of its own.

        :return: account.move
        """
        moves = self.env["account.move"]
        for case in self:
            offers = case._get_accepted_offers()
            if case.invoice_on == "milestone":
                moves |= offers.milestone_ids._invoice()
            elif case.invoice_on == "acceptance":
                moves |= offers._get_open_offers()._create_open_invoices()
        return moves

    def _trigger_invoicing(self):
        """Let the scheduled action draft what became due. Whoever signs or reports
        never sees an error of the accounts."""
        if any(case.invoice_on != "completion" for case in self):
            self.env.ref("energy_connection.cron_invoice_due").sudo()._trigger()

    @api.model
    def _cron_invoice_due(self):
        """Draft what is due, case by case; a case that fails is told to its handler."""
        cases = self.search(
            Domain("invoice_on", "!=", "completion")
            & Domain("offer_ids.state", "=", "sale")
            & Domain("state", "not in", ("settled", "withdrawn"))
            & (
                Domain("offer_ids.milestone_ids.invoice_id", "=", False)
                | Domain("offer_ids.invoice_status", "=", "to invoice")
            )
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(cases))
        for case in cases:
            try:
                with self.env.cr.savepoint():
                    case.with_company(case.company_id)._invoice_due()
            except (UserError, ValidationError) as error:
                _logger.warning("Case %s was not invoiced: %s", case.name, error)
                case._ask_to_invoice(str(error))
            if not Cron._commit_progress(1):
                break

    def _ask_to_invoice(self, reason):
        """An activity for the handler, once while it is open."""
        self.ensure_one()
        summary = self.env._("Could not be invoiced")
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=reason,
                user_id=self.user_id.id or self.env.uid,
            )

    def action_complete(self):
        result = super().action_complete()
        self._trigger_invoicing()
        return result
