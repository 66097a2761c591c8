from collections import defaultdict
from decimal import Decimal

from odoo import fields, models

from odoo.addons.billing_base.rating import Span, to_decimal

from ..market.errors import ERROR, Finding


class EnergyNetworkInvoice(models.Model):
    """Received invoices beside what our price lists and measurement give."""

    _inherit = "energy.network.invoice"

    simulation_ids = fields.One2many("energy.network.simulation", "invoice_id")
    simulation_count = fields.Integer(
        compute="_compute_simulation_count", string="Unlike Simulation"
    )

    def _compute_simulation_count(self):
        over = dict(
            self.env["energy.network.simulation"]._read_group(
                [("invoice_id", "in", self.ids), ("over_limit", "=", True)],
                ["invoice_id"],
                ["__count"],
            )
        )
        for invoice in self:
            invoice.simulation_count = over.get(invoice, 0)

    def action_simulate(self):
        """Simulate these invoices from our price lists and show what differs."""
        self.env["energy.network.simulation"]._simulate(self)
        return self.action_view_simulation()

    def action_view_simulation(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_network_simulation_action"
        )
        action["domain"] = [("invoice_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _get_received(self):
        """What these invoices say of known points and components.

        :return: ``{(invoice, point): (Span of all its days, {component: amount})}``
        """
        received = {}
        for line in self.line_ids.filtered(_is_known):
            key = (line.invoice_id, line.point_id)
            span, amounts = received.get(key, (None, defaultdict(Decimal)))
            start, end = line.date_start, line.date_end
            if span:
                start, end = min(start, span.start), max(end, span.end)
            amounts[line.component_id] += to_decimal(line.amount)
            received[key] = (Span(start, end), amounts)
        return received

    def _tell_simulation(self, results):
        """Simulate what was received and tell where it is not what we expect."""
        rows = self.env["energy.network.simulation"]._simulate(self)
        over = rows.filtered("over_limit")
        for (invoice, point), found in over.grouped(
            lambda row: (row.invoice_id, row.point_id)
        ).items():
            results[invoice.message_id.id].findings.append(
                Finding(
                    ERROR,
                    "invoice_simulation",
                    point=point.code,
                    params={
                        "received": f"{sum(found.mapped('received')):.2f}",
                        "simulated": f"{sum(found.mapped('simulated')):.2f}",
                    },
                )
            )


def _is_known(line):
    return line.point_id and line.component_id
