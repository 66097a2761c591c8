from psycopg2.extras import Json, execute_values

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..rating import to_decimal

PAGE = 1000
"""Rows stored by one statement."""


class BillingInterestLine(models.Model):
    """Interest of some days of one debt at one rate."""

    _name = "billing.interest.line"
    _description = "Claimed Interest"
    _order = "claim_id, move_line_id, date_start"
    _log_access = False

    claim_id = fields.Many2one(
        "billing.interest.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    partner_id = fields.Many2one(related="claim_id.partner_id")
    state = fields.Selection(related="claim_id.state")
    move_line_id = fields.Many2one(
        "account.move.line", string="Debt", required=True, index=True, readonly=True
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    day_count = fields.Integer(string="Days", compute="_compute_day_count")
    base = fields.Monetary(string="Open Balance", readonly=True)
    rate_id = fields.Many2one(
        "billing.interest.rate", required=True, readonly=True, ondelete="restrict"
    )
    percent = fields.Float(string="Percent a Year", digits=(8, 4), readonly=True)
    amount = fields.Monetary(string="Interest", readonly=True)
    explanation = fields.Json(readonly=True)
    is_cancelled = fields.Boolean(required=True, default=False, readonly=True)

    _never_twice_a_day = models.Constraint(
        "EXCLUDE USING gist (move_line_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&) WHERE (NOT is_cancelled)",
        "Interest on these days of the debt is claimed already.",
    )

    @api.depends("date_start", "date_end")
    def _compute_day_count(self):
        for line in self:
            line.day_count = (line.date_end - line.date_start).days + 1

    @api.model
    def _insert(self, company, rows):
        """Store counted lines by one statement; the caller is the claim's.

        :param rows: ``[(claim id, Debt, InterestLine), …]`` of stored claims
        """
        execute_values(
            self.env.cr._obj,
            """
            INSERT INTO billing_interest_line (
                   claim_id, company_id, move_line_id, date_start, date_end, base,
                   percent, rate_id, amount, explanation, is_cancelled) VALUES %s
            """,
            [
                (
                    claim_id,
                    company.id,
                    debt.line_id,
                    line.span.start,
                    line.span.end,
                    line.base,
                    line.percent,
                    line.rate_key,
                    line.amount,
                    Json(line.explanation),
                    False,
                )
                for claim_id, debt, line in rows
            ],
            page_size=PAGE,
        )

    def _describe(self):
        self.ensure_one()
        lang = self.partner_id.lang
        env = self.with_context(lang=lang).env
        return env._(
            "Late interest on %(invoice)s: %(base)s, %(start)s – %(end)s, %(days)s "
            "days, %(percent)s %% a year",
            invoice=self.move_id.name,
            base=format_amount(env, self.base, self.currency_id, lang_code=lang),
            start=format_date(env, self.date_start, lang_code=lang),
            end=format_date(env, self.date_end, lang_code=lang),
            days=self.day_count,
            percent=to_decimal(self.percent).normalize(),
        )
