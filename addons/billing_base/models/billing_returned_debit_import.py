from odoo import api, models
from odoo.exceptions import UserError

from ..matching import MessageError, read_returns
from ..rating import to_decimal


class BillingReturnedDebit(models.Model):
    """What messages of banks give back: each debit once."""

    _inherit = "billing.returned.debit"

    @api.model
    def _import(self, content, filename):
        """Take what a bank's file gives back, each debit once.

        :return: (matching.Message or None if it is none, new rows)
        """
        try:
            message = read_returns(content)
        except MessageError as error:
            raise UserError(
                self.env._(
                    "%(file)s, returned debit %(number)s: %(found)s is no amount or "
                    "day. Ask the bank for a correct file.",
                    file=filename,
                    number=error.number,
                    found=repr(error.found),
                )
            ) from error
        if message is None or not message.returns:
            return message, self.browse()
        company = self.env.company
        keys = [returned.key for returned in message.returns]
        # who imports statements need not see orders, mandates and reasons
        known = set(
            self.sudo()
            .search([("company_id", "=", company.id), ("import_key", "in", keys)])
            .mapped("import_key")
        )
        new = [returned for returned in message.returns if returned.key not in known]
        rows = self.sudo()._prepare_rows(new, filename)
        for row in rows:
            row["is_money_moved"] = message.kind != "status"
        debits = self.sudo().create(rows).sudo(False)
        # what he may not book either waits for a review
        if self.env.user.has_group("billing_base.group_billing_collect"):
            debits._book_found()
        return message, debits

    @api.model
    def _find_payments(self, returned):
        """:return: pairs of matching.Returned and its account.payment"""
        fields_by_scope = {
            "payment": "memo",
            "lot": "payment_lot_id.name",
            "order": "payment_order_id.name",
        }
        found = {}
        for scope, name in fields_by_scope.items():
            references = [row.reference for row in returned if row.scope == scope]
            payments = self.env["account.payment"].search(
                [
                    ("company_id", "=", self.env.company.id),
                    ("payment_type", "=", "inbound"),
                    ("payment_order_id", "!=", False),
                    (name, "in", [text for text in references if text]),
                ],
                order="id",
            )
            groups = payments.grouped(
                lambda payment, name=name: payment.mapped(name)[0]
            )
            for reference, group in groups.items():
                found[scope, reference] = group
        none = self.env["account.payment"]
        return [(row, found.get((row.scope, row.reference), none)) for row in returned]

    @api.model
    def _prepare_rows(self, returned, filename):
        """Rows of lines of a message: as many as each gives payments back."""
        currencies = self.env["res.currency"].search([]).grouped("name")
        reasons = (
            self.env["billing.reason"].search([("kind", "=", "return")]).grouped("code")
        )
        none = self.env["account.payment"]
        rows = []
        for line, payments in self._find_payments(returned):
            common = {
                "company_id": self.env.company.id,
                "date": line.day,
                "reason_code": line.code,
                "reason_id": line.code in reasons and reasons[line.code].id,
                "note": line.note,
                "debtor": line.debtor,
                "filename": filename,
            }
            currency = currencies.get(line.currency, self.env.company.currency_id)
            told = {
                "currency_id": currency.id,
                "amount": float(line.debit or 0),
                "charges": float((line.moved or 0) and line.moved - line.debit),
            }
            if line.scope == "payment" and len(payments) > 1:
                payments = none
            if not payments:
                rows.append(
                    {
                        **common,
                        **told,
                        "import_key": line.key,
                        "reference": line.reference,
                        "finding": "unknown",
                    }
                )
            for number, payment in enumerate(payments):
                rows.append(
                    {
                        **common,
                        **self._prepare_money(line, payment, told),
                        "import_key": f"{line.key} {number}" if number else line.key,
                        "reference": payment.memo,
                        "payment_id": payment.id,
                    }
                )
        return rows

    @api.model
    def _prepare_money(self, line, payment, told):
        """The debit and the charges beside it, as the payment tells them apart."""
        charges = None
        if line.currency in ("", payment.currency_id.name):
            charges = line.charges_beside(to_decimal(payment.amount))
        if charges is None:
            is_same = told["currency_id"] == payment.currency_id.id
            is_late = line.is_charges_alone and is_same
            return {**told, "finding": "charges" if is_late else "amount"}
        return {
            "currency_id": payment.currency_id.id,
            "amount": payment.amount,
            "charges": float(charges),
            "finding": False,
        }

    def _book_found(self):
        """Undo the payments that are certain; one that fails is reviewed. Charges
        alone wait for their debit, where it did not come back yet."""
        for debit in self.filtered("payment_id"):
            is_back = debit.payment_id.state == "rejected"
            if debit.finding and not (debit.finding == "charges" and is_back):
                continue
            try:
                with self.env.cr.savepoint():
                    debit._book(debit._get_fee())
            except UserError as error:
                debit.sudo().write({"finding": "error", "problem": str(error)})
