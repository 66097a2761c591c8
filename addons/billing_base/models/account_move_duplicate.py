from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _fetch_duplicate_reference(self, matching_states=("draft", "posted")):
        """What is made from segments has no duplicates: the database lets no day and
        no charge be billed twice.

        Odoo compares each invoice of a list with all of the company, which takes a
        second where there are many.
        """
        sold = self.filtered(lambda move: move.is_sale_document())
        # whoever may see the invoice need not see its segments
        billed = sold.sudo().filtered(
            lambda move: move.segment_ids or move.reversed_segment_ids
        )
        others = self - self.browse(billed.ids)
        return super(AccountMove, others)._fetch_duplicate_reference(matching_states)
