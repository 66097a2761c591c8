"""What a ledger file can tell of an entry: where it comes from and what it is."""

from dataclasses import dataclass, field
from decimal import Decimal

from odoo.tools import SQL

from ..exports import Column


@dataclass(frozen=True)
class LedgerField:
    """``expression`` is SQL over the aliases of :func:`ledger_query`; ``coded`` names
    the kind of record whose id it gives, which is written as that record's code."""

    expression: str
    kind: str = "text"
    total: bool = False
    coded: str = ""


TAXES = (
    "(SELECT array_agg(t.account_tax_id ORDER BY t.account_tax_id)"
    " FROM account_move_line_account_tax_rel t"
    " WHERE t.account_move_line_id = l.id)"
)

FIELDS = {
    "entry_id": LedgerField("l.id", "integer"),
    "journal": LedgerField("l.journal_id", coded="journal"),
    "move": LedgerField("m.name"),
    "reference": LedgerField("m.ref"),
    "payment_reference": LedgerField("m.payment_reference"),
    "date": LedgerField("l.date", "date"),
    "invoice_date": LedgerField("m.invoice_date", "date"),
    "supply_date": LedgerField("m.taxable_supply_date", "date"),
    "due_date": LedgerField("l.date_maturity", "date"),
    "account": LedgerField("l.account_id", coded="account"),
    "account_name": LedgerField("acc.name->>'en_US'"),
    "partner": LedgerField("p.name"),
    "partner_number": LedgerField("p.ref"),
    "partner_vat": LedgerField("p.vat"),
    "label": LedgerField("l.name"),
    "debit": LedgerField("l.debit", "amount", total=True),
    "credit": LedgerField("l.credit", "amount", total=True),
    "balance": LedgerField("l.balance", "amount", total=True),
    "currency": LedgerField("cur.name"),
    "amount_currency": LedgerField("l.amount_currency", "amount"),
    "quantity": LedgerField("l.quantity", "quantity"),
    "product": LedgerField("pp.default_code"),
    "taxes": LedgerField(TAXES, coded="tax"),
    "tax_line": LedgerField("l.tax_line_id", coded="tax"),
    "tax_base": LedgerField("l.tax_base_amount", "amount"),
    "cost_centre": LedgerField("l.analytic_distribution", coded="analytic"),
    "matching": LedgerField("l.matching_number"),
}

DEFAULT = (
    "entry_id",
    "journal",
    "move",
    "date",
    "account",
    "account_name",
    "partner",
    "label",
    "debit",
    "credit",
    "currency",
    "amount_currency",
)


@dataclass(frozen=True)
class LedgerColumn:
    """A column of one file.

    ``codes`` maps the ids of a coded field to codes; ``plan_accounts`` are the
    analytic accounts that a cost centre column shows (None: all).
    """

    name: str
    title: str
    digits: int = 2
    width: int = 0
    codes: dict[int, str] = field(default_factory=dict)
    plan_accounts: frozenset | None = None

    def column(self):
        source = FIELDS[self.name]
        digits = 6 if source.kind == "quantity" else self.digits
        return Column(self.title, source.kind, digits, source.total, self.width)

    def select(self):
        source = FIELDS[self.name]
        expression = SQL(source.expression)
        if source.kind in ("amount", "quantity"):
            # the driver would make numerics floats
            return SQL("%s::text", expression)
        return expression

    def convert(self, missing):
        """A function from what the query gives to what is written.

        :param missing: set that takes ``(kind, id)`` without a code
        """
        source = FIELDS[self.name]
        if source.kind in ("amount", "quantity"):
            return lambda value: None if value is None else Decimal(value)
        if not source.coded:
            return None
        codes, kind = self.codes, source.coded

        def code(number):
            found = codes.get(number)
            if not found:
                missing.add((kind, number))
                return ""
            return found

        def codes_of(value):
            if not value:
                return None
            if kind == "analytic":
                return self._shares(value, code)
            if isinstance(value, list):
                return "+".join(code(number) for number in value)
            return code(value)

        return codes_of

    def _shares(self, distribution, code):
        """Accounts of an analytic distribution, with percent where they share."""
        shares = {}
        for key, percent in distribution.items():
            for number in map(int, key.split(",")):
                if self.plan_accounts is None or number in self.plan_accounts:
                    shares[number] = shares.get(number, Decimal(0)) + Decimal(
                        str(percent)
                    )
        if not shares:
            return None
        if len(shares) == 1 and next(iter(shares.values())) == 100:
            return code(next(iter(shares)))
        return "+".join(
            f"{code(number)}:{share.normalize():f}"
            for number, share in sorted(shares.items())
        )


def ledger_query(columns, where):
    """SQL of the entries; joins no column asks for are dropped by the planner.

    :param columns: :class:`LedgerColumn`
    :param where: SQL condition on ``l``
    """
    return SQL(
        """
        SELECT %s
          FROM account_move_line l
          JOIN account_move m ON m.id = l.move_id
     LEFT JOIN account_account acc ON acc.id = l.account_id
     LEFT JOIN res_currency cur ON cur.id = l.currency_id
     LEFT JOIN res_partner p ON p.id = l.partner_id
     LEFT JOIN product_product pp ON pp.id = l.product_id
         WHERE %s
      ORDER BY l.date, m.name, l.id
        """,
        SQL(", ").join(column.select() for column in columns),
        where,
    )
