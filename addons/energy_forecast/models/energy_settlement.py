from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [("daily", "Daily"), ("monthly", "Monthly"), ("final", "Final")]


class EnergySettlement(models.Model):
    """Settled energy of a balancing group as one delivery said it.

    Every import is a version of its own; versions stand side by side.
    """

    _name = "energy.settlement"
    _description = "Settlement"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "energy.market.area.mixin",
    ]
    _order = "date_start desc, version desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    currency_id = fields.Many2one(related="area_id.currency_id")
    kind = fields.Selection(KINDS, default="monthly", required=True)
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    file_name = fields.Char(string="File", readonly=True)
    file_hash = fields.Char(string="SHA-256", readonly=True)
    point_count = fields.Integer(string="Points", readonly=True)
    unknown_codes = fields.Text(string="Unknown Points", readonly=True)
    finding_text = fields.Text(string="Findings", readonly=True)
    state = fields.Selection(
        [("new", "Imported"), ("done", "Calculated")],
        default="new",
        required=True,
        readonly=True,
        tracking=True,
    )
    unpriced_count = fields.Integer(
        string="Intervals Without a Price",
        readonly=True,
        help="They deviate but are in no cost. Import their prices, calculate again.",
    )
    missing_days = fields.Char(
        string="Days Without a Nomination",
        readonly=True,
        help="Days without a nominated forecast are not compared.",
    )
    imbalance_ids = fields.One2many("energy.imbalance", "settlement_id", readonly=True)
    net = fields.Float(
        compute="_compute_figures", string="Deviation (MWh)", digits=(16, 6)
    )
    absolute = fields.Float(
        compute="_compute_figures", string="Absolute Deviation (MWh)", digits=(16, 6)
    )
    wape = fields.Float(
        compute="_compute_figures", string="Deviation (%)", digits=(16, 2)
    )
    mape = fields.Float(compute="_compute_figures", string="MAPE (%)", digits=(16, 2))
    mae = fields.Float(compute="_compute_figures", string="MAE (MWh)", digits=(16, 6))
    bias = fields.Float(
        compute="_compute_figures",
        string="Bias (MWh)",
        digits=(16, 6),
        help="Mean of forecast − actual per interval; its sign decides who pays.",
    )
    cost = fields.Monetary(compute="_compute_figures", string="Settlement Cost")
    extra = fields.Monetary(
        compute="_compute_figures",
        string="Extra Cost Against Spot",
        help="What the deviation cost more than having bought the right quantity.",
    )

    # a version is stored once; also serves "the versions of these days"
    _version_unique = models.Constraint(
        "UNIQUE (area_id, kind, date_start, date_end, version)",
        "This version of the settlement exists already.",
    )
    _file_once = models.UniqueIndex(
        "(area_id, kind, file_hash) WHERE file_hash IS NOT NULL",
        "This file was imported as a settlement of this kind before.",
    )
    _dates = models.Constraint(
        "CHECK (date_start <= date_end)", "The first day comes after the last one."
    )

    @api.depends("area_id", "kind", "date_start", "date_end", "version")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.name = (
                f"{row.area_id.name or ''} {labels.get(row.kind, '')} "
                f"{row.date_start or ''} – {row.date_end or ''} v{row.version or ''}"
            )

    def _compute_figures(self):
        found = self.env["energy.imbalance"]._get_figures(
            [("settlement_id", "in", self.ids), ("kind", "=", "portfolio")],
            "settlement_id",
        )
        for row in self:
            figures = found.get(row.id, {})
            sign = -1 if row.area_id.is_sign_flipped else 1
            row.net = sign * figures.get("net", 0) / 1000
            row.absolute = figures.get("absolute", 0) / 1000
            row.wape = figures.get("wape", 0)
            row.mape = figures.get("mape", 0)
            row.mae = figures.get("mae", 0) / 1000
            row.bias = figures.get("bias", 0) / 1000
            row.cost = figures.get("cost", 0)
            row.extra = figures.get("extra", 0)

    @api.model
    def _get_next_version(self, area, kind, first, last):
        found = self.search(
            [
                ("area_id", "=", area.id),
                ("kind", "=", kind),
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ]
        )
        return max(found.mapped("version"), default=0) + 1

    def unlink(self):
        self.env.cr.execute(
            SQL("DELETE FROM energy_imbalance WHERE settlement_id = ANY(%s)", self.ids)
        )
        self.env["energy.imbalance"].invalidate_model()
        return super().unlink()

    def action_calculate(self):
        """Deviation and cost of every point, customer, group and the portfolio."""
        self.check_access("write")
        self._calculate()
        return True

    def action_view_imbalance(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_imbalance_action"
        )
        action["domain"] = [("settlement_id", "=", self.id)]
        return action

    def action_view_versions(self):
        """The same days as other deliveries said them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_forecast.energy_settlement_action"
        )
        action["domain"] = [
            ("area_id", "=", self.area_id.id),
            ("date_start", "<=", self.date_end),
            ("date_end", ">=", self.date_start),
        ]
        return action

    def action_view_chart(self):
        self.ensure_one()
        portfolio = self.env["energy.series"].search(
            [("area_id", "=", self.area_id.id), ("kind", "=", "portfolio")], limit=1
        )
        if not portfolio:
            raise UserError(
                self.env._("Make a portfolio under Forecasting, Series, first.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "energy_forecast.chart",
            "name": self.name,
            "params": {"series_id": portfolio.id, "settlement_id": self.id},
        }

    def action_rebill(self):
        """Charge customers their share of the cost; each settlement once."""
        self.check_access("write")
        charges = self.env["billing.charge"]
        for settlement in self:
            charges |= settlement._rebill()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_charge_action"
        )
        action["domain"] = [("id", "in", charges.ids)]
        return action

    def _rebill(self):
        """One charge for each customer of the settlement that has a share.

        :raises UserError: where the product or a billing account is missing
        """
        self.ensure_one()
        product = self.area_id.charge_product_id
        if not product:
            raise UserError(
                self.env._(
                    "%(area)s: choose the product that imbalance is charged with.",
                    area=self.area_id.name,
                )
            )
        shares = self.env["energy.imbalance"]._get_customer_shares(self)
        accounts = {
            account.commercial_partner_id.id: account
            for account in self.env["billing.account"].search(
                [
                    ("commercial_partner_id", "in", list(shares)),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        }
        missing = self.env["res.partner"].browse(set(shares) - set(accounts))
        if missing:
            raise UserError(
                self.env._(
                    "These customers have no billing account: %(names)s",
                    names=", ".join(missing.mapped("display_name")),
                )
            )
        return self.env["billing.charge"]._request(
            [
                {
                    "name": self.env._("Imbalance %(name)s", name=self.name),
                    "account_id": accounts[partner_id].id,
                    "company_id": self.company_id.id,
                    "currency_id": self.currency_id.id,
                    "date": self.date_end,
                    "product_id": product.id,
                    "quantity": 1,
                    "unit_price": float(amount),
                    "res_model": self._name,
                    "res_id": self.id,
                    "source_key": f"energy.settlement:{self.id}:{partner_id}",
                }
                for partner_id, amount in shares.items()
                if amount
            ]
        )
