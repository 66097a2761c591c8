from odoo import fields, models
from odoo.exceptions import UserError


class BillingBrokerAssignment(models.Model):
    """Between two days the bills of a contract earn a commission."""

    _name = "billing.broker.assignment"
    _description = "Broker of a Contract"
    _order = "date_start desc, id"
    _rec_name = "agreement_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, ondelete="cascade"
    )
    agreement_id = fields.Many2one(
        "billing.broker.agreement",
        string="Commission Agreement",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    date_start = fields.Date(
        string="From",
        required=True,
        help="Segments that end on or after this day count.",
    )
    date_end = fields.Date(string="To")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "The last day is on or after the first.",
    )
    _once = models.Constraint(
        "EXCLUDE USING gist (contract_id WITH =, agreement_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "The contract has this commission agreement on some of these days already.",
    )

    def write(self, vals):
        if {"contract_id", "agreement_id"} & vals.keys():
            counted = self.env["billing.broker.line"].sudo()
            if counted.search_count([("assignment_id", "in", self.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "Commissions were counted here. Enter its last day, and the "
                        "new agreement in a line of its own."
                    )
                )
        return super().write(vals)
