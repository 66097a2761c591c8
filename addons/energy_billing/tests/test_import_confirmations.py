"""Monthly confirmations of a Bulgarian distributor, from the golden file."""

from datetime import date

from psycopg2.errors import UniqueViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from .market import FILES, MarketCase

COLUMNS = {
    "point": "Точка",
    "status": "Състояние",
    "customer": "Клиент",
    "company_number": "ЕИК",
    "capacity": "Мощност, kW",
    "annual_quantity": "Годишно, MWh",
    "date_from": "От дата",
    "date_to": "До дата",
    "reason": "Основание",
}
STATUSES = {
    "Нов": "new",
    "Променен": "changed",
    "Напускащ": "leaving",
    "Отказан": "rejected",
}


@tagged("post_install", "-at_install")
class TestImportConfirmations(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sofia = cls._create_network("Sofia", "S", r"32Z\d{30}")
        Profile = cls.env["energy.table.profile"]
        values = Profile._prepare_from_dict(
            {
                "name": "Confirmation",
                "kind": "confirmations",
                "encoding": "cp1251",
                "decimal": ",",
                "thousands": " ",
                "date_format": "%d.%m.%Y",
                "unit": "MWh",
                "footer_match": ["Общо"],
                "columns": COLUMNS,
                "statuses": STATUSES,
            }
        )
        cls.confirming = Profile.create({**values, "network_id": cls.sofia.id})
        cls.content = (FILES / "confirmation.csv").read_bytes()

    def _import(self, content, name="confirmation.csv"):
        return self.env["energy.message"]._import_file(self.confirming, name, content)

    def _rows(self, message):
        return self.env["energy.confirmation"].search(
            [("message_id", "=", message.id)], order="row_number"
        )

    def test_rows_are_kept_as_they_came(self):
        message = self._import(self.content)
        self.assertEqual(message.state, "processed", message.first_finding)
        self.assertEqual((message.kind, message.new_count), ("confirmations", 6))
        rows = self._rows(message)
        self.assertEqual(
            rows.mapped("status"),
            ["new", "new", "changed", "leaving", "rejected", "listed"],
        )
        self.assertEqual(rows[0].customer, "Пекарна Слънце ООД")
        self.assertEqual(rows[1].annual_quantity, 1250750)
        self.assertEqual(rows[3].date_end, date(2026, 1, 31))
        self.assertEqual(rows[5].company_number, "000123455")
        self.assertEqual(set(rows.mapped("is_current")), {True})
        self.assertEqual(rows.network_id, self.sofia)

    def test_changes_of_points_that_are_not_entered_are_told(self):
        message = self._import(self.content)
        self.assertEqual(self._codes(message, "warning"), ["confirmed_unknown"] * 2)
        self.assertFalse(message.error_count)

    def test_points_are_found_by_their_code(self):
        rows = self._rows(self._import(self.content))
        self.assertFalse(rows.point_id)
        point = self.env["energy.metering.point"].create(
            {"code": rows[0].point_code, "network_id": self.sofia.id}
        )
        rows.invalidate_recordset()
        self.assertEqual(rows[0].point_id, point)
        Confirmation = self.env["energy.confirmation"]
        self.assertEqual(Confirmation.search([("point_id", "=", point.id)]), rows[0])
        entered = Confirmation.search([("point_id", "!=", False)])
        self.assertEqual(entered, rows[0])
        missing = Confirmation.search([("point_id", "=", False)])
        self.assertEqual(missing, rows[1:])

    def test_the_same_file_twice_changes_nothing(self):
        first = self._import(self.content)
        self.assertEqual(self._import(self.content, "again.csv"), first)
        self.assertEqual(self.env["energy.confirmation"].search_count([]), 6)

    def test_a_later_confirmation_of_a_point_is_the_current_one(self):
        first = self._import(self.content)
        text = self.content.decode("cp1251")
        head, bakery = text.splitlines()[:2]
        leaving = bakery.replace(";Нов;", ";Напускащ;").replace(
            "01.02.2026;;", "01.02.2026;31.03.2026;"
        )
        later = self._import(f"{head}\n{leaving}\n".encode("cp1251"))
        self.assertEqual((later.new_count, later.replaced_count), (0, 1))
        rows = self._rows(first)
        self.assertFalse(rows[0].is_current)
        self.assertEqual(set(rows[1:].mapped("is_current")), {True})
        self.assertEqual(self._rows(later).status, "leaving")

    def test_a_wrong_row_does_not_stop_the_others(self):
        text = self.content.decode("cp1251").replace("Напускащ", "Изчезнал")
        message = self._import(text.encode("cp1251"))
        self.assertEqual(self._codes(message, "error"), ["bad_status"])
        self.assertEqual(len(self._rows(message)), 5)

    def test_two_current_confirmations_of_a_point_are_impossible(self):
        rows = self._rows(self._import(self.content))
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE energy_confirmation SET point_code = %s WHERE id = %s",
                (rows[0].point_code, rows[1].id),
            )

    def test_profile_is_found_by_the_first_rows(self):
        self.confirming.network_id = False
        message = self.env["energy.message"]._import_file(
            self.env["energy.table.profile"], "unknown.csv", self.content
        )
        self.assertEqual(message.profile_id, self.confirming)
        self.assertEqual(len(self._rows(message)), 6)
