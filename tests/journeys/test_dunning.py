"""From an overdue invoice to a letter, a promise and a payment; and the settings."""

from pathlib import Path

from playwright.sync_api import expect
from screens import pick, unfold, until

PREPARE = Path(__file__).parents[1] / "data" / "debtor.py"


def _open(page, action):
    page.goto(f"/odoo/action-billing_base.{action}")
    page.wait_for_selector(".o_view_controller")


def test_from_overdue_to_paid(login, sql):
    page = login("collector")
    # a promise of one of the two keeps him out of the run
    _open(page, "billing_payment_plan_action")
    page.get_by_role("button", name="New").click()
    pick(page, page.get_by_label("Customer"), "Late Smithy")
    expect(page.locator("div[name=amount_open]")).to_contain_text("300.00")
    payments = page.locator("div[name=instalment_ids]")
    payments.get_by_role("button", name="Add a line").click()
    expect(payments.locator(".o_selected_row")).to_have_count(1)
    date = payments.locator("div[name=date] input")
    if not date.count():
        payments.locator("div[name=date]").click()
    date.fill("12/31/2099")
    payments.locator("div[name=amount] input").fill("300")
    payments.locator("div[name=amount] input").press("Tab")
    expect(page.locator("div[name=amount]").first).to_contain_text("300.00")
    page.get_by_role("button", name="Agree", exact=True).click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Agreed")
    expect(payments.locator(".o_data_row")).to_contain_text("Dec 31, 2099")

    # the preview shows both, one left out with its reason
    _open(page, "credit_control_run_action")
    page.get_by_role("button", name="New").click()
    page.get_by_role("button", name="Preview").click()
    unfold(page.locator(".o_group_header", has_text="First reminder"))
    expect(page.locator(".o_data_row", has_text="Late Bakery")).to_contain_text(
        "To remind"
    )
    expect(page.locator(".o_data_row", has_text="Late Smithy")).to_contain_text(
        "Promised or in an arrangement"
    )
    assert not sql("SELECT 1 FROM credit_control_line")

    # the letter, with its fee
    page.go_back()
    page.get_by_role("button", name="Remind", exact=True).click()
    page.locator(".modal").get_by_role("button", name="Ok").click()
    page.locator(".o_data_row", has_text="Late Bakery").locator("td").nth(1).click()
    expect(page.locator("div[name=amount_total]")).to_contain_text("128.00")
    with page.expect_download() as download:
        page.get_by_role("button", name="Print").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"%PDF"
    page.get_by_role("button", name="It Is Posted").click()
    until(lambda: sql("SELECT DISTINCT state FROM credit_control_line"), [("sent",)])

    # paid: nothing is left to remind of
    _open(page, "billing_debt_action")
    row = page.locator(".o_data_row", has_text="Late Bakery").first
    row.get_by_role("button", name="Invoice").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.locator(".modal").get_by_role("button", name="Create Payment").click()
    expect(page.locator(".modal")).to_have_count(0)
    _open(page, "credit_control_run_action")
    page.get_by_role("button", name="New").click()
    page.get_by_role("button", name="Preview").click()
    unfold(page.locator(".o_group_header", has_text="First reminder"))
    expect(page.locator(".o_data_row", has_text="120.00")).to_have_count(0)


def test_settings_are_opened_and_saved(login, sql):
    page = login("collector")
    page.goto("/odoo/action-billing_base.res_config_settings_action")
    tolerance = page.locator("div[name=credit_control_tolerance] input")
    tolerance.fill("2.5")
    tolerance.press("Tab")
    page.get_by_role("button", name="Save").click()
    stored = (
        "SELECT credit_control_tolerance::float FROM res_company WHERE name = 'Utility'"
    )
    until(lambda: sql(stored), [(2.5,)])
