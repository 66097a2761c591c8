"""No way leads to a released order without an acceptance."""

import random

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import ConnectionCase

GOING = ("released", "started", "done")


class TestRelease(ConnectionCase):
    def test_blocked_until_acceptance_then_released_by_itself(self):
        order = self._create_order()
        offer = self._offer()
        self.assertEqual(order.state, "blocked")
        self._sign(offer)
        self.assertEqual(order.state, "released")
        self.assertEqual(order.acceptance_id, self.case.acceptance_ids)
        self.assertEqual(self.case.state, "released")

    def test_an_order_entered_after_acceptance_is_released_at_once(self):
        self._accept()
        self.assertEqual(self._create_order().state, "released")

    def test_where_payment_releases_a_signature_is_not_enough(self):
        self.kind.write({"release_on": "payment", "prepayment_percent": 50})
        order = self._create_order()
        offer = self._offer()
        self._sign(offer)
        self.assertEqual((offer.state, order.state), ("sent", "blocked"))
        offer.action_confirm()
        self.assertEqual(order.state, "blocked")
        invoices = offer._create_invoices()
        self._pay(invoices)
        self.assertEqual(order.state, "released")

    def test_by_hand_with_right_and_reason_but_not_without_acceptance(self):
        self.kind.release_on = "payment"
        order = self._create_order()
        with self.assertRaisesRegex(UserError, "has not accepted"):
            self.case._release_by_hand("urgent")
        offer = self._offer()
        self._sign(offer)
        offer.action_confirm()
        with self.assertRaisesRegex(UserError, "Say why"):
            self.case._release_by_hand("  ")
        with self.assertRaisesRegex(UserError, "Ask a manager"):
            self.case.with_user(self._user("clerk"))._release_by_hand("urgent")
        self.case.with_user(self._user("manager"))._release_by_hand("guarantee letter")
        self.assertEqual(order.state, "released")
        self.assertEqual(order.release_reason, "guarantee letter")

    def test_a_state_is_never_entered(self):
        order = self._create_order()
        clerk = self._user("clerk")
        with self.assertRaisesRegex(UserError, "cannot be entered"):
            order.with_user(clerk).state = "released"
        with self.assertRaisesRegex(UserError, "cannot be entered"):
            self.env["connection.order"].with_user(clerk).create(
                {
                    "case_id": self.case.id,
                    "partner_id": self.contractor.id,
                    "needs_offer": False,
                }
            )

    def test_the_database_refuses_it_too(self):
        order = self._create_order()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            order.sudo().state = "released"
            self.env.flush_all()

    def test_fees_without_an_offer_are_released_at_once(self):
        kind = self._create_kind("fee", needs_offer=False, contribution_type_id=False)
        case = self._create_case(costs=False, type_id=kind.id)
        self.assertEqual(self._create_order(case).state, "released")

    def test_withdrawal_stops_what_has_not_begun(self):
        waiting, begun = self._create_order(), self._create_order()
        self._accept()
        begun.action_start()
        self.case._withdraw("moves away")
        self.assertEqual((waiting.state, begun.state), ("stopped", "started"))
        self.assertEqual(self.case.state, "withdrawn")
        self.assertEqual(self._create_order().state, "blocked")

    def test_random_actions_never_release_without_acceptance(self):
        """A walk over the actions of users; the invariant holds after each."""
        chance = random.Random(20261122)
        clerk, manager = self._user("clerk"), self._user("manager")
        for _walk in range(6):
            case = self._create_case()
            case.type_id = self._create_kind(
                f"walk{case.id}",
                release_on=chance.choice(("acceptance", "payment")),
            )
            stopped = case.order_ids
            for _step in range(14):
                action = chance.choice(self._get_actions(case, clerk, manager))
                try:
                    with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                        action()
                except (UserError, ValidationError, AccessError, IntegrityError):
                    self.env.invalidate_all()
                for order in case.order_ids:
                    self.assertTrue(
                        order.state not in GOING or order.acceptance_id,
                        f"{order.name} is {order.state}",
                    )
                    if order.acceptance_id:
                        self.assertTrue(order.acceptance_id.signed_by)
                        self.assertEqual(order.acceptance_id.case_id, case)
                    if order in stopped:
                        self.assertEqual(order.state, "stopped")
                stopped |= case.order_ids.filtered(lambda o: o.state == "stopped")
                if case.withdrawn_on:
                    waiting = case.order_ids.filtered(lambda o: o.state == "released")
                    self.assertFalse(waiting, "nothing begins after a withdrawal")

    def _get_actions(self, case, clerk, manager):
        offers, orders = case.offer_ids, case.order_ids
        return (
            lambda: self._create_order(case.with_user(clerk)),
            lambda: case.with_user(clerk).action_create_offer(),
            lambda: offers.with_user(clerk).action_quotation_sent(),
            lambda: offers[:1].with_user(clerk).action_confirm(),
            lambda: offers[:1].create_revision(),
            lambda: offers[:1].action_cancel(),
            lambda: offers[:1].action_draft(),
            lambda: [self._sign(o) for o in offers if o.state in ("draft", "sent")],
            lambda: case.with_user(manager)._release_by_hand("walk"),
            lambda: case.with_user(clerk)._release_orders(),
            lambda: orders[:1].with_user(clerk).action_start(),
            lambda: orders[:1].with_user(clerk).action_done(),
            lambda: orders[:1].with_user(clerk).write({"state": "done"}),
            lambda: orders[:1].with_user(clerk).action_stop(),
            lambda: orders[:1].with_user(clerk).action_approve(),
            lambda: case.with_user(clerk).action_invoice(),
            lambda: self._pay(case.invoice_ids[:1]),
            lambda: case.with_user(clerk).action_complete(),
            lambda: case.with_user(clerk)._withdraw("walk") if len(orders) > 3 else 0,
        )
