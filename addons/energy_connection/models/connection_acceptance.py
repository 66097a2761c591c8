import hashlib

from odoo import fields, models
from odoo.exceptions import UserError


class ConnectionAcceptance(models.Model):
    """That the customer accepted an offer: who, when, how, and the document itself.

    Nobody changes or deletes it.
    """

    _name = "connection.acceptance"
    _description = "Acceptance"
    _order = "id desc"
    _rec_name = "signed_by"
    _check_company_auto = True

    order_id = fields.Many2one(
        "sale.order",
        string="Offer",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    case_id = fields.Many2one(
        "connection.case",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    kind = fields.Selection(
        [("portal", "Signed in the portal"), ("paper", "On paper")],
        required=True,
        readonly=True,
    )
    signed_by = fields.Char(required=True, readonly=True)
    signed_on = fields.Datetime(required=True, readonly=True)
    ip_address = fields.Char(string="IP Address", readonly=True)
    user_id = fields.Many2one("res.users", string="Recorded By", readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount = fields.Monetary(string="Accepted Amount", readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment", string="Document", readonly=True, ondelete="restrict"
    )
    sha256 = fields.Char(string="SHA-256 of the Document", readonly=True)

    _once = models.Constraint("UNIQUE (order_id)", "This offer was already accepted.")

    def write(self, vals):
        # the document is drawn once the signature is stored, then nothing changes
        if any(acceptance.attachment_id for acceptance in self):
            raise UserError(self.env._("A recorded acceptance cannot be changed."))
        return super().write(vals)

    def _store_document(self, name, content, mimetype="application/pdf"):
        """Keep the accepted document with its hash, once."""
        self.ensure_one()
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.write(
            {
                "attachment_id": attachment.id,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        return attachment

    def _is_intact(self):
        """Whether the stored document still has its hash."""
        self.ensure_one()
        content = self.attachment_id.raw or b""
        return hashlib.sha256(content).hexdigest() == self.sha256

    def action_open_document(self):
        self.ensure_one()
        if not self.attachment_id:
            return False
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}",
        }
