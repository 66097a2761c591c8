import base64

from odoo import fields, models
from odoo.fields import Command
from odoo.tools import format_date

STATEMENT = "partner_statement.action_print_outstanding_statement"


class ResPartner(models.Model):
    """What a customer owes, promised, is blocked for, and his statement."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    billing_amount_open = fields.Monetary(
        string="Open Debts",
        compute="_compute_billing_amount_open",
        groups="billing_base.group_billing_viewer",
    )

    def _compute_billing_amount_open(self):
        customers = self.commercial_partner_id
        totals = dict(
            self.env["billing.debt"]._read_group(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                ["partner_id"],
                ["amount_open:sum"],
            )
        )
        for partner in self:
            partner.billing_amount_open = totals.get(partner.commercial_partner_id, 0)

    def action_view_billing_debts(self):
        return self._action_view_file("billing_base.billing_debt_action")

    def action_view_payment_plans(self):
        return self._action_view_file("billing_base.billing_payment_plan_action")

    def action_view_dunning_blocks(self):
        return self._action_view_file("billing_base.billing_dunning_block_action")

    def action_view_billing_reminders(self):
        return self._action_view_file(
            "billing_base.credit_control_communication_action"
        )

    # === Statement of the balance ===

    def _prepare_statement(self):
        """Data of OCA's report: all open items of today, with their age."""
        return (
            self.env["outstanding.statement.wizard"]
            .with_context(active_ids=self.commercial_partner_id.ids)
            .create(
                {
                    "filter_partners_non_due": False,
                    "filter_negative_balances": False,
                }
            )
            ._prepare_statement()
        )

    def action_print_statement(self):
        """The statement as PDF."""
        report = self.env.ref(STATEMENT).with_context(discard_logo_check=True)
        return report.report_action(
            self.commercial_partner_id, data=self._prepare_statement()
        )

    def action_send_statement(self):
        """A mail to the customer with his statement, to look through and send."""
        self.ensure_one()
        customer = self.commercial_partner_id
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(
            STATEMENT, customer.ids, data=self._prepare_statement()
        )
        today = format_date(self.env, fields.Date.context_today(self))
        title = self.env._("Statement of %(date)s", date=today)
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{title.replace('/', '-')}.{kind}",
                "datas": base64.b64encode(content),
                "res_model": self._name,
                "res_id": customer.id,
            }
        )
        wizard = self.env["mail.compose.message"].create(
            {
                "model": self._name,
                "res_ids": repr(customer.ids),
                "composition_mode": "comment",
                "partner_ids": [Command.set(self.ids)],
                "subject": title,
                "body": self.env._("Please find attached what is open today."),
                "attachment_ids": [Command.set(attachment.ids)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "mail.compose.message",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }
