from odoo import fields, models


class BillingProfile(models.Model):
    """How a customer's bills are made: what he agreed, not what he is charged."""

    _name = "billing.profile"
    _description = "Billing Profile"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    grouping = fields.Selection(
        [
            ("partner", "One invoice per customer"),
            ("account", "One invoice per billing account"),
            ("contract", "One invoice per contract"),
            ("agreement", "One invoice per agreement"),
        ],
        default="account",
        required=True,
    )
    tax_date = fields.Selection(
        [
            ("issue", "Invoice date"),
            ("calendar", "Last day of the billing period"),
            ("reading", "Last day of what is billed"),
            ("fixed", "The date given with the run"),
        ],
        default="issue",
        required=True,
        help="The date of taxable supply. It decides the tax period and, where "
        "the tax law has it so, the exchange rate.",
    )
    tax_date_shift = fields.Integer(
        string="Days After",
        help="Days between the end of the billing period and the tax date.",
    )
    hold = fields.Selection(
        [
            ("bill", "Hold the whole bill"),
            ("segment", "Bill what is clean, the rest on the next"),
        ],
        string="With an Error",
        default="bill",
        required=True,
        help="What happens to a bill when one of its segments has an error.",
    )
    line_detail = fields.Selection(
        [
            ("charge", "One line per charge"),
            ("part", "One line per charge and price part"),
        ],
        default="part",
        required=True,
        help="The detail on the invoice; the statement always shows every part.",
    )
    tax_rounding = fields.Selection(
        [
            ("company", "As the company rounds"),
            ("line", "On each line"),
        ],
        default="company",
        required=True,
        help="On each line, one invoice for several cost centres has the same taxes "
        "to the cent as an invoice for each of them.",
    )
    payment_term_id = fields.Many2one("account.payment.term", check_company=True)
    cash_rounding_id = fields.Many2one(
        "account.cash.rounding",
        help="Rounds the total of the invoice.",
    )
    direct_debit_id = fields.Many2one(
        "account.payment.method.line",
        string="Direct Debit By",
        check_company=True,
        domain="[('payment_type', '=', 'inbound'), ('payment_order_ok', '=', True),"
        " ('company_id', '=', company_id)]",
        help="Collects the invoices of accounts with a valid mandate.",
    )
    transmit_method_id = fields.Many2one("transmit.method", string="Channel")
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', '=', 'sale')]",
        check_company=True,
        help="Empty: the first sales journal of the company.",
    )
    interest_policy_id = fields.Many2one(
        "billing.interest.policy",
        check_company=True,
        help="How late interest is counted. Empty: the policy by default, if any.",
    )
    statement = fields.Boolean(
        string="Detailed Statement",
        default=True,
        help="Prints a statement with readings and charges behind the invoice.",
    )
    e_invoice = fields.Boolean(
        string="E-Invoice", help="Makes the XML e-invoice beside the PDF."
    )
    active = fields.Boolean(default=True)
