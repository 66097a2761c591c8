from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class BillingHoliday(models.Model):
    """A public holiday of a country, or of one of its regions."""

    _name = "billing.holiday"
    _description = "Public Holiday"
    _order = "date desc, country_id, state_id"

    name = fields.Char(required=True, translate=True)
    date = fields.Date(required=True)
    country_id = fields.Many2one(
        "res.country",
        required=True,
        default=lambda self: self.env.company.country_id,
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Region",
        domain="[('country_id', '=', country_id)]",
        help="Empty: the whole country.",
    )
    active = fields.Boolean(default=True)

    _once = models.UniqueIndex(
        "(country_id, COALESCE(state_id, 0), date)",
        "This day is a holiday there already.",
    )

    @api.constrains("country_id", "state_id")
    def _check_region(self):
        for holiday in self:
            region = holiday.state_id
            if region and region.country_id != holiday.country_id:
                raise ValidationError(
                    self.env._(
                        "%(region)s is in %(found)s, not in %(country)s.",
                        region=region.name,
                        found=region.country_id.name,
                        country=holiday.country_id.name,
                    )
                )

    @api.model
    def _get_days(self, country, date_start, date_end, state=None):
        """The holidays of a country and region between two days, inclusive.

        :return: set of date
        """
        regions = Domain("state_id", "=", False)
        if state:
            regions |= Domain("state_id", "=", state.id)
        found = self.search(
            Domain("country_id", "=", country.id)
            & Domain("date", ">=", date_start)
            & Domain("date", "<=", date_end)
            & regions
        )
        return set(found.mapped("date"))
