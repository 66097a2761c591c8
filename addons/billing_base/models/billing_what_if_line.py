from odoo import api, fields, models
from odoo.tools import SQL

BANDS = [
    ("a", "-50 % and less", -50),
    ("b", "-50 % to -20 %", -20),
    ("c", "-20 % to -10 %", -10),
    ("d", "-10 % to -5 %", -5),
    ("e", "-5 % to -1 %", -1),
    ("f", "-1 % to 1 %", 1),
    ("g", "1 % to 5 %", 5),
    ("h", "5 % to 10 %", 10),
    ("i", "10 % to 20 %", 20),
    ("j", "20 % to 50 %", 50),
    ("k", "over 50 %", None),
]
"""Key, what the chart shows, and the upper limit in percent, inclusive."""


def band_of(percent):
    """Key of the band a change in percent falls in.

    >>> band_of(3), band_of(-60), band_of(51)
    ('g', 'a', 'k')
    """
    for key, _label, upper in BANDS:
        if upper is None or percent <= upper:
            return key
    raise ValueError(percent)


class BillingWhatIfLine(models.Model):
    """What an agreement was billed in the period, and what it would have been."""

    _name = "billing.what.if.line"
    _description = "What-If Result"
    _order = "what_if_id, impact desc, id"
    _log_access = False
    _check_company_auto = True

    what_if_id = fields.Many2one(
        "billing.what.if", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    agreement_id = fields.Many2one(
        "billing.agreement", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="cascade"
    )
    type_id = fields.Many2one(
        "billing.agreement.type", readonly=True, ondelete="cascade"
    )
    tariff_id = fields.Many2one(
        "billing.tariff", string="Billed Tariff", readonly=True, ondelete="cascade"
    )
    amount = fields.Monetary(string="Billed", readonly=True)
    new_amount = fields.Monetary(string="With These Prices", readonly=True)
    difference = fields.Monetary(readonly=True)
    impact = fields.Monetary(
        string="Size of the Difference", readonly=True, help="Without its sign."
    )
    percent = fields.Float(
        string="Difference %", digits=(16, 2), readonly=True, aggregator=None
    )
    change_band = fields.Selection(
        [(key, label) for key, label, _upper in BANDS],
        string="Change",
        readonly=True,
    )
    problem = fields.Char(readonly=True, help="Why there is no amount to compare with.")

    # the biggest changes of a calculation
    _impact_idx = models.Index("(what_if_id, impact DESC)")
    _agreement_once = models.UniqueIndex(
        "(what_if_id, agreement_id)", "An agreement has one result in a calculation."
    )

    @api.model
    def _store(self, what_if, lines):
        """Insert results in one statement.

        :param list lines: tuples of agreement, partner, agreement type and tariff id,
            amount, new amount (Decimal or None) and problem
        """
        rows = []
        for agreement, partner, kind, tariff, amount, new_amount, problem in lines:
            difference = percent = band = None
            if new_amount is not None:
                difference = new_amount - amount
                if amount:
                    percent = round(100 * difference / abs(amount), 2)
                    band = band_of(percent)
                else:
                    band = "k" if difference > 0 else "a" if difference else "f"
            rows.append(
                (
                    agreement,
                    partner,
                    kind,
                    tariff,
                    amount,
                    new_amount,
                    difference,
                    None if difference is None else abs(difference),
                    percent,
                    band,
                    problem,
                )
            )
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_what_if_line (
                    what_if_id, company_id, currency_id, agreement_id, partner_id,
                    type_id, tariff_id, amount, new_amount, difference, impact,
                    percent, change_band, problem)
                SELECT %s, %s, %s, v.*
                  FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[],
                              %s::numeric[], %s::numeric[], %s::numeric[],
                              %s::numeric[], %s::numeric[], %s::varchar[],
                              %s::varchar[]) v
                """,
                what_if.id,
                what_if.company_id.id,
                what_if.currency_id.id,
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )
