"""The screens of a role on a phone, with pictures in .artifacts/phone."""

from pathlib import Path

from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}
PICTURES = Path(__file__).parents[2] / ".artifacts" / "phone"
#: A list is cards on a phone where it has such.
RECORD = ".o_data_row .o_data_cell, .o_kanban_record:not(.o_kanban_ghost)"
WIDER = """() => ["html", ".o_cockpit", ".o_form_view"].filter(selector =>
    [...document.querySelectorAll(selector)].some(
        element => element.scrollWidth > element.clientWidth + 1))"""


def walk(page, role, first, action):
    """His first screen, his main list, its first record.

    :param first: path of the first screen
    :param action: xmlid of the list's action
    """
    page.set_viewport_size(PHONE)
    page.goto(first)
    expect(page.locator(f".o_cockpit, {RECORD}").first).to_be_visible()
    # what takes longer comes after the overview
    expect(page.get_by_text("Counting…")).to_have_count(0)
    photograph(page, f"{role}-first")
    page.goto(f"/odoo/action-{action}")
    record = page.locator(RECORD).first
    expect(record).to_be_visible()
    photograph(page, f"{role}-list")
    record.click()
    expect(page.locator(".o_form_sheet").first).to_be_visible()
    photograph(page, f"{role}-form")


def photograph(page, name):
    """A picture of the page, nothing of which may be wider than the phone; lists
    scroll by themselves."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
    wider = page.evaluate(WIDER)
    assert not wider, f"{wider} of {page.url} is wider than a phone"
