"""Databases with a watched folder, and processes that look into it."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2

ROOT = Path(__file__).parents[2]
MINUTES = 60

SCAN = """
print("ready", flush=True)
env["energy.intake"]._cron_scan()
env.cr.commit()
print("scanned", flush=True)
"""
FILESTORE = """
print(odoo.tools.config.filestore(env.cr.dbname))
"""


@contextlib.contextmanager
def intake_database(name, prepare):
    """A copy of the installed database in which a script was run; dropped after."""
    drop(name)
    template = os.environ["BILLING_TEST_DATABASE"]
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        said = shell(name, prepare + FILESTORE)
        yield name
        shutil.rmtree(said.split()[-1], ignore_errors=True)
    finally:
        drop(name)


def rows(database, query):
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


def shell(database, script):
    done = subprocess.run(
        [ROOT / "script/shell", database, "--log-level=warn"],
        input=script,
        capture_output=True,
        text=True,
        timeout=10 * MINUTES,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stdout


def start(database, script=SCAN):
    """A process that runs a script; in a group of its own, so that all of it dies."""
    process = subprocess.Popen(
        [ROOT / "script/shell", database, "--log-level=error"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    process.stdin.write(script)
    process.stdin.close()
    return process


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def drop(database):
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
