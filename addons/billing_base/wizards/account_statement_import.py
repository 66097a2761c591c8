import base64
import hashlib
from collections import Counter

from odoo import fields, models
from odoo.exceptions import UserError

from ..matching import read_parts


class AccountStatementImport(models.TransientModel):
    """A transaction of a bank statement is imported once, whatever its format."""

    _inherit = "account.statement.import"

    returned_debit_ids = fields.Many2many(
        "billing.returned.debit",
        help="What a file without bank entries gave back.",
    )

    def _import_file(self):
        """Debits that the bank gave back are undone before its entries are booked."""
        content = base64.b64decode(self.statement_file)
        debit = self.env["billing.returned.debit"]
        message, debits = debit._import(content, self.statement_filename)
        if message and message.kind != "statement" and not message.has_others:
            if not debits:
                raise UserError(
                    self.env._(
                        "%(file)s gives no direct debit back, or was imported before.",
                        file=self.statement_filename,
                    )
                )
            self.returned_debit_ids = debits
            return {"statement_ids": [], "notifications": []}
        result = super()._import_file()
        if debits:
            result["notifications"].append(
                self.env._("Returned direct debits: %(count)s", count=len(debits))
            )
        return result

    def import_file_button(self):
        action = super().import_file_button()
        if not self.returned_debit_ids:
            return action
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_returned_debit_action"
        )
        return {
            **action,
            "domain": [("id", "in", self.returned_debit_ids.ids)],
            "context": {},
        }

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


class AccountStatementImportCamtParser(models.AbstractModel):
    """Debits that came back count with what the bank charged in the same entry, so
    that the lines of a statement add up to its entries."""

    _inherit = "account.statement.import.camt.parser"

    def parse_entry(self, ns, node):
        transactions = super().parse_entry(ns, node)
        is_debit = node.findtext("{*}CdtDbtInd") == "DBIT"
        if not is_debit or node.find(".//{*}RtrInf") is None:
            yield from transactions
            return
        for transaction, part in zip(transactions, read_parts(node), strict=True):
            if part.moved is not None:
                transaction["amount"] = -float(part.moved)
            yield transaction
