from odoo import fields, models


class BillingSegment(models.Model):
    _inherit = "billing.segment"

    specification_id = fields.Many2one(
        "postal.specification",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _get_invoice_key(self, grouping):
        if grouping == "cost_centre":
            return self.account_id.id, self.cost_centre_id.id
        return super()._get_invoice_key(grouping)

    def _is_billed_again_by(self, vals):
        if self.specification_id or vals.get("specification_id"):
            return self.specification_id.id == vals.get("specification_id")
        return super()._is_billed_again_by(vals)

    def _get_statement_title(self):
        """The annex has a part for each cost centre."""
        if self.specification_id:
            return self._get_section_title()
        return super()._get_statement_title()

    def _get_section_title(self):
        """The cost centre heads its part of a consolidated invoice."""
        if self.cost_centre_id:
            return f"{self.cost_centre_id.display_name}, {self.specification_id.name}"
        return super()._get_section_title()
