from odoo import api, fields, models
from odoo.fields import Command

MANY = 20
"""From so many contracts on their beginning is written in sets."""


class ContractContract(models.Model):
    _inherit = "contract.contract"
    # its customer writes to us on the contract's page of the portal
    _mail_post_access = "read"

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

    def _compute_journal_id(self):
        """The company's journal is looked up once for its contracts."""
        groups = self.grouped(lambda c: (c.company_id, c.contract_type))
        firsts = self.browse().union(*(group[:1] for group in groups.values()))
        result = super(ContractContract, firsts)._compute_journal_id()
        for group in groups.values():
            group.journal_id = group[:1].journal_id
        return result

    def _set_start_contract_modification(self):
        """OCA's, for many contracts in one go: each alone takes ten milliseconds."""
        if len(self) < MANY:
            return super()._set_start_contract_modification()
        subtype = self.env.ref("contract.mail_message_subtype_contract_modification")
        # followers are written by message_subscribe as superuser too
        self.env["mail.followers"].sudo().create(
            [
                {
                    "res_model": self._name,
                    "res_id": contract.id,
                    "partner_id": contract.partner_id.id,
                    "subtype_ids": [Command.set(subtype.ids)],
                }
                for contract in self
            ]
        )
        today = fields.Date.context_today(self)
        return (
            self.env["contract.modification"]
            .with_context(bypass_modification_send=True)
            .create(
                [
                    {
                        "contract_id": contract.id,
                        "date": today,
                        "description": self.env._("Contract start"),
                        "sent": True,
                    }
                    for contract in self
                ]
            )
        )

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """A contract with agreements is billed by segments, never by this cron."""
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        return domain & fields.Domain("agreement_ids", "=", False)
