"""What people do on many screens, as it works on a slow machine, too.

A screen may be loaded twice, and what comes before the client listens is lost. So each
function waits for what shows that it was understood, and does it again if it was not.
"""

import contextlib
import re
from time import monotonic, sleep

from playwright.sync_api import TimeoutError, expect

#: Milliseconds after which something is done again.
SHORT = 15_000
TRIES = 6
#: Seconds for what the server does by itself.
LONG = 150


def insist(step):
    """Do a step again until it passes; its last failure is raised.

    :param step: a function that fails within ``SHORT``
    """
    for _try in range(TRIES - 1):
        with contextlib.suppress(AssertionError, TimeoutError):
            return step()
    return step()


def until(read, wanted):
    """Wait for something outside the browser.

    :param read: function that gives what there is, such as rows of the database
    :raises AssertionError: when it isn't what is wanted after ``LONG``
    """
    end = monotonic() + LONG
    while (found := read()) != wanted:
        if monotonic() > end:
            raise AssertionError(f"{found} is not {wanted}")
        sleep(0.25)


# === Lists ===


def wait_for_list(page):
    """A list is there, with its rows."""
    expect(page.locator(".o_list_view .o_data_row").first).to_be_visible()


def search(page, text, entry=None):
    """Filter the list by a text, with the search bar.

    Enter would be heard only once the entries are there.

    :param entry: part of what the search bar offers; its first entry when not given
    """
    wait_for_list(page)
    facet = page.locator(".o_searchview_facet", has_text=text).first
    entries = page.locator(".o_searchview_autocomplete .o-dropdown-item", has_text=text)

    def step():
        if not facet.is_visible():
            page.fill(".o_searchview_input", text, timeout=SHORT)
            entries.filter(has_text=entry).first.click(timeout=SHORT)
        expect(facet).to_be_visible(timeout=SHORT)

    insist(step)


def unfold(group):
    """Open a group of a list; one that is loaded again meanwhile is folded again."""

    def step():
        if "o_group_open" not in (group.get_attribute("class", timeout=SHORT) or ""):
            group.click(timeout=SHORT)
        expect(group).to_contain_class("o_group_open", timeout=SHORT)

    insist(step)


# === Forms ===


def state(page, text):
    """The record has a state."""
    expect(page.locator(".o_arrow_button_current")).to_have_text(re.compile(text))


def press(page, name):
    """Press a button of a form's status bar."""
    page.locator(".o_form_statusbar").get_by_role(
        "button", name=name, exact=True
    ).click()


def save(page):
    """Save a form, and wait until it is saved."""
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_status_indicator_buttons")).to_have_class(
        re.compile("invisible")
    )


def pick(page, field, text):
    """Choose in a field as a person does: when what was typed has been looked up.

    :param field: locator of the field's input
    """
    found = page.locator(".o-autocomplete--dropdown-item", has_text=text)

    def step():
        field.click(timeout=SHORT)
        with page.expect_response(
            lambda answer: (
                "name_search" in answer.url and text in (answer.request.post_data or "")
            ),
            timeout=SHORT,
        ):
            field.fill(text)
        found.first.click(timeout=SHORT)
        expect(page.locator(".o-autocomplete--dropdown-item")).to_have_count(
            0, timeout=SHORT
        )

    insist(step)


def enter_date(field, text):
    """Enter a day; what shows a day becomes an input when it is clicked.

    :param field: locator of the field
    """
    field.locator("input, button").first.click()
    box = field.locator("input").first
    box.fill(text)
    box.press("Tab")


def attach(page, path):
    """Give a dialog a file, and wait until it has read it."""
    page.set_input_files(".modal input[type=file]", path)
    expect(
        page.locator(".modal .o_clear_file_button, .modal .o_attachment")
    ).to_have_count(1)


# === Portal ===


def wait_for_portal(page):
    """The page listens: its scripts come after it."""
    page.wait_for_selector("body[is-ready=true]")


def sign(page, name):
    """Sign the offer that is shown, by mouse."""
    wait_for_portal(page)
    page.locator("a[data-bs-target='#modalaccept']:visible").first.click()
    page.locator(".o_web_sign_name_input").fill(name)
    page.locator(".o_web_sign_draw_button").click()
    canvas = page.locator("canvas.o_web_sign_signature")
    submit = page.locator(".o_portal_sign_submit:enabled")

    def draw():
        # a dialog that still moves has another place afterwards
        canvas.scroll_into_view_if_needed(timeout=SHORT)
        box = canvas.bounding_box()
        left, middle = box["x"], box["y"] + box["height"] / 2
        page.mouse.move(left + 30, middle)
        page.mouse.down()
        for step in range(1, 15):
            rise = 25 if step % 2 else -25
            page.mouse.move(left + 30 + step * 12, middle + rise, steps=3)
        page.mouse.up()
        expect(submit).to_be_visible(timeout=SHORT)

    insist(draw)
    submit.click()
    page.wait_for_url(re.compile("sign_ok"))
