from datetime import date

from odoo.tests import tagged

from .common import READINGS, EnergyCase


@tagged("post_install", "-at_install")
class TestImportReadings(EnergyCase):
    def test_usage_and_readings_are_stored(self):
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
        )
        self.assertEqual(message.state, "processed")
        self.assertFalse(message.finding_ids)
        usage = self._usages(self.point)
        self.assertEqual(usage.value, 310)
        self.assertEqual(usage.quantity_type_id, self.energy)
        self.assertEqual(usage.register_id, self.meter.register_ids)
        self.assertEqual(usage.message_id, message)
        self.assertEqual(usage.quality, "measured")
        readings = self.meter.register_ids.reading_ids.sorted("date")
        self.assertEqual(
            readings.mapped(lambda r: (r.date, r.value)),
            # the opening reading is the state at the end of the day before
            [(date(2025, 12, 31), 1000), (date(2026, 1, 31), 1310)],
        )
        self.assertEqual(readings.point_id, self.point)
        self.assertEqual(
            (message.date_start, message.date_end, message.new_count),
            (date(2026, 1, 1), date(2026, 1, 31), 1),
        )

    def test_two_tariff_meter(self):
        self._import_readings(
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;150;100",
        )
        usages = self._usages(self.two_tariff_point)
        self.assertEqual(usages.quantity_type_id, self.day | self.night)
        self.assertEqual(usages.mapped("value"), [200, 100])

    def test_unknown_point_does_not_stop_the_others(self):
        message = self._import_readings(
            "N-99;M9;1.8.0;2026-01-01;2026-01-31;0;10;10",
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310",
        )
        self.assertEqual(message.state, "processed")
        finding = message.finding_ids
        self.assertEqual(
            (finding.level, finding.code, finding.row_number, finding.point_code),
            ("error", "point_unknown", 2, "N-99"),
        )
        self.assertIn("Enter the point", finding.message)
        self.assertEqual(self._usages(self.point).value, 310)

    def test_point_of_another_network_is_refused(self):
        other = self._create_network("South", "S", "[NS]-[0-9]+")
        self.point.network_id = other
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
        )
        self.assertEqual(message.state, "rejected")
        self.assertIn("point_network", self._codes(message))
        self.assertFalse(self._usages(self.point))

    def test_one_bad_row_holds_its_point_back(self):
        message = self._import_readings(
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;150;-100",
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310",
        )
        self.assertIn("negative_quantity", self._codes(message, "error"))
        self.assertFalse(self._usages(self.two_tariff_point))
        self.assertTrue(self._usages(self.point))

    def test_register_without_a_row(self):
        message = self._import_readings(
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200"
        )
        finding = message.finding_ids.filtered(lambda f: f.code == "registers_missing")
        self.assertIn("1.8.2", finding.message)
        self.assertFalse(self._usages(self.two_tariff_point))

    def test_unknown_meter_is_a_warning_and_its_usage_counts(self):
        message = self._import_readings(
            "N-1;M77;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
        )
        self.assertEqual(self._codes(message), ["meter_unknown"])
        usage = self._usages(self.point)
        self.assertEqual((usage.value, usage.meter_code), (310, "M77"))
        self.assertFalse(usage.register_id)

    def test_replaced_meter(self):
        self.meter.installation_ids.date_end = "2026-01-15"
        new = self._install("M8", self.point, ["180"], "2026-01-16")
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-15;1000;1150;150",
            "N-1;M8;1.8.0;2026-01-16;2026-01-31;0;160;160",
        )
        self.assertFalse(message.finding_ids)
        self.assertEqual(self._usages(self.point).mapped("value"), [150, 160])
        self.assertEqual(
            new.register_ids.reading_ids.sorted("date").mapped("value"), [0, 160]
        )

    def test_new_meter_is_entered_where_the_profile_says_so(self):
        self.readings_profile.create_meters = True
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-15;1000;1150;150",
            "N-1;M8;1.8.0;2026-01-16;2026-01-31;0;160;160",
        )
        self.assertEqual(self._codes(message), ["meter_new"])
        meter = self.env["energy.meter"].search([("code", "=", "M8")])
        self.assertEqual(meter.installation_ids.date_start, date(2026, 1, 16))
        self.assertEqual(self.meter.installation_ids.date_end, date(2026, 1, 15))
        self.assertEqual(self._usages(self.point)[1].register_id, meter.register_ids)

    def test_row_outside_of_the_meter_s_days(self):
        self.meter.installation_ids.date_end = "2026-01-15"
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
        )
        self.assertIn("meter_life", self._codes(message, "error"))

    def test_meter_of_another_point(self):
        message = self._import_readings(
            "N-1;M2;1.8.1;2026-01-01;2026-01-31;1000;1310;310"
        )
        self.assertIn("meter_elsewhere", self._codes(message, "error"))

    def test_opening_differs_from_the_stored_closing_reading(self):
        self._import_readings("N-1;M1;1.8.0;2025-12-01;2025-12-31;700;1000;300")
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1005;1310;305"
        )
        finding = message.finding_ids.filtered(lambda f: f.code == "reading_differs")
        self.assertEqual(finding.level, "error")
        self.assertIn("1005", finding.message)
        self.assertIn("1000", finding.message)
        self.assertFalse(self._usages(self.point, date_start="2026-01-01"))

    def test_quantity_from_the_stored_reading(self):
        """A file with closing readings only counts from the last reading on."""
        profile = self._create_profile(
            {
                **READINGS,
                "columns": {
                    name: READINGS["columns"][name]
                    for name in ("point", "meter", "register", "date_to", "reading_to")
                },
            },
            name="Closing readings",
        )
        self._import_readings("N-1;M1;1.8.0;2025-12-01;2025-12-31;700;1000;300")
        message = self.env["energy.message"]._import_file(
            profile,
            "closing.csv",
            b"Point;Meter;Register;To;New\nN-1;M1;1.8.0;2026-01-31;1310\n",
        )
        self.assertFalse(message.finding_ids)
        usage = self._usages(self.point, date_start="2026-01-01")
        self.assertEqual((usage.date_end, usage.value), (date(2026, 1, 31), 310))

    def test_rollover_by_the_digits_of_the_register(self):
        self.meter.register_ids.digits = 4
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;9900;210;310"
        )
        self.assertEqual(message.error_count, 0)
        self.assertEqual(self._usages(self.point).value, 310)

    def test_no_opening_reading_at_all(self):
        message = self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;;1310;")
        self.assertIn("opening_missing", self._codes(message, "error"))
        self.assertFalse(self._usages(self.point))

    def test_multiplier_of_the_installation_counts(self):
        self.meter.installation_ids.multiplier = 40
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1010;",
        )
        self.assertFalse(message.finding_ids)
        self.assertEqual(self._usages(self.point).value, 400)

    def test_impossible_quantity(self):
        self.point.capacity_kw = 10
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;9000;8000"
        )
        self.assertIn("impossible_quantity", self._codes(message, "error"))
        self.readings_profile.capacity_factor = 0
        message.action_process()
        self.assertEqual(message.state, "processed")

    def test_corrected_file_is_a_new_version(self):
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1320;320"
        )
        old, new = self._usages(self.point)
        self.assertEqual((old.value, old.is_current, old.version), (310, False, 1))
        self.assertEqual((new.value, new.is_current, new.version), (320, True, 2))
        self.assertEqual((message.new_count, message.replaced_count), (0, 1))
        readings = self.meter.register_ids.reading_ids.filtered("is_current")
        self.assertEqual(sorted(readings.mapped("value")), [1000, 1320])

    def test_file_with_one_row_corrected_touches_that_row_only(self):
        unchanged = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
        self._import_readings(
            unchanged,
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;150;100",
        )
        first = self._create_point_agreement(self.point)
        second = self._create_point_agreement(self.two_tariff_point)
        segments = self._generate(first | second)
        message = self._import_readings(
            unchanged,
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;160;110",
        )
        self.assertEqual((message.replaced_count, message.unchanged_count), (1, 2))
        stale = segments.filtered("is_stale")
        self.assertEqual(stale.agreement_id, second)
        amount = segments.filtered(lambda s: s.agreement_id == first).amount
        changed = self._generate(first | second)
        self.assertEqual(changed.agreement_id, second)
        self.assertEqual(changed.quantity, 310)
        self.assertEqual(
            segments.filtered(lambda s: s.agreement_id == first).amount, amount
        )

    def test_file_covering_a_stored_usage_in_part(self):
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-16;2026-02-15;1150;1400;250"
        )
        self.assertIn("usage_overlap", self._codes(message, "error"))
        self.assertEqual(self._usages(self.point).value, 310)

    def test_register_code_that_nobody_knows(self):
        message = self._import_readings("N-1;M1;9.9.9;2026-01-01;2026-01-31;0;1;1")
        self.assertIn("register_unknown", self._codes(message, "error"))

    def test_repeated_row_is_left_out(self):
        row = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
        message = self._import_readings(row, row)
        self.assertEqual(self._codes(message), ["duplicate_row"])
        self.assertEqual(len(self._usages(self.point)), 1)

    def test_contradicting_rows_are_both_left_out(self):
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310",
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1320;320",
        )
        self.assertIn("duplicate_conflict", self._codes(message))
        self.assertFalse(self._usages(self.point))
