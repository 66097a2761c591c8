"""Ordered grid work in a browser: from the installer's notification to the refund.

The people: the installer `fjord`, the case handler `gridclerk`, the customer `kari` and
the contractor `digger`. The screens of the portal are looked at as on a phone, too.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from phone import walk
from playwright.sync_api import expect
from screens import pick, press, sign, state, until, wait_for_portal

UNBILLED = True
PHONE = {"width": 390, "height": 844}
PICTURES = Path(__file__).parents[2] / ".artifacts" / "phone"


def _fits(page, who):
    """Nothing is wider than a phone; takes a picture."""
    wait_for_portal(page)
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    wide = page.evaluate(
        """() => [...document.querySelectorAll('#wrapwrap *')]
        .filter(e => e.checkVisibility() && !e.closest('.table-responsive')
            && e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", urlsplit(page.url).path).strip("-")
    page.screenshot(path=PICTURES / f"{who}-{name}.png", full_page=True)
    page.set_viewport_size(before)
    assert width <= PHONE["width"], f"{page.url} is {width} px wide: {wide}"
    assert not wide, f"{page.url}: {wide}"


def _notify(page):
    page.goto("/my/connections/new")
    _fits(page, "installer")
    for name, value in (
        ("customer_name", "Kari Nordmann"),
        ("customer_email", "kari@example.com"),
        ("street", "Storgata 1"),
        ("zip", "0155"),
        ("city", "Oslo"),
        ("capacity_kw", "63"),
    ):
        page.fill(f"#{name}", value)
    page.select_option("#type_id", label="New connection")
    page.check("#wants_meter")
    page.get_by_role("button", name="Send notification").click()
    expect(page.locator(".alert-success")).to_contain_text("was received")
    _fits(page, "installer")


def _open_case(page):
    """The clerk opens the case of the known customer and enters its costs."""
    page.goto("/odoo/action-energy_connection.connection_notification_action")
    page.locator(".o_data_row", has_text="Kari Nordmann").locator(
        ".o_data_cell"
    ).first.click()
    page.wait_for_selector(".o_form_view")
    pick(page, page.locator("[name=partner_id] input"), "Kari")
    press(page, "Open Case")
    page.wait_for_selector("[name=cost_ids]")
    for name, component, charge, amount in (
        ("Cable", "Cable to", "Construction", "80000"),
        ("Crossing", None, "Construction", "20000"),
    ):
        page.locator("[name=cost_ids] .o_field_x2many_list_row_add a").click()
        row = page.locator("[name=cost_ids] .o_selected_row")
        # the row before is being left
        expect(row.locator("[name=name] input")).to_have_value("")
        row.locator("[name=name] input").fill(name)
        if component:
            pick(page, row.locator("[name=component_id] input"), component)
        pick(page, row.locator("[name=charge_type_id] input"), charge)
        row.locator("[name=estimate] input").fill(amount)
    page.locator(".o_form_button_save").click()
    expect(page.locator("[name=contribution] span").first).to_contain_text("30,000")


def _order(page, sql):
    """A call-off order of the contractor: 25 metres of trench, 10,000."""
    page.locator("button[name=action_open_orders]").click()
    # the form of the case has a button New, too
    expect(page.locator("button[name=action_open_orders]")).to_have_count(0)
    page.locator(".o_control_panel").get_by_role("button", name="New").click()
    pick(page, page.locator("[name=partner_id] input"), "Digger")
    page.locator("[name=line_ids] .o_field_x2many_list_row_add a").click()
    row = page.locator("[name=line_ids] .o_selected_row")
    pick(page, row.locator("[name=item_id] input"), "Trench")
    row.locator("[name=quantity] input").fill("25")
    page.locator(".o_form_button_save").click()
    expect(page.locator("[name=name]").first).to_contain_text("W2")
    page.locator(".breadcrumb-item a, .o_back_button a").first.click()


def _offer(page, sql):
    case = sql("SELECT max(id) FROM connection_case")[0][0]
    page.goto(f"/odoo/connection-cases/{case}")
    press(page, "Make Offer")
    press(page, "Send Offer")
    expect(page.get_by_role("button", name="Send Offer")).to_be_hidden()
    offers = sql(
        "SELECT id, amount_total::float, state FROM sale_order"
        " WHERE connection_case_id = %s",
        case,
    )
    # 10,000 of the cable, 20,000, the trench of 10,000; 4,000 with 25 %
    assert [offer[1:] for offer in offers] == [(45000.0, "sent")]
    return case, offers[0][0]


def _sign_and_pay(page, case):
    page.goto("/my/connections")
    _fits(page, "customer")
    page.locator(f"a[href*='/my/connections/{case}']").click()
    expect(page.locator("#wrapwrap")).to_contain_text("Storgata 1")
    _fits(page, "customer")
    page.locator("a[href*='/my/orders/']").first.click()
    page.wait_for_selector("#portal_sale_content")
    _fits(page, "customer")
    sign(page, "Kari Nordmann")
    # what is to be paid opens by itself
    pay = page.locator("button[name=o_payment_submit_button]:visible")
    expect(pay).to_be_enabled()
    with page.expect_request("**/payment/demo/simulate_payment") as sent:
        pay.click()
    # the page asks until the payment was processed, then leads back to the offer
    page.wait_for_url("**/payment/status**")
    page.wait_for_url("**/my/orders/**")
    expect(page.locator("#portal_sale_content")).to_be_visible()
    return sent.value


def _replay(page, request):
    """The provider's notification once more."""
    answer = page.request.post(
        request.url,
        data=request.post_data,
        headers={"Content-Type": "application/json"},
    )
    assert answer.ok


def _payments(sql, offer):
    """Number and sum of the payments of an offer."""
    return sql(
        "SELECT count(*), sum(p.amount)::float FROM account_payment p"
        "  JOIN sale_order_transaction_rel r"
        "    ON r.transaction_id = p.payment_transaction_id"
        " WHERE r.sale_order_id = %s",
        offer,
    )[0]


def _report(page, case):
    page.goto(f"/my/connections/{case}")
    _fits(page, "contractor")
    assert "10,000" not in page.locator("#wrapwrap").inner_text()
    page.locator("input[name^=done_]").first.fill("20")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator("input[name^=done_]")).to_have_count(0)


def test_from_the_notification_to_the_refund(login, sql, server):
    installer, clerk = login("fjord", path="/my"), login("gridclerk")
    _notify(installer)
    _open_case(clerk)
    _order(clerk, sql)
    case, offer = _offer(clerk, sql)
    orders = "SELECT DISTINCT state FROM connection_order WHERE case_id = %s"
    assert sql(orders, case) == [("blocked",)]

    customer = login("kari", path="/my")
    request = _sign_and_pay(customer, case)
    assert sql("SELECT state FROM sale_order WHERE id = %s", offer) == [("sale",)]
    assert sql(orders, case) == [("released",)]
    assert _payments(sql, offer) == (1, 22500.0)
    signed = sql(
        "SELECT signed_by, kind, amount::float, ip_address IS NOT NULL,"
        " length(sha256) FROM connection_acceptance WHERE case_id = %s",
        case,
    )
    assert signed == [("Kari Nordmann", "portal", 45000.0, True, 64)]

    # told twice, paid once
    _replay(customer, request)
    customer.reload()
    assert _payments(sql, offer) == (1, 22500.0)
    customer.goto(f"/my/connections/{case}")
    _fits(customer, "customer")

    contractor = login("digger", path="/my")
    _report(contractor, case)
    installer.goto(f"/my/connections/{case}")
    installer.get_by_role("button", name="Notify completion").click()
    expect(installer.get_by_role("button", name="Notify completion")).to_have_count(0)
    _fits(installer, "installer")

    # own work done, then the preview, then the final invoice with the refund
    # the scheduled action drafts what became due by the acceptance
    drafts = "SELECT count(*) > 0 FROM account_move WHERE connection_case_id = %s"
    until(lambda: sql(drafts, case), [(True,)])
    clerk.goto(f"/odoo/connection-cases/{case}")
    clerk.locator("button[name=action_open_invoices]").click()
    clerk.wait_for_selector(".o_form_view [name=invoice_line_ids]")
    clerk.get_by_role("button", name="Confirm").first.click()
    state(clerk, "Posted")
    work = sql(
        "SELECT id FROM connection_order WHERE case_id = %s AND state = 'released'",
        case,
    )
    for (order,) in work:
        clerk.goto(f"/odoo/action-energy_connection.connection_order_action/{order}")
        press(clerk, "Done")
        state(clerk, "Done")
    clerk.goto(f"/odoo/connection-cases/{case}")
    press(clerk, "Final Settlement")
    # 20 metres instead of 25: 2,000 less
    expect(clerk.locator("[name=due]").first).to_contain_text("2,000")
    press(clerk, "Make Final Invoice")
    expect(clerk.locator(".o_form_view")).to_contain_text("paid back")
    refunds = sql(
        "SELECT amount_total::float, state FROM account_move"
        " WHERE connection_case_id = %s AND move_type = 'out_refund'",
        case,
    )
    assert refunds == [(2000.0, "draft")]
    clerk.get_by_role("button", name="Confirm").first.click()
    state(clerk, "Posted")

    # everybody was told each thing once
    subjects = [
        subject
        for (subject,) in sql(
            "SELECT m.subject FROM mail_mail q JOIN mail_message m"
            " ON m.id = q.mail_message_id WHERE m.model = 'connection.case'"
            " AND m.res_id = %s",
            case,
        )
    ]
    assert len(subjects) == len(set(subjects)) >= 6, subjects


def test_the_case_handler_works_on_a_phone(login):
    walk(
        login("gridclerk"),
        "case-handler",
        "/odoo/grid-overview",
        "energy_connection.connection_case_action",
    )
