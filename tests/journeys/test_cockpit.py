"""The overview: the first screen of billing, on a desk and on a phone."""

import re

from playwright.sync_api import expect

expect.set_options(timeout=60_000)
PATH = "/odoo/billing-overview"
PHONE = {"width": 390, "height": 844}


def _open(login, user):
    page = login(user, path=PATH)
    errors = []
    page.on(
        "console",
        lambda message: message.type == "error" and errors.append(message.text),
    )
    page.goto(PATH)
    expect(page.locator(".o_cockpit_lane").first).to_be_visible()
    # what takes longer comes after the page
    expect(page.get_by_text("Counting…")).to_have_count(0)
    return page, errors


def _number(text):
    return int(re.sub(r"\D", "", text))


def test_a_number_opens_its_list(login):
    page, errors = _open(login, "clerk")
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
    assert not errors, errors


def test_it_fits_a_phone(login):
    page, errors = _open(login, "clerk")
    page.set_viewport_size(PHONE)
    page.goto(PATH)
    expect(page.locator(".o_cockpit_lane").first).to_be_visible()
    wide, screen = page.evaluate(
        "() => { const el = document.querySelector('.o_cockpit');"
        " return [el.scrollWidth, el.clientWidth]; }"
    )
    assert wide <= screen + 1, f"{wide} px on a screen of {screen} px"
    page.locator("[data-step=check] [data-figure=ready]").click()
    expect(page.locator(".o_cockpit")).to_have_count(0)
    assert not errors, errors
