import hashlib
from collections import Counter

from odoo import models


class AccountStatementImport(models.TransientModel):
    """A transaction of a bank statement is imported once, whatever its format."""

    _inherit = "account.statement.import"

    def _complete_stmts_vals(self, stmts_vals, journal, account_number):
        """Formats without identifiers of their own, CAMT among them, get one from
        the statement and the content; equal transactions of it are told apart by
        their number."""
        for statement in stmts_vals:
            counted = Counter()
            for vals in statement["transactions"]:
                if vals.get("unique_import_id"):
                    continue
                content = repr(
                    [statement.get("name"), str(statement.get("date"))]
                    + [str(vals.get(name) or "") for name in IDENTIFYING]
                )
                counted[content] += 1
                text = f"{content} {counted[content]}"
                vals["unique_import_id"] = hashlib.sha256(text.encode()).hexdigest()
        return super()._complete_stmts_vals(stmts_vals, journal, account_number)


IDENTIFYING = (
    "date",
    "amount",
    "ref",
    "payment_ref",
    "account_number",
    "partner_name",
)
