from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.energy_billing.fields import ResultMany2one


class EnergyImbalance(models.Model):
    """Deviation of a point, customer, group or the portfolio on a day, and its cost.

    Deviation = actual − nominated: a shortage (> 0) is bought, a surplus sold. `cost`
    is what the deviation would cost alone; `shared_cost` its share of what the whole
    balancing group pays, netted, by its own shortage or surplus.
    """

    _name = "energy.imbalance"
    _description = "Imbalance"
    _order = "day desc, kind desc, id"
    _log_access = False
    _check_company_auto = True

    settlement_id = ResultMany2one(
        "energy.settlement", required=True, readonly=True, ondelete="cascade"
    )
    # a million rows a month: what the settlement says is not stored with each
    company_id = fields.Many2one(related="settlement_id.company_id")
    area_id = fields.Many2one(related="settlement_id.area_id")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    series_id = ResultMany2one("energy.series", readonly=True, ondelete="set null")
    # the settled days keep the point from being deleted
    point_id = ResultMany2one(
        "energy.metering.point",
        string="Metering Point",
        readonly=True,
    )
    partner_id = fields.Many2one(related="point_id.partner_id", string="Customer")
    kind = fields.Selection(
        [
            ("point", "Metering point"),
            ("customer", "Customer"),
            ("group", "Group"),
            ("portfolio", "Portfolio"),
        ],
        required=True,
        readonly=True,
    )
    day = fields.Date(required=True, readonly=True)
    actual = fields.Float(string="Actual (kWh)", digits="Product Unit", readonly=True)
    nominated = fields.Float(
        string="Nominated (kWh)", digits="Product Unit", readonly=True
    )
    net = fields.Float(
        string="Deviation (kWh)",
        digits="Product Unit",
        readonly=True,
        help="Actual − nominated.",
    )
    absolute = fields.Float(
        string="Absolute (kWh)", digits="Product Unit", readonly=True
    )
    shortage = fields.Float(
        string="Shortage (kWh)", digits="Product Unit", readonly=True
    )
    surplus = fields.Float(string="Surplus (kWh)", digits="Product Unit", readonly=True)
    percent = fields.Float(
        compute="_compute_percent", string="Deviation (%)", digits=(16, 2)
    )
    ape_sum = fields.Float(readonly=True, aggregator=None)
    ape_count = fields.Integer(readonly=True, aggregator=None)
    interval_count = fields.Integer(readonly=True, string="Intervals")
    unpriced_count = fields.Integer(readonly=True, string="Without a Price")
    cost = fields.Monetary(readonly=True, string="Cost Alone")
    extra = fields.Monetary(readonly=True, string="Extra Against Spot")
    shared_cost = fields.Monetary(readonly=True, string="Share of the Cost")

    cause_manual = fields.Float(
        string="By Hand (kWh)",
        digits="Product Unit",
        readonly=True,
        help="Part of the deviation that the manual layer made.",
    )
    cause_weather = fields.Float(
        string="Weather (kWh)",
        digits="Product Unit",
        readonly=True,
        help="Part that the weather forecast missed.",
    )
    cause_holiday = fields.Float(
        string="Holiday (kWh)",
        digits="Product Unit",
        readonly=True,
        help="What the model missed on holidays and shutdown days.",
    )
    cause_model = fields.Float(
        string="Model (kWh)",
        digits="Product Unit",
        readonly=True,
        help="What the model missed on other days.",
    )

    # serves "the days of a settlement by kind"; rows of a settlement are replaced whole
    _settlement_idx = models.Index("(settlement_id, kind, day)")
    # serves a series' months; the rows of a day lie in the order of their points, and
    # a tree over a million of them took a quarter of the time of writing them
    _series_idx = models.Index(
        "USING brin (series_id) WITH (pages_per_range = 16, autosummarize = on)"
    )

    @api.depends("series_id", "point_id", "day")
    def _compute_display_name(self):
        for row in self:
            name = row.series_id.name or row.point_id.code or ""
            row.display_name = f"{name} {row.day or ''}"

    @api.depends("absolute", "actual")
    def _compute_percent(self):
        for row in self:
            row.percent = 100 * row.absolute / abs(row.actual) if row.actual else 0

    @api.model
    def _get_figures(self, domain, group):
        """Measures of the rows of a domain.

        :param group: a many2one that the figures are told apart by
        :return: ``{id: {"net", "absolute", "actual", "wape", "mape", "mae", "bias",
            "cost", "extra"}}``; energy in kWh, amounts as Decimal
        """
        self.flush_model()
        query = self._search(Domain(domain))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(group)s, sum(net), sum(absolute), sum(abs(actual)),
                       sum(ape_sum), sum(ape_count), sum(interval_count),
                       sum(cost)::text, sum(extra)::text, sum(shared_cost)::text
                  FROM energy_imbalance WHERE id IN %(rows)s GROUP BY 1
                """,
                group=SQL.identifier(group),
                rows=query.subselect(),
            )
        )
        found = {}
        for key, net, size, actual, ape, apes, count, cost, extra, shared in rows:
            found[key] = {
                "net": float(net),
                "absolute": float(size),
                "actual": float(actual),
                "wape": 100 * float(size) / float(actual) if actual else 0.0,
                "mape": 100 * float(ape) / apes if apes else 0.0,
                "mae": float(size) / count if count else 0.0,
                "bias": -float(net) / count if count else 0.0,
                "cost": Decimal(cost),
                "extra": Decimal(extra),
                "shared_cost": Decimal(shared),
            }
        return found

    @api.model
    def _get_customer_shares(self, settlement):
        """What each customer owes of a settlement's cost, rounded to the currency.

        The customer of a day is the one whose agreement is in force on it.

        :return: ``{partner id: Decimal}``
        """
        rounding = Decimal(str(settlement.currency_id.rounding))
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.partner_id, sum(i.shared_cost)::text
                  FROM energy_imbalance i
                  JOIN LATERAL (
                       SELECT c.commercial_partner_id AS partner_id
                         FROM billing_agreement g
                         JOIN billing_account b ON b.id = g.account_id
                         JOIN res_partner c ON c.id = b.partner_id
                        WHERE g.point_id = i.point_id AND g.date_start <= i.day
                          AND (g.date_end IS NULL OR g.date_end >= i.day)
                     ORDER BY g.id LIMIT 1) a ON TRUE
                 WHERE i.settlement_id = %s AND i.kind = 'point'
              GROUP BY 1
                """,
                settlement.id,
            )
        )
        return {
            partner_id: Decimal(amount).quantize(rounding)
            for partner_id, amount in rows
        }
