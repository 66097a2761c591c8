from odoo import models

from odoo.addons.billing_base.rating import to_decimal


class BillingCheck(models.Model):
    _inherit = "billing.check"

    def _check_example_amount_limit(self, segments):
        """Segments above what the customer agreed to. The limit of the check is a
        tolerance in percent.

        :return: ``{segment id: figures}``; the message of the check names the figures
        """
        found = {}
        for segment in segments:
            agreed = segment.agreement_id.example_amount_limit
            tolerance = 1 + to_decimal(self.limit) / 100
            if agreed and to_decimal(segment.amount) > to_decimal(agreed) * tolerance:
                found[segment.id] = {"amount": segment.amount, "agreed": agreed}
        return found
