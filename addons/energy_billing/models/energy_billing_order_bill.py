from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

DEAD_SEGMENTS = ("cancelling", "cancelled")


class EnergyBillingOrder(models.Model):
    """What is billed, and was billed, of the days of orders."""

    _inherit = "energy.billing.order"

    def _get_billing(self):
        """Agreement, live segment and invoiced days of orders, in one statement.

        `is_frozen` tells that days of it are invoiced, `is_wrong` that they are and
        should not be as they are: the order was taken back, or its days or the
        measurement changed.

        :return: ``{order id: {"agreement_id", "segment_id", "is_frozen", "is_wrong"}}``
        """
        self._flush_sources()
        return {
            row["id"]: row
            for row in self.env.execute_query_dict(
                SQL(
                    """
                    SELECT o.id, a.id AS agreement_id, s.id AS segment_id,
                           COALESCE(s.frozen, FALSE) AS is_frozen,
                           COALESCE(s.frozen AND (
                               (o.state = 'open' AND (s.is_stale OR s.differs))
                               OR (o.state = 'cancelled' AND NOT EXISTS (
                                   SELECT 1 FROM energy_billing_order n
                                    WHERE n.point_id = o.point_id AND n.state = 'open'
                                      AND daterange(n.date_start, n.date_end, '[]')
                                          && daterange(o.date_start, o.date_end, '[]')
                               ))), FALSE) AS is_wrong
                      FROM energy_billing_order o
                 LEFT JOIN LATERAL (
                           SELECT a.id, GREATEST(a.date_start, o.date_start) AS first,
                                  LEAST(a.date_end, o.date_end) AS last
                             FROM billing_agreement a
                             JOIN billing_segment_type t ON t.id = a.segment_type_id
                              AND t.algorithm = 'metered'
                            WHERE a.point_id = o.point_id AND a.active
                              AND daterange(a.date_start, a.date_end, '[]')
                                  && daterange(o.date_start, o.date_end, '[]')
                         ORDER BY a.date_start DESC LIMIT 1) a ON TRUE
                 LEFT JOIN LATERAL (
                           SELECT s.id, s.state = 'frozen' AS frozen,
                                  COALESCE(s.is_stale, FALSE) AS is_stale,
                                  (s.date_start, s.date_end)
                                      <> (a.first, a.last) AS differs
                             FROM billing_segment s
                            WHERE s.agreement_id = a.id AND s.is_exclusive
                              AND s.state NOT IN %s
                              AND daterange(s.date_start, s.date_end, '[]')
                                  && daterange(o.date_start, o.date_end, '[]')
                         ORDER BY s.state = 'frozen' DESC, s.id DESC LIMIT 1) s ON TRUE
                     WHERE o.id = ANY(%s)
                    """,
                    DEAD_SEGMENTS,
                    self.ids,
                )
            )
        }

    def _flush_sources(self):
        for model in (
            "energy.billing.order",
            "energy.billing.order.line",
            "energy.usage",
            "billing.agreement",
            "billing.segment",
        ):
            self.env[model].flush_model()

    def action_generate(self):
        """Make or make anew the segments of the marked orders, in the active period."""
        agreements = self.agreement_id
        segments = self.env["billing.segment"]
        for cycle, group in agreements.grouped("cycle_id").items():
            period = cycle.period_ids.filtered("is_active")
            if not period:
                raise UserError(
                    self.env._(
                        "Billing cycle %(cycle)s has no active period. Activate the "
                        "period these orders are to be billed in.",
                        cycle=cycle.display_name,
                    )
                )
            segments |= self.env["billing.generator"]._generate(group, period)
        self.invalidate_recordset()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("id", "in", (segments | self.segment_id).ids)]
        action["context"] = {}
        return action

    def action_rebill(self):
        """Cancel what was invoiced on data that are not valid any more, write the
        messages into measurement and make the replacements."""
        reason = self.env.ref("energy_billing.reason_cancel_message")
        # what it stands on is no field of its own and may have changed meanwhile
        self.invalidate_recordset()
        wrong = self.filtered("is_to_rebill")
        if not wrong:
            raise UserError(
                self.env._("Nothing of the marked orders was invoiced on older data.")
            )
        wrong._get_invoiced()._cancel(reason)
        valid = wrong.filtered(lambda order: order.state == "open")
        valid.action_write_measurement()
        self.invalidate_recordset()
        return valid.action_generate() if valid else True

    def _get_invoiced(self):
        """Frozen segments of the days of these orders."""
        self._flush_sources()
        found = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT s.id
                  FROM energy_billing_order o
                  JOIN billing_agreement a ON a.point_id = o.point_id
                  JOIN billing_segment s ON s.agreement_id = a.id AND s.is_exclusive
                   AND s.state = 'frozen'
                   AND daterange(s.date_start, s.date_end, '[]')
                       && daterange(o.date_start, o.date_end, '[]')
                 WHERE o.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return self.env["billing.segment"].browse(row[0] for row in found)
