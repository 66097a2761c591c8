from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
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
    period_length = fields.Integer(
        string="Length",
        default=1,
        required=True,
        help="Length of the periods generated ahead. Periods of any other length can "
        "be entered by hand.",
    )
    unit = fields.Selection(
        [("days", "Days"), ("weeks", "Weeks"), ("months", "Months")],
        string="Unit of Length",
        default="months",
        required=True,
    )
    months_ahead = fields.Integer(
        default=3,
        required=True,
        help="So many months ahead of today the periods are always there: they are "
        "added every night behind the last one. 0: they are added by hand.",
    )
    period_ids = fields.One2many("billing.period", "cycle_id", string="Periods")
    active_period_id = fields.Many2one(
        "billing.period", compute="_compute_active_period_id"
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a cycle must be unique."
    )
    _length_positive = models.Constraint(
        "CHECK (period_length > 0)",
        "A period of a billing cycle is at least one day long.",
    )
    _months_ahead_not_negative = models.Constraint(
        "CHECK (months_ahead BETWEEN 0 AND 120)",
        "Periods are generated at most ten years ahead.",
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
            last = cycle._get_last_period()
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

    @api.model
    def _cron_generate_periods(self):
        """Keep every cycle its months ahead; a cycle without a first period waits."""
        today = fields.Date.context_today(self)
        for cycle in self.search([("months_ahead", ">", 0)]):
            last = cycle._get_last_period()
            if last:
                cycle._generate_periods(
                    last.date_end + relativedelta(days=1),
                    today + relativedelta(months=cycle.months_ahead),
                )

    def _get_last_period(self):
        self.ensure_one()
        return self.env["billing.period"].search(
            [("cycle_id", "=", self.id)], order="date_start desc", limit=1
        )

    def _generate_periods(self, date_start, date_end):
        """Create the periods of the cycle from ``date_start`` to ``date_end``.

        Both days are inclusive; the last period may end after ``date_end``. A period
        that would overlap an existing one is left out, so the method can be repeated.
        Returns the new periods.
        """
        self.ensure_one()
        existing = [(p.date_start, p.date_end) for p in self.period_ids]
        return self.env["billing.period"].create(
            [
                {"cycle_id": self.id, "date_start": start, "date_end": end}
                for start, end in self._split(date_start, date_end)
                if not any(
                    start <= other_end and other_start <= end
                    for other_start, other_end in existing
                )
            ]
        )

    def _split(self, date_start, date_end):
        """First and last days of the periods that begin between the two days."""
        start, count = date_start, 0
        while start <= date_end:
            # counted from the first day, so that months of 31 days don't drift
            count += 1
            elapsed = {self.unit: self.period_length * count}
            following = date_start + relativedelta(**elapsed)
            yield start, following - relativedelta(days=1)
            start = following
