from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .energy_metering_point import MEASUREMENTS


class EnergyCompleteness(models.Model):
    """What was to come for each agreement of the active periods, and what did."""

    _name = "energy.completeness"
    _description = "Completeness of Measurement"
    _auto = False
    _order = "missing_days desc, id"

    agreement_id = fields.Many2one("billing.agreement", readonly=True)
    period_id = fields.Many2one("billing.period", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", readonly=True
    )
    network_id = fields.Many2one("energy.network", readonly=True)
    measurement = fields.Selection(MEASUREMENTS, string="Measured By", readonly=True)
    date_start = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="To", readonly=True)
    expected_days = fields.Integer(readonly=True)
    received_days = fields.Integer(readonly=True)
    missing_days = fields.Integer(readonly=True)
    is_estimated = fields.Boolean(string="Estimated", readonly=True)
    received_on = fields.Datetime(string="Last Received", readonly=True)
    status = fields.Selection(
        [
            ("missing", "Missing"),
            ("partial", "Incomplete"),
            ("estimated", "Estimated"),
            ("late", "Received late"),
            ("received", "Received"),
        ],
        readonly=True,
    )

    @api.depends("point_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.point_id.display_name

    @property
    def _table_query(self):
        for model in (
            "billing.agreement",
            "billing.period",
            "energy.interval",
            "energy.metering.point",
            "energy.network",
            "energy.usage",
        ):
            self.env[model].flush_model()
        return SQL(
            """
            WITH expected AS (
                SELECT a.id, f.id AS period_id, a.company_id, a.partner_id, a.point_id,
                       p.network_id, p.measurement,
                       GREATEST(a.date_start, f.date_start) AS first,
                       LEAST(a.date_end, f.date_end) AS last
                  FROM billing_period f
                  JOIN billing_agreement a ON a.cycle_id = f.cycle_id AND a.active
                   AND a.date_start <= f.date_end
                   AND (a.date_end IS NULL OR a.date_end >= f.date_start)
                  JOIN billing_segment_type t ON t.id = a.segment_type_id
                   AND t.algorithm = 'metered'
                  JOIN billing_agreement_type k ON k.id = a.type_id
                   AND k.billed_on = 'calendar'
                  JOIN energy_metering_point p ON p.id = a.point_id
                   AND p.measurement <> 'unmetered'
                 WHERE f.is_active
            ), usages AS (
                SELECT e.id, e.period_id,
                       range_agg(daterange(u.date_start, u.date_end, '[]')
                                 * daterange(e.first, e.last, '[]')) AS days,
                       bool_or(u.quality IN ('estimated', 'substituted')) AS estimated,
                       max(u.message_id) AS message_id, max(u.create_date) AS entered_on
                  FROM expected e
                  JOIN energy_usage u ON u.point_id = e.point_id AND u.is_current
                   AND u.date_end >= e.first AND u.date_start <= e.last
                 WHERE e.measurement <> 'interval'
              GROUP BY e.id, e.period_id
            ), intervals AS (
                SELECT e.id, e.period_id,
                       count(DISTINCT i.day) FILTER (WHERE i.missing_count = 0) AS days,
                       bool_or(i.quality IS NOT NULL) AS estimated,
                       max(i.message_id) AS message_id
                  FROM expected e
                  JOIN energy_interval i ON i.point_id = e.point_id
                   AND i.day BETWEEN e.first AND e.last
                 WHERE e.measurement = 'interval'
              GROUP BY e.id, e.period_id
            ), found AS (
                SELECT e.*, e.last - e.first + 1 AS expected_days,
                       COALESCE(i.days, (
                           SELECT sum(upper(r) - lower(r))::int FROM unnest(u.days) r),
                           0) AS received_days,
                       COALESCE(i.estimated, u.estimated, FALSE) AS is_estimated,
                       COALESCE(m.create_date, u.entered_on) AS received_on
                  FROM expected e
             LEFT JOIN usages u ON u.id = e.id AND u.period_id = e.period_id
             LEFT JOIN intervals i ON i.id = e.id AND i.period_id = e.period_id
             LEFT JOIN energy_message m
                    ON m.id = COALESCE(i.message_id, u.message_id)
            )
            SELECT f.id, f.id AS agreement_id, f.period_id, f.company_id, f.partner_id,
                   f.point_id, f.network_id, f.measurement, f.first AS date_start,
                   f.last AS date_end, f.expected_days, f.received_days,
                   f.expected_days - f.received_days AS missing_days, f.is_estimated,
                   f.received_on,
                   CASE WHEN f.received_days = 0 THEN 'missing'
                        WHEN f.received_days < f.expected_days THEN 'partial'
                        WHEN f.is_estimated THEN 'estimated'
                        WHEN n.due_days > 0
                             AND f.received_on::date > f.last + n.due_days THEN 'late'
                        ELSE 'received' END AS status
              FROM found f
         LEFT JOIN energy_network n ON n.id = f.network_id
            """
        )

    # === From the board ===

    def action_request(self):
        """Ask the distributors for what is missing: a mail for each network, kept in
        the network's log."""
        missing = self.filtered(lambda row: row.missing_days)
        if not missing:
            raise UserError(
                self.env._("Nothing is missing at the marked metering points.")
            )
        for network in missing.network_id:
            if not network.partner_id.email:
                raise UserError(
                    self.env._(
                        "Distributor %(name)s has no e-mail address. Enter it, then "
                        "ask again.",
                        name=network.partner_id.display_name or network.display_name,
                    )
                )
        for network, rows in missing.grouped("network_id").items():
            network.message_post(
                subject=self.env._(
                    "Missing measurement of %(count)s metering points",
                    count=len(rows),
                ),
                body=self.env["ir.qweb"]._render(
                    "energy_billing.completeness_request",
                    {
                        "rows": [
                            (
                                row.point_id.code,
                                format_date(self.env, row.date_start),
                                format_date(self.env, row.date_end),
                                row.missing_days,
                            )
                            for row in rows
                        ],
                    },
                ),
                partner_ids=network.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(points)s points were asked for at %(networks)s distributors.",
                    points=len(missing),
                    networks=len(missing.network_id),
                ),
            },
        }

    def action_fill(self):
        """Substitute missing intervals and estimate missing usages of the marked
        points; the next real values take their place."""
        Substitute = self.env["energy.substitute"]
        made = 0
        for (first, last, _company), rows in (
            self.filtered("missing_days")
            .grouped(lambda row: (row.date_start, row.date_end, row.company_id))
            .items()
        ):
            intervals = rows.filtered(lambda row: row.measurement == "interval")
            if intervals:
                message = Substitute._fill_intervals(intervals.point_id, first, last)
                made += message.new_count + message.replaced_count
            registers = rows - intervals
            if registers:
                made += len(Substitute._estimate_usage(registers.point_id, first, last))
        self.invalidate_model()
        if not made:
            raise UserError(
                self.env._(
                    "Nothing could be filled: there are no earlier values of the "
                    "marked metering points to go by."
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s days or quantities were filled.", count=made
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_findings(self):
        self.ensure_one()
        return self.point_id.action_view_findings()

    def action_view_measurement(self):
        self.ensure_one()
        if self.measurement == "interval":
            return self.point_id.action_view_intervals()
        return self.point_id.action_view_usage()
