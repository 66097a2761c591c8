from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError


class BillingCycle(models.Model):
    """A calendar of billing periods: "monthly energy", "quarterly water"."""

    _name = "billing.cycle"
    _description = "Billing Cycle"
    _inherit = ["mail.thread"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    months = fields.Integer(
        string="Length in Months",
        default=1,
        required=True,
        help="Length of the periods generated ahead. Periods of any other length can "
        "be entered by hand.",
    )
    period_ids = fields.One2many("billing.period", "cycle_id", string="Periods")
    active_period_id = fields.Many2one(
        "billing.period", compute="_compute_active_period_id"
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a cycle must be unique."
    )
    _months_positive = models.Constraint(
        "CHECK (months > 0)", "A billing cycle is at least one month long."
    )

    def _compute_active_period_id(self):
        active = {
            cycle.id: period
            for cycle, period in self.env["billing.period"]._read_group(
                [("cycle_id", "in", self.ids), ("is_active", "=", True)],
                ["cycle_id", "id"],
            )
        }
        for cycle in self:
            cycle.active_period_id = active.get(cycle.id)

    def action_generate_periods(self):
        """Add a year of periods behind the last one."""
        for cycle in self:
            last = cycle.period_ids[-1:]
            if not last:
                raise UserError(
                    self.env._(
                        "Cycle %(cycle)s has no period to continue from. Enter its "
                        "first period by hand, the next ones follow it.",
                        cycle=cycle.display_name,
                    )
                )
            cycle._generate_periods(
                last.date_end + relativedelta(days=1),
                last.date_end + relativedelta(years=1),
            )

    def _generate_periods(self, date_start, date_end):
        """Create the periods of the cycle from ``date_start`` to ``date_end``.

        Both days are inclusive. A period that would overlap an existing one is left
        out, so the method can be repeated. Returns the new periods.
        """
        self.ensure_one()
        existing = {(p.date_start, p.date_end) for p in self.period_ids}
        vals_list = []
        start = date_start
        while start <= date_end:
            # counted from the first day, so that months of 31 days don't drift
            count = len(vals_list) + 1
            following = date_start + relativedelta(months=self.months * count)
            end = following - relativedelta(days=1)
            vals_list.append(
                {"cycle_id": self.id, "date_start": start, "date_end": end}
            )
            start = following
        return self.env["billing.period"].create(
            [
                vals
                for vals in vals_list
                if not any(
                    vals["date_start"] <= other_end and other_start <= vals["date_end"]
                    for other_start, other_end in existing
                )
            ]
        )
