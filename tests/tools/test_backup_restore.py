"""A backup is worth what its restoring proves."""

import os
import subprocess
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).parents[2]
FILESTORES = Path(os.environ["ODOO_RC"]).parent / "data" / "filestore"
COPY = "billing_test_restored"


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def rows(database, query):
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        connection.close()


def counts(database):
    """Number of rows by table."""
    tables = rows(database, "SELECT tablename FROM pg_tables WHERE schemaname='public'")
    names = sorted(name for (name,) in tables)
    parts = [f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names]
    return rows(database, " UNION ALL ".join(parts) + " ORDER BY 1")


def files(database):
    folder = FILESTORES / database
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "checklist" not in path.parts
    )


@pytest.fixture(scope="module")
def database():
    return os.environ["BILLING_TEST_DATABASE"]


@pytest.fixture(scope="module")
def backup(tmp_path_factory, database):
    folder = tmp_path_factory.mktemp("backup")
    done = run(ROOT / "script/backup", "-d", database, folder, check=True)
    return Path(done.stdout.strip())


@pytest.fixture
def dropped():
    """The restored copy does not outlive the test."""
    yield
    run(ROOT / "script/odoo", "db", "drop", COPY)


@pytest.mark.usefixtures("dropped")
def test_restored_copy_has_the_same_rows_and_files(database, backup):
    assert backup.stat().st_mode & 0o077 == 0, "others may read the backup"
    run(ROOT / "script/restore", backup, COPY, check=True)

    assert counts(COPY) == counts(database)
    assert files(COPY) == files(database)
    constraints = "SELECT conname, contype FROM pg_constraint ORDER BY 1, 2"
    assert rows(COPY, constraints) == rows(database, constraints)
    triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    assert rows(COPY, triggers) == rows(database, triggers)

    # and Odoo runs on it
    script = "print('users:', env['res.users'].search_count([]))"
    done = run(ROOT / "script/shell", COPY, "--log-level=error", input=script)
    assert "users:" in done.stdout, done.stderr


def test_restoring_never_overwrites(database, backup):
    done = run(ROOT / "script/restore", backup, database)
    assert done.returncode != 0
    assert "exists already" in done.stderr


def test_a_cut_off_backup_leaves_no_database(tmp_path, backup):
    cut = tmp_path / "cut.tar"
    cut.write_bytes(backup.read_bytes()[:100_000])
    done = run(ROOT / "script/restore", cut, COPY)
    assert done.returncode != 0
    assert "ERROR" in done.stderr
    exists = f"SELECT 1 FROM pg_database WHERE datname = '{COPY}'"
    assert rows("postgres", exists) == []
