"""The way in, and what only an administrator sets."""

import urllib.request

from playwright.sync_api import expect
from screens import until


def test_administrator_reaches_the_backend(login):
    page = login("admin")
    page.wait_for_selector(".o_main_navbar")
    assert page.url.endswith("/odoo") or "/odoo/" in page.url


def test_a_wrong_password_is_refused(visit):
    page = visit("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "wrong")
    page.click(".oe_login_form button[type=submit]")
    expect(page.locator(".alert-danger")).to_contain_text("Wrong login/password")


def test_the_database_list_is_closed(server):
    answer = urllib.request.urlopen(f"{server.url}/web/database/manager")
    assert "database manager has been disabled" in answer.read().decode()


def test_basics_are_set_and_a_wrong_one_is_named(login, sql):
    path = "/odoo/action-billing_base.res_config_settings_action"
    page = login("admin", path=path)
    limit = page.locator("[name=billing_mails_per_minute] input")
    limit.fill("45")
    page.locator("[name=billing_mail_sender] input").fill("Billing")
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.locator(".modal")).to_contain_text("is no mail address")
    stored = "SELECT value FROM ir_config_parameter WHERE key = %s"
    assert sql(stored, "billing_base.mails_per_minute") != [("45",)]
    page.locator(".modal").get_by_role("button", name="Close").last.click()
    page.locator("[name=billing_mail_sender] input").fill("bills@example.com")
    # what was saved is loaded anew
    with page.expect_event("load"):
        save.click()
    until(lambda: sql(stored, "billing_base.mails_per_minute"), [("45",)])
    page.goto(path)
    expect(limit).to_have_value("45")
