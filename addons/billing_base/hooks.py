"""What the ORM does not do by itself when the add-on comes and goes."""

from odoo.tools import SQL

GUARDS = (
    ("billing_segment", "billing_segment_guard"),
    ("billing_segment_line", "billing_segment_line_guard"),
    ("account_move_line", "billing_ledger_export_guard"),
    ("billing_ledger_export", "billing_export_guard"),
)


def pre_init_hook(env):
    """The exclusion constraints compare numbers and ranges in one GiST index."""
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def uninstall_hook(env):
    """Triggers and their functions go with the tables they guard."""
    for table, guard in GUARDS:
        env.cr.execute(
            SQL(
                "DROP TRIGGER IF EXISTS %s ON %s",
                SQL.identifier(guard),
                SQL.identifier(table),
            )
        )
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(guard))
        )
