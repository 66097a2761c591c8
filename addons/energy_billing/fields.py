"""Field classes for Postgres arrays and for rows that are loaded in bulk."""

from odoo import fields


class Array(fields.Field):
    """An array of numbers in one column; in Python a tuple, False when NULL.

    Nobody edits one in a form: bulk loads write it, computations read it. It is kept
    out of prefetching, since a thousand rows of it are a megabyte.
    """

    type = "array"
    _column_type = ("_float8", "double precision[]")
    prefetch = False
    exportable = False

    def convert_to_column(self, value, record, values=None, validate=True):
        return list(value) if value else None

    def convert_to_cache(self, value, record, validate=True):
        return tuple(value) if value else None

    def convert_to_record(self, value, record):
        return tuple(value) if value else False

    def convert_to_read(self, value, record, use_display_name=True):
        return list(value) if value else False

    def convert_to_export(self, value, record):
        return ""


class SmallArray(Array):
    """An array of small integers."""

    type = "small_array"
    _column_type = ("_int2", "smallint[]")


class ResultMany2one(fields.Many2one):
    """A reference of a calculated row, without a foreign key.

    Checking three foreign keys took most of the time of a million calculated rows.
    The rows are replaced whole with what they are calculated from; who deletes the
    referenced records clears or deletes their rows.
    """

    def update_db_foreign_key(self, model, column):
        pass
