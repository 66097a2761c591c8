"""Fixtures for journeys: a real server on a copy of the demo, and a real browser.

A test module works on a copy of the database that the environment variable
BILLING_JOURNEY_TEMPLATE names (script/test sets it), served by script/server on free
ports; a module with UNBILLED = True gets the demo before its month was billed, one with
PREPARE what that script makes in an Odoo shell besides. Modules that want the same
share it, one after another, for most are about a company of their own; a module with
ALONE = True does not. A journey starts with ``page = login("clerk")``; the demo's users
have their login as password. When a test fails, a picture of each of its pages lies in
.artifacts/journeys. What fails a test, too: an error on any page or in its console, and
an answer of the server that tells of an error of its own.
"""

import contextlib
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
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / ".artifacts" / "journeys"
STATE = Path(os.environ["ODOO_RC"]).parent
# script/server takes four ports in a row
PORTS = 4
# long enough where benchmarks run beside: what waits for less may fail for nothing
TIMEOUT = 90_000
expect.set_options(timeout=TIMEOUT)
HARMLESS = re.compile(
    # the page was left while it asked for something
    "ConnectionLostError|ConnectionAbortedError"
    # Chromium about a dialog that closes with the focus in it
    "|Blocked aria-hidden on an element"
)


@dataclass(frozen=True, order=True)
class Demo:
    """What a test module works on.

    :param template: end of the name of the database it is copied from
    :param prepare: path of the script that is run in it, or nothing
    :param alone: name of the module that has it for itself, or nothing
    """

    template: str = ""
    prepare: str = ""
    alone: str = ""

    @classmethod
    def of(cls, module):
        return cls(
            "_unbilled" if getattr(module, "UNBILLED", False) else "",
            str(getattr(module, "PREPARE", "")),
            module.__name__ if getattr(module, "ALONE", False) else "",
        )

    @property
    def name(self):
        """Name of the database."""
        parts = (self.template.strip("_"), Path(self.prepare).stem, self.alone)
        return "_".join(["billing_journey", *filter(None, parts)])


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


def pytest_collection_modifyitems(items):
    """Modules that share a database follow one another."""
    items.sort(key=lambda item: Demo.of(item.module))


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


@contextlib.contextmanager
def _database(demo):
    """A fresh copy of the demo's database; dropped after."""
    template = os.environ.get("BILLING_JOURNEY_TEMPLATE")
    if not template:
        pytest.fail("BILLING_JOURNEY_TEMPLATE is not set: run script/test journeys")
    template += demo.template
    filestores = STATE / "data" / "filestore"
    _drop(demo.name, filestores)
    subprocess.run(["createdb", "-T", template, demo.name], check=True)
    if (filestores / template).exists():
        # files of the filestore never change, so links do
        shutil.copytree(
            filestores / template, filestores / demo.name, copy_function=os.link
        )
    if demo.prepare:
        # what the demo does not have, made in an Odoo shell
        subprocess.run(
            [ROOT / "script" / "odoo", "shell", "-d", demo.name, "--no-http"],
            input=f"import runpy; runpy.run_path({demo.prepare!r}, "
            "{'env': env}, '__main__')\n",
            text=True,
            check=True,
        )
    yield
    _drop(demo.name, filestores)


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


@contextlib.contextmanager
def _serving(database):
    """script/server on a database."""
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


class _Kept:
    """The server of the test module before, for the next one that wants the same."""

    def __init__(self):
        self.demo = self.server = None
        self.stack = contextlib.ExitStack()

    def get(self, demo):
        if demo != self.demo:
            self.stop()
            self.stack.enter_context(_database(demo))
            self.server = self.stack.enter_context(_serving(demo.name))
            self.demo = demo
        return self.server

    def stop(self):
        self.demo = None
        self.stack.close()


@pytest.fixture(scope="session")
def _kept():
    kept = _Kept()
    yield kept
    kept.stop()


@pytest.fixture(scope="module")
def server(request, _kept):
    """script/server on the database of the module."""
    return _kept.get(Demo.of(request.module))


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


def _watch(context, url, errors):
    """Collect what goes wrong on the pages of a browser profile."""

    def on_console(message):
        if message.type == "error" and not HARMLESS.search(message.text):
            errors.append(f"{message.location.get('url')}: {message.text}")

    def on_page(page):
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))

    def on_response(response):
        if response.status >= 500 and response.url.startswith(url):
            errors.append(f"{response.url}: {response.status}")

    context.on("page", on_page)
    context.on("console", on_console)
    context.on("response", on_response)


@pytest.fixture
def visit(browser, server, request):
    """Function ``visit(path)`` → a page of the server, nobody being logged in.

    Each call is a browser profile of its own, so that a journey may have several
    people. Times shown are those of Europe/Prague.
    """
    contexts = []
    errors = []

    def _visit(path):
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": 1400, "height": 900},
            locale="en-US",
            timezone_id="Europe/Prague",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        _watch(context, server.url, errors)
        page = context.new_page()
        page.goto(path)
        return page

    yield _visit
    if request.node.stash.get(FAILED, False):
        PICTURES.mkdir(parents=True, exist_ok=True)
        pages = [page for context in contexts for page in context.pages]
        for number, page in enumerate(pages, 1):
            page.screenshot(path=PICTURES / f"{request.node.name}-{number}.png")
    for context in contexts:
        context.close()
    assert not errors, "errors on the pages: " + "; ".join(errors)


@pytest.fixture
def login(visit):
    """Function ``login(user, password=user, path="/odoo")`` → a page, logged in."""

    def _login(user, password=None, path="/odoo"):
        page = visit(f"/web/login?redirect={path}")
        page.fill("input[name=login]", user)
        page.fill("input[name=password]", password or user)
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_selector(".o_main_navbar, .o_portal, #wrapwrap:not(:has(form))")
        return page

    return _login


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
