"""Nobody gets past the invariants of the design, by whichever door.

Each role tries over the wire what its screens don't offer; the database itself refuses
what no program may do. What somebody does on purpose is in the chatter.
"""

from xmlrpc.client import Fault

import psycopg2

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import BillingCase

ROLES = ("viewer", "clerk", "manager", "admin")


class RolesCase(BillingCase):
    """A frozen segment of one customer, one with an error of another, one ready."""

    def setUp(self):
        super().setUp()
        self.bad = self._create_agreement("BAD", 10)
        self.bad.term_ids.date_start = "2026-01-11"
        self.good = self._create_agreement("GOOD", 20)
        segments = self._generate(self.agreement | self.bad | self.good)
        self.frozen, self.error, self.ready = (
            segments.filtered(lambda s, a=agreement: s.agreement_id == a)
            for agreement in (self.agreement, self.bad, self.good)
        )
        self.invoice = self._invoice(self.frozen)
        self.assertEqual(
            (self.frozen.state, self.error.state, self.ready.state),
            ("frozen", "error", "ready"),
        )
        self.run_ = self.env["billing.run"].create({"period_id": self.january.id})
        self.run_.action_start()
        self.february.action_close()

    def _get_truth(self):
        """Everything the attacks are after."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = []
        for query in (
            "SELECT id, state, amount, quantity, snapshot_hash, invoice_id, is_stale,"
            " worst_check FROM billing_segment ORDER BY id",
            "SELECT id, segment_id, amount, quantity, charge_move_line_id,"
            " reversal_move_line_id FROM billing_segment_line ORDER BY id",
            "SELECT id, waived_by_id, level FROM billing_check_result ORDER BY id",
            "SELECT id, state, is_active FROM billing_period ORDER BY id",
            "SELECT id, state, name, amount_total FROM account_move ORDER BY id",
            "SELECT id, state FROM billing_run_piece ORDER BY id",
            "SELECT id, amount FROM billing_agreement_period ORDER BY id",
        ):
            self.env.cr.execute(query)
            found.append(self.env.cr.fetchall())
        return found


@tagged("post_install", "-at_install")
class TestRolesOverTheWire(RolesCase, HttpCase):
    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, user.login, model, method, args, kwargs
        )

    def _get_attacks(self):
        """``(model, method, arguments…)`` that nobody may get through."""
        frozen, ready, error = self.frozen.id, self.ready.id, self.error.id
        line, result = self.frozen.line_ids[0].id, self.error.result_ids[0].id
        open_line = self.ready.line_ids[0].id
        vals = {"agreement_id": self.good.id, "date_start": "2026-01-01"}
        return [
            # 1: a day twice
            ("billing.segment", "create", [vals]),
            ("billing.segment", "copy", [ready]),
            ("billing.segment", "web_save", [], vals, {}),
            ("billing.segment", "load", ["amount"], [["1"]]),
            # 2: a charge on two invoices
            ("billing.segment.line", "write", [line], {"charge_move_line_id": False}),
            ("billing.segment.line", "create", [{"segment_id": ready, "amount": 1}]),
            # 3: what is invoiced
            ("billing.segment", "write", [frozen], {"amount": 1}),
            ("billing.segment", "write", [frozen], {"state": "ready"}),
            ("billing.segment", "unlink", [frozen]),
            ("billing.segment.line", "write", [line], {"amount": 1}),
            ("billing.segment.line", "unlink", [line]),
            (
                "billing.agreement",
                "write",
                [self.agreement.id],
                {"segment_ids": [(1, frozen, {"amount": 1})]},
            ),
            (
                "account.move",
                "write",
                [self.invoice.id],
                {"segment_ids": [(5,)]},
            ),
            ("account.move", "button_draft", [self.invoice.id]),
            ("account.move", "unlink", [self.invoice.id]),
            # 7: an amount that no charge gives
            ("billing.segment", "write", [ready], {"amount": 1}),
            ("billing.segment.line", "write", [open_line], {"unit_price": 0}),
            (
                "billing.agreement",
                "write",
                [self.good.id],
                {"segment_ids": [(1, ready, {"amount": 1})]},
            ),
            # an error is corrected or waived, never taken away
            ("billing.segment", "write", [error], {"state": "ready"}),
            ("billing.check.result", "write", [result], {"waive_note": "x"}),
            ("billing.check.result", "write", [result], {"level": "info"}),
            ("billing.check.result", "unlink", [result]),
            ("billing.check.result", "_waive", [result], "because"),
            ("billing.segment", "_set_state", [error], "ready"),
            (
                "billing.segment",
                "write",
                [error],
                {"result_ids": [(2, result)]},
            ),
            # 10: what a run did
            (
                "billing.run.piece",
                "write",
                self.run_.piece_ids.ids,
                {"state": "pending"},
            ),
            ("billing.run.piece", "unlink", self.run_.piece_ids.ids),
            (
                "billing.run",
                "write",
                [self.run_.id],
                {"piece_ids": [(2, self.run_.piece_ids[0].id)]},
            ),
            (
                "billing.agreement.period",
                "write",
                self.agreement.figure_ids.ids,
                {"amount": 1},
            ),
        ]

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.addons.base.models.ir_model")
    def test_nobody_gets_past_the_invariants(self):
        self.january.action_activate()
        truth = self._get_truth()
        attacks = self._get_attacks()
        for role in ROLES:
            user = self._user(role)
            for model, method, *args in attacks:
                with self.subTest(role=role, model=model, method=method, args=args):
                    if method == "load":
                        # an import tells what is wrong in its answer
                        answer = self._call(user, model, method, *args)
                        self.assertFalse(answer["ids"])
                    else:
                        with self.assertRaises(Fault):
                            self._call(user, model, method, *args)
                    self.assertEqual(self._get_truth(), truth)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_viewer_does_nothing_by_buttons_either(self):
        truth = self._get_truth()
        viewer = self._user("viewer")
        self.good.term_ids.value_ids.value = 21
        truth = self._get_truth()
        for model, method, *args in (
            ("billing.segment", "action_regenerate", self.ready.ids),
            ("billing.segment", "action_check", self.error.ids),
            ("billing.segment", "action_invoice", self.ready.ids),
            ("billing.segment", "action_rebill", self.frozen.ids),
            ("billing.segment", "unlink", self.ready.ids),
            ("billing.run", "action_repeat", self.run_.ids),
            ("billing.run", "create", [{"period_id": self.january.id}]),
            ("billing.period", "action_activate", self.january.ids),
            ("billing.period", "action_close", self.january.ids),
            ("billing.period", "action_reopen", self.february.ids),
            ("billing.cycle", "action_generate_periods", self.cycle.ids),
        ):
            with self.subTest(model=model, method=method):
                with self.assertRaises(Fault):
                    self._call(viewer, model, method, *args)
                self.assertEqual(self._get_truth(), truth)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_clerk_changes_nothing_that_is_the_managers(self):
        clerk = self._user("clerk")
        check = self.env["billing.check"].search([("active", "=", True)], limit=1)
        price = self.fee_item.price_ids
        before = (check.active, price.price, self.february.state, self.january.state)
        for model, method, *args in (
            ("billing.period", "action_reopen", self.february.ids),
            ("billing.period", "write", self.february.ids, {"state": "open"}),
            ("billing.period", "write", self.january.ids, {"date_end": "2026-01-30"}),
            (
                "billing.cycle",
                "write",
                self.cycle.ids,
                {"period_ids": [(1, self.february.id, {"state": "open"})]},
            ),
            ("billing.tariff.price", "write", price.ids, {"price": 0}),
            ("billing.tariff.price", "unlink", price.ids),
            ("billing.check", "write", check.ids, {"active": False}),
            ("billing.profile", "write", self.profile.ids, {"hold": "segment"}),
            ("billing.ledger.export", "create", [{"date_end": "2026-01-31"}]),
        ):
            with self.subTest(model=model, method=method, args=args):
                with self.assertRaises(Fault):
                    self._call(clerk, model, method, *args)
        self.env.invalidate_all()
        after = (check.active, price.price, self.february.state, self.january.state)
        self.assertEqual(after, before)

    def test_clerk_bills_over_the_wire(self):
        """Regenerates, runs, waives with a reason, invoices, cancels and rebills."""
        clerk = self._user("clerk")
        self.good.term_ids.value_ids.value = 21
        self._call(clerk, "billing.segment", "action_regenerate", self.ready.ids)
        self._call(clerk, "billing.segment", "action_invoice", self.ready.ids)
        self.assertEqual(self.ready.state, "frozen")
        cancel = self._call(
            clerk,
            "billing.cancel",
            "create",
            {
                "segment_ids": [(6, 0, self.frozen.ids)],
                "reason_id": self.reason.id,
            },
        )
        self._call(clerk, "billing.cancel", "action_cancel", [cancel])
        self.env.invalidate_all()
        self.assertEqual(self.frozen.state, "cancelling")
        self.assertEqual(self.frozen.replaced_by_ids.state, "ready")
        self._call(clerk, "billing.period", "action_activate", self.january.ids)
        self._call(clerk, "billing.period", "action_close", self.january.ids)
        self.env.invalidate_all()
        self.assertEqual((self.january.is_active, self.january.state), (True, "closed"))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_another_company_gets_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("admin")
        stranger.write(
            {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        )
        for record in (
            self.frozen,
            self.agreement,
            self.january,
            self.tariff,
            self.run_,
            self.error.result_ids,
        ):
            for method, args in (("read", ()), ("write", ({},)), ("unlink", ())):
                with (
                    self.subTest(model=record._name, method=method),
                    self.assertRaises(Fault),
                ):
                    self._call(stranger, record._name, method, record.ids, *args)
            self.assertFalse(self._call(stranger, record._name, "search", []))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_customer_of_the_portal_reads_no_billing_records(self):
        customer = new_test_user(
            self.env, login="billing_portal", groups="base.group_portal"
        )
        for model in ("billing.segment", "billing.agreement", "billing.tariff.price"):
            with self.subTest(model), self.assertRaises(Fault):
                self._call(customer, model, "search_read", [], ["id"])


@tagged("post_install", "-at_install")
class TestDatabaseGuards(RolesCase):
    """Even who writes SQL is refused by constraints and triggers."""

    def _refuse(self, statements):
        truth = self._get_truth()
        for statement in statements:
            with self.subTest(statement):
                with (
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(psycopg2.IntegrityError),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(statement)
                    self.fail(statement)
                self.assertEqual(self._get_truth(), truth)

    def test_days_are_billed_once(self):
        columns = (
            "agreement_id, account_id, contract_id, partner_id, company_id,"
            " currency_id, period_id, type_id, is_exclusive, state, worst_check,"
            " date_start, date_end"
        )
        self._refuse(
            f"INSERT INTO billing_segment ({columns}) SELECT {columns}"
            f" FROM billing_segment WHERE id = {segment.id}"
            for segment in (self.frozen, self.error, self.ready)
        )

    def test_frozen_segments_never_change(self):
        where = f"WHERE id = {self.frozen.id}"
        self._refuse(
            [
                *(
                    f"UPDATE billing_segment SET {change} {where}"
                    for change in (
                        "amount = amount + 1",
                        "quantity = quantity + 1",
                        "date_end = date_end + 1",
                        "agreement_id = agreement_id + 1",
                        "snapshot = '{}'",
                        "snapshot_hash = 'x'",
                        "invoice_id = NULL",
                        "is_exclusive = FALSE",
                        "state = 'ready'",
                        "state = 'cancelled'",
                    )
                ),
                f"DELETE FROM billing_segment {where}",
            ]
        )

    def test_lines_of_frozen_segments_never_change(self):
        line = self.frozen.line_ids[0]
        other = self.frozen.line_ids[1].charge_move_line_id.id
        columns = (
            "segment_id, company_id, currency_id, product_id, date_start, date_end,"
            " quantity, unit_price, amount"
        )
        self._refuse(
            [
                *(
                    f"UPDATE billing_segment_line SET {change} WHERE id = {line.id}"
                    for change in (
                        "amount = amount + 1",
                        "quantity = quantity + 1",
                        "unit_price = 0",
                        f"charge_move_line_id = {other}",
                        "charge_move_line_id = NULL",
                        f"segment_id = {self.ready.id}",
                    )
                ),
                f"DELETE FROM billing_segment_line WHERE id = {line.id}",
                f"INSERT INTO billing_segment_line ({columns}) SELECT {columns}"
                f" FROM billing_segment_line WHERE id = {line.id}",
            ]
        )

    def test_exported_entries_never_change(self):
        batch = self.env["billing.ledger.export"].create({"date_end": "2026-12-31"})
        batch.action_export()
        entry = batch.line_ids.filtered("debit")[0]
        where = f"WHERE id = {entry.id}"
        self._refuse(
            [
                f"UPDATE account_move_line SET debit = debit + 1 {where}",
                f"UPDATE account_move_line SET ledger_export_id = NULL {where}",
                f"UPDATE account_move_line SET account_id = account_id + 1 {where}",
                f"DELETE FROM account_move_line {where}",
                f"UPDATE billing_ledger_export SET debit = 0, credit = 0"
                f" WHERE id = {batch.id}",
                f"UPDATE billing_ledger_export SET state = 'draft'"
                f" WHERE id = {batch.id}",
                f"DELETE FROM billing_ledger_export WHERE id = {batch.id}",
            ]
        )

    def test_a_batch_balances(self):
        self._refuse(
            [
                "INSERT INTO billing_ledger_export"
                " (company_id, date_end, state, debit, credit)"
                f" VALUES ({self.company.id}, '2026-12-31', 'done', 10, 9)"
            ]
        )

    def test_periods_neither_overlap_nor_are_two_active(self):
        self.january.action_activate()
        self._refuse(
            [
                f"UPDATE billing_period SET is_active = TRUE"
                f" WHERE id = {self.february.id}",
                f"UPDATE billing_period SET date_end = date_end + 1"
                f" WHERE id = {self.january.id}",
                f"DELETE FROM billing_period WHERE id = {self.january.id}",
            ]
        )

    def test_a_piece_is_planned_once(self):
        columns = "run_id, round_number, step, number, state"
        self._refuse(
            [
                f"INSERT INTO billing_run_piece ({columns}) SELECT {columns}"
                f" FROM billing_run_piece WHERE id = {self.run_.piece_ids[0].id}"
            ]
        )


@tagged("post_install", "-at_install")
class TestChatter(RolesCase):
    def _get_last(self, record):
        """What the last message says, with the values it tracked."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        message = record.message_ids.sorted("id")[-1:]
        values = message.sudo().tracking_value_ids
        said = [message.body or ""]
        said += [f"{v.old_value_char} > {v.new_value_char}" for v in values]
        return message.author_id, " ".join(map(str, said))

    def test_waiver(self):
        clerk = self._user("clerk")
        self.env["billing.check"].create(
            {
                "name": "Over",
                "code": "over",
                "domain": "[('amount', '>', 0)]",
                "message": "Over nothing.",
                "active": True,
            }
        )
        self.env["billing.check"]._run(self.ready)
        self.ready.result_ids.with_user(clerk)._waive("known customer")
        author, said = self._get_last(self.ready)
        self.assertEqual(author, clerk.partner_id)
        self.assertIn("known customer", said)
        result = self.ready.result_ids
        self.assertEqual(result.waived_by_id, clerk)
        self.assertEqual(result.waive_note, "known customer")

    def test_cancel(self):
        clerk = self._user("clerk")
        self.frozen.with_user(clerk)._cancel(self.reason, "by phone")
        author, said = self._get_last(self.frozen)
        self.assertEqual(author, clerk.partner_id)
        self.assertIn("Wrong reading", said)
        self.assertIn("by phone", said)

    def test_price_change(self):
        manager = self._user("manager")
        self.fee_item.price_ids.with_user(manager).price = 7
        author, said = self._get_last(self.fee_item)
        self.assertEqual(author, manager.partner_id)
        self.assertIn("7", said)

    def test_closing_and_reopening_a_period(self):
        clerk, manager = self._user("clerk"), self._user("manager")
        # tests are silent unless they ask
        period = self.january.with_context(tracking_disable=False, mail_notrack=False)
        period.with_user(clerk).action_close()
        self.assertEqual(self._get_last(period), (clerk.partner_id, " Open > Closed"))
        with self.assertRaises(AccessError):
            period.with_user(clerk).action_reopen()
        period.with_user(manager).action_reopen()
        self.assertEqual(self._get_last(period), (manager.partner_id, " Closed > Open"))
