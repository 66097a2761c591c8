from odoo import fields, models


class ContractModification(models.Model):
    """An annex: what was changed, for which agreement, with its signed document."""

    _inherit = "contract.modification"

    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id",
        string="Customer",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    agreement_id = fields.Many2one(
        "billing.agreement",
        index="btree_not_null",
        ondelete="set null",
        domain="[('contract_id', '=', contract_id)]",
        help="The agreement whose terms the annex changed.",
    )
    term_ids = fields.One2many(
        "billing.agreement.term", "modification_id", string="Terms Written"
    )
    document = fields.Binary(string="Signed Document", attachment=True)
    document_name = fields.Char()
