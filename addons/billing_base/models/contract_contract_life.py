from datetime import timedelta

from odoo import api, fields, models


class ContractContract(models.Model):
    """When a contract ends and until when notice is given."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    notice_days = fields.Integer(
        string="Notice (Days)",
        default=30,
        help="So many days before its end the contract is renewed or notice is given.",
    )
    notice_date = fields.Date(
        string="Notice Until",
        compute="_compute_notice_date",
        store=True,
        index="btree_not_null",
        help="The last day for renewal or notice. Empty: the contract has no end.",
    )
    customer_code = fields.Char(
        string="Customer's Cost Centre",
        help="The code under which the customer books the bills of this contract.",
    )

    _notice_positive = models.Constraint(
        "CHECK (notice_days >= 0)", "Days of notice cannot be negative."
    )

    @api.depends("date_end", "notice_days")
    def _compute_notice_date(self):
        for contract in self:
            contract.notice_date = contract.date_end and (
                contract.date_end - timedelta(days=contract.notice_days)
            )
