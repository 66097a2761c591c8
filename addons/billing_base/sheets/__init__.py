"""Sheets that people fill in: price lists, code lists, opening balances.

Pure Python over openpyxl and xlsxwriter; no Odoo, no database, no clock. A caller
says what a sheet looks like (:class:`Sheet`, :class:`Column`); :func:`read_file`
returns typed rows and findings that name sheet, row and column; :func:`write_file`
makes the workbook that reads back as the same rows.

>>> prices = Sheet("prices", "Prices", (
...     Column("code", "Code", required=True),
...     Column("price", "Price", DECIMAL, required=True, digits=8),
... ), unique=("code",))
>>> content = write_file([(prices, [{"code": "E1", "price": Decimal("0.1")}])])
>>> reading = read_file(content, "prices.xlsx", [prices])
>>> reading.findings, reading.records["prices"][0].values
([], {'code': 'E1', 'price': Decimal('0.1')})
"""

from decimal import Decimal

from .columns import BOOLEAN, CHOICE, CODES, DATE, DECIMAL, INTEGER, TEXT, Column, Sheet
from .findings import ERROR, WARNING, Finding, sentence
from .reader import MAX_ROWS, Reading, Record, read_file
from .writer import write_file

__all__ = [
    "BOOLEAN",
    "CHOICE",
    "CODES",
    "DATE",
    "DECIMAL",
    "ERROR",
    "INTEGER",
    "MAX_ROWS",
    "TEXT",
    "WARNING",
    "Column",
    "Decimal",
    "Finding",
    "Reading",
    "Record",
    "Sheet",
    "read_file",
    "sentence",
    "write_file",
]
