from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from ..rating import Factor, to_decimal
from ..tools import format_number
from .billing_staleness import changed_spans, mark_stale


class BillingTariffFactor(models.Model):
    """A dated coefficient the quantity of a charge is multiplied by: losses, the
    share of a common meter. A charge with factors needs one on every day."""

    _name = "billing.tariff.factor"
    _description = "Tariff Factor"
    _order = "item_id, date_start"
    _check_company_auto = True

    item_id = fields.Many2one(
        "billing.tariff.item", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="item_id.company_id", store=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", help="Last day; empty: until further notice.")
    value = fields.Float(
        string="Factor",
        digits="Billing Price",
        min_display_digits=2,
        required=True,
        default=1,
        aggregator=None,
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A factor ends on or after its first day.",
    )
    _value_positive = models.Constraint(
        "CHECK (value > 0)", "A factor is greater than 0."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (item_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "The factors of one charge must not overlap. End the one before the day the "
        "next begins.",
    )

    @api.depends("item_id", "date_start")
    def _compute_display_name(self):
        for factor in self:
            start = factor.date_start and format_date(self.env, factor.date_start)
            factor.display_name = f"{factor.item_id.display_name} {start or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        factors = super().create(vals_list)
        factors._log(self.env._("New factor"))
        mark_stale(self.env, factors._get_concerned())
        return factors

    def write(self, vals):
        before = {
            factor: (factor.value, factor.date_start, factor.date_end)
            for factor in self
        }
        result = super().write(vals)
        changed, concerned = self.browse(), []
        for factor in self:
            value, *dates = before[factor]
            new_dates = [factor.date_start, factor.date_end]
            if factor.value != value:
                spans = [tuple(dates), tuple(new_dates)]
            else:
                spans = changed_spans(dates, new_dates)
            if spans:
                changed |= factor
                concerned += factor._get_concerned(spans)
        changed._log(self.env._("Factor changed"))
        mark_stale(self.env, concerned)
        return result

    def unlink(self):
        self._log(self.env._("Factor removed"))
        concerned = self._get_concerned()
        result = super().unlink()
        mark_stale(self.env, concerned)
        return result

    def _log(self, text):
        """Changes are in the chatter of the charge."""
        bodies = {}
        for factor in self:
            last = factor.date_end and format_date(self.env, factor.date_end)
            bodies.setdefault(factor.item_id.id, []).append(
                f"{text} {format_date(self.env, factor.date_start)} – {last or '…'}: "
                f"{format_number(self.env, factor.value)}"
            )
        if bodies:
            self.item_id._message_log_batch(
                bodies={
                    item_id: Markup("<br/>").join(lines)
                    for item_id, lines in bodies.items()
                }
            )

    def _get_concerned(self, spans=None):
        """Changes as ``mark_stale`` takes them, of all days or of ``spans``."""
        return [
            {
                "tariff_id": factor.item_id.tariff_id.id,
                "date_start": date_start,
                "date_end": date_end,
            }
            for factor in self
            for date_start, date_end in (
                spans or [(factor.date_start, factor.date_end)]
            )
        ]

    def _to_rating(self):
        """This factor as the rating package takes it."""
        self.ensure_one()
        return Factor(
            self.id, to_decimal(self.value), self.date_start, self.date_end or None
        )
