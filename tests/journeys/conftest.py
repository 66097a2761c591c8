"""Fixtures for journeys: a real server on a copy of the demo, and a real browser.

Each test module gets a copy of its own of the database that the environment variable
BILLING_JOURNEY_TEMPLATE names (script/test sets it), served by script/server on free
ports; a module with UNBILLED = True gets the demo before its month was billed, one with
PREPARE what that script makes in an Odoo shell besides. A
journey starts with ``page = login("clerk")``; the demo's users have their
login as password. When a test fails, a picture of each of its pages lies in
.artifacts/journeys. A JavaScript error on any page fails the test.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psycopg2
import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / ".artifacts" / "journeys"
STATE = Path(os.environ["ODOO_RC"]).parent
# script/server takes four ports in a row
PORTS = 4


@dataclass(frozen=True)
class Server:
    """A running server.

    :param url: address of the screens, without a slash at the end
    :param database: name of the database it serves
    :param mail: Maildir folder with every mail it sent
    """

    url: str
    database: str
    mail: Path


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if outcome.get_result().failed:
        item.stash[FAILED] = True


FAILED = pytest.StashKey[bool]()


def _free_ports():
    """First of four free loopback ports in a row."""
    for first in range(18100, 19000, PORTS):
        try:
            for port in range(first, first + PORTS):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no four free ports in a row between 18100 and 19000")


def _wait_until_ready(url, process, seconds=150):
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("script/server ended at start, see the lines above")
        try:
            urllib.request.urlopen(f"{url}/web/health", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            sleep(0.5)
    raise RuntimeError(f"{url} did not answer within {seconds} s")


@pytest.fixture(scope="module")
def database(request):
    """Name of a fresh copy of the demo database; dropped after the module."""
    template = os.environ.get("BILLING_JOURNEY_TEMPLATE")
    if not template:
        pytest.fail("BILLING_JOURNEY_TEMPLATE is not set: run script/test journeys")
    if getattr(request.module, "UNBILLED", False):
        template += "_unbilled"
    name = re.sub(r"\W", "_", f"billing_{request.module.__name__}")
    filestores = STATE / "data" / "filestore"
    _drop(name, filestores)
    subprocess.run(["createdb", "-T", template, name], check=True)
    if (filestores / template).exists():
        # files of the filestore never change, so links do
        shutil.copytree(filestores / template, filestores / name, copy_function=os.link)
    if prepare := getattr(request.module, "PREPARE", None):
        # what the demo does not have, made in an Odoo shell
        subprocess.run(
            [ROOT / "script" / "odoo", "shell", "-d", name, "--no-http"],
            input=f"import runpy; runpy.run_path({str(prepare)!r}, "
            "{'env': env}, '__main__')\n",
            text=True,
            check=True,
        )
    yield name
    _drop(name, filestores)


def _drop(name, filestores):
    command = ["dropdb", "--if-exists", "--force", name]
    for _second in range(60):
        if subprocess.run(command, capture_output=True).returncode == 0:
            break
        # the server's own vacuum may be in it
        sleep(1)
    else:
        subprocess.run(command, check=True)
    shutil.rmtree(filestores / name, ignore_errors=True)


@pytest.fixture(scope="module")
def server(database):
    """script/server on the module's database."""
    port = _free_ports()
    process = subprocess.Popen(
        [ROOT / "script" / "server", "-d", database, "-p", str(port)],
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield Server(url, database, STATE / "mail" / database)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def browser():
    """Chromium of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            # as root, and in containers, Chromium's sandbox can't start
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def login(browser, server, request):
    """Function ``login(user, password=user, path="/odoo")`` → a page, logged in.

    Each call is a browser profile of its own, so that a journey may have several
    people. Times shown are those of Europe/Prague.
    """
    contexts = []
    errors = []

    def _login(user, password=None, path="/odoo"):
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": 1400, "height": 900},
            locale="en-US",
            timezone_id="Europe/Prague",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.goto(f"/web/login?redirect={path}")
        page.fill("input[name=login]", user)
        page.fill("input[name=password]", password or user)
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_selector(".o_main_navbar, .o_portal, #wrapwrap:not(:has(form))")
        return page

    yield _login
    if request.node.stash.get(FAILED, False):
        PICTURES.mkdir(parents=True, exist_ok=True)
        pages = [page for context in contexts for page in context.pages]
        for number, page in enumerate(pages, 1):
            page.screenshot(path=PICTURES / f"{request.node.name}-{number}.png")
    for context in contexts:
        context.close()
    assert not errors, "JavaScript errors: " + "; ".join(errors)


@pytest.fixture
def sql(server):
    """Function ``sql(query, *parameters)`` → rows; commits at once."""
    connection = psycopg2.connect(dbname=server.database)
    connection.autocommit = True

    def _sql(query, *parameters):
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    yield _sql
    connection.close()
