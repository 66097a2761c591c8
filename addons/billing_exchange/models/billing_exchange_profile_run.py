import re

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

STEPS = {
    "daily": relativedelta(days=1),
    "weekly": relativedelta(weeks=1),
    "monthly": relativedelta(months=1),
}


class BillingExchangeProfile(models.Model):
    """Runs of a profile, by hand and by schedule."""

    _inherit = "billing.exchange.profile"

    def action_run(self):
        """Make the next batch and show it."""
        self.ensure_one()
        batches = self._run()
        if not batches:
            raise UserError(
                self.env._(
                    "Profile “%(name)s” has nothing new to export.", name=self.name
                )
            )
        action = {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": batches._name,
            "view_mode": "list,form",
            "domain": [("id", "in", batches.ids)],
        }
        if len(batches) == 1:
            action.update({"view_mode": "form", "res_id": batches.id})
        return action

    def _run(self):
        """Make the batches there is something for, and queue their files.

        :return: billing.exchange.batch or billing.ledger.export
        """
        self.ensure_one()
        self._check_ready()
        self.env["res.users"]._check_may("export" if self.kind == "ledger" else "send")
        self._lock()
        if self.kind == "ledger":
            batches = self._run_ledger()
        else:
            Batch = self.env["billing.exchange.batch"]
            make = Batch._make_e_invoices if self.kind == "e_invoice" else Batch._make
            batches = make(self)
        batches._hand_over()
        return batches

    def _lock(self):
        """One run of a profile at a time: two would share the records."""
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", self._name, self.id)
        )

    def _name_invoice(self, move):
        """What the file of an invoice is called, without its suffix."""
        return re.sub(r"[^\w.-]+", "_", move.name).strip("._")

    def _run_ledger(self):
        Export = self.env["billing.ledger.export"]
        today = fields.Date.context_today(self)
        batch = Export.create(
            {
                "profile_id": self.id,
                "company_id": self.company_id.id,
                # the month before: its entries are complete
                "date_end": today.replace(day=1) - relativedelta(days=1),
            }
        )
        if not batch._has_entries():
            batch.unlink()
            return Export
        batch.action_export()
        return batch

    @api.model
    def _cron_run(self, today=None):
        """Run what is due. Batch and next day are stored in one transaction, so that
        no day is done twice or left out; a profile that fails keeps nobody back."""
        today = today or fields.Date.context_today(self)
        due = self.search([("schedule", "!=", "never"), ("next_date", "<=", today)])
        for profile in due:
            owned = profile.with_user(profile.user_id).with_company(profile.company_id)
            try:
                with self.env.cr.savepoint():
                    owned._run()
                    owned.env.flush_all()
            except UserError as error:
                profile.message_post(
                    body=self.env._("The scheduled file failed: %s", error)
                )
                continue
            following = profile.next_date
            while following <= today:
                following += STEPS[profile.schedule]
            profile.next_date = following

    @api.model
    def _cron_deliver(self):
        """Send again what failed, and look for answers."""
        for model in ("billing.exchange.batch", "billing.ledger.export"):
            failed = self.env[model].search(
                [("exchange_record_id.edi_exchange_state", "=", "output_error_on_send")]
            )
            failed.filtered(lambda batch: batch._may_retry())._delay_sending()
            sent = self.env[model].search(
                [
                    ("exchange_record_id.edi_exchange_state", "=", "output_sent"),
                    ("profile_id.answer_folder", "!=", False),
                ]
            )
            for batch in sent:
                try:
                    batch._check_answers()
                except UserError as error:
                    batch.message_post(body=str(error))
