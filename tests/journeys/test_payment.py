"""Files of the bank: bills are paid, the rest is reviewed; debits come back."""

import re

from playwright.sync_api import expect
from screens import attach, pick, state

#: Customers of the clerk's company but him whose month in the portal is test_portal's.
OF_OTHERS = """company_id = (SELECT company_id FROM res_users WHERE login = 'clerk')
   AND commercial_partner_id <> (SELECT partner_id FROM res_users
                                  WHERE login = 'portal')"""
STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>J1</MsgId><CreDtTm>2026-02-11T05:00:00</CreDtTm></GrpHdr>
<Stmt><Id>2026-042</Id><CreDtTm>2026-02-11T05:00:00</CreDtTm>
<Acct><Id><IBAN>BG80BNBG96611020345678</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-10</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{total}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-10</Dt></Dt></Bal>{entries}
</Stmt></BkToCstmrStmt></Document>"""
ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Sts>BOOK</Sts><BookgDt><Dt>2026-02-10</Dt></BookgDt><ValDt><Dt>2026-02-10</Dt></ValDt>
<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>
<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def test_from_a_bank_statement_to_paid_bills(login, sql, tmp_path):
    bills = sql(
        "SELECT id, payment_reference, amount_total::text FROM account_move"
        " WHERE move_type = 'out_invoice' AND state = 'posted' AND amount_residual > 0"
        f"   AND {OF_OTHERS}"
        " ORDER BY id LIMIT 3"
    )
    paid = [(amount, reference, "electricity") for _id, reference, amount in bills]
    payments = [*paid, ("1.23", "NOTPROVIDED", "a gift of a neighbour")]
    file = tmp_path / "statement.xml"
    file.write_text(
        STATEMENT.format(
            total=f"{sum(float(amount) for amount, *_rest in payments):.2f}",
            entries="".join(
                ENTRY.format(amount=amount, reference=reference, text=text)
                for amount, reference, text in payments
            ),
        )
    )
    page = login(
        "manager",
        path="/odoo/action-account_statement_import_file.account_statement_import_action",
    )
    page.wait_for_selector(".modal")
    attach(page, file)
    page.locator(".modal").get_by_role("button", name="Import and View").click()
    expect(page.locator(".modal")).to_have_count(0)

    states = sql(
        "SELECT DISTINCT payment_state, amount_residual::float FROM account_move"
        " WHERE id = ANY(%s)",
        [move_id for move_id, *_rest in bills],
    )
    assert {residual for _state, residual in states} == {0}
    assert {state for state, _residual in states} <= {"paid", "in_payment"}

    # what is left says why
    page.goto("/odoo/action-billing_base.account_bank_statement_line_action")
    expect(page.locator(".o_account_reconcile_oca")).to_contain_text("a gift of a")
    page.locator(".o_switch_view.o_list").click()
    expect(page.locator(".o_data_row")).to_have_count(1)
    expect(page.locator(".o_data_row")).to_contain_text("No reference")


RETURNED = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">
<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N1</MsgId></GrpHdr><Ntfctn><Id>N-1</Id>
<Ntry><Amt Ccy="EUR">{total}</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<BookgDt><Dt>2026-02-12</Dt></BookgDt><NtryDtls><TxDtls>
<Refs><EndToEndId>SOMETHING-ELSE</EndToEndId></Refs>
<RltdPties><Dbtr><Pty><Nm>Who Pays</Nm></Pty></Dbtr></RltdPties>
<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


def test_a_debit_that_came_back_opens_the_bill_again(login, sql, tmp_path):
    """The bank names no reference of ours, and books 3.00 of charges with it."""
    ((move_id, total),) = sql(
        "SELECT id, amount_total FROM account_move"
        " WHERE move_type = 'out_invoice' AND state = 'posted'"
        "   AND amount_residual = amount_total AND amount_total > 100"
        f"   AND {OF_OTHERS}"
        " ORDER BY id DESC LIMIT 1"
    )
    page = login(
        "manager", path=f"/odoo/action-billing_base.account_move_action/{move_id}"
    )
    page.get_by_role("button", name="Pay", exact=True).first.click()
    page.locator(".modal").get_by_role("button", name="Create Payment").click()
    expect(page.locator(".modal")).to_have_count(0)
    paid = "SELECT payment_state FROM account_move WHERE id = %s"
    assert sql(paid, move_id)[0][0] in ("paid", "in_payment")
    ((payment,),) = sql("SELECT name FROM account_payment ORDER BY id DESC LIMIT 1")

    file = tmp_path / "returned.xml"
    file.write_text(RETURNED.format(total=total + 3))
    page.goto(
        "/odoo/action-account_statement_import_file.account_statement_import_action"
    )
    page.wait_for_selector(".modal")
    attach(page, file)
    page.locator(".modal").get_by_role("button", name="Import and View").click()
    row = page.locator(".o_data_row", has_text="SOMETHING-ELSE")
    expect(row).to_contain_text("No direct debit has this reference")
    row.locator("[name=reference]").click()
    field = page.locator("[name=payment_id] input")
    pick(page, field, payment)
    expect(field).to_have_value(re.compile(re.escape(payment)))
    page.get_by_role("button", name="Reopen the Invoices").click()
    state(page, "Booked")
    expect(page.locator("[name=charges]")).to_contain_text("3.00")

    page.goto(f"/odoo/action-billing_base.account_move_action/{move_id}")
    expect(page.locator(".alert", has_text="returned on")).to_be_visible()
    assert sql(paid, move_id) == [("not_paid",)]

    # a click away the customer, in whose file it is in sight
    page.locator(".o_field_widget[name=partner_id] a.o_form_uri").first.click()
    returned = page.locator(
        ".o-form-buttonbox [name=action_view_billing_returned_debits]"
    )
    expect(returned).to_contain_text("Returned Debits")
    returned.click()
    expect(page.locator(".o_data_row", has_text="SOMETHING-ELSE")).to_contain_text(
        "Booked"
    )
