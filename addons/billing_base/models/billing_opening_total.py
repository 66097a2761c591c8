from odoo import api, fields, models
from odoo.tools import SQL


class BillingOpeningTotal(models.Model):
    """The proof of one kind: the old ledger, the file, and what stands here."""

    _name = "billing.opening.total"
    _description = "Go-Live Total"
    _order = "opening_id, id"
    _check_company_auto = True

    opening_id = fields.Many2one(
        "billing.opening", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="opening_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(selection="_selection_kind", required=True, readonly=True)
    control_count = fields.Integer(string="Rows in the Old System", aggregator=None)
    control_amount = fields.Monetary(string="Amount in the Old Ledger", aggregator=None)
    file_count = fields.Integer(string="Rows in the File", compute="_compute_figures")
    file_amount = fields.Monetary(
        string="Amount in the File", compute="_compute_figures"
    )
    done_count = fields.Integer(string="Rows Imported", compute="_compute_figures")
    done_amount = fields.Monetary(
        string="Amount in This Ledger",
        compute="_compute_figures",
        help="From the posted opening entries.",
    )
    count_difference = fields.Integer(
        string="Difference in Rows", compute="_compute_figures"
    )
    difference = fields.Monetary(compute="_compute_figures")
    is_proved = fields.Boolean(string="Proved", compute="_compute_figures")

    _kind_once = models.Constraint(
        "UNIQUE (opening_id, kind)", "Each kind has one line of totals."
    )

    def _selection_kind(self):
        return self.env["billing.opening"]._selection_kind()

    @api.depends("control_count", "control_amount", "opening_id.line_ids.state", "kind")
    def _compute_figures(self):
        figures = self._get_figures()
        for total in self:
            count, amount, done, done_amount = figures.get(
                (total.opening_id._origin.id, total.kind), (0, 0, 0, 0)
            )
            total.file_count = count
            total.file_amount = amount
            total.done_count = done
            total.done_amount = done_amount
            total.count_difference = done - total.control_count
            total.difference = total.currency_id.round(
                total.done_amount - total.control_amount
            )
            total.is_proved = not total.count_difference and not total.difference

    def _get_figures(self):
        """``{(opening id, kind): (rows, amount, rows imported, amount posted)}``

        The posted amount is the customers' side of the entries, in the direction of
        the kind: open items are owed to us, deposits and advances by us.
        """
        self.env["billing.opening.line"].flush_model()
        self.env["account.move.line"].flush_model(["balance", "parent_state"])
        return {
            (opening_id, kind): tuple(figures)
            for opening_id, kind, *figures in self.env.execute_query(
                SQL(
                    """
                    SELECT l.opening_id, l.kind, count(*), COALESCE(sum(l.amount), 0),
                           count(*) FILTER (
                               WHERE l.state = 'imported' OR EXISTS (
                                   SELECT 1 FROM billing_opening_line o
                                    WHERE o.company_id = l.company_id
                                      AND o.kind = l.kind
                                      AND o.content_key = l.content_key
                                      AND o.state = 'imported')),
                           COALESCE(sum(m.balance * CASE WHEN l.kind = 'open_item'
                                                         THEN 1 ELSE -1 END)
                                    FILTER (WHERE m.parent_state = 'posted'), 0)
                      FROM billing_opening_line l
                 LEFT JOIN account_move_line m ON m.id = l.move_line_id
                     WHERE l.opening_id = ANY(%s)
                  GROUP BY l.opening_id, l.kind
                    """,
                    self.opening_id._origin.ids,
                )
            )
        }
