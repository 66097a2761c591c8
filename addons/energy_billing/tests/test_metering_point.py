from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestMeteringPoint(EnergyCase):
    def test_a_customer_is_found_by_point_and_meter(self):
        agreement = self._create_point_agreement(self.point)
        partner = agreement.partner_id
        self.meter.code = "ZM-990"
        for text in ("N-1", "ZM-99"):
            found = self.env["res.partner"].search([("billing_search", "ilike", text)])
            self.assertIn(partner, found, text)
        self.assertEqual(partner.energy_point_count, 1)
        domain = partner.action_view_energy_points()["domain"]
        self.assertEqual(self.env["billing.agreement"].search(domain), agreement)
        with freeze_time("2025-12-31"):
            agreement.invalidate_recordset(["supply_state"])
            self.assertEqual(agreement.supply_state, "future")
            future = [("supply_state", "=", "future"), ("id", "=", agreement.id)]
            self.assertTrue(self.env["billing.agreement"].search(future))

    def test_network_is_found_by_the_code(self):
        self._create_network("South", "S", "S-[0-9]+")
        point = self.env["energy.metering.point"].create({"code": "N-77"})
        self.assertEqual(point.network_id, self.network)
        self.assertEqual(point.code_scheme, "pattern")

    def test_network_stays_open_when_several_have_such_codes(self):
        self._create_network("Also North", "NN", "N-[0-9]{2}")
        point = self.env["energy.metering.point"].create({"code": "N-77"})
        self.assertFalse(point.network_id)

    def test_code_is_kept_without_spaces_in_capitals(self):
        point = self.env["energy.metering.point"].create({"code": " n-7 8 "})
        self.assertEqual(point.code, "N-78")

    def test_wrong_check_character_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "27ZG600Z0424987Q"):
            self.env["energy.metering.point"].create(
                {"code": "27ZG600Z0424987Q", "code_scheme": "eic"}
            )
        point = self.env["energy.metering.point"].create(
            {"code": "27ZG600Z0424987D", "code_scheme": "eic"}
        )
        self.assertTrue(point)

    def test_code_of_another_form_is_refused_in_its_network(self):
        with self.assertRaises(ValidationError):
            self.env["energy.metering.point"].create(
                {"code": "X-1", "network_id": self.network.id}
            )

    def test_code_is_unique_for_each_commodity(self):
        Point = self.env["energy.metering.point"]
        Point.create({"code": "N-1", "commodity": "gas"})
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            Point.create({"code": "N-1", "commodity": "gas"})

    def test_pattern_that_could_run_for_hours_is_refused(self):
        with self.assertRaises(ValidationError):
            self.network.code_pattern = "(N+)+-[0-9]+"

    def test_customer_is_that_of_the_agreement_in_force(self):
        agreement = self._create_point_agreement(self.point)
        self.assertEqual(self.point.partner_id, agreement.partner_id)
        found = self.env["energy.metering.point"].search(
            [("partner_id", "=", agreement.partner_id.id)]
        )
        self.assertEqual(found, self.point)

    def test_one_main_meter_at_a_time(self):
        with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"):
            self._install("M9", self.point, ["180"], "2026-01-01")

    def test_sub_meter_beside_the_main_meter(self):
        meter = self._install(
            "M9", self.point, ["180"], "2026-01-01", is_sub_meter=True
        )
        self.assertEqual(meter.installation_ids.point_id, self.point)

    def test_meter_is_at_one_point_at_a_time(self):
        with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"):
            self.env["energy.installation"].create(
                {
                    "meter_id": self.meter.id,
                    "point_id": self.interval_point.id,
                    "date_start": "2026-01-01",
                }
            )
