"""The life of an account: from a confirmation to the customer's file, from one
occupant to the next with the final bill."""

import re
from pathlib import Path

from playwright.sync_api import expect

PREPARE = Path(__file__).parents[1] / "data" / "customer_life.py"
POINT = "32Z103" + "9" * 27
#: A point of the demo with one meter, whose last reading is 44,084 of January 31.
MOVED = "32Z103775993241303436285257740001"


def _wait_for_list(page):
    page.wait_for_selector(".o_list_view .o_data_row")


def _button(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def _import(page, path):
    page.goto("/odoo/action-energy_billing.energy_import_wizard_action")
    page.set_input_files(".modal input[type=file]", path)
    expect(page.locator(".modal .o_attachment")).to_have_count(1)
    page.locator(".modal").get_by_role("button", name="Import").click()
    page.wait_for_selector(".modal .o_data_row")


def _write_confirmation(folder):
    path = folder / "west_confirmation_2026_01.csv"
    path.write_text(
        "Point;Status;Customer;Number;Street;City;kW;From;Reason\n"
        f"{POINT};new;Nova Bakery;201234567;Oven Street 1;Pernik;10;2026-01-01;\n"
        f"{POINT[:-1]}8;rejected;Old Mill;;Mill Street 2;Pernik;;2026-01-01;Switched\n"
    )
    return path


def test_from_a_confirmation_to_the_customers_file(login, sql, tmp_path):
    page = login("clerk")
    _import(page, _write_confirmation(tmp_path))
    page.goto("/odoo/action-energy_billing.energy_message_action")
    _wait_for_list(page)
    page.locator(".o_data_row", has_text="west_confirmation").locator(
        ".o_data_cell"
    ).first.click()
    page.get_by_role("button", name="Onboarding").click()

    # shown before anything is written
    expect(page.locator("[name=new_count]").first).to_have_text("1")
    expect(page.locator("[name=rejected_count]")).to_have_text("1")
    customers = "SELECT count(*) FROM res_partner WHERE name = 'Nova Bakery'"
    assert sql(customers) == [(0,)]
    _button(page, "Create and Change")
    page.locator(".modal").get_by_role("button", name="Ok").click()
    _button(page, "Release Drafts")
    expect(page.get_by_role("button", name="Release Drafts")).to_have_count(0)

    # found by the point's code, and all of him is one click away
    page.goto("/odoo/action-account.res_partner_action_customer")
    page.wait_for_selector(".o_searchview_input")
    page.fill(".o_searchview_input", POINT)
    page.locator(".o_searchview_autocomplete").get_by_text(
        "Name, Number, Address"
    ).click()
    page.get_by_role("cell", name="Nova Bakery").click()
    page.wait_for_selector(".o_form_view")
    expect(page.locator("[name=action_view_energy_points]")).to_contain_text("1")
    assert sql(
        "SELECT a.date_start::text, a.is_draft, p.code, c.partner_id = r.id,"
        "       v.value::int"
        "  FROM billing_agreement a JOIN res_partner r ON r.id = a.partner_id"
        "  JOIN energy_metering_point p ON p.id = a.point_id"
        "  JOIN contract_contract c ON c.id = a.contract_id"
        "  JOIN billing_agreement_term t ON t.agreement_id = a.id"
        "  JOIN billing_agreement_term_value v ON v.term_id = t.id"
        " WHERE r.name = 'Nova Bakery'"
    ) == [("2026-01-01", False, POINT, True, 10)]


def test_an_occupant_moves_out_and_another_in(login, sql):
    page = login(
        "clerk", path="/odoo/action-energy_billing.energy_metering_point_action"
    )
    _wait_for_list(page)
    page.fill(".o_searchview_input", MOVED)
    page.keyboard.press("Enter")
    expect(page.locator(".o_data_row")).to_have_count(1)
    page.locator(".o_data_row .o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    _button(page, "Change of Occupant")
    dialog = page.locator(".modal")
    day = dialog.locator("[name=date] input, [name=date] button").first
    day.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("02/15/2026")
    page.keyboard.press("Tab")
    # the day brings the registers and their last readings
    expect(dialog.locator("[name=line_ids] td[name=last_value]")).to_contain_text(
        "44,084"
    )
    dialog.locator("[name=name] input").fill("New Studio")
    page.keyboard.press("Tab")
    expect(dialog.locator("[name=effect]")).to_contain_text("below the last one")
    dialog.locator("[name=line_ids] td[name=value]").click()
    dialog.locator("[name=line_ids] td[name=value] input").fill("44184")
    page.keyboard.press("Tab")
    expect(dialog.locator("[name=effect]")).to_contain_text("100 until the handover")
    dialog.get_by_role("button", name="Change Occupant").click()
    expect(page.locator(".modal")).to_have_count(0)
    expect(page.locator(".o_form_view")).to_contain_text("New Studio")

    # who left gets his final bill: 100 kWh at 0.1656, 10 kW of 15 days at 0.025
    page.goto("/odoo/action-billing_base.billing_termination_action")
    _wait_for_list(page)
    page.locator(".o_data_row").first.locator(".o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    _button(page, "End and Bill")
    expect(page.locator(".o_arrow_button_current")).to_have_text(
        re.compile("Posted"), timeout=60_000
    )
    assert sql(
        "SELECT a.date_start::text, a.date_end::text, r.name = 'New Studio',"
        "       (SELECT array_agg(m.amount_untaxed::text) FROM billing_segment s"
        "          JOIN account_move m ON m.id = s.invoice_id AND m.state = 'posted'"
        "         WHERE s.agreement_id = a.id AND s.date_start >= '2026-02-01')"
        "  FROM billing_agreement a JOIN energy_metering_point p ON p.id = a.point_id"
        "  JOIN res_partner r ON r.id = a.partner_id"
        " WHERE p.code = %s ORDER BY a.date_start",
        MOVED,
    ) == [
        ("2025-01-01", "2026-02-15", False, ["20.31"]),
        ("2026-02-16", None, True, None),
    ]
