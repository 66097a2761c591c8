from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    connection_case_id = fields.Many2one(
        "connection.case",
        index="btree_not_null",
        readonly=True,
        check_company=True,
    )

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        # whoever registers the payment need not see cases
        self.sudo().connection_case_id._release_orders()
        return result
