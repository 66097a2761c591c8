"""The example of docs/adapting.md is installed, used and upgraded."""

import configparser
import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/billing_example"
COPY = "billing_test_example"
OLD, NEW = "19.0.1.0.0", "19.0.1.1.0"
CHECK = "WHERE code = 'example_amount_limit'"
FIGURES = f'SELECT "limit", level FROM billing_check {CHECK}'


def execute(statement):
    """The rows that a statement gives, if any."""
    with contextlib.closing(psycopg2.connect(dbname=COPY)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def drop():
    subprocess.run(["dropdb", "--if-exists", "--force", COPY], check=True)


@pytest.fixture
def addons(tmp_path):
    """A folder with the example as it was before its migration."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLE, folder / EXAMPLE.name)
    shutil.rmtree(folder / EXAMPLE.name / "migrations")
    manifest = folder / EXAMPLE.name / "__manifest__.py"
    text = manifest.read_text()
    assert NEW in text
    manifest.write_text(text.replace(NEW, OLD))
    return folder


@pytest.fixture
def odoo(addons):
    """Runs Odoo on a copy of the test database, with the example's folder."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(os.environ["ODOO_RC"])
    path = f"{addons},{config['options']['addons_path']}"

    def run(*arguments):
        done = subprocess.run(
            [
                ROOT / "script/odoo",
                *arguments,
                f"--addons-path={path}",
                f"--database={COPY}",
                "--no-http",
            ],
            capture_output=True,
            text=True,
        )
        log = done.stdout + done.stderr
        assert done.returncode == 0, log
        for line in log.splitlines():
            assert " ERROR " not in line and " WARNING " not in line, line
        return log

    drop()
    source = os.environ["BILLING_TEST_DATABASE"]
    subprocess.run(["createdb", "-T", source, COPY], check=True)
    yield run
    drop()


def test_the_example_is_installed_used_and_upgraded(odoo, addons):
    log = odoo(
        "-i",
        EXAMPLE.name,
        "--test-tags=/billing_example",
        "--stop-after-init",
    )
    assert "0 failed, 0 error(s) of 2 tests" in log
    assert execute(FIGURES) == [(0, "warning")]
    execute(f"UPDATE billing_check SET level = 'error' {CHECK}")

    shutil.rmtree(addons / EXAMPLE.name)
    shutil.copytree(EXAMPLE, addons / EXAMPLE.name)
    odoo("-u", EXAMPLE.name, "--stop-after-init")
    version = "SELECT latest_version FROM ir_module_module WHERE name = '%s'"
    assert execute(version % EXAMPLE.name) == [(NEW,)]
    # the migration's tolerance, and what the company had entered
    assert execute(FIGURES) == [(5, "error")]
