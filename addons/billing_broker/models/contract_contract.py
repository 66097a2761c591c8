from odoo import fields, models


class ContractContract(models.Model):
    _inherit = "contract.contract"

    broker_assignment_ids = fields.One2many(
        "billing.broker.assignment", "contract_id", string="Brokers"
    )
