from odoo import api, fields, models


class ContractContract(models.Model):
    _inherit = "contract.contract"

    agreement_ids = fields.One2many(
        "billing.agreement", "contract_id", string="Agreements"
    )
    agreement_count = fields.Integer(compute="_compute_agreement_count")

    @api.depends("agreement_ids")
    def _compute_agreement_count(self):
        counts = dict(
            self.env["billing.agreement"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.agreement_count = counts.get(contract, 0)

    def action_view_agreements(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_agreement_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {"default_contract_id": self.id}
        return action

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """A contract with agreements is billed by segments, never by this cron."""
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        return domain & fields.Domain("agreement_ids", "=", False)
