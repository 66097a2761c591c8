"""A charge is dragged to another place of its tariff, and stays there."""

from playwright.sync_api import expect

UNBILLED = True


def _names(page):
    return page.locator(".o_data_row td[name=code]").all_inner_texts()


def test_drag_a_charge_up(login, sql):
    tariff, *_more = sql(
        "SELECT t.id FROM billing_tariff t JOIN billing_tariff_item i"
        " ON i.tariff_id = t.id AND i.parent_id IS NULL AND i.kind = 'charge'"
        " GROUP BY t.id HAVING count(*) > 2 ORDER BY t.id LIMIT 1"
    )
    name = sql("SELECT name ->> 'en_US' FROM billing_tariff WHERE id = %s", tariff[0])
    page = login("manager", path="/odoo/action-billing_base.billing_tariff_item_action")
    page.wait_for_selector(".o_list_view .o_data_row")
    page.locator(".o_search_panel").get_by_text(name[0][0], exact=True).click()
    expect(page.locator(".o_search_panel .active")).to_contain_text(name[0][0])
    before = _names(page)
    last = page.locator(".o_data_row").last.locator(".o_row_handle")
    last.drag_to(page.locator(".o_data_row").first.locator(".o_row_handle"))
    moved = [before[-1], *before[:-1]]
    expect(page.locator(".o_data_row td[name=code]").first).to_have_text(moved[0])
    assert _names(page) == moved
    page.reload()
    page.wait_for_selector(".o_list_view .o_data_row")
    stored = sql(
        "SELECT code FROM billing_tariff_item WHERE tariff_id = %s AND active"
        " ORDER BY sequence, id",
        tariff[0],
    )
    assert [code for (code,) in stored] == moved
