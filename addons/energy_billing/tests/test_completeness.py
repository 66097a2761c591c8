"""Which points miss data of the period, and asking for them."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestCompleteness(EnergyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for point in (cls.point, cls.two_tariff_point, cls.interval_point):
            cls._create_point_agreement(point)
        cls.january.action_activate()

    def _status(self):
        self.env.invalidate_all()
        rows = self.env["energy.completeness"].search([])
        return {
            row.point_id.code: (row.status, row.received_days, row.missing_days)
            for row in rows
        }

    def test_nothing_received(self):
        self.assertEqual(
            self._status(),
            {
                "N-1": ("missing", 0, 31),
                "N-2": ("missing", 0, 31),
                "N-3": ("missing", 0, 31),
            },
        )

    def test_received_incomplete_and_estimated(self):
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._import_intervals(*self._month_of_intervals(1, days=range(1, 11)))
        self.env["energy.usage"].create(
            {
                "point_id": self.two_tariff_point.id,
                "quantity_type_id": self.energy.id,
                "date_start": "2025-12-15",
                "date_end": "2026-02-15",
                "value": 10,
                "quality": "estimated",
            }
        )
        self.assertEqual(
            self._status(),
            {
                "N-1": ("received", 31, 0),
                "N-2": ("estimated", 31, 0),
                "N-3": ("partial", 10, 21),
            },
        )

    def test_received_after_the_day_it_was_due(self):
        self.network.due_days = 5
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self.env.cr.execute("UPDATE energy_message SET create_date = '2026-02-04'")
        self.assertEqual(self._status()["N-1"][0], "received")
        self.env.cr.execute("UPDATE energy_message SET create_date = '2026-02-07'")
        self.assertEqual(self._status()["N-1"][0], "late")

    def test_agreement_that_begins_in_the_period_expects_its_own_days(self):
        agreement = self.env["billing.agreement"].search(
            [("point_id", "=", self.point.id)]
        )
        agreement.date_start = "2026-01-21"
        self.assertEqual(self._status()["N-1"], ("missing", 0, 11))

    def test_the_distributor_is_asked(self):
        rows = self.env["energy.completeness"].search([])
        with self.assertRaisesRegex(UserError, "e-mail"):
            rows.action_request()
        self.network.partner_id.email = "north@example.com"
        rows.action_request()
        letter = self.network.message_ids[0]
        self.assertIn("N-3", letter.body)
        self.assertEqual(letter.partner_ids, self.network.partner_id)
        receivers = letter.notification_ids.res_partner_id
        self.assertEqual(receivers, self.network.partner_id)

    def test_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user("viewer")
        user.write({"company_ids": other.ids, "company_id": other.id})
        self.assertFalse(self.env["energy.completeness"].with_user(user).search([]))
