from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Invoices with the numbers and identifiers of national systems."""

    _inherit = "account.move"

    identifier_ids = fields.One2many(
        "billing.identifier", "move_id", string="National Identifiers"
    )

    def _get_document_facts(self):
        facts = [
            (identifier.type_id.name, identifier.value)
            for identifier in self.identifier_ids
            if identifier.type_id.place == "fact"
        ]
        return (*super()._get_document_facts(), *facts)

    def _get_document_codes(self):
        """What is printed as QR codes: pairs of label and content."""
        self.ensure_one()
        return tuple(
            (identifier.type_id.name, identifier.value)
            for identifier in self.identifier_ids
            if identifier.type_id.place == "code"
        )

    def _make_billing_documents(self):
        self._check_identifiers()
        return super()._make_billing_documents()

    def _check_identifiers(self):
        """:raises UserError: for posted invoices that still wait for an identifier"""
        required = self.env["billing.identifier.type"].search(
            [("is_required", "=", True), ("company_id", "in", self.company_id.ids)]
        )
        if not required:
            return
        waiting = self.filtered(
            lambda move: (
                move.state == "posted"
                and required.filtered(lambda kind: kind.company_id == move.company_id)
                - move.identifier_ids.type_id
            )
        )
        if waiting:
            raise UserError(
                self.env._(
                    "These invoices wait for their %(kinds)s: %(invoices)s. Enter or "
                    "import them, then make the documents.",
                    kinds=", ".join(required.mapped("name")),
                    invoices=", ".join(waiting[:10].mapped("name")),
                )
            )

    def _get_starting_sequence(self):
        """One before the first number, of digits alone."""
        digits = self.journal_id.number_digits
        if not digits:
            return super()._get_starting_sequence()
        first = int(self.journal_id.first_number or 1)
        return str(first - 1).zfill(digits)
