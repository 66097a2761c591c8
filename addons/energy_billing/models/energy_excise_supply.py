from odoo import fields, models
from odoo.tools import SQL


class EnergyExciseSupply(models.Model):
    """Energy of invoiced segments with its excise: subject to it, or exempt and why."""

    _name = "energy.excise.supply"
    _description = "Supply for Excise"
    _auto = False
    _order = "date_end desc, id"

    invoice_id = fields.Many2one("account.move", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    commodity = fields.Selection(
        selection=lambda self: (
            self.env["energy.metering.point"]
            ._fields["commodity"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    date_start = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="To", readonly=True)
    grounds = fields.Char(string="Exemption Ground", readonly=True)
    certificates = fields.Char(readonly=True)
    energy = fields.Float(string="Energy (kWh)", digits="Product Unit", readonly=True)
    taxed = fields.Float(
        string="Subject to Excise (kWh)", digits="Product Unit", readonly=True
    )
    exempt = fields.Float(string="Exempt (kWh)", digits="Product Unit", readonly=True)
    rate = fields.Float(
        digits="Billing Price", min_display_digits=2, readonly=True, aggregator=None
    )
    excise = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        self.env["billing.segment"].flush_model()
        self.env["billing.segment.line"].flush_model()
        return SQL(
            """
            SELECT s.id, s.invoice_id, s.partner_id, s.company_id, s.currency_id,
                   a.point_id, p.commodity, s.date_start, s.date_end,
                   q.grounds, q.certificates, q.energy, q.taxed,
                   q.energy - q.taxed AS exempt, l.rate, l.excise
              FROM billing_segment s
              JOIN billing_agreement a ON a.id = s.agreement_id
              JOIN energy_metering_point p ON p.id = a.point_id
        CROSS JOIN LATERAL (
                SELECT sum((e ->> 'value')::numeric)
                           FILTER (WHERE e ->> 'code' = 'energy') AS energy,
                       sum((e ->> 'value')::numeric)
                           FILTER (WHERE e ->> 'code' = 'energy_excise') AS taxed,
                       string_agg(DISTINCT g.name, ', ') AS grounds,
                       string_agg(DISTINCT c.name, ', ') AS certificates
                  FROM jsonb_array_elements(s.snapshot -> 'quantities') e
             LEFT JOIN LATERAL jsonb_array_elements_text(
                           e -> 'source' -> 'grounds') g (name) ON TRUE
             LEFT JOIN LATERAL jsonb_array_elements_text(
                           e -> 'source' -> 'certificates') c (name) ON TRUE) q
        CROSS JOIN LATERAL (
                SELECT sum(l.amount) AS excise, max(l.unit_price) AS rate
                  FROM billing_segment_line l
                  JOIN billing_tariff_item i ON i.id = l.item_id
                  JOIN billing_quantity_type t ON t.id = i.quantity_type_id
                 WHERE l.segment_id = s.id AND t.code = 'energy_excise') l
             WHERE s.state = 'frozen' AND q.taxed IS NOT NULL
            """
        )
