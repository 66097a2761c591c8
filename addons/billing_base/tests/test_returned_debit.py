import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_direct_debit import DirectDebitCase

OWN = "ES5201822782568838821868"
STATUS = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-03-01T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{order}</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>{lot}
</CstmrPmtStsRpt></Document>"""
LOT = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>LOT</OrgnlPmtInfId><TxInfAndSts>
<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt></OrgnlTxRef>
</TxInfAndSts></OrgnlPmtInfAndSts>"""
STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.05{kind}.001.02">
<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T05:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S-{number}</Id><CreDtTm>2026-03-02T05:00:00</CreDtTm>
<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>{entries}</Stmt>
</BkToCstmrStmt></Document>"""
COLLECTED = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Sts>BOOK</Sts><BookgDt><Dt>2026-02-25</Dt></BookgDt>
<NtryDtls><Btch><PmtInfId>{lot}</PmtInfId></Btch></NtryDtls></Ntry>"""
RETURNED = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt><NtryDtls><TxDtls>
<Refs><EndToEndId>{reference}</EndToEndId></Refs>
<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>
<RltdPties><Dbtr><Nm>Ada</Nm></Dbtr></RltdPties>
<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"""
CHARGED = RETURNED.replace(
    '<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>', '<Amt Ccy="EUR">{sum}</Amt><CdtDbtInd>'
).replace("<RltdPties>", "{charges}<RltdPties>")
ALONE = CHARGED.replace(
    '<TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt>',
    '<InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt>',
)
CHARGES = """<Chrgs><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Chrgs>"""


@tagged("post_install", "-at_install")
class TestReturnedDebit(DirectDebitCase):
    """One invoice, collected; what the bank's files say of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "_test_account_reconcile_oca": True}
        )

    def setUp(self):
        super().setUp()
        self.move = self._invoice(self._generate())
        self.payment = self._collected().payment_ids

    def _import(self, content, name="bank.xml"):
        wizard = (
            self.env["account.statement.import"]
            .with_company(self.company)
            .create(
                {
                    "statement_file": base64.b64encode(content.encode()),
                    "statement_filename": name,
                }
            )
        )
        return wizard.import_file_button()

    def _status(self, message="R-1", code="AM04", amount=None, reference=None):
        lot = LOT.format(
            reference=reference or self.payment.memo,
            amount=amount or f"{self.payment.amount:.2f}",
            code=code,
        )
        return STATUS.format(message=message, order="X", group="", lot=lot)

    def _statement(self, *entries, kind=3, number=1):
        content = "".join(
            entry.format(
                amount=f"{self.payment.amount:.2f}",
                sum=f"{self.payment.amount + 3:.2f}",
                charges=CHARGES,
                reference=self.payment.memo,
                lot=self.payment.payment_lot_id.name,
            )
            for entry in entries
        )
        return STATEMENT.format(kind=kind, account=OWN, entries=content, number=number)

    def _debits(self):
        return self.env["billing.returned.debit"].search(
            [("company_id", "=", self.company.id)]
        )

    def _fees(self):
        return self.env["account.move"].search(
            [("returned_payment_id", "=", self.payment.id)]
        )

    def test_refused_debit_reopens_the_invoice_once(self):
        self.assertFalse(self.move.returned_debit_text)
        action = self._import(self._status())
        debit = self._debits()
        self.assertEqual(action["domain"], [("id", "in", debit.ids)])
        self.assertEqual((debit.state, debit.invoice_ids), ("done", self.move))
        self.assertEqual(self.move.amount_residual, self.move.amount_total)
        self.assertIn("Insufficient funds", self.move.returned_debit_text)
        self.assertEqual(self._fees().amount_total, 4.5)
        self.assertEqual(self.mandate.state, "valid")
        # the money never came: nothing waits for an entry of the statement
        self.assertTrue(all(self.payment.move_id.line_ids.mapped("reconciled")))
        with self.assertRaisesRegex(UserError, "imported before"):
            self._import(self._status())
        # another message about the same debit changes nothing
        self._import(self._status(message="R-2"))
        self.assertEqual(self._debits().mapped("state"), ["repeated", "done"])
        self.assertEqual(len(self._fees()), 1)

    def test_reason_ends_the_mandate_and_forgoes_the_fee(self):
        reason = self.env.ref("billing_base.reason_return_closed")
        reason.charges_fee = False
        self._import(self._status(code="AC04"))
        self.assertEqual(self.mandate.state, "cancel")
        self.assertFalse(self._fees())
        self.assertEqual(self.mandate.returned_debit_ids.reason_id, reason)

    def test_what_is_not_certain_is_reviewed(self):
        self._import(self._status(amount="1.00"))
        self._import(self._status(message="R-2", reference="OTHER"))
        self._import(self._status(message="R-3", reference="NOTPROVIDED"))
        self.assertEqual(
            self._debits().sorted("id").mapped("finding"),
            ["amount", "unknown", "unknown"],
        )
        self.assertFalse(self._debits().filtered(lambda row: row.state != "review"))
        self.assertIn(self.move.payment_state, ("in_payment", "paid"))

    def test_a_person_decides(self):
        self._import(self._status(code="???", reference="OTHER"))
        user = new_test_user(
            self.env,
            "collector",
            "billing_base.group_billing_collect,account.group_account_invoice,"
            "account_payment_batch_oca.group_account_payment",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        debit = self._debits().with_user(user)
        with self.assertRaisesRegex(UserError, "choose the payment"):
            debit.action_book()
        with self.assertRaisesRegex(UserError, "only the payment and the reason"):
            debit.state = "done"
        debit.payment_id = self.payment
        debit.action_book()
        self.assertEqual(debit.state, "done")
        self.assertEqual(self.move.payment_state, "not_paid")
        with self.assertRaisesRegex(UserError, "only the payment and the reason"):
            debit.payment_id = False
        self._import(self._status(message="R-2", reference="FOREIGN"))
        foreign = self._debits().filtered(lambda row: row.state == "review")
        foreign.action_dismiss()
        self.assertEqual(foreign.state, "dismissed")

    def test_an_accountant_imports_and_a_collector_decides(self):
        accountant = new_test_user(
            self.env,
            "accountant",
            "account.group_account_user,billing_base.group_billing_viewer",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        debit = (
            self.env["billing.returned.debit"]
            .with_user(accountant)
            .with_company(self.company)
        )
        _message, debits = debit._import(self._status().encode(), "bank.xml")
        self.assertEqual((debits.state, debits.payment_id), ("review", self.payment))
        with self.assertRaises(AccessError):
            debits.action_book()
        self.assertIn(self.move.payment_state, ("in_payment", "paid"))

    def test_an_order_refused_as_a_whole(self):
        self._import(
            STATUS.format(
                message="R-1",
                order=self.payment.payment_order_id.name,
                group="<GrpSts>RJCT</GrpSts>",
                lot="",
            )
        )
        self.assertEqual(self._debits().payment_id, self.payment)
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_statement_with_the_collection_and_its_return(self):
        self._import(self._statement(COLLECTED))
        (collected,) = self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.payment.journal_id.id)]
        )
        self.assertTrue(collected.is_reconciled)
        content = self._statement(RETURNED, number=2)
        self._import(content)
        returned = (
            self.env["account.bank.statement.line"].search(
                [("journal_id", "=", self.payment.journal_id.id)]
            )
            - collected
        )
        self.assertTrue(returned.is_reconciled)
        self.assertTrue(collected.is_reconciled)
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(self.mandate.state, "cancel")
        outstanding = self.method.payment_account_id
        items = self.env["account.move.line"].search(
            [("account_id", "=", outstanding.id), ("parent_state", "=", "posted")]
        )
        self.assertFalse(items.filtered(lambda item: not item.reconciled))
        with self.assertRaisesRegex(UserError, "already imported"):
            self._import(content)
        self.assertEqual(len(self._debits()), 1)

    def test_notification_first_then_the_statement(self):
        self._import(self._statement(RETURNED, kind=4))
        self.assertEqual(self.move.payment_state, "not_paid")
        lines = self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.payment.journal_id.id)]
        )
        self.assertFalse(lines)
        self._import(self._statement(COLLECTED, RETURNED))
        lines = self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.payment.journal_id.id)]
        )
        self.assertEqual(lines.mapped("is_reconciled"), [True, True])
        self.assertEqual(len(self._fees()), 1)

    def test_one_bad_return_keeps_no_other_back(self):
        self.company.billing_return_fee_product_id = False
        self._import(self._status())
        debit = self._debits()
        self.assertEqual((debit.state, debit.finding), ("review", "error"))
        self.assertIn("has no product", debit.problem)
        self.assertIn(self.move.payment_state, ("in_payment", "paid"))

    # === The bank's charges in one sum with the debit ===

    def _lines(self):
        return self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.payment.journal_id.id)], order="id"
        )

    def _by_account(self, line):
        return {item.account_id: item.balance for item in line.move_id.line_ids}

    def test_charges_of_the_bank_are_an_expense(self):
        """156.97 was collected; the bank takes back 159.97, of which 3.00 are its
        charges."""
        self.assertEqual(self.payment.amount, 156.97)
        self._import(self._statement(COLLECTED, CHARGED))
        collected, returned = self._lines()
        self.assertEqual(returned.amount, -159.97)
        self.assertEqual(
            (returned.is_reconciled, collected.is_reconciled), (True, True)
        )
        expense = self.company.expense_account_id
        outstanding = self.method.payment_account_id
        self.assertEqual(
            self._by_account(returned),
            {
                self.payment.journal_id.default_account_id: -159.97,
                outstanding: 156.97,
                expense: 3.0,
            },
        )
        items = self.env["account.move.line"].search(
            [("account_id", "=", outstanding.id), ("parent_state", "=", "posted")]
        )
        self.assertFalse(items.filtered(lambda item: not item.reconciled))
        self.assertEqual(self.move.amount_residual, 156.97)
        # the fee stays what the company entered
        self.assertEqual(self._fees().amount_total, 4.5)
        debit = self._debits()
        self.assertEqual(
            (debit.state, debit.amount, debit.charges), ("done", 156.97, 3)
        )
        # one leads to the other
        self.assertEqual(debit.bank_move_id, returned.move_id)
        self.assertTrue(returned.has_returned_debit)
        self.assertEqual(returned.action_open_returned_debits()["res_id"], debit.id)
        self.assertFalse(collected.has_returned_debit)

    def test_charges_have_an_account_of_their_own_and_customers_may_pay_them(self):
        account = self.company.expense_account_id.copy({"code": "BANKFEE"})
        self.company.write(
            {
                "billing_return_charge_account_id": account.id,
                "billing_return_charges_passed_on": True,
            }
        )
        self._import(self._statement(COLLECTED, CHARGED))
        self.assertEqual(self._by_account(self._lines()[1])[account], 3)
        self.assertEqual(self._fees().amount_total, 7.5)

    def test_without_an_account_of_charges_the_entry_is_reviewed(self):
        self.company.expense_account_id = False
        self._import(self._statement(COLLECTED, CHARGED))
        line = self._lines()[1]
        self.assertFalse(line.is_reconciled)
        self.assertEqual(line.match_finding, "charges")
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_told_before_without_the_charges(self):
        """A notification names the debit alone, the statement the sum."""
        self._import(self._statement(RETURNED, kind=4))
        self.assertEqual(self._debits().charges, 0)
        self._import(self._statement(COLLECTED, CHARGED))
        self.assertEqual(self._lines().mapped("is_reconciled"), [True, True])
        self.assertEqual(len(self._fees()), 1)

    def test_a_person_finds_the_debit_and_the_charges_follow(self):
        """The bank wrote another reference: nothing is certain but the sum."""
        entry = CHARGED.format(
            sum="159.97", amount="159.97", charges="", reference="OTHER"
        )
        self._import(self._statement(COLLECTED, entry))
        line = self._lines()[1]
        self.assertFalse(line.is_reconciled)
        debit = self._debits()
        self.assertEqual((debit.state, debit.amount), ("review", 159.97))
        debit.payment_id = self.payment
        debit.action_book()
        self.assertEqual((debit.amount, debit.charges), (156.97, 3))
        self.assertTrue(line.is_reconciled)
        self.assertEqual(self._by_account(line)[self.company.expense_account_id], 3)

    # === Charges that the bank tells later ===

    def _entry(self, charges=None, alone=False):
        """An entry of the debit with charges in its sum, or of the charges alone.

        :param charges: in euros, such as "3.00"; None: the debit alone
        """
        if charges is None:
            return RETURNED
        told = CHARGES.replace("3.00", charges)
        total = float(charges) + (0 if alone else self.payment.amount)
        entry = ALONE if alone else CHARGED
        return entry.replace("{charges}", told).replace("{sum}", f"{total:.2f}")

    def _pass_on(self):
        self.company.billing_return_charges_passed_on = True

    def _fee_amounts(self):
        return self._fees().sorted("id").mapped("amount_total")

    def _total(self):
        """Charges of the return as the list of returned debits shows them."""
        return self._debits().filtered(lambda row: row.state == "done").charges_total

    def _expenses(self):
        items = self.env["account.move.line"].search(
            [("account_id", "=", self.company.expense_account_id.id)]
        )
        return sum(items.mapped("balance"))

    def _open_under_way(self):
        return self.env["account.move.line"].search(
            [
                ("account_id", "=", self.method.payment_account_id.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        )

    def test_charges_told_later_are_passed_on_by_a_document_of_their_own(self):
        """The notification names 156.97, the statement 156.97 + 3.00."""
        self._pass_on()
        self._import(self._statement(self._entry(), kind=4))
        fee = self._fees()
        self.assertEqual((fee.amount_total, fee.state), (4.5, "posted"))
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        self.assertEqual(self._fee_amounts(), [4.5, 3])
        added = self._fees() - fee
        self.assertEqual(added.state, "posted")
        self.assertEqual(added.returned_charges_id.state, "repeated")
        self.assertEqual(fee.amount_total, 4.5)
        self.assertEqual((self._total(), self._expenses()), (3, 3))
        self.assertEqual(self._lines().mapped("is_reconciled"), [True, True])
        # the bank repeats itself in another message
        self._import(self._statement(self._entry("3.00"), kind=4, number=2))
        self.assertEqual(len(self._debits()), 3)
        self.assertEqual(self._fee_amounts(), [4.5, 3])
        self.assertEqual(self._total(), 3)

    def test_charges_that_both_messages_tell_count_once(self):
        self._pass_on()
        self._import(self._statement(self._entry("3.00"), kind=4))
        self.assertEqual(self._fee_amounts(), [7.5])
        self._import(self._statement(COLLECTED, self._entry("3.00"), number=2))
        self.assertEqual(self._fee_amounts(), [7.5])
        self.assertEqual((self._total(), self._expenses()), (3, 3))

    def test_charges_told_first_and_not_in_the_next_message(self):
        self._pass_on()
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        self._import(self._statement(self._entry(), kind=4, number=2))
        self.assertEqual(self._fee_amounts(), [7.5])
        self.assertEqual((self._total(), self._expenses()), (3, 3))

    def test_higher_charges_in_the_statement_than_announced(self):
        """2.10 announced, 3.00 booked: 0.90 are added."""
        self._pass_on()
        self._import(self._statement(self._entry("2.10"), kind=4))
        self.assertEqual(self._fee_amounts(), [6.6])
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        self.assertEqual(self._fee_amounts(), [6.6, 0.9])
        self.assertEqual((self._total(), self._expenses()), (3, 3))

    def test_charges_booked_without_the_debit_come_on_top(self):
        """3.00 with the debit; 1.25 of the customer's bank days later, told twice."""
        self._pass_on()
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        self._import(self._statement(self._entry("1.25", alone=True), number=2))
        self.assertEqual(self._fee_amounts(), [7.5, 1.25])
        self.assertEqual((self._total(), self._expenses()), (4.25, 4.25))
        self.assertEqual(self._lines().mapped("is_reconciled"), [True] * 3)
        self._import(self._statement(self._entry("1.25", alone=True), kind=4, number=3))
        self.assertEqual(self._fee_amounts(), [7.5, 1.25])
        self.assertEqual(self._total(), 4.25)
        self.assertFalse(self._open_under_way())

    def test_charges_before_their_debit_wait_for_it(self):
        self._pass_on()
        self._import(self._statement(COLLECTED, self._entry("1.25", alone=True)))
        waiting = self._debits()
        self.assertEqual((waiting.state, waiting.finding), ("review", "charges"))
        self.assertEqual((waiting.amount, waiting.charges), (0, 1.25))
        self.assertIn(self.move.payment_state, ("in_payment", "paid"))
        with self.assertRaisesRegex(UserError, "did not come back"):
            waiting.action_book()
        self.assertFalse(self._fees())
        self._import(self._statement(self._entry("3.00"), number=2))
        self.assertEqual(waiting.state, "repeated")
        self.assertEqual(self._fee_amounts(), [7.5, 1.25])
        self.assertEqual((self._total(), self._expenses()), (4.25, 4.25))
        self.assertEqual(self._lines().mapped("is_reconciled"), [True] * 3)

    def test_refused_by_the_bank_and_booked_all_the_same(self):
        """After pain.002 nothing was to come; both entries came, with 3.00."""
        self._pass_on()
        self._import(self._status())
        self.assertFalse(self._open_under_way())
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        self.assertEqual(self._lines().mapped("is_reconciled"), [True, True])
        self.assertFalse(self._open_under_way())
        self.assertEqual(self._fee_amounts(), [4.5, 3])
        self.assertEqual((self._total(), self._expenses()), (3, 3))
        self.assertEqual(self.move.amount_residual, 156.97)

    def test_later_charges_stay_an_expense_where_nothing_is_passed_on(self):
        self._import(self._status())
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        self.assertEqual(self._fee_amounts(), [4.5])
        self.assertEqual((self._total(), self._expenses()), (3, 3))
        # nor where the reason forgoes the fee
        self._pass_on()
        self.env.ref("billing_base.reason_return_funds").charges_fee = False
        self._import(self._statement(self._entry("1.25", alone=True), number=2))
        self.assertEqual(self._fee_amounts(), [4.5])
        self.assertEqual((self._total(), self._expenses()), (4.25, 4.25))

    def test_a_person_says_that_a_smaller_sum_is_charges(self):
        """The bank books 1.25 with the debit's reference and calls it nothing."""
        self._pass_on()
        self._import(self._statement(COLLECTED, self._entry("3.00")))
        small = self._entry("1.25", alone=True).replace(
            CHARGES.replace("3.00", "1.25"), ""
        )
        self._import(self._statement(small.replace("{amount}", "1.25"), number=2))
        debit = self._debits().filtered(lambda row: row.state == "review")
        self.assertEqual(debit.finding, "amount")
        self.assertEqual(self._fee_amounts(), [7.5])
        debit.action_book()
        self.assertEqual((debit.state, debit.charges), ("repeated", 1.25))
        self.assertEqual(self._fee_amounts(), [7.5, 1.25])
        self.assertEqual((self._total(), self._expenses()), (4.25, 4.25))
        self.assertTrue(self._lines()[2].is_reconciled)
