import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

SCANS = ("application/pdf", "image/png", "image/jpeg")


class ConnectionPaperAcceptance(models.TransientModel):
    """The clerk records an acceptance that came on paper, with its scan."""

    _name = "connection.paper.acceptance"
    _description = "Acceptance on Paper"

    order_id = fields.Many2one("sale.order", string="Offer", required=True)
    signed_by = fields.Char(required=True)
    signed_on = fields.Date(required=True, default=fields.Date.context_today)
    scan = fields.Binary(required=True, attachment=False)
    filename = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        offer = self.order_id
        if not offer._has_to_be_signed():
            raise UserError(
                self.env._(
                    "Offer %(offer)s is no longer open for acceptance: it was "
                    "accepted, replaced or cancelled, or has expired.",
                    offer=offer.name,
                )
            )
        content = base64.b64decode(self.scan)
        mimetype = guess_mimetype(content)
        if mimetype not in SCANS:
            raise UserError(
                self.env._(
                    "“%(name)s” is no scan. Choose a PDF, PNG or JPEG file.",
                    name=self.filename or "",
                )
            )
        # the role is checked by the rights on this wizard
        acceptance = offer._record_acceptance(
            "paper", self.signed_by, fields.Datetime.to_datetime(self.signed_on)
        )
        acceptance._store_document(self.filename or "scan", content, mimetype)
        offer.action_confirm()
        return {"type": "ir.actions.act_window_close"}
