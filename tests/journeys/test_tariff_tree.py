"""A charge is dragged to another place of its category, and stays there."""

from playwright.sync_api import expect
from screens import SHORT, insist, unfold, until

UNBILLED = True
TARIFF = "business-west"


def _codes(page):
    return page.locator(".o_data_row td[name=code]").all_inner_texts()


def _handle(page, code):
    cell = page.get_by_role("cell", name=code, exact=True)
    return page.locator(".o_data_row", has=cell).locator(".o_row_handle")


def _drag(page, source, target):
    """By small steps, as a hand does: rows move when the pointer passes them."""
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 4, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 4, start["y"] - 8, steps=5)
    page.mouse.move(end["x"] + 4, end["y"] + 2, steps=20)
    page.mouse.up()


def test_drag_a_charge_up(login, sql):
    ((name,),) = sql(
        "SELECT name ->> 'en_US' FROM billing_tariff WHERE code = %s", TARIFF
    )
    page = login("manager", path="/odoo/action-billing_base.billing_tariff_item_action")
    page.wait_for_selector(".o_list_view .o_group_header")
    page.locator(".o_search_panel").get_by_text(name).first.click()
    expect(page.locator(".o_group_header")).to_have_count(1)
    unfold(page.locator(".o_group_header"))
    expect(page.locator(".o_data_row")).to_have_count(11)
    before = _codes(page)
    moved = [code for code in before if code != "distribution"]
    moved.insert(moved.index("transmission_access"), "distribution")

    def drag():
        _drag(page, _handle(page, "distribution"), _handle(page, "transmission_access"))
        codes = page.locator(".o_data_row td[name=code]")
        expect(codes).to_have_text(moved, timeout=SHORT)

    insist(drag)
    # the list shows the new order before the server has it
    stored = (
        "SELECT i.code FROM billing_tariff_item i JOIN billing_tariff t"
        " ON t.id = i.tariff_id WHERE t.code = %s ORDER BY i.sequence, i.id"
    )
    until(lambda: sql(stored, TARIFF), [(code,) for code in moved])
