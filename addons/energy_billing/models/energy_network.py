from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..market import codes
from ..market.errors import MarketError

COMMODITIES = [
    ("electricity", "Electricity"),
    ("gas", "Gas"),
    ("heat", "Heat"),
    ("water", "Water"),
]

CODE_SCHEMES = [
    ("any", "No check"),
    ("eic", "EIC, 16 characters"),
    ("gsrn", "GSRN, 18 digits"),
    ("pattern", "Pattern of the distributor"),
]


class EnergyNetwork(models.Model):
    """A distributor's network area: who measures there and how points are coded."""

    _name = "energy.network"
    _description = "Network Area"
    _inherit = ["mail.thread"]
    _order = "name"
    _rec_names_search = ["code", "name", "partner_id"]
    _check_company_auto = True

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Distributor", required=True, check_company=True
    )
    commodity = fields.Selection(COMMODITIES, default="electricity", required=True)
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        default=lambda self: self.env.user.tz or "UTC",
        required=True,
        help="The market day of this network begins at midnight of this zone.",
    )
    due_days = fields.Integer(
        string="Days Until Delivery",
        help="How many days after the last day of a period its data are due; 0: not "
        "watched.",
    )
    code_scheme = fields.Selection(
        CODE_SCHEMES, string="Point Codes", default="any", required=True, tracking=True
    )
    code_pattern = fields.Char(
        tracking=True,
        help="A regular expression that only the point codes of this network have. "
        "The network of a new point is found by it.",
    )
    point_ids = fields.One2many(
        "energy.metering.point", "network_id", string="Metering Points"
    )
    rate_ids = fields.One2many(
        "energy.network.rate", "network_id", string="Distribution Rates"
    )
    point_count = fields.Integer(compute="_compute_point_count", string="Points")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a network must be unique."
    )
    _pattern_given = models.Constraint(
        "CHECK (code_scheme <> 'pattern' OR code_pattern IS NOT NULL)",
        "Point codes are checked by a pattern: enter it.",
    )

    def _compute_point_count(self):
        counts = dict(
            self.env["energy.metering.point"]._read_group(
                [("network_id", "in", self.ids)], ["network_id"], ["__count"]
            )
        )
        for network in self:
            network.point_count = counts.get(network, 0)

    @api.constrains("code_pattern")
    def _check_code_pattern(self):
        for network in self.filtered("code_pattern"):
            try:
                codes.compile_pattern(network.code_pattern)
            except MarketError as error:
                raise ValidationError(error.message(self.env._)) from error

    @api.model
    def _get_patterns(self, companies):
        """Code patterns of the networks of some companies.

        :return: ``{(company id, commodity): [(network id as text, pattern), …]}``
        """
        patterns = {}
        for network in self.search(
            [("company_id", "in", companies.ids), ("code_pattern", "!=", False)]
        ):
            key = (network.company_id.id, network.commodity)
            patterns.setdefault(key, []).append((str(network.id), network.code_pattern))
        return patterns

    def action_view_points(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_metering_point_action"
        )
        action["domain"] = [("network_id", "=", self.id)]
        action["context"] = {"default_network_id": self.id}
        return action
