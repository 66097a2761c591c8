import io

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import READINGS_HEAD, EnergyCase

ROW = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"


@tagged("post_install", "-at_install")
class TestMessage(EnergyCase):
    def test_same_content_twice_is_one_message(self):
        first = self._import_readings(ROW)
        content = f"{READINGS_HEAD}\n{ROW}\n".encode()
        delivery = self.env["energy.message"]._deliver(
            self.readings_profile, "other name.csv", content
        )
        self.assertEqual(delivery.energy_message_id, first)
        self.assertTrue(delivery.is_energy_repeated)
        self.assertEqual(delivery.edi_exchange_state, "input_processed")
        self.assertEqual(first.delivery_count, 2)
        self.assertEqual(len(self._usages(self.point)), 1)

    def test_content_is_unique_in_the_database(self):
        message = self._import_readings(ROW)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.env["energy.message"].create(
                {
                    "name": "twice.csv",
                    "company_id": self.company.id,
                    "content_hash": message.content_hash,
                }
            )

    def test_stream_is_kept_as_it_was_delivered(self):
        content = f"{READINGS_HEAD}\n{ROW}\n".encode()
        message = self.env["energy.message"]._import_file(
            self.readings_profile, "stream.csv", io.BytesIO(content)
        )
        with message.delivery_ids._open_energy_file() as fileobj:
            self.assertEqual(fileobj.read(), content)
        self.assertEqual(message.delivery_ids.exchange_filename, "stream.csv")

    def test_importing_again_takes_what_is_known_now(self):
        message = self._import_readings(ROW, ROW.replace("N-1;M1", "N-5;M5"))
        self.assertEqual(self._codes(message), ["point_unknown"])
        point = self.env["energy.metering.point"].create({"code": "N-5"})
        self._install("M5", point, ["180"])
        message.action_process()
        self.assertEqual((message.new_count, message.unchanged_count), (1, 1))
        self.assertFalse(message.finding_ids)
        self.assertEqual(self._usages(self.point).version, 1)

    def test_file_without_a_profile_asks_for_one(self):
        delivery = self.env["energy.message"]._deliver(
            self.env["energy.table.profile"], "x.csv", b"a;b\n1;2\n"
        )
        message = delivery.energy_message_id
        self.assertEqual(message.state, "rejected")
        self.assertEqual(self._codes(message), ["profile_missing"])
        message.profile_id = self.readings_profile
        message.action_process()
        self.assertEqual(self._codes(message), ["column_missing"])

    def test_profile_of_a_processed_file_stays(self):
        message = self._import_readings(ROW)
        with self.assertRaises(UserError):
            message.profile_id = self.intervals_profile

    def test_finding_says_where(self):
        message = self._import_readings(ROW.replace(";310", ";31x"))
        finding = message.finding_ids.filtered(lambda f: f.code == "bad_number")
        self.assertEqual(finding.place, "row 2, column H (kWh)")
        self.assertEqual(finding.point_id, self.point)

    def test_delivery_of_another_source_is_processed_too(self):
        """An exchange record made by a mailbox or storage receiver has no hash yet."""
        content = f"{READINGS_HEAD}\n{ROW}\n".encode()
        self.readings_profile.file_pattern = "north_*.csv"
        delivery = self.env["edi.exchange.record"].create(
            {
                "type_id": self.env.ref("energy_billing.edi_type_table").id,
                "backend_id": self.env.ref("energy_billing.edi_backend_energy").id,
                "company_id": self.company.id,
                "exchange_filename": "north_01.csv",
                "edi_exchange_state": "input_received",
            }
        )
        delivery._set_file_content(content)
        delivery.action_exchange_process()
        self.assertEqual(delivery.energy_message_id.state, "processed")
        self.assertEqual(self._usages(self.point).value, 310)

    def test_import_as_a_clerk(self):
        clerk = self._user("clerk")
        message = (
            self.env["energy.message"]
            .with_user(clerk)
            ._import_file(
                self.readings_profile.with_user(clerk),
                "clerk.csv",
                f"{READINGS_HEAD}\n{ROW}\n".encode(),
            )
        )
        self.assertEqual(message.state, "processed")
        self.assertEqual(message.processed_by_id, clerk)
        self.assertEqual(message.delivery_ids.exchange_filename, "clerk.csv")
