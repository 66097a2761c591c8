"""A trader's day in a browser: from a group of points to the cost of its imbalance."""

import csv
import re
from pathlib import Path

from openpyxl import load_workbook
from phone import walk
from playwright.sync_api import expect
from screens import SHORT, attach, enter_date, insist, pick, press, save, state

UNBILLED = True
PREPARE = Path(__file__).parents[1] / "data" / "forecast_desk.py"
HEAD = "Point;Day;" + ";".join(str(hour) for hour in range(24))


def _input(page, field):
    return page.locator(f".o_field_widget[name={field}] input").last


def _download(page, click):
    with page.expect_download() as found:
        click()
    return Path(found.value.path())


def test_from_a_group_to_the_cost_of_its_imbalance(login, sql, tmp_path):
    page = login("trader", path="/odoo/action-energy_forecast.energy_series_action/new")

    # a group by filter
    page.wait_for_selector(".o_form_view")
    page.locator("[name=name] input").fill("Daytime")
    page.locator("[name=grouping] input").click()
    page.locator(".o_select_menu_item", has_text="Network area").first.click()
    pick(page, _input(page, "network_id"), "Vitosha")
    save(page)
    expect(page.locator("button[name=action_view_points]")).to_contain_text("4")

    # the forecast of a day
    page.goto("/odoo/action-energy_forecast.energy_forecast_action/new")
    page.wait_for_selector(".o_form_view")
    enter_date(page.locator("[name=date_start]"), "04/20/2026")
    save(page)
    press(page, "Make the Forecast")
    state(page, "Ready")
    forecast_url = page.url
    (forecast_id,) = sql("SELECT max(id) FROM energy_forecast")[0]
    before = _totals(sql, forecast_id)
    assert abs(before["Daytime"] - before["Portfolio"]) < 0.001

    # adjusted on the chart of the group
    page.locator("button[name=action_view_chart]").click()
    page.wait_for_selector(".o_energy_chart canvas")
    page.locator("select[aria-label=Series]").select_option(label="Daytime")
    page.locator(".o_energy_draw").click()
    page.fill(".o_energy_reason", "Trade fair")
    insist(lambda: _draw(page))
    page.locator(".o_energy_save:enabled").click()
    expect(page.locator(".o_notification", has_text="adjusted")).to_be_visible()
    after = _totals(sql, forecast_id)
    assert after["Daytime"] > before["Daytime"] + 1
    # divided among its points, so that every sum has it
    points = sum(total for name, total in after.items() if name.startswith("FC-"))
    assert abs(after["Daytime"] - points) < 0.001
    assert abs(after["Portfolio"] - points) < 0.001

    # picture and figures of the chart
    click = page.get_by_role("button", name="PNG").click
    assert _download(page, click).read_bytes().startswith(b"\x89PNG")
    text = _download(page, page.get_by_role("button", name="CSV").click)
    rows = list(csv.reader(text.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) > 24 and rows[0][2] == "Forecast (kWh)" and rows[-1][2]

    # from the year to the quarter of an hour
    page.locator("input[aria-label=From]").fill("2026-01-20")
    for step in ("Months", "Days", "Hours", "Finest"):
        page.get_by_role("button", name=step, exact=True).click()
        expect(page.get_by_role("button", name=step, exact=True)).to_have_class(
            re.compile("active")
        )

    # what is to be bought, then nominated and sent
    page.goto(forecast_url)
    page.wait_for_selector(".o_form_view")
    book = _download(page, lambda: press(page, "Excel"))
    copy = tmp_path / "purchase.xlsx"
    copy.write_bytes(book.read_bytes())
    assert load_workbook(copy).active.max_row >= 25
    press(page, "Approve")
    state(page, "Approved")
    press(page, "Nominate")
    page.locator(".modal").get_by_role("button", name="Ok").click()
    state(page, "Nominated")
    press(page, "Make Schedules")
    expect(page.locator(".o_breadcrumb")).to_contain_text("Schedules")
    expect(page.locator(".o_list_view .o_data_row")).to_have_count(1)

    # what was measured: one point took 2 kWh more in each hour
    planned = _planned(sql, forecast_id)
    lines = [HEAD]
    for code, values in planned.items():
        more = 2 if code == "FC-OFFICE" else 0
        shown = ";".join(f"{value + more:.3f}" for value in values)
        lines.append(f"{code};2026-04-20;{shown}")
    settled = tmp_path / "settlement.csv"
    settled.write_text("\n".join([*lines, ""]))
    page.goto("/odoo/action-energy_forecast.energy_settlement_import_action")
    pick(page, _input(page, "profile_id"), "Settlement by point")
    attach(page, settled)
    page.locator(".modal").get_by_role("button", name="Import", exact=True).click()
    state(page, "Imported")
    press(page, "Calculate Imbalance")
    state(page, "Calculated")

    # 48 kWh short at 130 a MWh, 30 of them beyond spot
    expect(page.locator("[name=net]").first).to_contain_text("0.048")
    expect(page.locator("[name=cost]").first).to_contain_text("6.24")
    expect(page.locator("[name=extra]").first).to_contain_text("1.44")
    page.locator("button[name=action_view_imbalance]").click()
    page.wait_for_selector(".o_pivot")
    page.locator("button.o_switch_view.o_list").click()
    row = page.locator(".o_data_row", has_text="Portfolio").first
    expect(row).to_contain_text("6.24")


def _draw(page):
    """Draw on the chart, which is drawn anew when its series has come."""
    canvas = page.locator(".o_energy_chart canvas").bounding_box()
    page.mouse.move(canvas["x"] + canvas["width"] * 0.96, canvas["y"] + 60)
    page.mouse.down()
    page.mouse.move(canvas["x"] + canvas["width"] * 0.97, canvas["y"] + 60)
    page.mouse.up()
    expect(page.locator(".o_energy_save:enabled")).to_be_visible(timeout=SHORT)


def _totals(sql, forecast_id):
    return dict(
        sql(
            "SELECT s.name, d.total FROM energy_forecast_day d"
            " JOIN energy_series s ON s.id = d.series_id WHERE d.forecast_id = %s",
            forecast_id,
        )
    )


def _planned(sql, forecast_id):
    return dict(
        sql(
            "SELECT s.name, d.adjusted FROM energy_forecast_day d"
            " JOIN energy_series s ON s.id = d.series_id"
            " WHERE d.forecast_id = %s AND s.kind = 'point'",
            forecast_id,
        )
    )


def test_the_forecaster_works_on_a_phone(login):
    walk(
        login("trader"),
        "forecaster",
        "/odoo/forecast-overview",
        "energy_forecast.energy_forecast_action",
    )
