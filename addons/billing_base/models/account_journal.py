from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountJournal(models.Model):
    _inherit = "account.journal"

    number_digits = fields.Integer(
        string="Digits of Numbers",
        help="Numbers of so many digits and nothing else, never starting again, as "
        "some tax laws ask for; credit notes then go on in the same numbers. 0: as "
        "Odoo numbers. For a journal without documents.",
    )
    first_number = fields.Char(
        help="With what the numbers begin, such as 1000000001. Empty: with 1."
    )

    @api.constrains("number_digits", "first_number", "refund_sequence")
    def _check_number_digits(self):
        for journal in self.filtered("number_digits"):
            if not 4 <= journal.number_digits <= 16:
                raise ValidationError(
                    self.env._("Numbers have 4 to 16 digits, or 0 for Odoo's own.")
                )
            if journal.refund_sequence:
                raise ValidationError(
                    self.env._(
                        "Journal %(name)s: credit notes cannot have numbers of their "
                        "own beside plain numbers.",
                        name=journal.name,
                    )
                )
            first = journal.first_number
            if first and (not first.isdigit() or len(first) != journal.number_digits):
                raise ValidationError(
                    self.env._(
                        "The first number of journal %(name)s needs %(digits)s digits.",
                        name=journal.name,
                        digits=journal.number_digits,
                    )
                )

    @api.onchange("number_digits")
    def _onchange_number_digits(self):
        if self.number_digits:
            self.refund_sequence = False
