from odoo import api, fields, models

from odoo.addons.billing_base.models.billing_segment import DEAD_STATES


class ContractContract(models.Model):
    """A contract after a procurement has a ceiling: what may be billed under it."""

    _inherit = "contract.contract"

    currency_company_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    ceiling = fields.Monetary(
        currency_field="currency_company_id",
        help="Untaxed amount that may be billed under the contract. 0: no ceiling.",
    )
    ceiling_used = fields.Monetary(
        string="Used",
        currency_field="currency_company_id",
        compute="_compute_ceiling_used",
        help="On invoices and on what is ready for them, less credit notes.",
    )
    ceiling_left = fields.Monetary(
        string="Left",
        currency_field="currency_company_id",
        compute="_compute_ceiling_used",
    )

    _ceiling_positive = models.Constraint(
        "CHECK (ceiling >= 0)", "A ceiling is an amount above 0; 0 means none."
    )

    @api.depends("ceiling")
    def _compute_ceiling_used(self):
        used = dict(
            self.env["billing.segment"]
            .sudo()
            ._read_group(
                [
                    ("contract_id", "in", self.ids),
                    ("state", "not in", DEAD_STATES),
                ],
                ["contract_id"],
                ["amount:sum"],
            )
        )
        for contract in self:
            contract.ceiling_used = used.get(contract, 0)
            contract.ceiling_left = (
                contract.ceiling - contract.ceiling_used if contract.ceiling else 0
            )
