from odoo.tests import tagged

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestCopy(PostalCase):
    def setUp(self):
        super().setUp()
        self.source = self._specification(
            (self.letter, {"quantity": 10, "weight": 15}),
            (self.registered, {"quantity": 5}),
        )

    def _copy(self, **values):
        wizard = self.env["postal.copy"].create(
            {
                "source_period_id": self.january.id,
                "period_id": self.february.id,
                **values,
            }
        )
        wizard.action_copy()
        return wizard

    def test_quantities_kept_and_prices_taken_anew(self):
        self.registered.price_ids.date_end = "2026-01-31"
        self.registered.price_ids.create(
            {
                "item_id": self.registered.id,
                "date_start": "2026-02-01",
                "price": 1.50,
            }
        )
        copy = self._copy().specification_ids
        self.assertEqual(copy.line_ids.mapped("quantity"), [10, 5])
        self.assertEqual(copy.line_ids.mapped("amount"), [6.0, 7.5])
        self.assertEqual(copy.period_id, self.february)

    def test_copy_then_invoice_bills_the_same_quantities(self):
        self.source.action_invoice()
        copy = self._copy().specification_ids
        copy.action_invoice()
        self.assertEqual(
            copy.invoice_ids.invoice_line_ids.mapped("quantity"),
            self.source.invoice_ids.invoice_line_ids.mapped("quantity"),
        )

    def test_quantities_emptied(self):
        copy = self._copy(keeps_quantities=False).specification_ids
        self.assertEqual(copy.line_ids.mapped("quantity"), [0, 0])
        self.assertEqual(copy.line_ids.item_id, self.source.line_ids.item_id)

    def test_a_second_copy_doubles_nothing(self):
        first = self._copy()
        second = self._copy()
        self.assertEqual(len(first.specification_ids), 1)
        self.assertFalse(second.specification_ids)
        self.assertIn("copied before", second.result)

    def test_what_is_not_offered_and_expired_contracts_are_told(self):
        ended = self._partner("Ended", "END", date_end="2026-01-31")
        self._letters(partner_id=ended.id)
        self.letter.active = False
        wizard = self._copy()
        self.assertIn("L1 Letter is not offered any more", wizard.result)
        self.assertIn("Ended: the contract has expired", wizard.result)
        copy = wizard.specification_ids.filtered(lambda s: s.partner_id == self.bank)
        self.assertEqual(copy.line_ids.item_id, self.registered)

    def test_payouts_and_jobs_are_copied_with_their_lists(self):
        self._specification(
            (
                self.commission,
                {"cost_centre_id": self.centre_a.id, "quantity": 3, "money": 900},
            ),
            kind="payout",
            cost_centre_id=False,
            total_cheques=3,
            total_money=900,
        )
        job = self._specification(kind="hybrid")
        job.mailing_ids.create(
            {"specification_id": job.id, "name": "J", "pieces": 10, "pages": 1}
        )
        copies = self._copy().specification_ids
        by_kind = {copy.kind: copy for copy in copies}
        self.assertEqual(by_kind["payout"].total_money, 900)
        self.assertFalse(by_kind["payout"].difference_text)
        self.assertEqual(len(by_kind["hybrid"].line_ids), len(job.line_ids))

    def test_only_the_kind_and_centre_chosen(self):
        self._letters(cost_centre_id=self.centre_b.id)
        copy = self._copy(kind="on_account", cost_centre_ids=self.centre_b.ids)
        self.assertEqual(copy.specification_ids.cost_centre_id, self.centre_b)
        self.assertFalse(self._copy(kind="hybrid").specification_ids)

    def test_services_of_last_time(self):
        february = self._specification(period_id=self.february.id)
        february.action_fetch_last()
        self.assertEqual(february.line_ids.item_id, self.source.line_ids.item_id)
        self.assertEqual(set(february.line_ids.mapped("quantity")), {0})
        february.action_fetch_last()
        self.assertEqual(len(february.line_ids), 2)
