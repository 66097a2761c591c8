from odoo import fields, models


class BillingAgreementType(models.Model):
    """What agreements of one kind have in common: segment type, cycle, tariffs."""

    _name = "billing.agreement.type"
    _description = "Agreement Type"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    sequence = fields.Integer(default=10)
    segment_type_id = fields.Many2one("billing.segment.type", required=True)
    cycle_id = fields.Many2one("billing.cycle", required=True, check_company=True)
    tariff_ids = fields.Many2many(
        "billing.tariff", string="Allowed Tariffs", check_company=True
    )
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Main Quantity",
        help="The quantity segments and figures show.",
    )
    income_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        help="Replaces the income account of the products.",
    )
    deposit_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        help="Where security deposits are held; replaces the account of the product.",
    )
    advance_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        help="Where advance payments are held; replaces the account of the product.",
    )
    deposit_rule = fields.Selection(
        [
            ("none", "No deposit"),
            ("fixed", "A fixed amount"),
            ("months", "So many average bills"),
        ],
        default="none",
        required=True,
        string="Security Deposit",
        help="What customers with such an agreement leave as a security.",
    )
    deposit_amount = fields.Monetary(string="Deposit")
    deposit_bills = fields.Float(string="Average Bills", digits=(6, 2), default=2.0)
    deposit_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        help="The product on the bill when a deposit is requested.",
    )
    deposit_policy_id = fields.Many2one(
        "billing.interest.policy",
        string="Interest on Deposits",
        check_company=True,
        ondelete="restrict",
        help="Rates, days of the year and product of the interest that a deposit earns "
        "from the day after its payment until it is returned. Empty: none.",
    )
    deposit_review_months = fields.Integer(
        string="Review After (Months)",
        default=12,
        required=True,
        help="So many months after its payment a deposit is due for return, where no "
        "reminder was sent since and nothing is overdue.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    estimation = fields.Selection(
        [
            ("allowed", "Allowed"),
            ("never", "Not allowed: wait for the real quantity"),
        ],
        string="Estimated Quantities",
        default="allowed",
        required=True,
    )
    estimate_correction = fields.Selection(
        [
            ("rebill", "Cancel and rebill with the next run"),
            ("list", "Only show the segment as changed"),
        ],
        string="When the Real Quantity Comes",
        default="rebill",
        required=True,
        help="What happens to a segment that was invoiced with an estimate.",
    )
    proration = fields.Selection(
        [
            ("actual", "Days of the period"),
            ("normal", "Normal days of the cycle"),
        ],
        default="actual",
        required=True,
        help="What the days of a part are divided by for flat charges.",
    )
    normal_days = fields.Integer(default=30)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of an agreement type must be unique."
    )
    _deposit_given = models.Constraint(
        "CHECK (deposit_rule <> 'fixed' OR deposit_amount > 0)",
        "Enter the amount of the deposit.",
    )
    _review_positive = models.Constraint(
        "CHECK (deposit_review_months >= 0)", "Months of review cannot be negative."
    )
    _normal_days_positive = models.Constraint(
        "CHECK (normal_days > 0)", "Normal days must be positive."
    )
