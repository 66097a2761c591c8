from odoo import api, fields, models
from odoo.tools import SQL


class BillingWhatIfCharge(models.Model):
    """The same by charge: charges of two tariffs meet by their code."""

    _name = "billing.what.if.charge"
    _description = "What-If Charge"
    _order = "what_if_id, code"
    _log_access = False
    _check_company_auto = True

    what_if_id = fields.Many2one(
        "billing.what.if", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    code = fields.Char(readonly=True, required=True)
    item_id = fields.Many2one(
        "billing.tariff.item", string="Charge", readonly=True, ondelete="set null"
    )
    amount = fields.Monetary(string="Billed", readonly=True)
    new_amount = fields.Monetary(string="With These Prices", readonly=True)
    difference = fields.Monetary(readonly=True)

    _code_once = models.UniqueIndex(
        "(what_if_id, code)", "A charge has one result in a calculation."
    )

    @api.model
    def _store(self, what_if, charges, segment_ids):
        """Add the sums of a piece.

        :param dict charges: ``{(code, item id): new amount}``
        :param list segment_ids: the segments that were compared
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_what_if_charge (
                    what_if_id, company_id, currency_id, code, item_id, amount,
                    new_amount, difference)
                SELECT %(what_if)s, %(company)s, %(currency)s, code, max(item_id),
                       sum(old), sum(new), sum(new) - sum(old)
                  FROM (SELECT i.code, i.id AS item_id, sum(l.amount) AS old, 0 AS new
                          FROM billing_segment_line l
                          JOIN billing_tariff_item i ON i.id = l.item_id
                         WHERE l.segment_id = ANY(%(segments)s)
                      GROUP BY i.id
                         UNION ALL
                        SELECT v.code, v.item_id, 0, v.new
                          FROM unnest(%(codes)s::varchar[], %(items)s::int[],
                                      %(amounts)s::numeric[])
                               v(code, item_id, new)) found
              GROUP BY code
           ON CONFLICT (what_if_id, code) DO UPDATE
                   SET amount = billing_what_if_charge.amount + excluded.amount,
                       new_amount = billing_what_if_charge.new_amount
                                    + excluded.new_amount,
                       difference = billing_what_if_charge.difference
                                    + excluded.difference
                """,
                what_if=what_if.id,
                company=what_if.company_id.id,
                currency=what_if.currency_id.id,
                segments=segment_ids,
                codes=[code for code, _item in charges],
                items=[item for _code, item in charges],
                amounts=list(charges.values()),
            )
        )
