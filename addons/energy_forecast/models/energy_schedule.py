import io
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..forecasting import begins, unfold
from ..schedules import (
    Schedule,
    ScheduleError,
    Series,
    parse_acknowledgement,
    write_cim,
    write_ess,
)

WRITERS = {"cim": write_cim, "ess": write_ess}


class EnergySchedule(models.Model):
    """A schedule of one day as it was sent, in revisions."""

    _name = "energy.schedule"
    _description = "Schedule"
    _inherit = ["mail.thread"]
    _order = "day desc, revision desc"
    _check_company_auto = True

    name = fields.Char(
        string="Identification", required=True, readonly=True, index=True
    )
    forecast_id = fields.Many2one(
        "energy.forecast",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    area_id = fields.Many2one(
        "energy.market.area", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="area_id.company_id", store=True, index=True)
    day = fields.Date(required=True, readonly=True)
    revision = fields.Integer(required=True, readonly=True, aggregator=None)
    format = fields.Selection([("cim", "CIM"), ("ess", "ESS 4.1")], readonly=True)
    total = fields.Float(string="Energy (MWh)", digits=(16, 3), readonly=True)
    exchange_record_id = fields.Many2one(
        "edi.exchange.record", string="File", readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("new", "Not sent"),
            ("sent", "Sent"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
        ],
        default="new",
        required=True,
        readonly=True,
        tracking=True,
    )
    answer = fields.Text(readonly=True)

    # a revision is sent once; also serves "the revisions of this day"
    _revision_unique = models.Constraint(
        "UNIQUE (area_id, day, revision)", "This revision of the day exists already."
    )

    @api.depends("name", "revision")
    def _compute_display_name(self):
        for schedule in self:
            schedule.display_name = f"{schedule.name or ''} / {schedule.revision or ''}"

    @api.model
    def _make(self, forecast):
        """A new revision of the schedule of each day of a forecast.

        :raises UserError: when it isn't nominated or the area's codes are missing
        """
        forecast._expect("nominated")
        area = forecast.area_id
        missing = area._get_missing_eic()
        if missing:
            raise UserError(
                self.env._(
                    "%(area)s: enter %(fields)s, which a schedule names.",
                    area=area.name,
                    fields=", ".join(missing),
                )
            )
        purchase = forecast._get_purchase()
        if purchase is None:
            raise UserError(
                self.env._("%(forecast)s has no portfolio.", forecast=forecast.name)
            )
        need = purchase["forecast"] + purchase["losses"]
        found = self
        for offset in range(len(need)):
            day = forecast.date_start + timedelta(days=offset)
            found |= self._make_day(forecast, day, need[offset])
        return found

    @api.model
    def _make_day(self, forecast, day, need):
        area, minutes = forecast.area_id, forecast.area_id._get_minutes()
        before = self.search([("area_id", "=", area.id), ("day", "=", day)], limit=1)
        revision = before.revision + 1
        values = unfold(need, area.tz, minutes, day) / 1000
        moments = begins(area.tz, minutes, day)
        name = f"ES{area.id}-{day:%Y%m%d}"
        document = Schedule(
            mrid=name,
            revision=revision,
            start=moments[0],
            end=moments[-1] + timedelta(minutes=minutes),
            minutes=minutes,
            created=fields.Datetime.now().replace(tzinfo=UTC),
            sender=area.party_eic,
            receiver=area.operator_eic,
            domain=area.eic,
            party=area.party_eic,
            series=[Series("TS1", revision, values.tolist())],
        )
        try:
            content = WRITERS[area.schedule_format](document)
        except ScheduleError as error:
            raise UserError(
                self.env._(
                    "The schedule of %(day)s cannot be written: %(reason)s",
                    day=day,
                    reason=error,
                )
            ) from error
        schedule = self.create(
            {
                "name": name,
                "forecast_id": forecast.id,
                "area_id": area.id,
                "day": day,
                "revision": revision,
                "format": area.schedule_format,
                "total": round(float(values.sum()), 3),
            }
        )
        schedule._attach(f"{name}-{revision:03d}.xml", content)
        return schedule

    def _attach(self, filename, content):
        """Keep the document as an exchange record."""
        record = (
            self.env["edi.exchange.record"]
            .with_context(edi__skip_quick_exec=True)
            .sudo()  # what is exchanged is the administrator's; schedules are ours
            .create(
                {
                    "type_id": self.env.ref("energy_forecast.edi_type_schedule").id,
                    "backend_id": self.env.ref("energy_billing.edi_backend_energy").id,
                    "company_id": self.company_id.id,
                    "exchange_filename": filename,
                    "edi_exchange_state": "output_pending",
                    "model": self._name,
                    "res_id": self.id,
                }
            )
        )
        record._attach_energy_file(io.BytesIO(content))
        self.exchange_record_id = record

    def _get_content(self):
        self.ensure_one()
        with self.exchange_record_id.sudo()._open_energy_file() as fileobj:
            return fileobj.read()

    def action_send(self):
        """Send the document to the operator, and a copy to who wants one."""
        for schedule in self.filtered(lambda s: s.state == "new"):
            schedule.exchange_record_id.sudo().action_exchange_send()
        return True

    def action_download(self):
        self.ensure_one()
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.exchange_record_id.exchange_filename,
                "raw": self._get_content(),
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    @api.model
    def _take_answer(self, content):
        """Take in an acknowledgement.

        :return: the schedule it answers
        :raises UserError: for a document that is none, or of an unknown schedule
        """
        self.check_access("write")
        try:
            answer = parse_acknowledgement(content)
        except ScheduleError as error:
            raise UserError(
                self.env._("This is no acknowledgement of a schedule: %s", error)
            ) from error
        domain = [
            ("name", "=", answer.document),
            ("company_id", "in", self.env.companies.ids),
        ]
        if answer.revision:
            domain.append(("revision", "=", answer.revision))
        schedule = self.search(domain, limit=1)
        if not schedule:
            raise UserError(
                self.env._(
                    "No schedule %(name)s, revision %(revision)s was sent.",
                    name=answer.document,
                    revision=answer.revision or "–",
                )
            )
        reasons = "\n".join(" ".join(filter(None, row)) for row in answer.reasons)
        schedule.sudo().write(
            {"state": "accepted" if answer.accepted else "rejected", "answer": reasons}
        )
        schedule.message_post(body=reasons)
        return schedule
