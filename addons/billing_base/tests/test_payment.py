import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCase

ENTRY = """
    <Ntry>
      <Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
      <BookgDt><Dt>2026-02-10</Dt></BookgDt><ValDt><Dt>2026-02-10</Dt></ValDt>
      <AcctSvcrRef>{number}</AcctSvcrRef>
      <NtryDtls><TxDtls>
        <Refs><EndToEndId>{reference}</EndToEndId></Refs>
        <AmtDtls><TxAmt><Amt Ccy="USD">{amount}</Amt></TxAmt></AmtDtls>
        <RltdPties>
          <Dbtr><Nm>{name}</Nm></Dbtr>
          <DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct>
        </RltdPties>
        <RmtInf><Ustrd>{text}</Ustrd></RmtInf>
      </TxDtls></NtryDtls>
    </Ntry>"""
STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt>
  <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-02-11T05:00:00</CreDtTm></GrpHdr>
  <Stmt>
    <Id>S-{number}</Id><CreDtTm>2026-02-11T05:00:00</CreDtTm>
    <Acct><Id><IBAN>{account}</IBAN></Id><Ccy>USD</Ccy></Acct>
    <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">0.00</Amt>
      <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-09</Dt></Dt></Bal>
    <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{total}</Amt>
      <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-10</Dt></Dt></Bal>{entries}
  </Stmt>
</BkToCstmrStmt>
</Document>"""
OWN = "BG80BNBG96611020345678"
THEIRS = "BG18RZBB91550123456789"


@tagged("post_install", "-at_install")
class TestPayment(BillingCase):
    """An invoice of 156.97 for January; statements as the bank sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "_test_account_reconcile_oca": True}
        )
        cls.customer = cls.agreement.partner_id
        cls.other = cls._create_agreement("A2", 30)
        moves = cls.env["billing.invoicer"]._create_invoices(
            cls.env["billing.generator"]._generate(
                cls.agreement | cls.other, cls.january
            )
        )
        cls.env["billing.invoicer"]._post(moves)
        cls.move = moves.filtered(lambda m: m.partner_id == cls.customer)
        cls.move2 = moves - cls.move
        cls.journal = cls.company_data["default_journal_bank"]
        cls.journal.bank_account_id = cls.env["res.partner.bank"].create(
            {
                "acc_number": OWN,
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.env["res.partner.bank"].create(
            {"acc_number": THEIRS, "partner_id": cls.customer.id}
        )

    def _import(self, *payments, number=1):
        """Import a statement of ``(amount, reference, text, iban)``.

        :return: its lines, in this order
        """
        entries = "".join(
            ENTRY.format(
                amount=amount,
                reference=reference,
                text=text,
                iban=iban,
                name="Payer",
                number=f"{number}-{index}",
            )
            for index, (amount, reference, text, iban) in enumerate(payments)
        )
        content = STATEMENT.format(
            entries=entries,
            account=OWN,
            number=number,
            total=f"{sum(float(amount) for amount, *_rest in payments):.2f}",
        )
        result = (
            self.env["account.statement.import"]
            .with_company(self.company)
            .create(
                {
                    "statement_file": base64.b64encode(content.encode()),
                    "statement_filename": f"camt-{number}.xml",
                }
            )
            ._import_file()
        )
        statement = self.env["account.bank.statement"].browse(result["statement_ids"])
        return statement.line_ids.sorted("id")

    def test_the_reference_pays_the_invoice(self):
        (line,) = self._import(("156.97", self.move.payment_reference, "bill", "XX00"))
        self.assertTrue(line.is_reconciled)
        self.assertIn(self.move.payment_state, ("paid", "in_payment"))
        self.assertFalse(self.move.amount_residual)

    def test_the_number_in_the_text_is_enough(self):
        number = self.move.name.replace("/", " ").lower()
        (line,) = self._import(("100.00", "NOTPROVIDED", f"bill {number}", "XX00"))
        self.assertTrue(line.is_reconciled)
        self.assertEqual(self.move.amount_residual, 56.97)

    def test_what_is_overpaid_stays_with_the_customer(self):
        (line,) = self._import(("160.00", self.move.name, "bill", "XX00"))
        self.assertTrue(line.is_reconciled)
        credit = line.move_id.line_ids.filtered(
            lambda item: (
                item.account_type == "asset_receivable" and item.amount_residual
            )
        )
        self.assertEqual(credit.amount_residual, -3.03)
        self.assertEqual(credit.partner_id, self.customer)
        debt = self.env["billing.debt"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(debt.mapped("amount_open"), [-3.03])

    def test_two_invoices_of_two_customers_in_one_sum(self):
        total = self.move.amount_total + self.move2.amount_total
        text = f"{self.move.name} {self.move2.name}"
        (line,) = self._import((f"{total:.2f}", "", text, "XX00"))
        self.assertTrue(line.is_reconciled)
        self.assertFalse((self.move | self.move2).filtered("amount_residual"))

    def test_a_known_account_and_the_amount(self):
        (line,) = self._import(("156.97", "", "electricity", THEIRS))
        self.assertTrue(line.is_reconciled)
        self.assertFalse(self.move.amount_residual)

    def test_the_rest_is_reviewed_with_the_reason(self):
        total = self.move.amount_total + self.move2.amount_total
        lines = self._import(
            ("10.00", "", "gift 1", "XX00"),
            ("11.11", "", "electricity", THEIRS),
            (f"{total - 1:.2f}", "", f"{self.move.name} {self.move2.name}", "XX00"),
        )
        self.assertEqual(
            lines.mapped("match_finding"), ["unknown", "amount", "several"]
        )
        self.assertFalse(any(lines.mapped("is_reconciled")))
        self.assertEqual(self.move.amount_residual, 156.97)
        action = self.env.ref("billing_base.account_bank_statement_line_action")
        self.env[action.res_model].search([("is_reconciled", "=", False)])

    def test_a_statement_is_imported_once(self):
        payment = ("156.97", self.move.payment_reference, "bill", "XX00")
        self._import(payment)
        with self.assertRaisesRegex(UserError, "already imported"):
            self._import(payment)
        self.assertFalse(self.move.amount_residual)

    def test_a_second_payment_of_the_same_invoice(self):
        paid = ("156.97", self.move.payment_reference, "bill", "XX00")
        first, second = self._import(paid, paid)
        self.assertTrue(first.is_reconciled)
        self.assertFalse(second.is_reconciled)
        self.assertEqual(second.match_finding, "unknown")

    def test_money_that_goes_out_is_not_matched_here(self):
        content = STATEMENT.format(
            entries=ENTRY.format(
                amount="156.97",
                reference=self.move.name,
                text="bill",
                iban="XX00",
                name="Payer",
                number="9",
            ).replace("CRDT", "DBIT", 1),
            account=OWN,
            number=9,
            total="156.97",
        )
        self.env["account.statement.import"].with_company(self.company).create(
            {
                "statement_file": base64.b64encode(content.encode()),
                "statement_filename": "out.xml",
            }
        )._import_file()
        self.assertEqual(self.move.amount_residual, 156.97)
