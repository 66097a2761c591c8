from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .energy_metering_point import MEASUREMENTS
from .energy_network import COMMODITIES


class EnergyOnboardingTemplate(models.Model):
    """What customers of a confirmation get: agreement type, tariff, profile.

    The first template whose conditions a row of the confirmation meets is taken.
    """

    _name = "energy.onboarding.template"
    _description = "Onboarding Template"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    commodity = fields.Selection(COMMODITIES, default="electricity", required=True)
    network_id = fields.Many2one(
        "energy.network",
        check_company=True,
        ondelete="cascade",
        domain="[('commodity', '=', commodity)]",
        help="Empty: of all networks.",
    )
    customer_kind = fields.Selection(
        [
            ("any", "All customers"),
            ("company", "With a company number"),
            ("person", "Without a company number"),
        ],
        string="For",
        default="any",
        required=True,
    )
    voltage = fields.Char(
        string="Voltage Level", help="As in the confirmation. Empty: all."
    )
    measurement = fields.Char(
        string="Measured", help="As in the confirmation. Empty: all."
    )
    load_profile = fields.Char(help="As in the confirmation. Empty: all.")
    type_id = fields.Many2one(
        "billing.agreement.type",
        string="Agreement Type",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    allowed_tariff_ids = fields.Many2many(related="type_id.tariff_ids")
    tariff_id = fields.Many2one(
        "billing.tariff",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('id', 'in', allowed_tariff_ids)] if allowed_tariff_ids"
        " else [('company_id', '=', company_id)]",
    )
    profile_id = fields.Many2one(
        "billing.profile",
        string="Billing Profile",
        required=True,
        check_company=True,
        ondelete="restrict",
        help="Of the billing accounts that are created.",
    )
    category_id = fields.Many2one(
        "billing.customer.category",
        string="Customer Category",
        ondelete="restrict",
        help="Of the customers that are created.",
    )
    point_measurement = fields.Selection(
        MEASUREMENTS,
        string="Billed By",
        default="register",
        required=True,
        help="Where the billed quantity of the points comes from.",
    )
    curve_id = fields.Many2one(
        "energy.curve",
        string="Point's Load Profile",
        check_company=True,
        ondelete="restrict",
        domain="[('kind', '=', 'profile')]",
    )
    capacity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Capacity as Parameter",
        ondelete="restrict",
        domain="[('kind', '=', 'level')]",
        help="The confirmed capacity is written into the terms as this parameter.",
    )

    @api.constrains("type_id", "tariff_id")
    def _check_tariff_allowed(self):
        for template in self:
            allowed = template.type_id.tariff_ids
            if allowed and template.tariff_id not in allowed:
                raise ValidationError(
                    self.env._(
                        "Template %(template)s: agreements of type %(type)s do not "
                        "allow tariff %(tariff)s. Choose one of %(allowed)s.",
                        template=template.name,
                        type=template.type_id.display_name,
                        tariff=template.tariff_id.display_name,
                        allowed=", ".join(allowed.mapped("display_name")),
                    )
                )

    def _find_for(self, row):
        """The first of these templates that a row of a confirmation meets, or none.

        :param dict row: commodity, network_id, company_number, voltage, measurement
            and load_profile
        """
        return next((t for t in self if t._is_met_by(row)), self.browse())

    def _is_met_by(self, row):
        kind = "company" if row["company_number"] else "person"
        return (
            self.commodity == row["commodity"]
            and (not self.network_id or self.network_id.id == row["network_id"])
            and self.customer_kind in ("any", kind)
            and all(
                not self[name]
                or self[name].strip().lower() == (row[name] or "").strip().lower()
                for name in ("voltage", "measurement", "load_profile")
            )
        )
