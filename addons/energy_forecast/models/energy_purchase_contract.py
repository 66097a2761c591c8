from datetime import timedelta

from odoo import api, fields, models

from ..schedules import Contract, to_buy


class EnergyPurchaseContract(models.Model):
    """Energy that is bought already, for days and hours to come."""

    _name = "energy.purchase.contract"
    _description = "Purchase Contract"
    _inherit = ["mail.thread", "energy.market.area.mixin"]
    _order = "date_start desc, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    partner_id = fields.Many2one("res.partner", string="Seller", check_company=True)
    kind = fields.Selection(
        [("base", "Base"), ("peak", "Peak, work days 8–20"), ("profile", "Profile")],
        default="base",
        required=True,
    )
    power = fields.Float(
        string="Power (MW)",
        digits=(16, 3),
        required=True,
        tracking=True,
        help="Of a profile: what its values are multiplied with.",
    )
    profile = fields.Char(
        string="Profile (MW by Hour)",
        help="24 numbers, one for each hour of the day, separated by spaces.",
    )
    price = fields.Float(string="Price (per MWh)", digits="Billing Price")
    currency_id = fields.Many2one(related="area_id.currency_id")
    date_start = fields.Date(string="From", required=True, tracking=True)
    date_end = fields.Date(string="To", required=True, tracking=True)
    active = fields.Boolean(default=True)

    _span = models.Constraint(
        "CHECK (date_start <= date_end)", "The first day comes after the last one."
    )
    _profile_given = models.Constraint(
        "CHECK (kind <> 'profile' OR profile ~ '^\\s*(-?[0-9]+([.][0-9]+)?\\s+){23}"
        "-?[0-9]+([.][0-9]+)?\\s*$')",
        "A profile has 24 numbers separated by spaces, one for each hour.",
    )

    @api.model
    def _get_contracts(self, area, first, last):
        """Contracts that deliver between two days, inclusive."""
        rows = self.search(
            [
                ("area_id", "=", area.id),
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ]
        )
        return [
            Contract(
                row.kind,
                row.power * (1.0 if row.kind == "profile" else 1000.0),
                row.date_start,
                row.date_end,
                tuple(float(v) * 1000 for v in (row.profile or "").split()),
            )
            for row in rows
        ]


class EnergyForecast(models.Model):
    _inherit = "energy.forecast"

    def _get_portfolio(self):
        self.ensure_one()
        return self.env["energy.series"].search(
            [("area_id", "=", self.area_id.id), ("kind", "=", "portfolio")], limit=1
        )

    def _get_purchase(self):
        """What the portfolio needs, has and must buy.

        :return: ``{"forecast", "losses", "contracts", "buy"}``, each (days, slots) kWh
            by wall clock; None without a forecast of the portfolio
        """
        self.ensure_one()
        Day = self.env["energy.forecast.day"]
        portfolio = self._get_portfolio()
        domain = [("series_id", "=", portfolio.id)]
        need = Day._load(self, domain).get(portfolio.id)
        if need is None:
            return None
        lost = Day._load(self, domain, "losses")[portfolio.id]
        area = self.area_id
        contracts = self.env["energy.purchase.contract"]._get_contracts(
            area, self.date_start, self.date_end
        )
        buy, bought = to_buy(
            need,
            lost,
            contracts,
            self.date_start,
            area._get_holidays(self.date_start, self.date_end + timedelta(days=1)),
        )
        return {"forecast": need, "losses": lost, "contracts": bought, "buy": buy}
