from odoo import fields, models


class AccountMove(models.Model):
    """What an invoice has to do with reminders."""

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    dunning_communication_id = fields.Many2one(
        "credit.control.communication",
        string="Fee of Reminder",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    dunning_block_ids = fields.One2many(
        "billing.dunning.block", "move_id", string="Dunning Blocks"
    )

    _one_fee = models.UniqueIndex(
        "(dunning_communication_id) WHERE dunning_communication_id IS NOT NULL"
        " AND move_type = 'out_invoice'",
        "The fee of this reminder is booked already.",
    )

    def action_view_dunning(self):
        """Reminders of this invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.credit_control_communication_action"
        )
        reminders = self.credit_control_line_ids.communication_id
        return {**action, "domain": [("id", "in", reminders.ids)], "context": {}}

    def action_block_dunning(self):
        """Enter or see what keeps this invoice from being reminded of."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_dunning_block_action"
        )
        return {
            **action,
            "domain": [("move_id", "=", self.id)],
            "context": {
                "default_move_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }
