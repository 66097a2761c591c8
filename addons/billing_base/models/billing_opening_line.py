from odoo import api, fields, models
from odoo.fields import Command

from ..rating import to_decimal
from ..sheets import DATE, DECIMAL, Column, Sheet
from ..tools import format_number

MONEY_KINDS = ("open_item", "deposit", "advance")
"""Kinds that become an entry in the ledger."""


class BillingOpeningLine(models.Model):
    """One row of a go-live file.

    A kind ``x`` has ``_get_sheet_x``, ``_prepare_x`` and ``_import_x`` here; add-ons
    bring theirs with ``selection_add``.
    """

    _name = "billing.opening.line"
    _description = "Go-Live Line"
    _order = "opening_id, kind, row, id"
    _check_company_auto = True

    opening_id = fields.Many2one(
        "billing.opening", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("open_item", "Open Items"),
            ("deposit", "Deposits"),
            ("advance", "Advances Paid"),
            ("billed_to", "Billed To"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("new", "New"), ("known", "Known before"), ("imported", "Imported")],
        default="new",
        required=True,
        readonly=True,
    )
    sheet = fields.Char(readonly=True)
    row = fields.Integer(readonly=True, aggregator=None)
    content_key = fields.Char(
        string="Key", required=True, readonly=True, help="What names the row once."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="restrict"
    )
    agreement_id = fields.Many2one(
        "billing.agreement", readonly=True, ondelete="restrict", check_company=True
    )
    number = fields.Char(readonly=True)
    date = fields.Date(readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    amount = fields.Monetary(readonly=True)
    value = fields.Float(
        digits="Product Unit", readonly=True, aggregator=None, help="A reading, say."
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Opening Entry",
        readonly=True,
        index="btree_not_null",
        # without its entry, a row is not imported
        ondelete="cascade",
    )

    _imported_once = models.UniqueIndex(
        "(company_id, kind, content_key) WHERE state = 'imported'",
        "A row of the opening balances was imported by another file meanwhile. Read "
        "the file again.",
    )

    def _is_same(self, vals):
        """Whether a row of a file says what this imported line says."""
        self.ensure_one()
        return all(
            (self[name] or False) == (vals.get(name) or False)
            for name in ("amount", "value", "date_due", "date")
        )

    def _describe(self):
        """The line in a few words, for a message."""
        self.ensure_one()
        parts = (
            self.number,
            self.kind in MONEY_KINDS and format_number(self.env, self.amount),
            self.value and format_number(self.env, self.value),
            self.date,
            self.date_due,
        )
        return " · ".join(str(part) for part in parts if part)

    # === Sheets ===

    @api.model
    def _get_sheet(self, kind, label):
        """What the sheet of a kind looks like.

        :return: sheets.Sheet whose key is the kind
        """
        columns, unique = getattr(self, f"_get_columns_{kind}")()
        return Sheet(kind, label, tuple(columns), unique=unique, optional=True)

    def _get_columns_open_item(self):
        _ = self.env._
        return [
            Column(
                "customer",
                _("Customer"),
                required=True,
                help=_("Number of the billing account, or reference of the customer."),
                width=18,
            ),
            Column("number", _("Number"), required=True, width=18),
            Column("date", _("Date"), DATE, required=True),
            Column("due", _("Due"), DATE, required=True),
            Column(
                "amount",
                _("Open Amount"),
                DECIMAL,
                required=True,
                digits=self.env.company.currency_id.decimal_places,
                help=_("What is still to be paid; credits are negative."),
            ),
        ], ("customer", "number", "due")

    def _get_columns_deposit(self):
        _ = self.env._
        columns, _unique = self._get_columns_open_item()
        return [
            columns[0],
            Column(
                "number",
                _("Number"),
                required=True,
                help=_("Receipt or other mark that names it once."),
                width=18,
            ),
            Column("date", _("Date"), DATE, required=True),
            Column(
                "amount",
                _("Amount"),
                DECIMAL,
                required=True,
                digits=self.env.company.currency_id.decimal_places,
                minimum=0,
            ),
        ], ("customer", "number")

    def _get_columns_advance(self):
        return self._get_columns_deposit()

    def _get_columns_billed_to(self):
        _ = self.env._
        return [
            Column("agreement", _("Agreement"), required=True, width=18),
            Column(
                "date",
                _("Billed To"),
                DATE,
                required=True,
                help=_("The last day the old system billed."),
            ),
        ], ("agreement",)

    # === Rows to lines ===

    @api.model
    def _prepare(self, opening, kind, records):
        """``[(record, values or None, (problem, column key) or None), …]``"""
        return getattr(self, f"_prepare_{kind}")(opening, records)

    def _prepare_open_item(self, opening, records):
        return self._prepare_money(opening, records)

    def _prepare_deposit(self, opening, records):
        return self._prepare_money(opening, records, opening.deposit_account_id)

    def _prepare_advance(self, opening, records):
        return self._prepare_money(opening, records)

    def _prepare_money(self, opening, records, account=True):
        partners = self._get_customers(opening, {r["customer"] for r in records})
        prepared = []
        for record in records:
            found = partners.get(record["customer"], ())
            problem = None
            if not opening.balance_account_id:
                problem = self.env._("Choose the opening balance account above."), ""
            elif not account:
                problem = self.env._("Choose the account of deposits above."), ""
            elif len(found) != 1:
                problem = self._customer_problem(record["customer"], found), "customer"
            elif not record["amount"]:
                problem = self.env._("The amount is 0. Leave the row out."), "amount"
            if problem:
                prepared.append((record, None, problem))
                continue
            due = record.get("due")
            partner = found[0]
            prepared.append(
                (
                    record,
                    {
                        # the customer, however the file names him
                        "content_key": "|".join(
                            (str(partner.id), record["number"], str(due or ""))
                        ),
                        "partner_id": partner.id,
                        "number": record["number"],
                        "date": record["date"],
                        "date_due": due,
                        "amount": float(record["amount"]),
                    },
                    None,
                )
            )
        return prepared

    def _get_customers(self, opening, codes):
        """Customers by billing account number or reference.

        :return: ``{code: [res.partner, …]}``
        """
        company = opening.company_id
        found = {}
        for account in self.env["billing.account"].search(
            [("company_id", "=", company.id), ("code", "in", list(codes))]
        ):
            found[account.code] = [account.commercial_partner_id]
        rest = [code for code in codes if code not in found]
        for partner in self.env["res.partner"].search(
            [("ref", "in", rest), ("company_id", "in", (False, company.id))]
        ):
            customers = found.setdefault(partner.ref, [])
            if partner.commercial_partner_id not in customers:
                customers.append(partner.commercial_partner_id)
        return found

    def _customer_problem(self, code, found):
        if found:
            return self.env._(
                "%(count)s customers have the reference %(code)s. Use the number of "
                "the billing account.",
                count=len(found),
                code=code,
            )
        return self.env._(
            "No billing account has the number %(code)s and no customer this "
            "reference. Create it, or correct the cell.",
            code=code,
        )

    def _prepare_billed_to(self, opening, records):
        agreements = {
            agreement.code: agreement
            for agreement in self.env["billing.agreement"].search(
                [
                    ("company_id", "=", opening.company_id.id),
                    ("code", "in", [record["agreement"] for record in records]),
                ]
            )
        }
        billed = self._get_first_billed(agreements.values())
        prepared = []
        for record in records:
            agreement = agreements.get(record["agreement"])
            problem = None
            if not agreement:
                problem = self.env._(
                    "There is no agreement %(code)s.", code=record["agreement"]
                )
                prepared.append((record, None, (problem, "agreement")))
                continue
            first = billed.get(agreement.id)
            if first and first <= record["date"]:
                problem = self.env._(
                    "The agreement is already billed here from %(date)s on.",
                    date=first,
                )
                prepared.append((record, None, (problem, "date")))
                continue
            vals = {
                "content_key": record["agreement"],
                "agreement_id": agreement.id,
                "partner_id": agreement.partner_id.id,
                "date": record["date"],
            }
            prepared.append((record, vals, None))
        return prepared

    def _get_first_billed(self, agreements):
        """``{agreement id: first day billed by a live segment}``"""
        return {
            agreement.id: first
            for agreement, first in self.env["billing.segment"]._read_group(
                [
                    ("agreement_id", "in", [agreement.id for agreement in agreements]),
                    ("is_exclusive", "=", True),
                    ("state", "in", ("ready", "frozen")),
                ],
                ["agreement_id"],
                ["date_start:min"],
            )
        }

    # === Import ===

    def _import_open_item(self):
        self._make_entries(lambda line: line._receivable_account(), 1)

    def _import_deposit(self):
        self._make_entries(lambda line: line.opening_id.deposit_account_id, -1)

    def _import_advance(self):
        self._make_entries(
            lambda line: (
                line.opening_id.advance_account_id or line._receivable_account()
            ),
            -1,
        )

    def _import_billed_to(self):
        for line in self:
            line.agreement_id.opening_billed_to = line.date

    def _receivable_account(self):
        return self.partner_id.with_company(
            self.company_id
        ).property_account_receivable_id

    def _make_entries(self, get_account, sign):
        """Post an entry for each line; the customer's side is found by its number.

        :param get_account: function of a line, its account on the customer's side
        :param sign: 1 when an amount is owed by the customer, -1 when to him
        """
        accounts = [get_account(line) for line in self]
        moves = (
            self.env["account.move"]
            .with_context(tracking_disable=True, mail_create_nolog=True)
            .create(
                [
                    line._prepare_entry(account, sign)
                    for line, account in zip(self, accounts, strict=True)
                ]
            )
        )
        moves._post(soft=False)
        for line, account, move in zip(self, accounts, moves, strict=True):
            line.move_line_id = move.line_ids.filtered(
                lambda item, account=account: item.account_id == account
            )

    def _prepare_entry(self, account, sign):
        self.ensure_one()
        opening = self.opening_id
        balance = sign * to_decimal(self.amount)
        common = {"name": self.number, "partner_id": self.partner_id.id}
        return {
            "move_type": "entry",
            "journal_id": opening.journal_id.id,
            "company_id": self.company_id.id,
            "date": opening.date,
            "ref": self.number,
            "line_ids": [
                Command.create(
                    {
                        **common,
                        "account_id": account.id,
                        "balance": float(balance),
                        "date_maturity": self.date_due or self.date,
                    }
                ),
                Command.create(
                    {
                        **common,
                        "account_id": opening.balance_account_id.id,
                        "balance": float(-balance),
                    }
                ),
            ],
        }
