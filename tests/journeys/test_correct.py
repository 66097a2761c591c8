"""A finding is waived, the segment invoiced, cancelled and rebilled, all by clicks."""

import re

from playwright.sync_api import expect

UNBILLED = True


def _wait_for_list(page):
    page.wait_for_selector(".o_list_view .o_data_row")


def _choose(page, label, text):
    """Fill a many2one of a dialog."""
    field = page.locator(".modal").get_by_label(label)
    field.click()
    field.fill(text)
    page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


def _state(page, text):
    expect(page.locator(".o_arrow_button_current")).to_have_text(
        re.compile(text), timeout=60_000
    )


def test_waive_invoice_cancel_and_rebill(login, sql):
    # the manager lets nothing estimated through without a second look
    manager = login("manager", path="/odoo/action-billing_base.billing_check_action")
    _wait_for_list(manager)
    manager.get_by_role("cell", name="Not measured", exact=True).click()
    manager.wait_for_selector(".o_form_view")
    manager.locator("[name=level]").get_by_label("Error").check()
    manager.locator(".o_form_button_save").click()

    # the clerk checks the month
    page = login("clerk", path="/odoo/action-billing_base.billing_period_action")
    _wait_for_list(page)
    page.locator(".o_data_row", has_text="2026-01").get_by_text("Bill").click()
    page.wait_for_selector(".o_form_view")
    page.get_by_role("button", name="Start").click()
    _state(page, "Done")

    # what is estimated is an error now; it is waived with a reason
    page.get_by_role("button", name=re.compile("With Error")).click()
    _wait_for_list(page)
    page.locator(".o_data_row", has_text="not measured").locator(
        ".o_data_cell"
    ).first.click()
    page.wait_for_selector(".o_form_view")
    _state(page, "Error")
    segment_id = int(re.search(r"(\d+)(?:\?|$)", page.url).group(1))
    segment_url = page.url
    page.get_by_role("button", name="Waive", exact=True).click()
    page.wait_for_selector(".modal")
    page.locator(".modal").get_by_label("Note").or_(
        page.locator(".modal").get_by_label("Explanation")
    ).first.fill("Read by the customer, photograph of 31 January")
    page.locator(".modal").get_by_role("button", name="Waive").click()
    _state(page, "Ready")

    # the invoice, posted
    page.get_by_role("button", name="Invoice", exact=True).click()
    _state(page, "Posted")

    # it was wrong after all: the replacement is made at once
    page.goto(segment_url)
    page.wait_for_selector(".o_form_view")
    _state(page, "Frozen")
    page.get_by_role("button", name="Cancel and Rebill").click()
    page.wait_for_selector(".modal")
    _choose(page, "Reason", "Wrong")
    page.locator(".modal").get_by_role("button", name="Cancel and Rebill").click()
    _wait_for_list(page)
    expect(page.locator(".o_data_row")).to_have_count(2)
    page.locator(".o_data_row", has_text="Error").locator(".o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    page.get_by_role("tab", name="Compared with What It Replaces").click()
    expect(page.locator(".o_form_view .tab-pane.active")).to_contain_text("0.00")

    # the finding of the replacement is waived anew; the credit note follows by itself
    page.get_by_role("button", name="Waive", exact=True).click()
    page.wait_for_selector(".modal")
    page.locator(".modal").get_by_label("Note").or_(
        page.locator(".modal").get_by_label("Explanation")
    ).first.fill("The same photograph")
    page.locator(".modal").get_by_role("button", name="Waive").click()
    _state(page, "Ready")
    page.get_by_role("button", name="Invoice", exact=True).click()
    _state(page, "Posted")
    page.goto(segment_url)
    _state(page, "Cancelled")

    rows = sql(
        "SELECT m.move_type, m.state, m.amount_total FROM account_move m"
        " JOIN billing_segment s ON m.id IN (s.invoice_id, s.reversal_id)"
        " WHERE s.id = %s OR s.replaces_id = %s ORDER BY m.id",
        segment_id,
        segment_id,
    )
    kinds, states, totals = zip(*rows, strict=True)
    assert sorted(kinds) == ["out_invoice", "out_invoice", "out_refund"]
    assert set(states) == {"posted"}
    assert len(set(totals)) == 1
