import time

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from odoo.addons.queue_job.exception import RetryableJobError

from ..forecasting import ForecastError


class EnergyForecastPiece(models.Model):
    """Some 500 series of a forecast, done in one transaction."""

    _name = "energy.forecast.piece"
    _description = "Piece of a Forecast"
    _order = "forecast_id, number"
    _log_access = False

    forecast_id = fields.Many2one(
        "energy.forecast", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="forecast_id.company_id", store=True)
    number = fields.Integer(required=True, readonly=True)
    kind = fields.Selection(
        [("points", "Metering points"), ("sums", "Customers and groups")],
        required=True,
        readonly=True,
    )
    series_ids = fields.Json(readonly=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        default="pending",
        required=True,
        readonly=True,
    )
    message = fields.Char(string="What Failed", readonly=True)
    seconds = fields.Float(digits=(16, 3), readonly=True)

    _planned_once = models.Constraint(
        "UNIQUE (forecast_id, number)", "This piece is planned already."
    )

    def _get_identity_key(self):
        return f"energy.forecast.piece:{self.id}"

    def _enqueue(self):
        for piece in self:
            piece.with_delay(
                identity_key=piece._get_identity_key(),
                description=f"{piece.forecast_id.name}: {piece.number}",
            )._run_job()

    def _run_job(self):
        self.ensure_one()
        self._run()
        self.with_delay(
            identity_key=f"{self._get_identity_key()}:after",
            description=f"{self.forecast_id.name}: {self.number} +",
        )._advance_job()

    def _advance_job(self):
        self.forecast_id._advance()

    def _run(self):
        """Do the piece; a second time changes nothing.

        :raises RetryableJobError: while another process is at it
        """
        self.ensure_one()
        try:
            self.lock_for_update()
        except LockError as error:
            raise RetryableJobError(
                self.env._("Another process is at the same piece of the forecast."),
                seconds=5,
                ignore_retry=True,
            ) from error
        self.invalidate_recordset()
        if self.state != "pending":
            return
        begun = time.monotonic()
        series = self.env["energy.series"].browse(self.series_ids).exists()
        message = False
        try:
            with self.env.cr.savepoint():
                getattr(self.forecast_id, f"_run_{self.kind}")(series)
                self.env.flush_all()
        except (ForecastError, UserError) as error:
            message = str(error)
        self.sudo().write(
            {
                "state": "failed" if message else "done",
                "message": message,
                "seconds": time.monotonic() - begun,
            }
        )

    def _on_job_failed(self, **failure):
        """Called by queue_job when it gives the job up."""
        self.sudo().write(
            {"state": "failed", "message": failure.get("exc_message") or ""}
        )
