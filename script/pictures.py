"""Pictures of the product for the documentation; called by script/pictures."""

import io
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pdfplumber
from playwright.sync_api import sync_playwright

PORT = 18090
URL = f"http://127.0.0.1:{PORT}"
SIZE = {"width": 1280, "height": 800}
SCREENS = {
    "overview": ("clerk", "/odoo/billing-overview", ".o_action_manager canvas"),
    "segments": (
        "clerk",
        "/odoo/action-billing_base.billing_segment_action",
        ".o_data_row",
    ),
    "portal": ("portal", "/my", ".o_portal_my_home"),
    "consumption": ("portal", "/my/consumption", "canvas"),
}
"""Name of a picture: who looks, at what, and what is there when it is complete."""
START_SECONDS = 150


def main(database, folder):
    folder = Path(folder)
    server = subprocess.Popen(
        [Path(__file__).parent / "server", "-d", database, "-p", str(PORT)]
    )
    try:
        _wait(server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-dev-shm-usage"],
            )
            pages = {user: _login(browser, user) for user in ("clerk", "portal")}
            for name, (user, path, ready) in SCREENS.items():
                page = pages[user]
                page.goto(path)
                page.wait_for_selector(ready)
                # charts are drawn at their end
                page.wait_for_timeout(2000)
                page.screenshot(path=folder / f"{name}.png")
            _draw_invoice(pages["portal"], folder / "invoice.png")
            browser.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _wait(server):
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{URL}/web/health", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("ERROR: script/server did not start, see the lines above")
            time.sleep(0.5)


def _login(browser, user):
    context = browser.new_context(base_url=URL, viewport=SIZE, locale="en-US")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", user)
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_selector(".o_main_navbar, .o_portal_my_home")
    return page


def _draw_invoice(page, path):
    """The first page of the customer's last bill."""
    page.goto("/my/invoices")
    link = page.locator("table a[href*='/my/invoices/']").first.get_attribute("href")
    url = link.split("?")[0]
    content = page.request.get(f"{url}?report_type=pdf").body()
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        pdf.pages[0].to_image(resolution=96).save(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
