from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


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
    renewal_months = fields.Integer(
        string="Renewed For (Months)",
        default=12,
        help="So many months more the contract runs each time it is renewed.",
    )
    customer_code = fields.Char(
        string="Customer's Cost Centre",
        help="The code under which the customer books the bills of this contract.",
    )

    _notice_positive = models.Constraint(
        "CHECK (notice_days >= 0)", "Days of notice cannot be negative."
    )

    _renewal_positive = models.Constraint(
        "CHECK (renewal_months > 0)", "A contract is renewed for at least a month."
    )

    @api.depends("date_end", "notice_days")
    def _compute_notice_date(self):
        for contract in self:
            contract.notice_date = contract.date_end and (
                contract.date_end - timedelta(days=contract.notice_days)
            )

    def action_renew(self):
        """The contracts go on from their last day, with what would end with them: the
        agreements that nobody terminated, and their terms. An annex of each says so.

        :raises UserError: for a contract without an end; nothing is renewed then
        """
        self.env["res.users"]._check_may("maintain")
        endless = self.filtered(lambda contract: not contract.date_end)
        if endless:
            raise UserError(
                self.env._(
                    "%(contract)s has no end, so there is nothing to renew.",
                    contract=endless[0].display_name,
                )
            )
        annexes = []
        for (end, months), contracts in self.grouped(
            lambda contract: (contract.date_end, contract.renewal_months)
        ).items():
            # months of different length: the day after the end decides
            first = end + timedelta(days=1)
            until = fields.Date.add(first, months=months) - timedelta(days=1)
            terminated = self.env["billing.termination"].search(
                [
                    ("agreement_id", "in", contracts.agreement_ids.ids),
                    ("is_dismissed", "=", False),
                ]
            )
            agreements = (contracts.agreement_ids - terminated.agreement_id).filtered(
                lambda agreement, end=end: agreement.date_end == end
            )
            terms = agreements.term_ids.filtered(
                lambda term, end=end: term.date_end == end
            )
            contracts.write({"date_end": until})
            agreements.write({"date_end": until})
            terms.write({"date_end": until})
            text = self.env._(
                "Renewed until %(date)s", date=format_date(self.env, until)
            )
            annexes += [
                {"contract_id": contract.id, "date": first, "description": text}
                for contract in contracts
            ]
        self.env["contract.modification"].create(annexes)
        return True
