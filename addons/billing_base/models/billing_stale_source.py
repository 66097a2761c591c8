from odoo import api, models


class BillingStaleSource(models.AbstractModel):
    """Records that segments are made from: one that is made, changed or deleted marks
    the segments of its days, before and after the change.

    A model that inherits from it says which, in ``_mark_stale``.
    """

    _name = "billing.stale.source"
    _description = "Source of Segments"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._mark_stale()
        return records

    def write(self, vals):
        self._mark_stale()
        result = super().write(vals)
        self._mark_stale()
        return result

    def unlink(self):
        self._mark_stale()
        return super().unlink()

    def _mark_stale(self):
        """Flag the segments that were made from these records."""
        raise NotImplementedError
