from odoo import fields, models

from .billing_context import COMPLETE
from .billing_move_completion import given


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # six digits are stored (decimal_precision.py), two are shown unless more matter
    quantity = fields.Float(min_display_digits=2)
    segment_line_ids = fields.One2many(
        "billing.segment.line",
        "charge_move_line_id",
        string="Billed Charges",
        readonly=True,
    )
    reversed_segment_line_ids = fields.One2many(
        "billing.segment.line",
        "reversal_move_line_id",
        string="Credited Charges",
        readonly=True,
    )
    is_billed = fields.Boolean(
        string="From a Segment",
        readonly=True,
        copy=False,
        help="The amount of the line is rounded by itself, whatever the taxes are "
        "rounded by, so that the invoice adds up to its segments.",
    )
    is_tax_by_line = fields.Boolean(
        string="Tax by Line",
        readonly=True,
        copy=False,
        help="The tax of the line is rounded by itself, so that the taxes of several "
        "invoices add up to those of one with all their lines.",
    )
    ledger_export_id = fields.Many2one(
        "billing.ledger.export",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _get_billed_lines(self):
        """The segment lines that these bill or give back."""
        return self.segment_line_ids | self.reversed_segment_line_ids

    # === Lines that come complete, see billing_move_completion.py ===

    def _prepare_create_values(self, vals_list):
        """Complete lines have nothing more to default, to precompute or to inverse."""
        if not self.env.context.get(COMPLETE):
            return super()._prepare_create_values(vals_list)
        now = self.env.cr.now()
        defaults = {
            **self._add_missing_default_values({}),
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
            "__precomputed__": {f for f in self._fields.values() if f.inverse},
        }
        for vals in vals_list:
            on_debit = (vals["balance"] > 0) != vals["is_storno"]
            vals["debit"] = vals["balance"] if on_debit else 0.0
            vals["credit"] = 0.0 if on_debit else -vals["balance"]
        return [{**defaults, **vals} for vals in vals_list]

    def modified(self, fnames, create=False, before=False):
        if not create or not self.env.context.get(COMPLETE):
            return super().modified(fnames, create=create, before=before)
        with given(self.env, self, self.move_id):
            return super().modified(fnames, create=create, before=before)

    def _check_company(self, fnames=None):
        # complete lines refer to what was checked when it was entered
        if self.env.context.get(COMPLETE):
            return None
        return super()._check_company(fnames)
