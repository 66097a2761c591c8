"""What the overview shows of files for other systems."""

from odoo import models

from odoo.addons.billing_base.models.billing_cockpit import Step

NOT_SENT = (
    "exchange_record_id.edi_exchange_state",
    "in",
    ("output_error_on_send", "output_sent_and_error"),
)


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_steps(self):
        return [
            *super()._get_steps(),
            Step(
                "exchange",
                "billing",
                self.env._("Exchange Files"),
                "billing.exchange.batch",
                70,
            ),
        ]

    def _read_exchange(self, scope):
        """Files made, and those that did not leave or were refused."""
        _ = self.env._
        Batch = self.env["billing.exchange.batch"]
        own = ("company_id", "=", scope.company.id)
        return [
            self._figure(
                key,
                name,
                Batch.search_count([own, *domain]),
                self._list(
                    "billing_exchange.billing_exchange_batch_action", [own, *domain]
                ),
                tone=tone,
                late=tone and _("Exchange Files Not Sent or Refused"),
            )
            for key, name, domain, tone in (
                ("failed", _("Not Sent or Refused"), [NOT_SENT], "danger"),
                ("done", _("Files Made"), [("state", "=", "done")], ""),
            )
        ]
