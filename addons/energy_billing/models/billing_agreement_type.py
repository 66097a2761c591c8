from odoo import fields, models


class BillingAgreementType(models.Model):
    _inherit = "billing.agreement.type"

    billed_on = fields.Selection(
        [
            ("calendar", "The billing calendar"),
            ("order", "A market message or an order"),
        ],
        default="calendar",
        required=True,
        help="What makes an agreement billable. An order is billed for its own days, "
        "whatever the period.",
    )
    order_months = fields.Integer(
        string="Months Between Messages",
        default=12,
        help="After so many months without a message it is listed as missing.",
    )
    network_services = fields.Selection(
        [
            ("tariff", "By our tariff"),
            ("pass", "As the distributor invoices them, without margin"),
        ],
        default="tariff",
        required=True,
        help="How customers pay for distribution and other network services.",
    )
