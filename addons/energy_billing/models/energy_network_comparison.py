from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class EnergyNetworkComparison(models.Model):
    """Distribution received against distribution charged to customers, per point,
    component and span."""

    _name = "energy.network.comparison"
    _description = "Distribution Received and Charged"
    _auto = False
    _order = "over_limit desc, difference desc, id"

    company_id = fields.Many2one("res.company", readonly=True)
    network_id = fields.Many2one("energy.network", readonly=True)
    invoice_id = fields.Many2one(
        "energy.network.invoice", string="Received Invoice", readonly=True
    )
    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", readonly=True
    )
    component_id = fields.Many2one("energy.network.component", readonly=True)
    line_id = fields.Many2one("energy.network.invoice.line", readonly=True)
    segment_id = fields.Many2one("billing.segment", readonly=True)
    date_start = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="To", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    received = fields.Monetary(readonly=True)
    charged = fields.Monetary(readonly=True)
    difference = fields.Monetary(readonly=True, help="Charged less received.")
    over_limit = fields.Boolean(readonly=True)
    passed_on = fields.Selection(
        [
            ("none", "Not billed on"),
            ("waiting", "Waits for the next bill"),
            ("billed", "On a bill"),
        ],
        string="Billed On",
        readonly=True,
    )
    kind = fields.Selection(
        [
            ("both", "Compared"),
            ("received", "Received, not charged"),
            ("charged", "Charged, not received"),
        ],
        readonly=True,
    )
    decision = fields.Selection(
        [("open", "Open"), ("approved", "Approved"), ("disputed", "Disputed")],
        readonly=True,
    )
    decision_note = fields.Char(string="Reason", readonly=True)
    claim_deadline = fields.Date(string="Answer Until", readonly=True)

    @api.depends("point_id", "component_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{row.point_id.code or ''} {row.component_id.display_name or ''}"
            )

    @property
    def _table_query(self):
        """Even ids are lines received, odd ids are segment lines charged only."""
        for model in (
            "energy.network.invoice.line",
            "billing.charge",
            "billing.segment.line",
        ):
            self.env[model].flush_model()
        return SQL(
            """
            WITH received AS (
                SELECT max(l.id) AS line_id, l.company_id,
                       max(l.invoice_id) AS invoice_id,
                       l.point_id, l.component_id, l.date_start, l.date_end,
                       sum(l.amount) AS amount,
                       (array_agg(l.decision ORDER BY l.id DESC))[1] AS decision,
                       (array_agg(l.decision_note ORDER BY l.id DESC))[1] AS note,
                       (array_agg(l.claim_deadline ORDER BY l.id DESC))[1] AS deadline,
                       CASE WHEN bool_and(b.state IN ('segment', 'billed'))
                            THEN 'billed' WHEN bool_or(b.state = 'waiting')
                            THEN 'waiting' ELSE 'none' END AS passed_on
                  FROM energy_network_invoice_line l
             LEFT JOIN billing_charge b ON b.id = l.charge_id
                 WHERE l.point_id IS NOT NULL AND l.component_id IS NOT NULL
              GROUP BY l.company_id, l.point_id, l.component_id, l.date_start,
                       l.date_end
            ), charged AS (
                SELECT sl.id, a.company_id, a.point_id, r.component_id, sl.date_start,
                       sl.date_end, sl.amount, s.id AS segment_id, s.currency_id
                  FROM energy_network_component_product_rel r
                  JOIN billing_segment_line sl ON sl.product_id = r.product_id
                  JOIN billing_segment s ON s.id = sl.segment_id
                   AND s.state IN ('ready', 'frozen')
                  JOIN billing_agreement a ON a.id = s.agreement_id
                   AND a.point_id IS NOT NULL
                  JOIN energy_network_component c ON c.id = r.component_id
                   AND c.company_id = a.company_id
                  JOIN energy_metering_point p ON p.id = a.point_id
                   AND (c.network_id IS NULL OR c.network_id = p.network_id)
            ), compared AS (
                SELECT r.line_id * 2 AS id, r.company_id, r.invoice_id, r.point_id,
                       r.component_id, r.line_id, g.segment_id, r.date_start,
                       r.date_end,
                       r.amount AS received, g.amount AS charged, r.decision, r.note,
                       r.deadline, r.passed_on,
                       CASE WHEN g.amount IS NULL THEN 'received' ELSE 'both' END
                           AS kind, i.currency_id
                  FROM received r
                  JOIN energy_network_invoice i ON i.id = r.invoice_id
             LEFT JOIN LATERAL (
                       SELECT sum(g.amount) AS amount, max(g.segment_id) AS segment_id
                         FROM charged g
                        WHERE g.point_id = r.point_id
                          AND g.component_id = r.component_id
                          AND g.date_start >= r.date_start
                          AND g.date_end <= r.date_end) g ON TRUE
             UNION ALL
                SELECT g.id * 2 + 1, g.company_id, NULL, g.point_id, g.component_id,
                       NULL, g.segment_id, g.date_start, g.date_end, NULL, g.amount,
                       'open', NULL, NULL, NULL, 'charged', g.currency_id
                  FROM charged g
                 WHERE NOT EXISTS (
                       SELECT 1 FROM received r
                        WHERE r.point_id = g.point_id
                          AND r.component_id = g.component_id
                          AND daterange(r.date_start, r.date_end, '[]')
                              && daterange(g.date_start, g.date_end, '[]'))
            )
            SELECT c.id, c.company_id, p.network_id, c.invoice_id, c.point_id,
                   c.component_id, c.line_id, c.segment_id, c.date_start, c.date_end,
                   c.currency_id, COALESCE(c.received, 0) AS received,
                   COALESCE(c.charged, 0) AS charged,
                   COALESCE(c.charged, 0) - COALESCE(c.received, 0) AS difference,
                   abs(COALESCE(c.charged, 0) - COALESCE(c.received, 0)) > k."limit"
                       AS over_limit,
                   c.kind, c.decision, c.note AS decision_note,
                   c.deadline AS claim_deadline, c.passed_on
              FROM compared c
              JOIN energy_metering_point p ON p.id = c.point_id
              JOIN energy_network_component k ON k.id = c.component_id
            """
        )

    def action_approve(self):
        """Ask for the reason and accept the differences."""
        return self._ask("approved", self.env._("Approve"))

    def action_pass_on(self):
        """Bill what was received on to the customers, without margin."""
        return self._get_lines().action_pass_on()

    def _decide(self, decision, note=False, deadline=False):
        """Write a decision on the lines received of these rows."""
        lines = self._get_lines()
        lines.write(
            {
                "decision": decision,
                "decision_note": note,
                "claim_deadline": deadline,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        self.invalidate_model()
        return lines

    def _get_lines(self):
        """The lines received behind these rows."""
        keys = {_key(row) for row in self}
        return (
            self.env["energy.network.invoice.line"]
            .search(
                [
                    ("point_id", "in", self.point_id.ids),
                    ("component_id", "in", self.component_id.ids),
                ]
            )
            .filtered(lambda line: _key(line) in keys)
        )

    def action_dispute(self):
        """Ask for the reason and write the letter to the distributor."""
        return self._ask("disputed", self.env._("Dispute"))

    def _ask(self, decision, name):
        received = self.filtered("line_id")
        if not received:
            raise UserError(
                self.env._(
                    "The distributor invoiced nothing of the marked rows: there is "
                    "nothing to decide. Wait for its invoice, or correct the bill."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "energy.network.dispute",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_comparison_ids": received.ids,
                "default_decision": decision,
            },
        }


def _key(row):
    return row.point_id, row.component_id, row.date_start, row.date_end
