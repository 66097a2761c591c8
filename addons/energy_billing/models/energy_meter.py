from odoo import api, fields, models

from .energy_network import COMMODITIES


class EnergyMeter(models.Model):
    """A meter by its number, with its registers."""

    _name = "energy.meter"
    _description = "Meter"
    _inherit = ["mail.thread"]
    _rec_name = "code"
    _order = "code"
    _check_company_auto = True

    code = fields.Char(string="Number", required=True, copy=False, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    commodity = fields.Selection(COMMODITIES, default="electricity", required=True)
    maker = fields.Char(string="Manufacturer")
    model_name = fields.Char(string="Type")
    register_ids = fields.One2many(
        "energy.register", "meter_id", string="Registers", copy=True
    )
    installation_ids = fields.One2many(
        "energy.installation", "meter_id", string="Installations"
    )
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        compute="_compute_point_id",
        help="Where the meter is installed today.",
    )
    active = fields.Boolean(default=True)

    # also serves "the meters of these numbers", asked once by every import
    _code_unique = models.Constraint(
        "UNIQUE (company_id, commodity, code)",
        "There is already a meter of this number.",
    )

    @api.depends(
        "installation_ids.point_id",
        "installation_ids.date_start",
        "installation_ids.date_end",
    )
    def _compute_point_id(self):
        today = fields.Date.context_today(self)
        for meter in self:
            current = meter.installation_ids.filtered(
                lambda i: (
                    i.date_start <= today and (not i.date_end or i.date_end >= today)
                )
            )
            meter.point_id = current[:1].point_id
