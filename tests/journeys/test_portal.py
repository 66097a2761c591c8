"""A customer's month in the portal, and a broker's, at a desk and on a phone.

`portal` is the customer with the hotel of the demo, `broker` brought him. Each page is
judged by axe-core, which must find nothing serious, and must not be wider than a phone.
"""

import io
import mailbox
import os
import re
from pathlib import Path
from time import monotonic, sleep

import pypdf
import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from screens import LONG, wait_for_portal

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1400, "height": 900}
AXE = Path(os.environ["NODE_MODULES"]) / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).parents[2] / ".artifacts" / "portal"


@pytest.fixture
def look(login):
    """Function ``look(user)`` → his page, and ``judge(name)`` for what it shows at the
    moment.

    All pages are judged before the test fails, so that it tells of each.
    """
    errors = []

    def _look(user):
        page = login(user, path="/my")

        def judge(name):
            errors.extend(f"{page.url}: {finding}" for finding in _judge(page, name))

        return page, judge

    yield _look
    assert not errors, "\n".join(errors)


def _judge(page, name):
    """Serious findings of axe-core, and what is wider than the screen; takes a
    picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    wait_for_portal(page)
    page.evaluate(AXE.read_text())
    yield from page.evaluate(
        """async () => (await axe.run({
            include: ["#wrap"],
            // Odoo's mark of a payment provider in test mode
            exclude: ['[aria-label="Test mode"]'],
        }, { resultTypes: ["violations"] })).violations
        .filter(v => ["serious", "critical"].includes(v.impact))
        .map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html).join(" | "))"""
    )
    for width, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        yield from page.evaluate(
            """name => [...document.querySelectorAll('#wrap *')]
            .filter(e => e.checkVisibility() && !e.closest('.table-responsive')
                && e.getBoundingClientRect().right > innerWidth + 1)
            .map(e => name + ": " + e.outerHTML.slice(0, 120)).slice(0, 5)""",
            f"wider than a {width}",
        )
    page.set_viewport_size(DESK)


def _digits(text):
    """A text without what stands between the digits of an amount."""
    return re.sub(r"[\s.,\u00a0\u202f]", "", text)


def _wait_for_mail(server, known, address):
    """The mail with documents that came for somebody since ``known`` keys of the
    server's Maildir."""
    box = mailbox.Maildir(server.mail / "new-mail", create=False)
    deadline = monotonic() + LONG
    while monotonic() < deadline:
        for key in sorted(set(box.keys()) - known):
            mail = box[key]
            is_text = mail.get_content_type().startswith("text/")
            if not is_text and address in (mail["To"] or ""):
                return mail
        sleep(0.5)
    raise AssertionError(f"no mail to {address} in {server.mail} within {LONG} s")


def test_a_bill_is_sent_and_the_same_is_in_the_portal(login, server, sql):
    ((move_id, name, total),) = sql(
        "SELECT m.id, m.name, m.amount_total::numeric(16, 2)::text FROM account_move m"
        "  JOIN res_users u ON u.login = 'portal'"
        "   AND u.partner_id = m.commercial_partner_id"
        " WHERE m.move_type = 'out_invoice' AND m.state = 'posted'"
        " ORDER BY m.id LIMIT 1"
    )
    page = login(
        "manager", path=f"/odoo/action-billing_base.account_move_action/{move_id}"
    )
    known = set(mailbox.Maildir(server.mail / "new-mail").keys())
    page.get_by_role("button", name="Send", exact=True).first.click()
    dialog = page.locator(".modal")
    expect(dialog.locator("[name=mail_attachments_widget]").first).to_contain_text(
        f"{name.replace('/', '_')}.pdf"
    )
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".ribbon", has_text="Sent").first).to_be_visible()

    mail = _wait_for_mail(server, known, "hotel@example.com")
    (sent,) = [
        part.get_payload(decode=True)
        for part in mail.walk()
        if part.get_content_type() == "application/pdf"
    ]
    customer = login("portal", path=f"/my/invoices/{move_id}")
    with customer.expect_download() as download:
        customer.locator("a.o_download_btn:visible").first.click()
    content = Path(download.value.path()).read_bytes()
    assert content == sent
    document = pypdf.PdfReader(io.BytesIO(content))
    text = "\n".join(part.extract_text() for part in document.pages)
    assert name in text
    assert _digits(total) in _digits(text)


def test_a_customer_looks_pays_reads_and_asks(look, sql):
    page, judge = look("portal")
    expect(page.locator(".o_billing_summary")).to_contain_text("Last bill")
    expect(page.locator(".o_portal_doc_spinner")).to_have_count(0)
    judge("home")

    page.get_by_role("link", name="Open the bill").click()
    expect(page.frame_locator("#invoice_html").locator("main")).to_contain_text("Total")
    judge("bill")
    page.get_by_role("link", name="How was this calculated?").click()
    expect(page.locator("h1")).to_contain_text("was calculated")
    expect(page.locator(".o_billing_calculation").first).to_contain_text("kWh")
    judge("calculation")
    page.go_back()
    page.get_by_role("link", name="Why did my bill change?").click()
    expect(page.locator("h1")).to_contain_text("differs")
    judge("comparison")

    page.goto("/my/consumption")
    chart = page.locator(".o_energy_consumption_chart canvas")
    expect(chart).to_be_visible()
    judge("consumption")
    # by keyboard alone: the form is reached and sent
    page.get_by_label("By", exact=True).select_option("day")
    page.get_by_label("Compare with last year").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="A year before")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) in range(29, 33), lines[:2]

    page.goto("/my/readings")
    meter = page.locator("section", has_text="W45102707")
    expect(meter).to_contain_text("Last reading: 46,053")
    judge("readings")
    meter.get_by_label("Read on").fill("2026-02-28")
    meter.get_by_label("Active energy, day").fill("46052")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("which is more")
    meter.get_by_label("Active energy, day").fill("47201")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("stored")
    assert sql("SELECT value::int FROM energy_reading WHERE told_by_id > 0") == [
        (47201,)
    ]

    page.goto("/my/contracts")
    page.locator(".tr_contract_link").first.click()
    expect(page.locator(".o_billing_agreements")).to_be_visible()
    judge("contract")

    page.goto("/my/settings")
    page.get_by_label("E-mail address for bills").first.fill("bills@example.com")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status")).to_contain_text("stored")
    assert sql("SELECT 1 FROM res_partner WHERE email = 'bills@example.com'")
    judge("settings")

    page.goto("/my/users")
    expect(page.locator("h1")).to_contain_text("Users")
    judge("users")

    page.goto("/my/invoices/pay")
    expect(page.locator("h1")).to_contain_text("Pay all open bills")
    judge("pay")
    page.locator("#customer_input:visible").fill("1111 2222 3333 4444")
    page.locator("button[name=o_payment_submit_button]:visible").click()
    page.wait_for_url("**/payment/status**")
    page.wait_for_url("**/my/invoices")
    assert sql(
        "SELECT DISTINCT m.payment_state IN ('paid', 'in_payment')"
        "  FROM account_move m JOIN res_users u ON u.login = 'portal'"
        "   AND u.partner_id = m.commercial_partner_id"
        " WHERE m.move_type = 'out_invoice' AND m.state = 'posted'"
    ) == [(True,)]


def test_a_broker_sees_what_he_earned_and_by_whom(look, sql):
    own, other = sql(
        "SELECT s.id, s.name, array_agg(DISTINCT c.name), count(*),"
        "       sum(l.amount)::numeric(16, 2)"
        "  FROM billing_broker_statement s"
        "  JOIN billing_broker_line l ON l.statement_id = s.id"
        "  JOIN res_partner c ON c.id = l.customer_id"
        "  LEFT JOIN res_users u ON u.partner_id = s.partner_id AND u.login = 'broker'"
        " WHERE s.state = 'confirmed' GROUP BY s.id, u.id ORDER BY u.id NULLS LAST"
    )
    page, judge = look("broker")
    page.get_by_role("link", name="Commissions").click()
    expect(page.locator("h1")).to_have_text("Commissions")
    main = page.locator("#wrap")
    expect(main).not_to_contain_text(other[1])
    judge("commissions")

    statement, name, customers, count, total = own
    page.get_by_role("link", name=name).click()
    expect(page.locator("h1")).to_have_text(name)
    for customer in customers:
        expect(main).to_contain_text(customer)
    for customer in other[2]:
        expect(main).not_to_contain_text(customer)
    assert str(total) in main.inner_text().replace(",", "")
    judge("commission")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download for Excel").click()
    book = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    _head, *rows = book.active.values
    assert len(rows) == count
    assert {row[1] for row in rows} == set(customers)
    assert round(sum(row[7] for row in rows), 2) == float(total)

    page.goto(f"/my/commissions/{other[0]}")
    expect(page).to_have_url(re.compile(r"/my$"))
    answer = page.request.get(f"/my/commissions/{other[0]}/xlsx")
    assert answer.status == 404
    page.goto(f"/my/commissions/{statement}")
    expect(page.locator("h1")).to_have_text(name)
