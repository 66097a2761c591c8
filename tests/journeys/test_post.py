"""A month at the post office: entered by keyboard, copied, corrected, invoiced."""

import io
from pathlib import Path

from openpyxl import load_workbook
from phone import walk
from playwright.sync_api import expect
from screens import pick, save, state

UNBILLED = True


def _open(page, action):
    page.goto(f"/odoo/action-postal_billing.{action}")


def _tab_to(page, selector, most=25):
    """Press Tab until the focus is on what is looked for."""
    for _press in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def _type(page, text):
    """Type into a many2one and take what is found, by keyboard."""
    page.keyboard.type(text)
    # Enter takes what is marked, which may be found by a part of the text as yet
    marked = page.locator(".o-autocomplete--dropdown-item .ui-state-active")
    expect(marked).to_contain_text(text, ignore_case=True)
    page.keyboard.press("Enter")


def test_twenty_lines_by_keyboard(login, sql):
    page = login("counter")
    _open(page, "postal_specification_on_account_action")
    page.wait_for_selector(".o_list_view, .o_view_nocontent")
    page.keyboard.press("Alt+c")
    page.wait_for_selector(".o_form_view .o_field_widget[name=partner_id] input")
    _tab_to(page, "[name=partner_id] input")
    _type(page, "Crown Bank")
    _tab_to(page, ".o_field_x2many_list_row_add a, .o_field_x2many_list_row_add button")
    page.keyboard.press("Enter")
    for number in range(1, 21):
        row = page.locator(".o_field_one2many[name=line_ids] .o_selected_row")
        expect(row.locator("[name=item_id] input")).to_be_focused()
        _type(page, f"S{number:02}")
        _tab_to(page, "[name=quantity] input", most=2)
        page.keyboard.press("Control+a")
        page.keyboard.type("10")
        # Tab from the last cell begins the next entry as Enter does
        page.keyboard.press("Tab" if number == 1 else "Enter")
        rows = page.locator(".o_field_one2many[name=line_ids] .o_data_row")
        expect(rows).to_have_count(number + 1)
        if number == 1:
            # the price shows before anything is stored
            expect(rows.first.locator("td[name=amount]")).to_contain_text("1.00")
    expect(row.locator("[name=item_id] input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".o_field_one2many .o_selected_row")).to_have_count(0)
    page.keyboard.press("Alt+s")
    # its number says that it is stored; keys are not heard while it is being stored
    expect(page.locator(".o_breadcrumb")).to_contain_text("SP/")
    expect(page.locator(".o_blockUI")).to_have_count(0)
    page.get_by_role("button", name="Check", exact=True).focus()
    page.keyboard.press("Alt+k")
    state(page, "Checked")
    # 10 × (0.10 + 0.20 + … + 2.00) = 210.00, at the one cost centre that is his
    rows = sql(
        "SELECT s.amount, s.quantity, c.code, count(*)"
        "  FROM postal_specification s"
        "  JOIN postal_specification_line l ON l.specification_id = s.id"
        "  JOIN account_analytic_account c ON c.id = l.cost_centre_id"
        "  JOIN res_users u ON u.id = s.create_uid WHERE u.login = 'counter'"
        " GROUP BY s.id, c.code"
    )
    assert [(float(a), q, c, n) for a, q, c, n in rows] == [(210.0, 200.0, "PG", 20)]


def test_a_payouts_mistake_is_found_and_solved(login):
    page = login("postclerk")
    _open(page, "postal_specification_payout_action")
    page.locator(".o_data_row", has_text="Pension Fund").locator(
        ".o_data_cell"
    ).first.click()
    page.wait_for_selector(".o_form_view")
    expect(page.locator(".alert-warning:visible")).to_contain_text(
        "[BD] Budva: 1 cheques"
    )
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".modal")).to_contain_text("do not agree")
    page.locator(".modal").get_by_role("button", name="Close").first.click()
    page.get_by_role("tab", name="Principal's List").click()
    expect(page.locator("[name=centre_ids] .o_data_row.text-danger")).to_contain_text(
        "Budva"
    )
    page.get_by_role("tab", name="Entries").click()
    page.locator("[name=line_ids] .o_data_row", has_text="Budva").locator(
        "[name=quantity]"
    ).click()
    page.locator("[name=line_ids] .o_selected_row [name=quantity] input").fill("2")
    save(page)
    expect(page.locator(".alert-warning:visible")).to_have_count(0)
    page.get_by_role("button", name="Check", exact=True).click()
    state(page, "Checked")


def test_a_pro_forma_becomes_the_invoice(login, sql):
    page = login("postclerk")
    _open(page, "postal_specification_on_account_action")
    page.locator(".o_data_row", has_text="Budva").locator(".o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    page.get_by_role("button", name="Check", exact=True).click()
    state(page, "Checked")
    page.get_by_role("button", name="Pro-Forma", exact=True).click()
    state(page, "Draft")
    expect(page.locator("[name=proforma_number]")).to_contain_text("PRO/")
    number = page.locator("[name=proforma_number]").inner_text()
    page.get_by_role("button", name="Confirm", exact=True).click()
    state(page, "Posted")
    # 100 × 1.00 + 50 × 2.00, 21 % VAT; the invoice has a number of its own
    ((name, proforma, untaxed, total),) = sql(
        "SELECT name, proforma_number, amount_untaxed, amount_total"
        "  FROM account_move WHERE proforma_number IS NOT NULL"
    )
    assert (proforma, float(untaxed), float(total)) == (number, 200.0, 242.0)
    assert name and name != number


def test_a_period_is_copied_once(login):
    page = login("postclerk")
    for made in (3, 0):
        _open(page, "postal_copy_action")
        page.wait_for_selector(".modal")
        for label, text in (("Copy From", "2026-01"), ("To", "2026-02")):
            pick(page, page.locator(".modal").get_by_label(label, exact=True), text)
        page.locator(".modal").get_by_role("button", name="Copy", exact=True).click()
        if made:
            page.locator(".modal").get_by_role("button", name="Open").click()
            expect(page.locator(".o_data_row")).to_have_count(made)
        else:
            expect(page.locator(".modal [name=result]")).to_contain_text(
                "copied before"
            )
            page.locator(".modal").get_by_role("button", name="Close").last.click()


def test_the_universal_report_in_excel(login):
    page = login("postclerk")
    _open(page, "postal_report_wizard_action")
    page.wait_for_selector(".modal")
    page.locator(".modal").get_by_label("Grouped By").click()
    page.locator(".o_select_menu_item", has_text="Cost centre").first.click()
    with page.expect_download(timeout=120_000) as download:
        page.locator(".modal").get_by_role("button", name="Excel").click()
    content = Path(download.value.path()).read_bytes()
    rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    head, *rows = list(rows)[:-1]
    assert head[0] == "Cost centre"
    # the keyboard's 210.00 and 3 × 2.00; 200.00 and 2 × 2.00
    assert {row[0]: row[3] for row in rows} == {
        "[PG] Podgorica": 216,
        "[BD] Budva": 204,
    }


def test_the_counter_works_on_a_phone(login):
    walk(
        login("counter"),
        "counter",
        "/odoo/action-postal_billing.postal_specification_on_account_action",
        "postal_billing.postal_specification_action",
    )
