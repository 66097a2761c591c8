from odoo import models
from odoo.fields import Domain


class EdiBackend(models.Model):
    _inherit = "edi.backend"

    def _output_pending_records_domain(self, skip_sent=True, record_ids=None):
        """With the bases that could not be mailed."""
        domain = super()._output_pending_records_domain(skip_sent, record_ids)
        if self != self.env.ref("energy_connection.edi_backend_connection"):
            return domain
        unsent = Domain("backend_id", "=", self.id) & (
            Domain("edi_exchange_state", "=", "output_error_on_send")
            | Domain("edi_exchange_state", "=", "output_sent")
            & Domain("connection_mail_id.state", "=", "exception")
        )
        if record_ids:
            unsent &= Domain("id", "in", record_ids)
        return Domain(domain) | unsent
