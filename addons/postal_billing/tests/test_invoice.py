import psycopg2

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestInvoice(PostalCase):
    """10 letters at Podgorica (6.00), 20 at Budva (12.00), all with 21 % VAT."""

    def setUp(self):
        super().setUp()
        self.first = self._letters(10)
        self.second = self._letters(20, cost_centre_id=self.centre_b.id)
        self.both = self.first | self.second

    def _run(self):
        run = self.env["billing.run"].create(
            {"period_id": self.january.id, "last_step": "post"}
        )
        run.action_start()
        return run

    def test_one_consolidated_invoice_over_cost_centres(self):
        self.both.action_invoice()
        invoice = self.both.invoice_ids
        self.assertEqual(len(invoice), 1)
        self.assertEqual(
            (invoice.amount_untaxed, invoice.amount_tax, invoice.amount_total),
            (18.0, 3.78, 21.78),
        )
        sections = invoice.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertEqual(len(sections), 2)
        self.assertIn("Podgorica", sections[0].name)
        self.assertTrue(invoice.is_consolidated)
        self.assertEqual(set(self.both.mapped("state")), {"invoiced"})

    def test_revenue_and_its_credit_belong_to_the_cost_centre(self):
        self.both.action_invoice()
        self.assertEqual(
            {
                line.analytic_distribution and tuple(line.analytic_distribution)
                for line in self.both.invoice_ids.invoice_line_ids.filtered("tax_ids")
            },
            {(str(self.centre_a.id),), (str(self.centre_b.id),)},
        )
        self.assertEqual(self._by_centre(), {self.centre_a: 6.0, self.centre_b: 12.0})
        self.first.segment_ids._cancel(self.reason)
        self.first.segment_ids.action_complete_cancellation()
        self.assertEqual(self._by_centre(), {self.centre_a: 0.0, self.centre_b: 12.0})

    def test_analytic_lines_in_bulk_are_those_of_odoo(self):
        self.both.action_invoice()
        lines = self.both.invoice_ids.invoice_line_ids.filtered("tax_ids")
        ours = self._analytic_rows(lines)
        self.assertEqual(len(ours), 2)
        lines.analytic_line_ids.with_context(skip_analytic_sync=True).unlink()
        lines._create_analytic_lines()
        self.assertEqual(self._analytic_rows(lines), ours)

    def _analytic_rows(self, lines):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT to_jsonb(t) - 'id' - 'create_date' - 'write_date'"
                " FROM account_analytic_line t WHERE move_line_id IN %s"
                " ORDER BY move_line_id",
                lines._ids,
            )
        )

    def _by_centre(self):
        column = self.plan._column_name()
        return dict(
            self.env["account.analytic.line"]._read_group(
                [(column, "in", (self.centre_a | self.centre_b).ids)],
                [column],
                ["amount:sum"],
            )
        )

    def test_one_invoice_per_cost_centre_by_profile(self):
        self.profile.grouping = "cost_centre"
        self.both.action_invoice()
        self.assertEqual(self.first.invoice_ids.amount_untaxed, 6.0)
        self.assertEqual(self.second.invoice_ids.amount_untaxed, 12.0)

    def test_consolidated_is_the_sum_of_individual_ones(self):
        """Taxed and exempt services of two centres, to the cent and by tax."""
        self.profile.grouping = "cost_centre"
        extra = self._partner("Ministry", "MIN", kinds=["on_account"])
        separate = self._mixed(self.bank.id)
        consolidated = self._mixed(extra.id)
        separate.action_invoice()
        self.env["billing.profile"].flush_model()
        self.profile.grouping = "account"
        consolidated.action_invoice()
        self.assertEqual(len(separate.invoice_ids), 2)
        self.assertEqual(len(consolidated.invoice_ids), 1)
        self.assertEqual(self._by_tax(separate), self._by_tax(consolidated))

    def _mixed(self, partner_id):
        (self.both if partner_id == self.bank.id else self.both.browse()).unlink()
        return self.env["postal.specification"].union(
            *(
                self._specification(
                    (self.letter, {"quantity": quantity, "weight": 50}),
                    (self.registered, {"quantity": 3}),
                    (self.per_cheque, {"quantity": 7}),
                    cost_centre_id=centre.id,
                    partner_id=partner_id,
                )
                for quantity, centre in ((10, self.centre_a), (20, self.centre_b))
            )
        )

    def _by_tax(self, specifications):
        sums = {}
        for line in specifications.invoice_ids.invoice_line_ids.filtered("tax_ids"):
            sums[line.tax_ids] = round(
                sums.get(line.tax_ids, 0) + line.price_subtotal, 2
            )
        return sums

    def test_the_months_run_takes_what_is_checked(self):
        self.first.action_check()
        run = self._run()
        self.assertEqual(run.state, "done")
        self.assertEqual(self.first.state, "invoiced")
        self.assertEqual(self.second.state, "draft")
        self.assertFalse(self.second.segment_ids)

    def test_nothing_is_billed_twice(self):
        self.both.action_invoice()
        with self.assertRaisesRegex(UserError, "Nothing to invoice"):
            self.both.action_invoice()
        self._run()
        self.assertEqual(len(self.both.segment_ids), 2)
        self.assertEqual(len(self.both.invoice_ids), 1)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_segment(self):
        self.first.action_check()
        segment = self.first._make_segments()
        self.env.flush_all()
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            segment.sudo().copy({"source_key": segment.source_key, "state": "ready"})
            self.env.flush_all()

    def test_a_second_check_makes_nothing_anew(self):
        self.first.action_check()
        segment = self.first._make_segments()
        self.assertFalse(self.first._make_segments())
        self.assertEqual(self.first.segment_ids, segment)

    def test_checked_entries_are_locked_until_reopened(self):
        self.first.action_check()
        with self.assertRaisesRegex(UserError, "Reopen"):
            self.first.line_ids.quantity = 11
        with self.assertRaisesRegex(UserError, "Reopen"):
            self.first.line_ids = [
                Command.create({"item_id": self.registered.id, "quantity": 1})
            ]
        self.first._make_segments()
        self.first.action_reopen()
        self.first.line_ids.quantity = 11
        self.first.action_invoice()
        self.assertEqual(self.first.invoice_ids.amount_untaxed, 6.60)

    def test_an_invoiced_one_is_not_reopened(self):
        self.first.action_invoice()
        with self.assertRaisesRegex(UserError, "Cancel its segment"):
            self.first.action_reopen()

    def test_taken_back_corrected_and_billed_again(self):
        self.first.action_invoice()
        segment = self.first.segment_ids
        segment._cancel(self.reason)
        segment.action_complete_cancellation()
        self.assertEqual(self.first.state, "checked")
        self.first.action_reopen()
        self.first.line_ids.quantity = 8
        self.first.action_invoice()
        amounts = sorted(self.first.invoice_ids.mapped("amount_untaxed_signed"))
        self.assertEqual(amounts, [-6.0, 4.80, 6.0])

    def test_a_closed_period_takes_nothing_more(self):
        self.first.action_check()
        self.january.action_close()
        for specifications in (self.first, self.second):
            with self.assertRaisesRegex(UserError, "closed"):
                specifications.action_invoice()

    def test_pro_forma_has_its_own_number_and_becomes_the_invoice(self):
        self.first.action_make_draft()
        move = self.first.invoice_ids
        self.assertEqual(move.state, "draft")
        number = move.proforma_number
        self.assertTrue(number.startswith("PRO/"))
        move.action_make_proforma()
        self.assertEqual(move.proforma_number, number)
        self.env["billing.invoicer"]._post(move)
        self.assertNotEqual(move.name, number)
        self.assertEqual(move.proforma_number, number)
        self.assertEqual(self.first.state, "invoiced")
        with self.assertRaisesRegex(UserError, "before the invoice is posted"):
            move.action_make_proforma()

    def _pay(self, amount, text, day="2026-02-10"):
        """A payment of a bank statement, as its import stores it."""
        return (
            self.env["account.bank.statement.line"]
            .with_context(_test_account_reconcile_oca=True)
            .create(
                {
                    "journal_id": self.company_data["default_journal_bank"].id,
                    "date": day,
                    "amount": amount,
                    "payment_ref": text,
                }
            )
        )

    def test_a_bank_statement_pays_a_pro_forma(self):
        """6.00 and 21 % of it. The letters went in January: their tax stays there."""
        self.first.action_make_draft()
        move = self.first.invoice_ids
        number, supplied = move.proforma_number, move.invoice_date
        move.partner_bank_id = self.env["res.partner.bank"].create(
            {
                "acc_number": "ME25505000012345678951",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        (paper,) = move._prepare_billing_documents(proforma=True)
        self.assertEqual(paper.payment.reference, number)
        short = self._pay(7.25, number)
        self.assertEqual((short.match_finding, move.state), ("short", "draft"))
        line = self._pay(7.26, f"pay {number.lower().replace('/', ' ')}")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(
            (move.state, move.amount_residual, move.proforma_number),
            ("posted", 0, number),
        )
        self.assertEqual(str(move.invoice_date), "2026-02-10")
        self.assertEqual(move.taxable_supply_date, supplied)
        self.assertEqual(self.first.state, "invoiced")
        again = self._pay(7.26, number)
        self.assertEqual(again.match_finding, "unknown")

    def test_the_number_of_the_pro_forma_pays_its_invoice_too(self):
        self.first.action_make_draft()
        move = self.first.invoice_ids
        self.env["billing.invoicer"]._post(move)
        line = self._pay(7.26, move.proforma_number)
        self.assertTrue(line.is_reconciled)
        self.assertFalse(move.amount_residual)

    def test_paid_before_the_service_it_is_taxed_then(self):
        self.first.action_make_draft()
        move = self.first.invoice_ids
        line = self._pay(7.26, move.proforma_number, day="2026-01-05")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(str(move.taxable_supply_date), "2026-01-05")

    def test_what_is_printed_bears_the_numbers(self):
        self.first.reference = "LIST 7"
        self.both.action_make_draft()
        move = self.both.invoice_ids
        (paper,) = move._prepare_billing_documents(proforma=True)
        self.assertEqual((paper.kind, paper.number), ("proforma", move.proforma_number))
        self.env["billing.invoicer"]._post(move)
        (paper,) = move._prepare_billing_documents()
        self.assertEqual((paper.kind, paper.number), ("invoice", move.name))
        facts = {fact.label: fact.value for fact in paper.facts}
        self.assertEqual(facts["Pro-forma"], move.proforma_number)
        self.assertEqual(facts["Posting lists"], "LIST 7")
        # a section for each cost centre, and its part of the annex
        titles = [section.title for section in paper.sections]
        self.assertTrue(all(map(str.startswith, titles, ("[PG]", "[BD]"))), titles)
        self.assertEqual(
            {part.title for part in paper.statement},
            {title.partition(", 0")[0] for title in titles},
        )

    def test_direct_sale_at_the_counter(self):
        sale = self._specification((self.registered, {"quantity": 2}), kind="direct")
        sale.action_invoice()
        self.assertEqual(sale.invoice_ids.amount_total, 2.90)  # 2.40 + 21 %

    def test_who_buys_at_the_counter_needs_no_contract_before(self):
        self.types["direct"].tariff_ids = self.tariff
        stranger = self.env["res.partner"].create({"name": "Walk-In"})
        for _repeat in range(2):
            sale = self._specification(
                (self.registered, {"quantity": 2}),
                kind="direct",
                partner_id=stranger.id,
            )
            sale.action_invoice()
            self.assertEqual(sale.invoice_ids.partner_id, stranger)
            self.assertEqual(sale.invoice_ids.amount_untaxed, 2.40)
        self.assertEqual(len(stranger.billing_account_ids.agreement_ids), 1)

    def test_who_gives_no_name_is_the_counter_customer(self):
        anyone = self.env["res.partner"].create({"name": "Counter"})
        self.types["direct"].write(
            {"tariff_ids": self.tariff, "counter_partner_id": anyone.id}
        )
        entry = Command.create({"item_id": self.registered.id, "quantity": 1})
        sales = (
            self.env["postal.specification"]
            .with_context(default_kind="direct")
            .create(
                [
                    {
                        "period_id": self.january.id,
                        "cost_centre_id": self.centre_a.id,
                        "line_ids": [entry],
                    }
                    for _repeat in range(2)
                ]
            )
        )
        self.assertEqual(sales.partner_id, anyone)
        sales.action_check()
        self.assertEqual(len(sales.agreement_id), 1)
        self.assertEqual(sales.agreement_id.partner_id, anyone)

    def test_hybrid_mail_by_the_job(self):
        """100 letters of 3 pages, one insert, both sides: 5 + 2 × 5 + 5 = 20 g."""
        job = self._specification(kind="hybrid")
        job.mailing_ids = [
            Command.create({"name": "Bills", "pieces": 100, "pages": 3, "inserts": 1})
        ]
        self.assertEqual(job.mailing_ids.weight, 20)
        self.assertEqual(
            {line.item_id.hybrid_part: line.amount for line in job.line_ids},
            # 300 pages × 0.05, 100 × 0.02, 100 × 0.04, 100 × 0.50
            {"print": 15.0, "insert": 2.0, "envelope": 4.0, "postage": 50.0},
        )
        job.mailing_ids.write({"is_colour": True, "is_duplex": False})
        self.assertEqual(
            {line.item_id.hybrid_part: line.amount for line in job.line_ids},
            # 25 g now: the step of 100 g
            {"colour": 30.0, "insert": 2.0, "envelope": 4.0, "postage": 70.0},
        )

    def test_a_partner_without_contract_is_told(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        specification = self._letters(partner_id=stranger.id)
        with self.assertRaisesRegex(UserError, "Stranger has no agreement"):
            specification.action_check()

    def test_two_drafts_of_the_same_are_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self._letters()
