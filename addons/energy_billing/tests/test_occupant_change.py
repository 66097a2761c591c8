"""One customer leaves a point, another comes."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestOccupantChange(EnergyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaving = cls._create_point_agreement(cls.point)
        cls.register = cls.meter.register_ids
        cls.env["energy.reading"].create(
            {"register_id": cls.register.id, "date": "2025-12-31", "value": 1000}
        )

    def _change(self, day="2026-01-20", reading=1200, **values):
        form = Form(
            self.env["energy.occupant.change"].with_context(
                default_point_id=self.point.id
            )
        )
        form.date = day
        form.name = "Newcomer"
        for name, value in values.items():
            form[name] = value
        with form.line_ids.edit(0) as line:
            line.value = reading
        return form.save()

    def test_the_preview_tells_and_writes_nothing(self):
        before = self.env["billing.agreement"].search_count([])
        change = self._change()
        self.assertTrue(change.is_possible)
        self.assertIn("A-N-1 of Customer A-N-1 ends on 01/20/2026", change.effect)
        self.assertIn("Newcomer is supplied from 01/21/2026 by Energy", change.effect)
        self.assertIn("200 until the handover", change.effect)
        self.assertEqual(self.env["billing.agreement"].search_count([]), before)
        self.assertFalse(self.leaving.date_end)

    def test_one_ends_the_other_begins(self):
        clerk = self._user("clerk")
        change = self._change().with_user(clerk)
        action = change.action_apply()
        agreement = self.env["billing.agreement"].browse(action["res_id"])
        self.assertEqual(self.leaving.date_end, date(2026, 1, 20))
        self.assertEqual(agreement.date_start, date(2026, 1, 21))
        self.assertEqual(agreement.point_id, self.point)
        self.assertEqual(agreement.partner_id.name, "Newcomer")
        self.assertEqual(agreement.term_ids.tariff_id, self.energy_tariff)
        self.assertNotEqual(agreement.contract_id, self.leaving.contract_id)
        termination = self.env["billing.termination"].search(
            [("agreement_id", "=", self.leaving.id)]
        )
        self.assertEqual(termination.state, "ended")
        termination.with_user(clerk).action_final_bill()
        # 200 kWh in 20 days: 150 at 0.10 and 50 at 0.20
        self.assertEqual(termination.final_segment_ids.amount, 25.00)
        self.assertEqual(termination.state, "billed")
        # the rest of the month is the new customer's: 110 kWh at 0.20
        self._import_readings("N-1;M1;1.8.0;2026-01-21;2026-01-31;1200;1310;110")
        segment = self._generate(agreement)
        self.assertEqual(
            (segment.date_start, segment.amount), (date(2026, 1, 21), 22.00)
        )

    def test_other_prices_by_choice(self):
        other = self.energy_tariff.copy({"name": "Dear", "code": "D"})
        action = self._change(tariff_id=other).action_apply()
        agreement = self.env["billing.agreement"].browse(action["res_id"])
        self.assertEqual(agreement.term_ids.tariff_id, other)

    def test_a_reading_below_the_last_is_refused(self):
        change = self._change(reading=900)
        self.assertFalse(change.is_possible)
        with self.assertRaisesRegex(UserError, "below the last one"):
            change.action_apply()
        self.assertFalse(self.leaving.date_end)

    def test_nothing_overlaps(self):
        self._change().action_apply()
        change = self._change(day="2026-01-10", reading=1100)
        self.assertIn("begins on 01/21/2026 already", change.effect)
        with self.assertRaises(UserError):
            change.action_apply()

    def test_days_invoiced_already_are_told(self):
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._invoice(self._generate(self.leaving))
        change = self._change()
        self.assertFalse(change.is_possible)
        self.assertIn("invoiced to 01/31/2026", change.effect)
