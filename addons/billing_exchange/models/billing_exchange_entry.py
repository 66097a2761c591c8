from odoo import fields, models


class BillingExchangeEntry(models.Model):
    """A record that went with a batch."""

    _name = "billing.exchange.entry"
    _description = "Exported Record"
    _order = "id"
    _log_access = False

    batch_id = fields.Many2one(
        "billing.exchange.batch", required=True, index=True, ondelete="restrict"
    )
    profile_id = fields.Many2one(
        "billing.exchange.profile", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model_name", required=True
    )
    model_name = fields.Char(related="profile_id.model_name")
    row_hash = fields.Char(readonly=True)
    is_current = fields.Boolean(
        default=True,
        required=True,
        help="What the other system has of the record; also serves “what is new?”.",
    )

    # no record goes twice as it is
    _current_once = models.UniqueIndex(
        "(profile_id, res_id) WHERE is_current",
        "This record went with another batch already.",
    )
