"""Rows of numpy columns in the format of Postgres' binary COPY.

A row is the number of its fields, then for each its length in bytes and the value, all
big-endian (PostgreSQL manual, COPY, "Binary Format"). Thousands of rows are laid out
at once, without a Python object for each.
"""

import struct
from datetime import date

import numpy as np

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
POSTGRES_EPOCH = date(2000, 1, 1).toordinal()
FLOAT8, INT2 = 701, 21
"""Object identifiers of the element types in Postgres' binary format."""

NUMERIC = np.dtype(
    [
        ("digit_count", ">i2"),
        ("weight", ">i2"),
        ("sign", ">i2"),
        ("scale", ">i2"),
        ("digits", ">i2", 6),
    ]
)
WHOLE, FRACTION = 12, 12
"""Decimal digits of NUMERIC before and after the point: three times four of each."""


def array_type(slots, kind):
    """An array value: its head, then length and value of each element."""
    return np.dtype(
        [
            ("bytes", ">i4"),
            ("dimensions", ">i4"),
            ("has_null", ">i4"),
            ("element_type", ">i4"),
            ("length", ">i4"),
            ("lower_bound", ">i4"),
            ("items", [("bytes", ">i4"), ("value", kind)], (slots,)),
        ]
    )


def fill_array(target, element_type, size, values):
    """Write rows of values into fields of ``array_type``."""
    slots = values.shape[1]
    target["bytes"] = 20 + slots * (4 + size)
    target["dimensions"] = 1
    target["element_type"] = element_type
    target["length"] = slots
    target["lower_bound"] = 1
    target["items"]["bytes"] = size
    target["items"]["value"] = values


def numeric(units, scale):
    """Exact numbers for a column of type numeric.

    :param units: (rows,) whole numbers of 10^-scale
    :param int scale: decimals, at most 12
    :return: (rows,) NUMERIC
    :raises OverflowError: a number has more than 12 digits before the point
    """
    units = np.asarray(units, dtype=np.int64)
    whole, part = np.divmod(np.abs(units), 10**scale)
    if whole.size and whole.max() >= 10**WHOLE:
        raise OverflowError(f"{whole.max()} has more than {WHOLE} digits")
    part *= 10 ** (FRACTION - scale)
    found = np.zeros(units.shape, NUMERIC)
    found["digit_count"] = 6
    found["weight"] = 2
    found["sign"] = np.where(units < 0, 0x4000, 0)
    found["scale"] = scale
    for first, digits in ((0, whole), (3, part)):
        high, low = np.divmod(digits, 10_000)
        found["digits"][:, first], found["digits"][:, first + 1] = np.divmod(
            high, 10_000
        )
        found["digits"][:, first + 2] = low
    return found


def pack(count, columns):
    """The bytes of a binary COPY.

    :param int count: rows
    :param columns: for each column (rows,) values of the width of its type (int32,
        float64, NUMERIC), bytes that all rows share, or None where all are NULL
    """
    fields = [("field_count", ">i2")]
    for number, column in enumerate(columns):
        fields.append((f"{number}_bytes", ">i4"))
        if column is None:
            continue
        if isinstance(column, bytes):
            kind = np.dtype((np.void, len(column)))
        else:
            kind = column.dtype.newbyteorder(">")
        fields.append((str(number), kind))
    data = np.empty(count, fields)
    data["field_count"] = len(columns)
    for number, column in enumerate(columns):
        if column is None:
            data[f"{number}_bytes"] = -1
            continue
        if isinstance(column, bytes):
            column = np.void(column)
        data[str(number)] = column
        data[f"{number}_bytes"] = data.dtype[str(number)].itemsize
    return HEADER + data.tobytes() + TRAILER
