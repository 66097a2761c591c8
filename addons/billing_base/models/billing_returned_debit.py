from odoo import api, fields, models
from odoo.exceptions import UserError

from ..matching import MessageError, read_returns, sum_charges
from ..rating import to_decimal

FIELDS_OF_REVIEW = {"payment_id", "reason_id"}
"""What a person may enter while a return waits."""


class BillingReturnedDebit(models.Model):
    """A direct debit that the bank gave back: told by a file, or entered.

    A line of a message is one row, whatever becomes of it; a payment is undone once.
    """

    _name = "billing.returned.debit"
    _description = "Returned Debit"
    _order = "date desc, id desc"
    _rec_name = "reference"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(string="Returned On", required=True, readonly=True)
    reference = fields.Char(string="Reference of the Debit", readonly=True)
    amount = fields.Monetary(readonly=True)
    charges = fields.Monetary(
        string="Bank Charges",
        readonly=True,
        help="Booked by the bank in one sum with the debit; an expense.",
    )
    charges_total = fields.Monetary(
        string="Bank Charges in All",
        readonly=True,
        help="As all messages about this return tell them, each amount once.",
    )
    reason_code = fields.Char(string="Code of the Bank", readonly=True)
    reason_id = fields.Many2one(
        "billing.reason", ondelete="restrict", domain="[('kind', '=', 'return')]"
    )
    note = fields.Char(string="Words of the Bank", readonly=True)
    debtor = fields.Char(readonly=True)
    filename = fields.Char(string="File", readonly=True)
    import_key = fields.Char(readonly=True)
    is_money_moved = fields.Boolean(string="Money Came and Went", readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('payment_type', '=', 'inbound'), ('company_id', '=', company_id),"
        " ('state', 'in', ('in_process', 'paid'))]",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    mandate_id = fields.Many2one(
        "account.banking.mandate", readonly=True, index="btree_not_null"
    )
    invoice_ids = fields.Many2many(
        "account.move",
        "billing_returned_debit_move_rel",
        "debit_id",
        "move_id",
        string="Invoices",
        readonly=True,
    )
    move_id = fields.Many2one(
        "account.move", string="Booking", readonly=True, index="btree_not_null"
    )
    bank_move_id = fields.Many2one(
        "account.move",
        string="Entry of the Bank",
        compute="_compute_bank_move_id",
        compute_sudo=True,
        help="The entry of a statement that this return is reconciled with.",
    )
    state = fields.Selection(
        [
            ("review", "To review"),
            ("done", "Booked"),
            ("repeated", "Told before"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        default="review",
        index=True,
    )
    finding = fields.Selection(
        [
            ("unknown", "No direct debit has this reference"),
            ("amount", "The amount is not that of the debit"),
            ("charges", "Charges of a debit that did not come back yet"),
            ("error", "It could not be booked"),
        ],
        string="Why It Is Open",
        readonly=True,
    )
    problem = fields.Char(readonly=True)

    _imported_once = models.UniqueIndex(
        "(company_id, import_key) WHERE import_key IS NOT NULL",
        "This return was imported already.",
    )
    _undone_once = models.UniqueIndex(
        "(payment_id) WHERE state = 'done'",
        "This payment was returned already.",
    )

    @api.depends("move_id.line_ids.matched_debit_ids.debit_move_id.statement_line_id")
    def _compute_bank_move_id(self):
        for debit in self:
            items = debit.move_id.line_ids.matched_debit_ids.debit_move_id
            debit.bank_move_id = items.statement_line_id.move_id[:1]

    def write(self, vals):
        """People only say which payment it is, and why, while it waits."""
        if not self.env.su:
            other = set(vals) - FIELDS_OF_REVIEW
            closed = self.filtered(lambda debit: debit.state != "review")
            if other or closed:
                raise UserError(
                    self.env._(
                        "%(debit)s: only the payment and the reason are entered, "
                        "while the return waits for a review.",
                        debit=(closed or self)[:1].display_name,
                    )
                )
        return super().write(vals)

    # === Messages of banks ===

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
            alone = told["currency_id"] == payment.currency_id.id
            alone = alone and line.is_charges_alone
            return {**told, "finding": "charges" if alone else "amount"}
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
            is_late = debit.finding == "charges"
            is_late = is_late and debit.payment_id.state == "rejected"
            if debit.finding and not is_late:
                continue
            try:
                with self.env.cr.savepoint():
                    debit._book(debit._get_fee())
            except UserError as error:
                debit.sudo().write({"finding": "error", "problem": str(error)})

    def _get_fee(self):
        """What the customer is charged, in the company's currency, without tax."""
        self.ensure_one()
        fee = to_decimal(self.company_id.billing_return_fee)
        fee += self._get_passed_on(to_decimal(self.charges), self.date)
        return float(fee) if self._is_fee_charged() else 0

    def _is_fee_charged(self):
        return not self.reason_id or self.reason_id.charges_fee

    def _get_passed_on(self, charges, day):
        """What customers pay of charges of the bank.

        :param charges: Decimal, in the currency of the debit
        :return: Decimal, in the company's currency
        """
        company = self.company_id
        if not charges or not company.billing_return_charges_passed_on:
            return to_decimal(0)
        return to_decimal(
            self.currency_id._convert(float(charges), company.currency_id, company, day)
        )

    def _is_charges_alone(self):
        """The message tells of charges, and not of the debit itself."""
        self.ensure_one()
        return bool(self.charges) and not self.amount

    # === Booking ===

    def action_book(self):
        """Undo the payment a person found."""
        self.env["res.users"]._check_may("collect")
        for debit in self:
            if debit.state != "review" or not debit.payment_id:
                raise UserError(
                    self.env._(
                        "%(debit)s: choose the payment that was returned.",
                        debit=debit.display_name,
                    )
                )
            debit._split_charges()
            debit._book(debit._get_fee())
            debit._reconcile_bank_entries()

    def _split_charges(self):
        """What the bank booked beyond the payment that a person found is charges, and
        so is a smaller sum of a debit that came back before."""
        self.ensure_one()
        payment = self.payment_id
        if not self.is_money_moved or self.currency_id != payment.currency_id:
            return
        moved = to_decimal(self.amount) + to_decimal(self.charges)
        charges = moved - to_decimal(payment.amount)
        if charges >= 0:
            self.sudo().write({"amount": payment.amount, "charges": float(charges)})
        elif payment.state == "rejected":
            self.sudo().write({"amount": 0, "charges": float(moved)})

    def _reconcile_bank_entries(self):
        """Entries of statements that waited for this return."""
        lines = self.env["account.bank.statement.line"]
        if self.state not in ("done", "repeated") or not lines.has_access("write"):
            return
        waiting = lines.search(
            [
                ("company_id", "=", self.company_id.id),
                ("is_reconciled", "=", False),
                ("ref", "=", self.reference),
                ("amount", "<", 0),
            ]
        )
        waiting._auto_reconcile()

    def action_dismiss(self):
        """It is none of our debits, or was settled otherwise."""
        self.env["res.users"]._check_may("collect")
        self.filtered(lambda debit: debit.state == "review").sudo().write(
            {"state": "dismissed"}
        )

    def _book(self, fee, ends_mandate=None):
        """A booking of the day it came back, opposite to the payment's; once.

        :param fee: charged to the customer, without tax; 0: none
        :param ends_mandate: or as the reason says
        """
        self.ensure_one()
        payment = self.payment_id
        payment.lock_for_update()
        if payment.state == "rejected" and self.import_key:
            self._repeat()
            return
        if self._is_charges_alone():
            raise UserError(
                self.env._(
                    "%(debit)s: these are charges of a debit that did not come back "
                    "yet. They count as soon as it does.",
                    debit=self.display_name,
                )
            )
        if payment.payment_type != "inbound" or payment.state not in (
            "in_process",
            "paid",
        ):
            raise UserError(
                self.env._(
                    "%(payment)s: only incoming payments that were booked can be "
                    "returned, and only once.",
                    payment=payment.display_name,
                )
            )
        links = self._prepare_links()
        reason = self.reason_id.name or self.reason_code or self.note or ""
        text = self.env._(
            "Returned: %(payment)s, %(reason)s",
            payment=payment.memo or payment.name,
            reason=reason,
        )
        move = self._reverse(payment, text)
        payment.action_reject()
        self.sudo().write(
            {
                "state": "done",
                "finding": False,
                "move_id": move.id,
                "charges_total": self.charges,
                **links,
            }
        )
        for record in (payment, *self.invoice_ids, *self.mandate_id):
            record.message_post(body=text)
        if ends_mandate is None:
            ends_mandate = self.reason_id.ends_mandate
        mandate = self.mandate_id.filtered(lambda m: m.state in ("valid", "final"))
        if ends_mandate and mandate:
            mandate.cancel()
        if fee:
            self._charge_fee(fee, text)
        waiting = self.search(
            [
                ("payment_id", "=", payment.id),
                ("state", "=", "review"),
                ("finding", "=", "charges"),
            ],
            order="id",
        )
        for charges in waiting:
            charges._repeat()
            charges._reconcile_bank_entries()

    def _charge_fee(self, fee, text, **values):
        """Post the customer's invoice of a fee.

        :param fee: without tax, in the company's currency
        :param values: more of the account.move
        """
        payment, product = (
            self.payment_id,
            self.company_id.billing_return_fee_product_id,
        )
        if not product:
            raise UserError(
                self.env._(
                    "The fee of returned debits has no product. Enter one in the "
                    "billing settings."
                )
            )
        self.env["account.move"]._make_fee(
            payment.partner_id,
            product,
            fee,
            text,
            company_id=payment.company_id.id,
            currency_id=self.company_id.currency_id.id,
            invoice_date=self.date,
            invoice_date_due=self.date,
            returned_payment_id=payment.id,
            **values,
        )

    # === Told again ===

    def _repeat(self):
        """The debit came back before: this message may add that money moved, and what
        the bank charged. The fee is booked, so the customer gets a document of its own
        for charges that are passed on."""
        self.ensure_one()
        payment = self.payment_id
        self.sudo().write(
            {"state": "repeated", "finding": False, **self._prepare_links()}
        )
        first = self.search([("payment_id", "=", payment.id), ("state", "=", "done")])
        if not first:
            return
        if self.is_money_moved and not self._is_charges_alone():
            first._set_money_moved()
        told = first._get_charges_told()
        added = told - to_decimal(first.charges_total)
        if added <= 0:
            return
        # also keeps two messages that are imported at once from adding it twice
        first.sudo().charges_total = float(told)
        fee = first._get_passed_on(added, self.date)
        if fee and first._is_fee_charged():
            text = self.env._(
                "Bank charges of the returned debit %(debit)s", debit=first.reference
            )
            self._charge_fee(float(fee), text, returned_charges_id=self.id)

    def _get_charges_told(self):
        """:return: Decimal; what all messages about this return say, in its currency"""
        told = self.search(
            [
                ("payment_id", "=", self.payment_id.id),
                ("state", "in", ("done", "repeated")),
                ("currency_id", "=", self.currency_id.id),
            ]
        )
        alone = told.filtered(lambda debit: debit._is_charges_alone())
        return sum_charges(
            (to_decimal(debit.charges) for debit in told - alone),
            (to_decimal(debit.charges) for debit in alone),
        )

    def _set_money_moved(self):
        """Told as refused, booked by the bank all the same: the payment and what undid
        it wait for the two entries of the statement."""
        if self.is_money_moved:
            return
        self.sudo().is_money_moved = True
        moves = self.payment_id.move_id | self.move_id
        items = moves.line_ids.filtered(
            lambda item: item.account_id.account_type != "asset_receivable"
        )
        partials = items.matched_debit_ids | items.matched_credit_ids
        if (partials.debit_move_id | partials.credit_move_id) <= items:
            items.remove_move_reconcile()

    def _prepare_links(self):
        payment = self.payment_id
        invoices = payment.invoice_ids | payment.reconciled_invoice_ids
        return {
            "invoice_ids": [fields.Command.set(invoices.ids)],
            "partner_id": payment.partner_id.commercial_partner_id.id,
            "mandate_id": payment.payment_line_ids.mandate_id[:1].id,
        }

    def _reverse(self, payment, text):
        """What the bank statement settled of the payment stays settled.

        Refused money takes the payment's place on the account of money under way;
        money that came and went leaves both there, for two entries of the statement.
        """
        move = payment.move_id
        if not move:
            return move
        receivable = move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        receivable.remove_move_reconcile()
        reverse = move._reverse_moves([{"date": self.date, "ref": text}])
        # posting a reversal would offset both on every account
        reverse.reversed_entry_id = False
        reverse._post(soft=False)
        reverse.reversed_entry_id = move
        for lines in (move.line_ids + reverse.line_ids).grouped("account_id").values():
            open_lines = lines.filtered(lambda line: not line.reconciled)
            under_way = not (open_lines & receivable)
            if under_way and (self.is_money_moved or len(open_lines.move_id) < 2):
                continue
            if open_lines.account_id.reconcile:
                open_lines.reconcile()
        return reverse
