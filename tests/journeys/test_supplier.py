"""A supplier's month on market messages, and a file profile, in a browser."""

from playwright.sync_api import expect
from screens import SHORT, insist, pick, save, wait_for_list

UNBILLED = True
SAMPLE = """Point;Register;From;To;Reading from;Reading to;kWh
859182400501380873;1.8.0;01.02.2026;28.02.2026;1310;1590.5;280.5
859182400501396331;1.8.0;01.02.2026;28.02.2026;1620;2180;560
"""
COLUMNS = {
    "Metering point": "Point",
    "Register": "Register",
    "From": "From",
    "To": "To",
    "Opening reading": "Reading from",
    "Closing reading": "Reading to",
    "Quantity": "kWh",
}
WIDE = {"width": 2200, "height": 900}


def _press(page, name, timeout=None):
    page.locator(".o_control_panel").get_by_role("button", name=name, exact=True).click(
        timeout=timeout
    )


def _press_for_all(page, name):
    """Mark all three points and press a button; a list that is loaded again meanwhile
    has no marks, and no button."""

    def step():
        box = page.locator("thead .o_list_record_selector input")
        if not box.is_checked(timeout=SHORT):
            box.click(timeout=SHORT)
        expect(page.locator(".o_data_row_selected")).to_have_count(3, timeout=SHORT)
        _press(page, name, SHORT)

    insist(step)


def _row(page, code):
    return page.locator(".o_data_row", has_text=code)


def test_a_floating_month_without_leaving_the_list(login, sql):
    page = login("supplier", path="/odoo/action-billing_base.billing_period_action")
    page.set_viewport_size(WIDE)

    # the active period
    wait_for_list(page)
    page.locator(".o_data_row", has_text="2026-02").locator(
        ".o_data_cell"
    ).first.click()
    page.wait_for_selector(".o_form_view")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("button", name="Activate")).to_be_hidden()

    # the list: what the messages say, and how the measurement compares
    page.goto("/odoo/floating-electricity")
    wait_for_list(page)
    first, second, third = (
        "859182400501380873",
        "859182400501396331",
        "859182400708995788",
    )
    expect(page.locator(".o_data_row")).to_have_count(3)
    expect(_row(page, first)).to_contain_text("Not measured")
    expect(_row(page, second)).to_contain_text("Differs")

    # generated: only the marked points are shown, with what is wrong
    _press_for_all(page, "Generate")
    expect(page.locator(".o_last_breadcrumb_item")).to_contain_text("Marked Points")
    expect(_row(page, first)).to_contain_text("Error")
    expect(_row(page, second)).to_contain_text("Ready")

    # corrected from the messages and generated again
    _press_for_all(page, "Write Into Measurement")
    expect(_row(page, first)).to_contain_text("As in the message")
    _press_for_all(page, "Generate")
    expect(_row(page, first)).to_contain_text("Ready")
    expect(_row(page, third)).to_contain_text("Error")

    # the bill over the limit is waived with a reason
    _row(page, third).locator(".o_list_record_selector input").check()
    _press(page, "Waive")
    dialog = page.locator(".modal")
    dialog.get_by_label("Note").or_(dialog.get_by_label("Explanation")).first.fill(
        "A heat pump since December"
    )
    dialog.get_by_role("button", name="Waive").click()
    expect(_row(page, third)).to_contain_text("Error waived")
    expect(_row(page, third)).to_contain_text("Ready")

    # invoiced, and the list says so
    _press_for_all(page, "Invoice")
    expect(_row(page, third)).to_contain_text("Posted", timeout=120_000)
    expect(_row(page, first)).to_contain_text("Billed")
    expect(page.locator(".o_last_breadcrumb_item")).to_contain_text("Marked Points")

    # 310, 620 and 3,100 kWh at 2.85 + 2.07858 + 0.16424 + 0.0283 a kWh, and 367.87
    rows = sql(
        "SELECT m.amount_untaxed::text FROM account_move m"
        " JOIN res_company c ON c.id = m.company_id AND c.name = 'Supplier'"
        " WHERE m.move_type = 'out_invoice' AND m.state = 'posted'"
        " ORDER BY m.amount_untaxed"
    )
    assert [float(amount) for (amount,) in rows] == [1955.41, 3542.97, 16243.34]


def test_a_profile_with_a_preview_on_a_sample(login, tmp_path):
    sample = tmp_path / "readings.csv"
    sample.write_text(SAMPLE)
    page = login(
        "supplier", path="/odoo/action-energy_billing.energy_table_profile_action"
    )
    page.set_viewport_size(WIDE)
    page.get_by_role("button", name="New").first.click()
    page.wait_for_selector(".o_form_view")
    page.get_by_label("Profile").first.fill("Readings by the customer")
    pick(page, page.locator("[name=network_id] input"), "Distribution CZ")

    # the sample first: the file as it stands tells what the columns are called
    page.get_by_role("tab", name="Preview").click()
    page.set_input_files("[name=sample] input[type=file]", sample)
    preview = page.locator("[name=preview_html]")
    expect(preview).to_contain_text("1590.5")

    page.get_by_role("tab", name="Columns").click()
    rows = page.locator("[name=column_ids] .o_data_row")
    for field, header in COLUMNS.items():
        before = rows.count()
        page.locator("[name=column_ids]").get_by_role("button", name="Add a line").or_(
            page.locator("[name=column_ids] .o_field_x2many_list_row_add a")
        ).first.click()
        # until then the row before is the selected one
        expect(rows).to_have_count(before + 1)
        row = page.locator("[name=column_ids] .o_selected_row")
        row.locator("[name=reference] input").fill(header)
        _choose(page, row, field)
    page.get_by_role("tab", name="Rows and Cells").click()
    page.locator("[name=date_format] input").fill("%d.%m.%Y")
    page.get_by_role("tab", name="Preview").click()
    expect(preview).to_contain_text("As it is understood")
    expect(preview).to_contain_text("2026-02-01 – 2026-02-28")
    expect(preview).to_contain_text("280.5 kWh")
    save(page)


def _choose(page, row, text):
    """Choose in a selection of an editable list; the first click of a new row may only
    give it the focus."""
    box = row.locator("[name=field] input")
    found = page.locator(".o_select_menu_item").get_by_text(text, exact=True)

    def step():
        if box.input_value(timeout=SHORT) != text:
            box.click(timeout=SHORT)
            found.first.click(timeout=SHORT)
        expect(box).to_have_value(text, timeout=SHORT)

    insist(step)
