"""Rows of Python values as a table inside a statement, and exact numbers back."""

from decimal import Decimal

from odoo.tools import SQL

ARRAYS = {
    "int": "%s::int4[]",
    "date": "%s::date[]",
    "number": "%s::numeric[]",
    "text": "%s::text[]",
}


def as_table(alias, columns, rows):
    """``unnest(…) AS alias(columns)`` of rows, to select from or to join.

    :param str alias: name of the table in the statement
    :param dict columns: ``{column name: key of ARRAYS}``
    :param list rows: dictionaries with these keys; a missing key is NULL
    """
    arrays = [
        SQL(ARRAYS[kind], [row.get(name) for row in rows])
        for name, kind in columns.items()
    ]
    return SQL(
        "unnest(%s) AS %s(%s)",
        SQL(", ").join(arrays),
        SQL.identifier(alias),
        names(columns),
    )


def names(columns):
    """The column names, separated by commas."""
    return SQL(", ").join(map(SQL.identifier, columns))


def as_decimal(text):
    """A number that a statement returned as text; None stays None.

    Odoo reads numeric columns as floats. Statements whose numbers go into rating cast
    them to text instead.
    """
    return None if text is None else Decimal(text)
