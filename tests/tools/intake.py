"""Databases with a watched folder, and processes that look into it."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg2
from loaded import Forked, shell

FILESTORES = Path(os.environ["ODOO_RC"]).parent / "data" / "filestore"

SCAN = """
print("ready", flush=True)
env["energy.intake"]._cron_scan()
env.cr.commit()
print("scanned", flush=True)
"""


@contextlib.contextmanager
def intake_database(name, prepare):
    """A copy of the installed database in which a script was run; dropped after."""
    drop(name)
    template = os.environ["BILLING_TEST_DATABASE"]
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        shell(name, prepare)
        yield name
    finally:
        drop(name)
        shutil.rmtree(FILESTORES / name, ignore_errors=True)


def rows(database, query):
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


def start(database, script=SCAN):
    """A process that runs a script."""
    return Forked(database, script)


def drop(database):
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
