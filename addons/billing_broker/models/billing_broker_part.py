from odoo import api, fields, models


class BillingBrokerPart(models.Model):
    """A broker and his part of the commission."""

    _name = "billing.broker.part"
    _description = "Broker's Part"
    _order = "percent desc, id"
    _rec_name = "partner_id"

    agreement_id = fields.Many2one(
        "billing.broker.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Broker", required=True, ondelete="restrict"
    )
    percent = fields.Float(digits=(5, 2), default=100.0, required=True)

    _percent_positive = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "A broker's part is above 0 and at most 100 %.",
    )
    _broker_once = models.Constraint(
        "UNIQUE (agreement_id, partner_id)", "A broker has one part of an agreement."
    )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_agreement()
        return parts

    def write(self, vals):
        self._check_agreement()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_counted(self):
        self._check_agreement()

    def _check_agreement(self):
        """What was counted by is not changed any more, see the agreement's write."""
        counted = self.agreement_id.filtered(lambda agreement: agreement.line_ids)
        counted.write({"part_ids": []})
