"""A clerk of the utility: her numbers, the month, one bill for all services."""

import io
import re

import pypdf
from playwright.sync_api import expect
from screens import wait_for_list

UNBILLED = True


def _figure(page, step, figure):
    value = page.locator(f"[data-step={step}] [data-figure={figure}] .o_cockpit_value")
    return value.first


def _open_overview(page):
    page.goto("/odoo/billing-overview")
    expect(page.locator(".o_cockpit_lane").first).to_be_visible()
    expect(page.get_by_text("Counting…")).to_have_count(0)


def test_all_services_on_one_bill(login, sql):
    page = login("utility", path="/odoo/billing-overview")
    _open_overview(page)

    # her own numbers: five agreements, two files; nothing is expected of the lamps
    expect(page.locator(".o_cockpit_period")).to_contain_text("City")
    expect(_figure(page, "generate", "agreements")).to_have_text("5")
    expect(_figure(page, "files", "received")).to_have_text("2")
    expect(_figure(page, "measurement", "received")).to_have_text("4")

    # the month
    page.goto("/odoo/action-billing_base.billing_period_action")
    wait_for_list(page)
    page.locator(".o_data_row", has_text="2026-01").get_by_text("Bill").click()
    page.wait_for_selector(".o_form_view")
    page.get_by_label("… and make the documents").or_(
        page.get_by_label("... and make the documents")
    ).check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text(
        re.compile("Done"), timeout=120_000
    )
    _open_overview(page)
    expect(_figure(page, "check", "frozen")).to_have_text("5")

    # one bill with three services and two taxes, in zloty
    page.goto("/odoo/action-account.action_move_out_invoice_type")
    page.locator(".o_data_row", has_text="Town of Jasna").locator(".o_data_cell").nth(
        1
    ).click()
    page.wait_for_selector(".o_form_view")
    lines = page.locator(".o_field_widget[name=invoice_line_ids]")
    for service in ("15,351.81", "928.02", "3,450.32"):
        expect(lines).to_contain_text(service)
    totals = page.locator(".o_field_widget[name=tax_totals]")
    # worked out by hand in energy_billing/tests/test_multi_service.py
    for amount in ("4,324.49", "74.24", "24,128.88"):
        expect(totals).to_contain_text(amount)
    expect(totals).to_contain_text("zł")

    # as the town gets it: in Polish, each kind of lamps with its hours
    ((move_id, currency),) = sql(
        "SELECT m.id, c.name FROM account_move m"
        "  JOIN res_currency c ON c.id = m.currency_id"
        "  JOIN res_partner p ON p.id = m.partner_id AND p.name = 'Town of Jasna'"
        " WHERE m.state = 'posted' AND m.amount_total = 24128.88"
    )
    assert currency == "PLN"
    answer = page.request.get(f"/report/pdf/account.report_invoice/{move_id}")
    document = pypdf.PdfReader(io.BytesIO(answer.body()))
    text = " ".join(" ".join(part.extract_text() for part in document.pages).split())
    for word in ("Oświetlenie uliczne", "Ścieki", "Moc maksymalna", "24128,88"):
        assert word in text
    for row in ("120 × Sodium lamp, 70 W", "3935,4", "40 × LED, 60 W", "566,4"):
        assert row in text
