import base64
import io

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.energy_billing.market.tables import TableProfile

from .common import INTERVALS, READINGS, READINGS_HEAD, EnergyCase


@tagged("post_install", "-at_install")
class TestTableProfile(EnergyCase):
    def test_settings_survive_the_form(self):
        values = {
            "name": "All",
            "kind": "readings",
            "layout": "wide",
            "delimiter": "\t",
            "decimal": ",",
            "thousands": ".",
            "empty": ("-", "n/a"),
            "sign": -1,
            "minutes": 30,
            "columns": {"point": "Обект", "date_to": "@C"},
            "register_columns": [
                {"register": "1.8.1", "quantity": "Дневна"},
                {"register": "1.8.2", "quantity": 5},
            ],
            "qualities": {"E": "estimated"},
            "registers": {"Д": "1.8.1"},
        }
        profile = self._create_profile(values)
        expected = TableProfile.from_dict(values).to_dict()
        # a position is a number or its text
        expected["register_columns"][1]["quantity"] = "5"
        self.assertEqual(profile._to_table_profile().to_dict(), expected)

    def test_contradicting_settings_are_refused_with_the_field(self):
        with self.assertRaisesRegex(ValidationError, "delimiter"):
            self.readings_profile.write({"delimiter": "comma", "decimal": ","})

    def test_missing_column_is_refused_with_its_name(self):
        with self.assertRaisesRegex(ValidationError, "point"):
            self.readings_profile.column_ids = [
                Command.delete(
                    self.readings_profile.column_ids.filtered(
                        lambda column: column.field == "point"
                    ).id
                )
            ]

    def _guess(self, name, content):
        return self.env["energy.table.profile"]._guess(
            self.company, name, io.BytesIO(content)
        )

    def test_name_of_the_file_decides(self):
        self.readings_profile.file_pattern = "readings_*.csv"
        self.assertEqual(
            self._guess("READINGS_2026-01.CSV", b"anything"), self.readings_profile
        )

    def test_first_rows_decide_where_the_name_does_not(self):
        content = b"Point;Meter;Register;From;To;Old;New;kWh\n"
        content += b"N-1;M1;1.8.0;2026-01-01;2026-01-31;0;10;10\n"
        self.assertEqual(self._guess("a.csv", content), self.readings_profile)

    def test_no_profile_when_several_fit(self):
        self._create_profile({**READINGS, "name": "Other"})
        content = b"Point;Meter;Register;From;To;Old;New;kWh\n"
        content += b"N-1;M1;1.8.0;2026-01-01;2026-01-31;0;10;10\n"
        self.assertFalse(self._guess("a.csv", content))

    def test_network_fills_in_what_it_knows(self):
        profile = self.env["energy.table.profile"].new(
            {"name": "New", "network_id": self.network.id}
        )
        profile._onchange_network_id()
        self.assertEqual(profile.timezone, "Europe/Sofia")
        self.assertEqual(profile.code_pattern, "N-[0-9]+")

    def test_copy_keeps_columns(self):
        copy = self.intervals_profile.copy({"name": "Copy"})
        self.assertEqual(copy._to_table_profile().columns, INTERVALS["columns"])

    def test_preview_shows_what_the_profile_makes_of_a_sample(self):
        content = f"{READINGS_HEAD}\nN-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310\n"
        self.readings_profile.sample = base64.b64encode(content.encode())
        shown = self.readings_profile.preview_html
        self.assertIn("310 kWh", shown)
        self.assertIn("2026-01-01 – 2026-01-31", shown)
        self.readings_profile.column_ids.filtered(
            lambda column: column.field == "quantity"
        ).reference = "MWh"
        self.assertIn("MWh", self.readings_profile.preview_html)
        self.assertIn("alert-danger", self.readings_profile.preview_html)

    def test_a_sample_is_shown_before_its_columns_are_named(self):
        content = f"{READINGS_HEAD}\nN-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310\n"
        profile = self.env["energy.table.profile"].new(
            {"name": "New", "sample": base64.b64encode(content.encode())}
        )
        self.assertIn("1310", profile.preview_html)
        self.assertIn("Register", profile.preview_html)
        self.assertIn("columns", profile.preview_html)
        self.assertNotIn("What is wrong", profile.preview_html)
