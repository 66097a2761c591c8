from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.billing_base.rating import (
    Rater,
    Span,
    problem_sentence,
    round_amount,
    to_decimal,
)


class EnergyNetworkSimulation(models.Model):
    """What a distributor's invoice should say of a point and component by our price
    lists and measurement, beside what it says. Only ever written by ``_simulate``."""

    _name = "energy.network.simulation"
    _description = "Simulated Distribution"
    _order = "over_limit desc, invoice_id desc, point_id, component_id"
    _log_access = False
    _check_company_auto = True

    invoice_id = fields.Many2one(
        "energy.network.invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    network_id = fields.Many2one(related="invoice_id.network_id")
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    component_id = fields.Many2one(
        "energy.network.component", readonly=True, ondelete="cascade"
    )
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    received = fields.Monetary(readonly=True)
    simulated = fields.Monetary(readonly=True)
    difference = fields.Monetary(readonly=True, help="Received less simulated.")
    over_limit = fields.Boolean(readonly=True)
    tariff_names = fields.Char(string="Price Lists", readonly=True)
    problem = fields.Char(
        readonly=True, help="Why it could not be simulated; then nothing is compared."
    )

    @api.depends("invoice_id", "point_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.invoice_id.number} {row.point_id.code}"

    @api.model
    def _simulate(self, invoices):
        """Simulate invoices anew; credit notes only take back what others said.

        Quantities are loaded for all points in one go. Each point is rated over all
        days the invoice has of it, by its distribution rate's price list, or by the
        tariffs of its agreements.

        :return: the rows made
        """
        self.sudo().search([("invoice_id", "in", invoices.ids)]).unlink()
        invoices = invoices.filtered(lambda invoice: invoice.type == "invoice")
        received = invoices._get_received()
        simulator = Simulator(self.env, received)
        rows = []
        for (invoice, point), (span, amounts) in received.items():
            simulated, names, problem = simulator.rate(invoice, point, span)
            for component in amounts.keys() | simulated.keys():
                known = amounts.get(component, Decimal())
                own = simulated.get(component, Decimal())
                rows.append(
                    {
                        "invoice_id": invoice.id,
                        "company_id": invoice.company_id.id,
                        "point_id": point.id,
                        "component_id": component.id,
                        "date_start": span.start,
                        "date_end": span.end,
                        "currency_id": invoice.currency_id.id,
                        "received": float(known),
                        "simulated": float(own),
                        "difference": 0 if problem else float(known - own),
                        "over_limit": not problem
                        and abs(known - own) > to_decimal(component.limit),
                        "tariff_names": names,
                        "problem": problem,
                    }
                )
        # nobody writes them by hand: what is stored comes from here alone
        return self.sudo().create(rows).with_env(self.env)

    def action_open_invoice(self):
        self.ensure_one()
        return self.invoice_id.get_formview_action()


class Simulator:
    """Rates points by price lists of distribution; keeps them between points.

    :param received: as of ``energy.network.invoice._get_received``
    """

    def __init__(self, env, received):
        self.env = env
        self.raters = {}
        self.components = env["energy.network.component"].search(
            [("company_id", "in", [inv.company_id.id for inv, _point in received])]
        )
        self.by_product = {}
        spans = defaultdict(list)
        self.agreements = defaultdict(list)
        points = {point.id for _invoice, point in received}
        for agreement in env["billing.agreement"].search(
            [
                ("point_id", "in", list(points)),
                ("type_id.segment_type_id.algorithm", "=", "metered"),
            ]
        ):
            self.agreements[agreement.point_id].append(agreement)
        for (_invoice, point), (span, _amounts) in received.items():
            for agreement in self.agreements[point]:
                if own := agreement._clip(span):
                    spans[agreement.id].append(own)
        found = env["billing.agreement"].browse(spans)
        self.quantities = found._get_quantities(dict(spans)) if spans else {}

    def rate(self, invoice, point, span):
        """Amounts by component, names of the price lists used, and what is wrong.

        :return: ``({component: Decimal}, text, sentence or False)``
        """
        amounts, names = defaultdict(Decimal), {}
        parts = self._get_parts(point, span)
        if not parts:
            return {}, "", self.env._("No agreement of the point in these days.")
        rounding = to_decimal(invoice.currency_id.rounding)
        for agreement, part, tariff in parts:
            names[tariff.display_name] = True
            rater, products = self._get_rater(invoice.network_id, tariff, part)
            if not rater:
                continue
            result = rater.rate(self.quantities.get(agreement.id, ()))
            if result.problems:
                sentence = problem_sentence(result.problems[0], translate=self.env._)
                return {}, ", ".join(names), sentence
            for line in result.lines:
                amounts[products[line.charge_key]] += line.amount
        if not amounts:
            return (
                {},
                ", ".join(names),
                self.env._(
                    "No price list of distribution: give the point a distribution rate."
                ),
            )
        return (
            {found: round_amount(value, rounding) for found, value in amounts.items()},
            ", ".join(names),
            False,
        )

    def _get_parts(self, point, span):
        """``[(agreement, Span, tariff), …]`` of the days of the span."""
        parts = []
        for agreement in self.agreements[point]:
            own = agreement._clip(span)
            if not own:
                continue
            if tariff := point.network_rate_id.tariff_id:
                parts.append((agreement, own, tariff))
                continue
            for term in agreement.term_ids:
                last = term.date_end or own.end
                part = own.intersect(Span(term.date_start, max(last, term.date_start)))
                if part:
                    parts.append((agreement, part, term.tariff_id))
        return parts

    def _get_rater(self, network, tariff, span):
        """The charges of distribution of a tariff, ready for some days.

        :return: ``(Rater or None, {charge key: component})``
        """
        key = (network, tariff, span)
        if key not in self.raters:
            products = {
                item.id: component
                for item in tariff.item_ids
                if (component := self._get_component(network, item.product_id))
            }
            charges = [c for c in tariff._get_charges() if c.key in products]
            rater = charges and Rater(
                charges,
                span,
                period=span,
                rounding=to_decimal(tariff.currency_id.rounding),
                series=tariff._get_index_series(span),
            )
            self.raters[key] = rater or None, products
        return self.raters[key]

    def _get_component(self, network, product):
        """The component a product passes on: of the network, else of all networks."""
        if not product:
            return None
        key = (network, product)
        if key not in self.by_product:
            same = self.components.filtered(
                lambda c: (
                    product in c.product_ids and c.network_id.id in (network.id, False)
                )
            )
            self.by_product[key] = same.sorted(lambda c: not c.network_id)[:1]
        return self.by_product[key]
