"""The life of an account: from a confirmation to the customer's first bill, from one
occupant to the next with the final bill, from an offer to the contract."""

import re
from pathlib import Path

from playwright.sync_api import expect
from screens import attach, enter_date, pick, search, sign, state, wait_for_list

PREPARE = Path(__file__).parents[1] / "data" / "customer_life.py"
POINT = "32Z103" + "9" * 27
#: A point of the demo with one meter, whose last reading is 44,084 of January 31.
MOVED = "32Z103775993241303436285257740001"
OFFERED = "32Z103" + "8" * 27
INTERVALS = PREPARE.parent / "trader_2026_01" / "west_intervals.csv"


def _button(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def _import(page, path):
    page.goto("/odoo/action-energy_billing.energy_import_wizard_action")
    attach(page, path)
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


def _write_intervals(folder):
    """A quarter of an hour is 1 kWh: 31 × 96 = 2,976 kWh."""
    head = INTERVALS.read_bytes().splitlines()[0]
    rows = [
        ";".join([POINT, f"{day:02d}.01.2026", *["1,000"] * 96]).encode()
        for day in range(1, 32)
    ]
    path = folder / INTERVALS.name
    path.write_bytes(b"\r\n".join([head, *rows, b""]))
    return path


def _bill_january(page):
    """The button of the period, after the month's run was done without him."""
    page.goto("/odoo/action-billing_base.billing_period_action")
    wait_for_list(page)
    page.locator(".o_data_row", has_text="2026-01").get_by_text("Bill").click()
    page.wait_for_selector(".o_form_view")
    page.get_by_label("… and invoice").check()
    _button(page, "Start")
    expect(page.locator(".o_arrow_button_current")).to_have_text(
        re.compile("Done"), timeout=120_000
    )
    expect(page.get_by_role("button", name=re.compile("Segments"))).to_contain_text("1")


def test_from_a_confirmation_to_the_first_bill(login, sql, tmp_path):
    page = login("clerk")
    _import(page, _write_confirmation(tmp_path))
    page.goto("/odoo/action-energy_billing.energy_message_action")
    wait_for_list(page)
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
    search(page, POINT, "Name, Number, Address")
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

    _import(page, _write_intervals(tmp_path))
    before = sql("SELECT count(*) FROM billing_segment")[0][0]
    _bill_january(page)
    # 1,440 kWh at 0.1556 until January 15, 1,536 at 0.1656 and 10 kW of 31 days at
    # 0.025; nobody else is billed again
    assert sql("SELECT count(*) FROM billing_segment")[0][0] == before + 1
    assert sql(
        "SELECT m.amount_untaxed::text, m.state FROM account_move m"
        "  JOIN res_partner r ON r.id = m.partner_id WHERE r.name = 'Nova Bakery'"
    ) == [("486.18", "posted")]


def test_an_occupant_moves_out_and_another_in(login, sql):
    page = login(
        "clerk", path="/odoo/action-energy_billing.energy_metering_point_action"
    )
    search(page, MOVED)
    expect(page.locator(".o_data_row")).to_have_count(1)
    page.locator(".o_data_row .o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    _button(page, "Change of Occupant")
    dialog = page.locator(".modal")
    enter_date(dialog.locator("[name=date]"), "02/15/2026")
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
    wait_for_list(page)
    page.locator(".o_data_row").first.locator(".o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
    _button(page, "End and Bill")
    state(page, "Posted")
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


def _enter_offer(page):
    page.goto("/odoo/action-energy_offer.energy_offer_action")
    page.locator(".o_control_panel").get_by_role("button", name="New").first.click()
    for name, text in (
        ("partner_id", "Vita Dairy"),
        ("sale_order_template_id", "Energy: one fixed price"),
        ("energy_type_id", "Electricity supply"),
        ("energy_profile_id", "Per account, bills what is clean, mail"),
        ("energy_tariff_id", "Business, fixed price"),
    ):
        if name == "energy_type_id":
            page.get_by_role("tab", name="Energy").click()
        pick(page, page.locator(f"[name={name}] input").first, text)
    enter_date(page.locator("[name=energy_date_start]"), "02/01/2026")
    page.locator("[name=energy_point_ids] .o_field_x2many_list_row_add a").click()
    dialog = page.locator(".modal")
    dialog.locator("[name=code] input").fill(OFFERED)
    dialog.locator("[name=capacity_kw] input").fill("10")
    dialog.locator("[name=yearly_ids] .o_field_x2many_list_row_add a").click()
    row = dialog.locator("[name=yearly_ids] .o_selected_row")
    pick(page, row.locator("[name=quantity_type_id] input"), "Energy")
    row.locator("[name=value] input").fill("12000")
    dialog.get_by_role("button", name="Save & Close").click()
    expect(page.locator(".modal")).to_have_count(0)
    _button(page, "Estimate the Year")
    # 12,000 kWh at 0.1656 and 10 kW of 365 days at 0.025
    expect(page.locator("[name=energy_amount]").first).to_contain_text("2,078.45")


def test_from_an_offer_to_the_contract(login, visit, sql):
    page = login("manager")
    _enter_offer(page)
    page.locator(".o_form_statusbar").get_by_role("button", name="Send").first.click()
    page.locator(".modal").get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".modal")).to_have_count(0)
    ((offer, status, token),) = sql(
        "SELECT o.id, o.state, o.access_token FROM sale_order o"
        "  JOIN energy_offer_point p ON p.order_id = o.id WHERE p.code = %s",
        OFFERED,
    )
    assert status == "sent"

    # the prospect has no login yet: he follows the link of his mail
    prospect = visit(f"/my/orders/{offer}?access_token={token}")
    sign(prospect, "Vita Petrova")
    assert sql(
        "SELECT o.state, o.signed_by, a.date_start::text, a.is_draft, t.code,"
        "       v.value::int, c.code = o.name, r.name"
        "  FROM sale_order o JOIN energy_offer_point p ON p.order_id = o.id"
        "  JOIN billing_agreement a ON a.offer_point_id = p.id"
        "  JOIN res_partner r ON r.id = a.partner_id"
        "  JOIN contract_contract c ON c.id = a.contract_id"
        "  JOIN billing_agreement_term m ON m.agreement_id = a.id"
        "  JOIN billing_agreement_term_value v ON v.term_id = m.id"
        "  JOIN billing_tariff t ON t.id = m.tariff_id WHERE o.id = %s",
        offer,
    ) == [
        (
            "sale",
            "Vita Petrova",
            "2026-02-01",
            True,
            "bg-fixed",
            10,
            True,
            "Vita Dairy",
        )
    ]
    page.reload()
    page.get_by_role("button", name=re.compile("Agreements")).click()
    expect(page.locator(".o_content")).to_contain_text(OFFERED)
