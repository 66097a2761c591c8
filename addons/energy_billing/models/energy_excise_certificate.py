from odoo import fields, models


class EnergyExciseCertificate(models.Model):
    """That and why energy of a customer is exempt from excise, from–to."""

    _name = "energy.excise.certificate"
    _description = "Excise Exemption Certificate"
    _inherit = ["mail.thread", "billing.stale.source"]
    _order = "date_start desc, partner_id"
    _check_company_auto = True

    name = fields.Char(string="Number", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, tracking=True
    )
    point_ids = fields.Many2many(
        "energy.metering.point",
        string="Metering Points",
        check_company=True,
        help="Empty: all metering points of the customer.",
    )
    commodity = fields.Selection(
        [("electricity", "Electricity"), ("gas", "Gas")],
        default="electricity",
        required=True,
    )
    ground_id = fields.Many2one(
        "billing.tax.exemption",
        required=True,
        ondelete="restrict",
        domain="[('kind', '=', 'excise')]",
        context={"default_kind": "excise"},
        tracking=True,
        help="The ground of exemption in the law.",
    )
    percent = fields.Float(
        string="Exempt (%)", digits=(5, 2), default=100.0, required=True, tracking=True
    )
    date_start = fields.Date(string="From", required=True, tracking=True)
    date_end = fields.Date(string="To", required=True, tracking=True)
    active = fields.Boolean(default=True)

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)",
        "A certificate ends on or after its first day.",
    )
    _percent_range = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "The exempt part lies between 0 and 100 %.",
    )
    _number_unique = models.Constraint(
        "UNIQUE (company_id, name)", "There is already a certificate of this number."
    )

    def _get_agreements(self):
        """Agreements whose energy the certificate exempts."""
        self.ensure_one()
        domain = [
            ("partner_id", "=", self.partner_id.commercial_partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("point_id.commodity", "=", self.commodity),
        ]
        if self.point_ids:
            domain.append(("point_id", "in", self.point_ids.ids))
        return self.env["billing.agreement"].search(domain)

    def _mark_stale(self):
        for certificate in self:
            segments = self.env["billing.segment"]._mark_stale(
                certificate._get_agreements(),
                certificate.date_start,
                certificate.date_end,
            )
            segments._refresh_figures()
