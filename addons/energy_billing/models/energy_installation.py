from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EnergyInstallation(models.Model):
    """Which meter measured a point from when to when."""

    _name = "energy.installation"
    _description = "Meter Installation"
    _order = "point_id, date_start desc"
    _check_company_auto = True

    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    meter_id = fields.Many2one(
        "energy.meter", required=True, check_company=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="point_id.company_id", store=True, index=True)
    date_start = fields.Date(
        string="From", required=True, help="The first day the meter measured."
    )
    date_end = fields.Date(string="To", help="The last day the meter measured.")
    multiplier = fields.Float(
        digits=(12, 6),
        default=1.0,
        required=True,
        help="Of current and voltage transformers: energy = difference × multiplier.",
    )
    is_sub_meter = fields.Boolean(
        string="Sub-Meter",
        default=False,
        help="Measures a part of the point beside the main meter.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A meter is taken out on or after its first day.",
    )
    _multiplier_positive = models.Constraint(
        "CHECK (multiplier > 0)", "The multiplier must be positive."
    )
    # also serves "the meters of this point on these days"
    _one_meter = models.Constraint(
        "EXCLUDE USING gist (point_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)"
        " WHERE (is_sub_meter IS NOT TRUE)",
        "A point has one main meter at a time: end the other installation first.",
    )
    # also serves "the points of this meter on these days"
    _one_point = models.Constraint(
        "EXCLUDE USING gist (meter_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "A meter is at one point at a time: end its other installation first.",
    )

    @api.depends("point_id", "meter_id")
    def _compute_display_name(self):
        for installation in self:
            meter, point = installation.meter_id.code, installation.point_id.code
            installation.display_name = f"{meter or ''} ({point or ''})"

    @api.model_create_multi
    def create(self, vals_list):
        # one form may end a meter and enter the next: the end comes first
        self.flush_model()
        return super().create(vals_list)

    @api.constrains("point_id", "meter_id")
    def _check_commodity(self):
        for installation in self:
            if installation.meter_id.commodity != installation.point_id.commodity:
                raise ValidationError(
                    self.env._(
                        "Meter %(meter)s measures another commodity than point "
                        "%(point)s.",
                        meter=installation.meter_id.code,
                        point=installation.point_id.code,
                    )
                )
