"""The clerk's January: run it, settle an error, invoice, look at the bill."""

import io
import re
from pathlib import Path

import pypdf
from playwright.sync_api import expect
from screens import attach, search, state, wait_for_list

UNBILLED = True
CORRECTIONS = Path(__file__).parents[1] / "data" / "trader_2026_01" / "corrections"
MISSING = "32Z103192786310360980603714970064"


def test_a_month_from_files_to_a_bill(login):
    page = login("clerk", path="/odoo/action-billing_base.billing_period_action")

    # the period, one click from its work
    wait_for_list(page)
    page.locator(".o_data_row", has_text="2026-01").get_by_text("Bill").click()
    page.wait_for_selector(".o_form_view")
    page.get_by_label("… and make the documents").or_(
        page.get_by_label("... and make the documents")
    ).check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text(
        re.compile("Done"), timeout=180_000
    )
    expect(page.get_by_role("button", name=re.compile("Segments"))).to_contain_text(
        "100"
    )

    # the errors, each named
    page.get_by_role("button", name=re.compile("With Error")).click()
    wait_for_list(page)
    expect(page.locator(".o_data_row")).to_have_count(3)
    expect(page.locator(".o_data_row").first).to_contain_text("No quantity")

    # the distributor's corrected file
    page.goto("/odoo/action-energy_billing.energy_import_wizard_action")
    attach(page, CORRECTIONS / "west_readings.csv")
    page.locator(".modal").get_by_role("button", name="Import").click()
    expect(page.locator(".modal .o_data_row")).to_contain_text(
        "1 new, 0 replaced, 51 unchanged"
    )
    page.locator(".modal").get_by_role("button", name="Close").first.click()

    # regenerate and invoice what it corrected
    page.goto("/odoo/action-billing_base.billing_segment_action")
    search(page, MISSING, "Metering Point")
    expect(page.locator(".o_data_row")).to_have_count(1)
    row = page.locator(".o_data_row")
    expect(row).to_contain_text("Error")
    row.locator(".o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    page.get_by_role("button", name="Regenerate").click()
    state(page, "Ready")
    segment_url = page.url
    page.get_by_role("button", name="Invoice", exact=True).click()
    state(page, "Posted")
    # the address follows what is shown
    expect(page).not_to_have_url(segment_url)

    # its bill, as the customer gets it
    move_id = re.search(r"(\d+)(?:\?|$)", page.url).group(1)
    answer = page.request.get(f"/report/pdf/account.report_invoice/{move_id}")
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdf.PdfReader(io.BytesIO(answer.body()))
    text = "\n".join(part.extract_text() for part in document.pages)
    assert MISSING in text
    # in his language
    assert "Страница 1 от" in text
