"""The overview: the first screen of billing, on a desk and on a phone.

Then on a phone what other people open first. The case handler, the forecaster and the
counter do so at the end of test_connection.py, test_forecast.py and test_post.py, where
they have something to look at.
"""

import re

import pytest
from phone import PHONE, RECORD, photograph, walk
from playwright.sync_api import expect

PATH = "/odoo/billing-overview"
# what a clerk opens on the way: lists, each with its first record
SCREENS = {
    "segments": "billing_base.billing_segment_action",
    "agreements": "billing_base.billing_agreement_action",
    "invoices": "account.action_move_out_invoice_type",
}
# who: login, first screen, main list
PEOPLE = {
    "manager": ("manager", PATH, "billing_base.billing_tariff_action"),
    "administrator": ("admin", PATH, "billing_base.billing_user_action"),
    "customer-service": ("service", PATH, "account.res_partner_action_customer"),
    "commissions": ("clerk", PATH, "billing_broker.billing_broker_statement_action"),
    "supplier": ("supplier", PATH, "energy_billing.energy_metering_point_action"),
    "utility": ("utility", PATH, "billing_base.billing_agreement_action"),
    "postal-accountant": (
        "postclerk",
        "/odoo/post-overview",
        "postal_billing.postal_specification_action",
    ),
}


def _open(login, user):
    page = login(user, path=PATH)
    expect(page.locator(".o_cockpit_lane").first).to_be_visible()
    # what takes longer comes after the page
    expect(page.get_by_text("Counting…")).to_have_count(0)
    return page


def _number(text):
    return int(re.sub(r"\D", "", text))


def test_a_number_opens_its_list(login):
    page = _open(login, "clerk")
    expect(page.locator(".o_cockpit_chart canvas").first).to_be_visible()
    expect(page.locator(".o_cockpit_compare")).to_contain_text("Last period")
    figure = page.locator("[data-step=check] [data-figure=frozen]")
    count = _number(figure.locator(".o_cockpit_value").inner_text())
    assert count
    figure.click()
    expect(page.locator(".o_list_view .o_data_row").first).to_be_visible()
    shown = page.locator(".o_pager_limit")
    assert _number(shown.inner_text()) == count
    # back, and one click from the segment to how it was calculated
    page.locator(".o_data_row .o_data_cell").nth(1).click()
    page.get_by_role("button", name="How Was This Calculated?").click()
    expect(page.locator(".o_billing_explanation")).to_contain_text("Price Valid")
    with page.expect_download() as download:
        page.get_by_role("button", name="Print", exact=True).click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"%PDF")
    page.go_back()


def test_it_fits_a_phone(login):
    page = _open(login, "clerk")
    page.set_viewport_size(PHONE)
    page.goto(PATH)
    expect(page.locator(".o_cockpit_lane").first).to_be_visible()
    wide, screen = page.evaluate(
        "() => { const el = document.querySelector('.o_cockpit');"
        " return [el.scrollWidth, el.clientWidth]; }"
    )
    assert wide <= screen + 1, f"{wide} px on a screen of {screen} px"
    photograph(page, "clerk-overview")
    page.locator("[data-step=check] [data-figure=ready]").click()
    expect(page.locator(".o_cockpit")).to_have_count(0)
    for name, action in SCREENS.items():
        page.goto(f"/odoo/action-{action}")
        expect(page.locator(RECORD).first).to_be_visible()
        photograph(page, f"clerk-{name}")
        page.locator(RECORD).first.click()
        expect(page.locator(".o_form_sheet")).to_be_visible()
        photograph(page, f"clerk-{name}-form")


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_works_on_a_phone(login, who):
    user, first, action = PEOPLE[who]
    walk(login(user), who, first, action)
