from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..market import codes
from ..market.errors import MarketError
from .energy_network import CODE_SCHEMES, COMMODITIES

MEASUREMENTS = [
    ("register", "Register readings"),
    ("interval", "Intervals"),
    ("profile", "Load profile"),
    ("unmetered", "Without a meter, calculated"),
]

BREAKER = ("breaker_phases", "breaker_amps")


class EnergyMeteringPoint(models.Model):
    """Where energy is handed over and measured; what an agreement is billed for."""

    _name = "energy.metering.point"
    _description = "Metering Point"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "code"
    _rec_names_search = ["code", "name"]
    _order = "code"
    _check_company_auto = True

    code = fields.Char(required=True, copy=False, tracking=True)
    name = fields.Char(string="Description")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    commodity = fields.Selection(
        COMMODITIES, default="electricity", required=True, tracking=True
    )
    network_id = fields.Many2one(
        "energy.network",
        compute="_compute_network_id",
        store=True,
        precompute=True,
        readonly=False,
        index=True,
        check_company=True,
        domain="[('commodity', '=', commodity)]",
        tracking=True,
        help="Found from the code when only one network has codes of this form.",
    )
    code_scheme = fields.Selection(
        CODE_SCHEMES,
        compute="_compute_code_scheme",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    network_rate_id = fields.Many2one(
        "energy.network.rate",
        string="Distribution Rate",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('network_id', '=', network_id)]",
        tracking=True,
        help="By which the distributor bills the point. Its price list simulates the "
        "distributor's invoices; messages are compared with its code.",
    )
    measurement = fields.Selection(
        MEASUREMENTS,
        default="register",
        required=True,
        index=True,
        tracking=True,
        help="Where the billed quantity comes from.",
    )
    calendar_id = fields.Many2one(
        "energy.calendar",
        string="Register Calendar",
        check_company=True,
        help="Splits measured intervals into day and night, peak and other hours.",
    )
    curve_id = fields.Many2one(
        "energy.curve",
        string="Load Profile",
        check_company=True,
        index="btree_not_null",
        domain="[('kind', '=', 'profile')]",
        help="Spreads quantities of register readings over hours.",
    )
    burning_calendar_id = fields.Many2one(
        "energy.burning.calendar",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="How long what has no meter is switched on.",
    )
    load_ids = fields.One2many(
        "energy.unmetered.load", "point_id", string="Lamps and Devices"
    )
    voltage = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], string="Voltage Level"
    )
    capacity_kw = fields.Float(
        string="Connection Capacity (kW)",
        digits=(12, 3),
        tracking=True,
        help="What the connection can carry. The contracted capacity stands in the "
        "terms of the agreement.",
    )
    breaker_phases = fields.Selection(
        [("1", "1"), ("3", "3")], string="Phases", help="Of the main circuit-breaker."
    )
    breaker_amps = fields.Float(
        string="Main Circuit-Breaker (A)",
        digits=(8, 1),
        tracking=True,
        help="Charges by circuit-breaker use it where the terms of the agreement tell "
        "none. One that changes on a day belongs in the terms.",
    )
    street = fields.Char()
    zip = fields.Char(string="ZIP")
    city = fields.Char(index=True)
    country_id = fields.Many2one("res.country")
    address = fields.Char(compute="_compute_address")
    agreement_ids = fields.One2many("billing.agreement", "point_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        search="_search_partner_id",
        help="The customer of an agreement in force today.",
    )
    order_ids = fields.One2many(
        "energy.billing.order", "point_id", string="Billing Orders"
    )
    installation_ids = fields.One2many(
        "energy.installation", "point_id", string="Meters"
    )
    note = fields.Html()
    active = fields.Boolean(default=True)
    agreement_count = fields.Integer(compute="_compute_counts")
    reading_count = fields.Integer(compute="_compute_counts")
    usage_count = fields.Integer(compute="_compute_counts")
    interval_count = fields.Integer(compute="_compute_counts", string="Days")
    finding_count = fields.Integer(compute="_compute_counts")

    # also serves "the points of these codes", asked once by every import
    _code_unique = models.Constraint(
        "UNIQUE (company_id, commodity, code)",
        "There is already a metering point of this code.",
    )
    _capacity_positive = models.Constraint(
        "CHECK (capacity_kw >= 0 AND breaker_amps >= 0)",
        "Capacity and circuit-breaker cannot be negative.",
    )

    @api.depends("code", "commodity", "company_id")
    def _compute_network_id(self):
        patterns = self.env["energy.network"]._get_patterns(self.company_id)
        for point in self:
            candidates = patterns.get((point.company_id.id, point.commodity), ())
            try:
                found = codes.distributor_of(point.code or "", candidates)
            except MarketError:
                # no code yet, or one of several networks: the clerk chooses
                found = None
            point.network_id = int(found) if found else point.network_id

    @api.depends("network_id")
    def _compute_code_scheme(self):
        for point in self:
            point.code_scheme = (
                point.network_id.code_scheme or point.code_scheme or "any"
            )

    @api.depends("street", "zip", "city", "country_id")
    def _compute_address(self):
        for point in self:
            town = " ".join(filter(None, (point.zip, point.city)))
            point.address = ", ".join(filter(None, (point.street, town)))

    @api.depends("agreement_ids.date_start", "agreement_ids.date_end")
    def _compute_partner_id(self):
        today = fields.Date.context_today(self)
        for point in self:
            current = point.agreement_ids.filtered(
                lambda a: (
                    a.date_start <= today and (not a.date_end or a.date_end >= today)
                )
            )
            point.partner_id = current[:1].partner_id

    def _get_customer_on(self, day):
        """The customer of the point on a day: res.partner, empty without agreement."""
        self.ensure_one()
        return self.agreement_ids.filtered(
            lambda agreement: (
                agreement.date_start <= day
                and (not agreement.date_end or agreement.date_end >= day)
            )
        )[:1].partner_id

    def _search_partner_id(self, operator, value):
        today = fields.Date.context_today(self)
        current = Domain("date_start", "<=", today) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", today)
        )
        return Domain(
            "agreement_ids", "any", current & Domain("partner_id", operator, value)
        )

    def _compute_counts(self):
        counted = {
            "agreement_count": ("billing.agreement", []),
            "reading_count": ("energy.reading", [("is_current", "=", True)]),
            "usage_count": ("energy.usage", [("is_current", "=", True)]),
            "interval_count": ("energy.interval", []),
            "finding_count": ("energy.message.finding", []),
        }
        for name, (model, domain) in counted.items():
            counts = dict(
                self.env[model]._read_group(
                    [("point_id", "in", self.ids), *domain], ["point_id"], ["__count"]
                )
            )
            for point in self:
                point[name] = counts.get(point, 0)

    @api.constrains("code", "code_scheme", "network_id")
    def _check_code(self):
        for point in self:
            try:
                codes.check_code(
                    point.code,
                    point.code_scheme,
                    point.network_id.code_pattern or "",
                )
            except MarketError as error:
                raise ValidationError(
                    self.env._(
                        "Metering point %(point)s: %(reason)s",
                        point=point.code,
                        reason=error.message(self.env._),
                    )
                ) from error

    @api.constrains("network_id", "commodity")
    def _check_network_commodity(self):
        for point in self:
            network = point.network_id
            if network and network.commodity != point.commodity:
                raise ValidationError(
                    self.env._(
                        "Metering point %(point)s: network %(network)s has another "
                        "commodity. Choose a network of the point's commodity.",
                        point=point.code,
                        network=network.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise(vals) for vals in vals_list])

    def write(self, vals):
        changed = self.filtered(
            lambda point: any(
                name in vals and point[name] != vals[name] for name in BREAKER
            )
        )
        result = super().write(self._normalise(vals))
        # frozen segments were billed with the circuit-breaker there was
        changed._mark_open_stale()
        if "burning_calendar_id" in vals:
            self._mark_all_stale()
        return result

    def _mark_open_stale(self):
        """Segments not yet billed are made anew."""
        if not self:
            return
        segments = self.env["billing.segment"].search(
            [
                ("agreement_id.point_id", "in", self.ids),
                ("state", "in", ("incomplete", "error", "ready")),
            ]
        )
        segments.sudo().is_stale = True
        segments._refresh_figures()

    def _mark_all_stale(self):
        """All segments of the points were made from other quantities."""
        self._mark_sources_changed(
            {point.id: (date.min, date.max) for point in self._origin}
        )

    @api.model
    def _normalise(self, vals):
        """Codes are kept in capitals and without spaces, as imports look them up."""
        if vals.get("code"):
            return {**vals, "code": codes.normalise(vals["code"])}
        return vals

    @api.model
    def _mark_sources_changed(self, changes):
        """Segments made from quantities of these points on these days are stale.

        :param dict changes: ``{point id: (first, last changed day)}``
        """
        agreements = (
            self.env["billing.agreement"]
            .with_context(active_test=False)
            .search([("point_id", "in", list(changes))])
        )
        Segment = self.env["billing.segment"]
        stale = Segment
        for (first, last), group in agreements.grouped(
            lambda agreement: changes[agreement.point_id.id]
        ).items():
            stale |= Segment._mark_stale(group, first, last)
        stale._refresh_figures()

    # === Screens ===

    def action_view_agreements(self):
        return self._action_view("billing_base.billing_agreement_action")

    def action_view_readings(self):
        return self._action_view("energy_billing.energy_reading_action")

    def action_view_usage(self):
        return self._action_view("energy_billing.energy_usage_action")

    def action_view_intervals(self):
        return self._action_view("energy_billing.energy_interval_action")

    def action_view_findings(self):
        return self._action_view("energy_billing.energy_message_finding_action")

    def _action_view(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("point_id", "=", self.id)]
        action["context"] = {"default_point_id": self.id}
        return action
