from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Span, quantity_in, to_decimal

from ..bulk import as_table
from ..market.deviation import deviation

FIGURES = {
    **dict.fromkeys(
        ("actual", "difference", "over", "under", "peak", "overrun"), "number"
    ),
    "problem": "text",
}
DEMAND = "_demand"
"""How the code of the highest power ends, after that of its energy."""


class EnergyContractedMonth(models.Model):
    """A month's quantity, what was used, and what it costs."""

    _name = "energy.contracted.month"
    _description = "Contracted Month"
    _order = "date, id"
    _check_company_auto = True

    contracted_id = fields.Many2one(
        "energy.contracted.quantity",
        string="Contract",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="contracted_id.partner_id", store=True)
    company_id = fields.Many2one(related="contracted_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Month", required=True)
    quantity = fields.Float(
        string="Contracted",
        digits="Product Unit",
        min_display_digits=2,
        required=True,
    )
    actual = fields.Float(digits="Product Unit", min_display_digits=2, readonly=True)
    difference = fields.Float(
        digits="Product Unit", min_display_digits=2, readonly=True
    )
    over = fields.Float(
        string="Above Tolerance",
        digits="Product Unit",
        min_display_digits=2,
        readonly=True,
    )
    under = fields.Float(
        string="Below Tolerance",
        digits="Product Unit",
        min_display_digits=2,
        readonly=True,
    )
    peak = fields.Float(
        string="Highest Power",
        digits="Product Unit",
        min_display_digits=2,
        readonly=True,
    )
    overrun = fields.Float(
        string="Over Capacity",
        digits="Product Unit",
        min_display_digits=2,
        readonly=True,
    )
    problem = fields.Char(readonly=True)
    charge_ids = fields.One2many(
        "billing.charge", "contracted_month_id", string="Charges"
    )
    amount = fields.Monetary(string="Charged", compute="_compute_amount", store=True)

    _month_once = models.Constraint(
        "UNIQUE (contracted_id, date)", "A month is contracted once."
    )
    _first_day = models.Constraint(
        "CHECK (EXTRACT(day FROM date) = 1)", "Enter the first day of the month."
    )
    _not_negative = models.Constraint(
        "CHECK (quantity >= 0)", "A contracted quantity is not negative."
    )

    @api.depends("charge_ids.amount", "charge_ids.state")
    def _compute_amount(self):
        for month in self:
            live = month.charge_ids.filtered(lambda charge: charge.state != "cancelled")
            month.amount = float(
                sum((to_decimal(charge.amount) for charge in live), Decimal())
            )

    @api.depends("date", "contracted_id")
    def _compute_display_name(self):
        for month in self:
            day = month.date and month.date.strftime("%m/%Y")
            month.display_name = f"{month.contracted_id.display_name or ''} {day or ''}"

    def _get_end(self):
        self.ensure_one()
        return fields.Date.end_of(self.date, "month")

    def _count(self):
        """Compare with what was measured, and request the charges.

        A month with something missing says so and waits; one whose charge was billed
        stays as it is.
        """
        self.check_access("write")
        waiting = self.filtered(
            lambda month: (
                set(month.charge_ids.mapped("state")) <= {"waiting", "cancelled"}
            )
        )
        waiting.charge_ids.filtered(
            lambda charge: charge.state == "waiting" and not charge.segment_ids
        ).unlink()
        charges, rows = [], []
        for date, months in waiting.grouped("date").items():
            span = Span(date, fields.Date.end_of(date, "month"))
            agreements = months.contracted_id.agreement_ids
            measured = agreements._get_quantities(
                {agreement.id: [span] for agreement in agreements}
            )
            for month in months:
                row = month._compare(span, measured)
                rows.append({"id": month.id, **row})
                charges += month._prepare_charges(row)
        waiting._store(rows)
        self.env["billing.charge"]._request(charges)

    def _store(self, rows):
        """What months turned out to be, in one statement.

        :param rows: dictionaries of ``FIGURES``, with the ``id``
        """
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE energy_contracted_month m
                   SET actual = v.actual, difference = v.difference, over = v.over,
                       under = v.under, peak = v.peak, overrun = v.overrun,
                       problem = v.problem
                  FROM %s WHERE m.id = v.id
                """,
                as_table("v", {"id": "int", **FIGURES}, rows),
            )
        )
        self.invalidate_recordset(list(FIGURES))

    def _compare(self, span, measured):
        """``FIGURES`` of the month: what was used, and what lies outside."""
        contracted = self.contracted_id
        code = contracted.agreement_ids.type_id.quantity_type_id.code
        found = defaultdict(list)
        for agreement in contracted.agreement_ids:
            for quantity in measured.get(agreement.id, ()):
                found[agreement, quantity.code].append(quantity)
        missing = [
            agreement
            for agreement in contracted.agreement_ids
            if not _covers([q.span for q in found[agreement, code]], span)
        ]
        if missing:
            return {
                **dict.fromkeys(FIGURES, Decimal()),
                "problem": self.env._(
                    "Not measured yet: %(agreements)s",
                    agreements=", ".join(missing_one.code for missing_one in missing),
                ),
            }
        actual = sum(
            (
                quantity_in(found[agreement, code], span)
                for agreement in contracted.agreement_ids
            ),
            Decimal(),
        )
        result = deviation(
            to_decimal(self.quantity),
            actual,
            to_decimal(contracted.tolerance_over),
            to_decimal(contracted.tolerance_under),
        )
        peaks = [
            quantity.value
            for agreement in contracted.agreement_ids
            for quantity in found[agreement, code + DEMAND]
        ]
        peak = max(peaks, default=Decimal())
        capacity = to_decimal(contracted.capacity)
        return {
            "actual": actual,
            "difference": result.difference,
            "over": result.over,
            "under": result.under,
            "peak": peak,
            "overrun": max(Decimal(), peak - capacity) if capacity else Decimal(),
            "problem": None,
        }

    def _prepare_charges(self, row):
        """Charges of what lies outside; each is requested once for its month."""
        contracted, _ = self.contracted_id, self.env._
        month = self.date.strftime("%m/%Y")
        texts = (
            ("over", contracted.price_over, _("Above the contracted quantity")),
            ("under", contracted.price_under, _("Below the contracted quantity")),
            ("overrun", contracted.price_capacity, _("Above the contracted capacity")),
        )
        agreement = contracted.agreement_ids[:1]
        round_number = len(self.charge_ids.filtered("segment_ids"))
        return [
            {
                "source_key": f"contracted,{self.id},{kind},{round_number}",
                "contracted_month_id": self.id,
                "name": f"{text}, {month}",
                "agreement_id": agreement.id,
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "product_id": contracted.product_id.id,
                "quantity": float(row[kind]),
                "unit_price": price,
                "date": self._get_end(),
                "origin": contracted.display_name,
            }
            for kind, price, text in texts
            if price and row[kind]
        ]

    @api.model
    def _cron_count(self):
        """Months that ended, until they are complete."""
        first = fields.Date.start_of(fields.Date.today(), "month")
        self.search(
            [("date", "<", first), ("charge_ids", "=", False), ("amount", "=", 0)]
        ).filtered(lambda month: not month.actual)._count()


def _covers(spans, whole):
    """Whether the spans leave no day of ``whole`` out."""
    days = set()
    for span in spans:
        part = span.intersect(whole)
        if part:
            days.update(range(part.start.toordinal(), part.end.toordinal() + 1))
    return len(days) == whole.days
