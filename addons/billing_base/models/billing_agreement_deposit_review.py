from odoo import api, fields, models
from odoo.tools import SQL


class BillingAgreement(models.Model):
    """Deposits that are held, and which of them the payment record lets go."""

    _inherit = "billing.agreement"  # pylint: disable=consider-merging-classes-inherited

    deposit_currency_id = fields.Many2one(related="company_id.currency_id")
    deposit_held = fields.Monetary(
        currency_field="deposit_currency_id",
        compute="_compute_deposit_held",
        help="Billed deposits without those that are on their way back.",
    )
    is_deposit_due = fields.Boolean(
        string="Deposit to Review",
        compute="_compute_is_deposit_due",
        search="_search_is_deposit_due",
        help="Paid and held as long as the type asks for, with no reminder since and "
        "nothing overdue.",
    )

    @api.depends("charge_ids.state", "charge_ids.amount")
    def _compute_deposit_held(self):
        sums = dict(
            self.env["billing.charge"]._read_group(
                [
                    ("agreement_id", "in", self.ids),
                    ("type_id.algorithm", "=", "deposit"),
                    "|",
                    ("state", "=", "billed"),
                    "&",
                    ("state", "!=", "cancelled"),
                    ("quantity", "<", 0),
                ],
                ["agreement_id"],
                ["amount:sum"],
            )
        )
        for agreement in self:
            agreement.deposit_held = sums.get(agreement, 0.0)

    @api.depends_context("uid")
    def _compute_is_deposit_due(self):
        due = {
            row[0]
            for row in self.env.execute_query(
                SQL("%s AND c.agreement_id = ANY(%s)", self._select_due(), self.ids)
            )
        }
        for agreement in self:
            agreement.is_deposit_due = agreement.id in due

    def _search_is_deposit_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in", self._select_due())]

    def _select_due(self):
        """SQL of the agreements whose deposit may be returned, a condition at its end.

        The months count from the day on which the deposit's bill was paid in full.
        """
        self.env.flush_all()
        return SQL(
            """
            SELECT c.agreement_id FROM billing_charge c
              JOIN billing_segment_type k ON k.id = c.type_id
               AND k.algorithm = 'deposit'
              JOIN billing_agreement a ON a.id = c.agreement_id
              JOIN billing_agreement_type t ON t.id = a.type_id
        CROSS JOIN LATERAL (
                   SELECT max(p.max_date) AS day FROM billing_segment s
                     JOIN account_move m ON m.id = s.invoice_id
                      AND m.payment_state IN ('paid', 'in_payment')
                     JOIN account_move_line l ON l.move_id = m.id
                     JOIN account_partial_reconcile p ON p.debit_move_id = l.id
                    WHERE s.charge_id = c.id AND s.state = 'frozen') paid
             WHERE c.state = 'billed' AND c.quantity > 0 AND c.unit_price > 0
               AND paid.day + make_interval(months => t.deposit_review_months)
                   <= %(today)s
               AND NOT EXISTS (
                   SELECT FROM billing_charge r
                    WHERE r.company_id = c.company_id AND r.state <> 'cancelled'
                      AND r.source_key = 'deposit.return,' || c.id)
               AND NOT EXISTS (
                   SELECT FROM credit_control_line r
                     JOIN res_partner p ON p.id = r.partner_id
                    WHERE p.commercial_partner_id = a.partner_id
                      AND r.company_id = c.company_id AND r.state = 'sent'
                      AND r.date > %(today)s::date
                          - make_interval(months => t.deposit_review_months))
               AND NOT EXISTS (
                   SELECT FROM account_move_line o
                     JOIN account_account n ON n.id = o.account_id
                      AND n.account_type = 'asset_receivable'
                     JOIN res_partner p ON p.id = o.partner_id
                    WHERE p.commercial_partner_id = a.partner_id
                      AND o.company_id = c.company_id AND o.parent_state = 'posted'
                      AND o.amount_residual > 0 AND o.date_maturity < %(today)s)
            """,
            today=fields.Date.context_today(self),
        )
