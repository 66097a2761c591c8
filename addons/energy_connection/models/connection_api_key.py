import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

WINDOW = 300
"""Seconds by which the time of a message may differ from ours."""


class ConnectionApiKey(models.Model):
    """Whose messages of another system are taken, and how they are recognised."""

    _name = "connection.api.key"
    _description = "Key of Another System"
    _order = "partner_id, id"
    _rec_name = "key"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Whose", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    kind = fields.Selection(
        [("contractor", "Contractor"), ("billing", "External billing")],
        required=True,
        default="contractor",
        help="A contractor sends orders and change messages of his own; who bills "
        "externally sends acknowledgements and states of invoice bases.",
    )
    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(8),
    )
    secret = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(32),
        groups="energy_connection.group_connection_manager",
    )
    message_ids = fields.One2many("connection.api.message", "key_id")
    active = fields.Boolean(default=True)

    _key_unique = models.Constraint("UNIQUE (key)", "This key is already used.")

    def action_new_secret(self):
        """Replace the secret; what is signed with the old one is refused at once."""
        self.ensure_one()
        self.secret = secrets.token_urlsafe(32)
        return True

    @api.model
    def _sign(self, secret, timestamp, body):
        """Signature as hexadecimal HMAC-SHA256 of ``timestamp``, a point, the body.

        :param str timestamp: seconds since 1970 as it stands in the header
        :param bytes body: of the request
        """
        text = timestamp.encode() + b"." + body
        return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()

    def _check_signature(self, timestamp, signature, body, now):
        """
        :param int now: seconds since 1970
        :raises UserError: naming the header and the remedy
        """
        self.ensure_one()
        _ = self.env._
        if not timestamp.isascii() or not timestamp.isdigit():
            raise UserError(
                _("Header X-Timestamp: send the seconds since 1970 as a whole number.")
            )
        if abs(now - int(timestamp)) > WINDOW:
            raise UserError(
                _(
                    "Header X-Timestamp: the message is more than %(seconds)s seconds "
                    "old, or your clock is wrong. Sign it again with the present time.",
                    seconds=WINDOW,
                )
            )
        expected = self._sign(self.sudo().secret, timestamp, body)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise UserError(
                _(
                    "Header X-Signature: it does not belong to this body, time and "
                    "key. Sign “time.body” with the secret of the key."
                )
            )
