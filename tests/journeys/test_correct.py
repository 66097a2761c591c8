"""A finding is waived, the segment invoiced, cancelled and rebilled, all by clicks."""

import re

from playwright.sync_api import expect
from screens import pick, save, state, wait_for_list

UNBILLED = True
# bills the same month as test_month
ALONE = True


def test_waive_invoice_cancel_and_rebill(login, sql):
    # the manager lets nothing estimated through without a second look
    manager = login("manager", path="/odoo/action-billing_base.billing_check_action")
    wait_for_list(manager)
    manager.get_by_role("cell", name="Not measured", exact=True).click()
    manager.wait_for_selector(".o_form_view")
    manager.locator("[name=level]").get_by_label("Error").check()
    save(manager)

    # the clerk checks the month
    page = login("clerk", path="/odoo/action-billing_base.billing_period_action")
    wait_for_list(page)
    page.locator(".o_data_row", has_text="2026-01").get_by_text("Bill").click()
    page.wait_for_selector(".o_form_view")
    page.get_by_role("button", name="Start").click()
    state(page, "Done")

    # what is estimated is an error now; it is waived with a reason
    page.get_by_role("button", name=re.compile("With Error")).click()
    wait_for_list(page)
    page.locator(".o_data_row", has_text="not measured").locator(
        ".o_data_cell"
    ).first.click()
    page.wait_for_selector(".o_form_view")
    state(page, "Error")
    # the address follows what is shown
    expect(page).to_have_url(re.compile(r"/\d+(\?|$)"))
    segment_id = int(re.search(r"/(\d+)(?:\?|$)", page.url).group(1))
    segment_url = page.url
    page.get_by_role("button", name="Waive", exact=True).click()
    page.wait_for_selector(".modal")
    page.locator(".modal").get_by_label("Note").or_(
        page.locator(".modal").get_by_label("Explanation")
    ).first.fill("Read by the customer, photograph of 31 January")
    page.locator(".modal").get_by_role("button", name="Waive").click()
    state(page, "Ready")

    # the invoice, posted
    page.get_by_role("button", name="Invoice", exact=True).click()
    state(page, "Posted")

    # it was wrong after all: the replacement is made at once
    page.goto(segment_url)
    page.wait_for_selector(".o_form_view")
    state(page, "Frozen")
    page.get_by_role("button", name="Cancel and Rebill").click()
    page.wait_for_selector(".modal")
    pick(page, page.locator(".modal").get_by_label("Reason"), "Wrong")
    page.locator(".modal").get_by_role("button", name="Cancel and Rebill").click()
    wait_for_list(page)
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
    state(page, "Ready")
    page.get_by_role("button", name="Invoice", exact=True).click()
    state(page, "Posted")
    page.goto(segment_url)
    state(page, "Cancelled")

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
