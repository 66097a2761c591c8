"""The way in: the backend loads without a script error, and only for who may."""

import urllib.request


def test_administrator_reaches_the_backend(login):
    page = login("admin")
    page.wait_for_selector(".o_main_navbar")
    assert page.url.endswith("/odoo") or "/odoo/" in page.url


def test_a_wrong_password_is_refused(browser, server):
    page = browser.new_page(base_url=server.url)
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "wrong")
    page.click(".oe_login_form button[type=submit]")
    assert "Wrong login/password" in page.inner_text(".alert-danger")
    page.close()


def test_the_database_list_is_closed(server):
    answer = urllib.request.urlopen(f"{server.url}/web/database/manager")
    assert "database manager has been disabled" in answer.read().decode()
