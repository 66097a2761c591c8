from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..market.errors import ERROR
from .energy_import import ImportResult, Source


class EnergyBillingOrder(models.Model):
    """What messages say against what is measured."""

    _inherit = "energy.billing.order"

    def action_write_measurement(self):
        """Make what the messages say the measured values, as their next version."""
        refused = []
        for profile, orders in (
            self.filtered("line_ids")
            .grouped(lambda order: order.message_id.profile_id)
            .items()
        ):
            results = orders._load_measurement(profile)
            changes = {}
            for result in results.values():
                changes |= result.changes
                refused += [f for f in result.findings if f.level == ERROR]
            self.env["energy.metering.point"]._mark_sources_changed(changes)
        if refused:
            Finding_ = self.env["energy.message.finding"]
            raise UserError(
                "\n".join(
                    f"{finding.point}: {Finding_._render(finding.code, finding.params)}"
                    for finding in refused[:20]
                )
            )
        self._message_log_batch(
            bodies={
                order.id: self.env._("The message was written into measurement.")
                for order in self
            }
        )

    def _load_measurement(self, profile):
        """Store the registers of orders as usages and readings.

        :param profile: energy.table.profile of their messages
        :return: ``{message id: ImportResult}``
        """
        results = {}
        for orders in self._in_rounds():
            sources = []
            for message, group in orders.grouped("message_id").items():
                rows = [line._to_row() for line in group.line_ids]
                if rows:
                    sources.append(Source(message, rows))
            for message_id, loaded in (
                self.env["energy.import.readings"]._load(profile, sources).items()
            ):
                known = results.setdefault(message_id, ImportResult([]))
                known.findings += loaded.findings
                known.changes |= loaded.changes
        return results

    def _in_rounds(self):
        """The orders in sets in which each point is once, in the order of days."""
        rounds = defaultdict(list)
        seen = defaultdict(int)
        for order in self.sorted(lambda o: (o.date_start, o.id)):
            rounds[seen[order.point_id]].append(order.id)
            seen[order.point_id] += 1
        return [self.browse(ids) for _number, ids in sorted(rounds.items())]

    def _get_measurement_states(self):
        """Compare orders with the stored measurement, in one statement.

        :return: ``{order id: "none", "same" or "different"}``; orders without
            registers are left out
        """
        self._flush_sources()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT l.order_id,
                           CASE WHEN bool_and(u.id IS NOT NULL) THEN 'same'
                                WHEN bool_or(any_usage.id IS NOT NULL) THEN 'different'
                                ELSE 'none' END
                      FROM energy_billing_order_line l
                      JOIN energy_billing_order o ON o.id = l.order_id
                      JOIN energy_register_kind k ON k.id = l.register_kind_id
                 LEFT JOIN energy_usage u ON u.point_id = o.point_id AND u.is_current
                       AND u.quantity_type_id = k.quantity_type_id
                       AND u.date_start = l.date_start AND u.date_end = l.date_end
                       AND u.value = l.value
                 LEFT JOIN LATERAL (
                           SELECT a.id FROM energy_usage a
                            WHERE a.point_id = o.point_id AND a.is_current
                              AND daterange(a.date_start, a.date_end, '[]')
                                  && daterange(l.date_start, l.date_end, '[]')
                            LIMIT 1) any_usage ON TRUE
                     WHERE l.order_id = ANY(%s)
                  GROUP BY l.order_id
                    """,
                    self.ids,
                )
            )
        )
