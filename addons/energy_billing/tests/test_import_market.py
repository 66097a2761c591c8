"""Messages of the market operator and EDIFACT, from the golden files."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import energy_import_batch
from .market import FILES, MarketCase


@tagged("post_install", "-at_install")
class TestImportMarket(MarketCase):
    def test_measured_values_become_intervals_of_the_short_day(self):
        message = self._import_golden("cdsdata.xml")
        self.assertEqual(message.state, "processed", message.first_finding)
        self.assertEqual(message.kind, "measured")
        self.assertEqual(message.market_number, "20260330-1")
        day = self.env["energy.interval"].search([("point_id", "=", self.profiled.id)])
        self.assertEqual(str(day[0].day), "2026-03-29")
        self.assertEqual(len(day[0].energy), 92)

    def test_data_to_bill_become_orders_readings_and_usage(self):
        message = self._import_golden("cdsidis.xml")
        self.assertEqual(message.state, "processed", message.first_finding)
        orders = message.order_ids.sorted("date_start")
        self.assertEqual(
            [(str(o.date_start), str(o.date_end), o.quantity) for o in orders],
            [
                ("2025-03-15", "2026-03-14", 4780.0),
                ("2025-12-01", "2026-02-28", 730.5),
            ],
        )
        usages = self._usages(self.two_tariff)
        self.assertEqual(
            [(u.quantity_type_id.code, u.value) for u in usages],
            [("energy_day", 1230), ("energy_night", 3550)],
        )
        exchanged = self._usages(self.exchanged)
        self.assertEqual(exchanged.mapped("value"), [320, 410.5])
        self.assertEqual(exchanged.mapped("meter_code"), ["80000001", "80000002"])
        self.assertEqual(set(orders.mapped("measurement")), {"same"})

    def test_same_content_twice_changes_nothing(self):
        first = self._import_golden("cdsidis.xml")
        again = self._import_golden("cdsidis.xml")
        self.assertEqual(first, again)
        self.assertEqual(len(first.order_ids), 2)
        self.assertEqual(self._usages(self.exchanged).mapped("version"), [1, 1])

    def test_reading_a_message_again_changes_nothing(self):
        message = self._import_golden("cdsidis.xml")
        message.action_process()
        self.assertEqual(message.state, "processed")
        self.assertEqual(len(message.order_ids), 2)
        self.assertEqual(message.unchanged_count, 2)

    def test_unknown_point_does_not_stop_the_other(self):
        self.two_tariff.unlink()
        message = self._import_golden("cdsidis.xml")
        self.assertEqual(message.state, "processed")
        self.assertEqual(self._codes(message, "error"), ["point_unknown"])
        self.assertEqual(message.order_ids.point_id, self.exchanged)

    def test_wrong_recipient_and_sender_stop_the_message(self):
        self.market_profile.receiver_code = "8591824999999"
        message = self._import_golden("cdsidis.xml")
        self.assertEqual(message.state, "rejected")
        self.assertEqual(self._codes(message), ["recipient_wrong"])
        self.market_profile.write(
            {"receiver_code": False, "sender_code": "8591824888888"}
        )
        message = self._import_golden("cdsdata.xml")
        self.assertEqual(self._codes(message), ["sender_unknown"])
        self.assertFalse(self.env["energy.interval"].search([]))

    def test_a_number_is_used_once(self):
        self._import_duf()
        other = self._import_duf(quantity="311", new="1311")
        self.assertEqual(other.state, "rejected")
        self.assertEqual(self._codes(other), ["number_used"])
        self.assertEqual(self._usages(self.exchanged).value, 310)

    def test_unknown_message_is_refused_with_its_name(self):
        message = self.env["energy.message"]._import_file(
            self.market_profile, "x.xml", b"<CDSOTHER message-code='1'/>"
        )
        self.assertEqual(message.state, "rejected")
        self.assertIn("CDSOTHER", message.first_finding)

    def test_master_data_update_the_known_point(self):
        point = self.env["energy.metering.point"].create(
            {"code": "859182400708995788", "network_id": self.cz.id}
        )
        message = self._import_golden("cdsmasterdata.xml")
        self.assertEqual(message.replaced_count, 1)
        self.assertEqual((point.breaker_phases, point.breaker_amps), ("3", 25))
        self.assertEqual(point.city, "Česká Třebová")

    def test_answer_is_kept(self):
        message = self._import_golden("response.xml")
        self.assertEqual(message.state, "processed", message.first_finding)
        self.assertEqual(message.answered_number, "20260330-1")

    # === Batches ===

    def test_batch_makes_a_message_of_each_member(self):
        content = self._zip(
            {
                "a.xml": (FILES / "cdsdata.xml").read_bytes(),
                "b.xml": (FILES / "cdsidis.xml").read_bytes(),
                "c.xml": b"<html>no message</html>",
            }
        )
        batch = self.env["energy.message"]._import_file(
            self.market_profile, "batch.zip", content
        )
        self.assertEqual(batch.state, "processed", batch.first_finding)
        self.assertEqual(batch.kind, "batch")
        states = {child.name: child.state for child in batch.child_ids}
        self.assertEqual(
            states, {"a.xml": "processed", "b.xml": "processed", "c.xml": "rejected"}
        )
        self.assertEqual(self._codes(batch), ["member_rejected"])
        self.assertEqual(self._usages(self.exchanged).mapped("value"), [320, 410.5])

    def test_message_of_a_batch_delivered_alone_is_the_same_message(self):
        alone = self._import_golden("cdsidis.xml")
        batch = self.env["energy.message"]._import_file(
            self.market_profile,
            "batch.zip",
            self._zip({"b.xml": (FILES / "cdsidis.xml").read_bytes()}),
        )
        self.assertFalse(batch.child_ids)
        self.assertEqual((batch.state, batch.unchanged_count), ("processed", 1))
        self.assertEqual(len(alone.order_ids), 2)

    def test_corrections_within_a_batch_come_one_after_the_other(self):
        batch = self.env["energy.message"]._import_file(
            self.market_profile,
            "batch.zip",
            self._zip(
                {
                    "1.xml": self._duf(),
                    "2.xml": self._duf(
                        id="D-2",
                        sent="2026-02-03T08:00:00+01:00",
                        new="1320",
                        quantity="320",
                    ),
                }
            ),
        )
        self.assertEqual(batch.child_ids.mapped("state"), ["processed", "processed"])
        self.assertEqual(self._usages(self.exchanged, is_current=True).value, 320)
        orders = self.exchanged.order_ids.sorted("id")
        self.assertEqual(orders.mapped("state"), ["replaced", "open"])
        self.assertEqual(orders.mapped("variant"), [1, 2])

    def test_member_of_a_batch_is_read_again_after_the_cause_is_gone(self):
        self.two_tariff.unlink()
        batch = self.env["energy.message"]._import_file(
            self.market_profile,
            "batch.zip",
            self._zip({"b.xml": (FILES / "cdsidis.xml").read_bytes()}),
        )
        self.env["energy.metering.point"].create(
            {"code": "859182400501380873", "network_id": self.cz.id}
        )
        batch.child_ids.action_process()
        self.assertEqual(len(batch.child_ids.order_ids), 2)

    def test_damaged_batch_leaves_nothing(self):
        content = self._zip({"b.xml": (FILES / "cdsidis.xml").read_bytes()})
        message = self.env["energy.message"]._import_file(
            self.market_profile, "batch.zip", content[:-40]
        )
        self.assertEqual(message.state, "rejected")
        self.assertFalse(self.env["energy.billing.order"].search([]))

    def test_members_that_are_too_large_are_refused_unread(self):
        content = self._zip({"a.xml": b"<x>" + b" " * (9 << 20), "b.xml": self._duf()})
        self.patch(energy_import_batch, "MAX_MEMBER", 1 << 20)
        batch = self.env["energy.message"]._import_file(
            self.market_profile, "batch.zip", content
        )
        self.assertEqual(batch.row_count, 2)
        states = {child.name: child.state for child in batch.child_ids}
        self.assertEqual(states, {"a.xml": "rejected", "b.xml": "processed"})
        large = batch.child_ids.filtered(lambda m: m.state == "rejected")
        self.assertEqual(self._codes(large), ["message_too_large"])

    def test_a_damaged_interchange_twice_in_a_batch_is_told_once(self):
        broken = (FILES / "mscons.edi").read_bytes()[:-20]
        batch = self.env["energy.message"]._import_file(
            self.market_profile,
            "batch.zip",
            self._zip({"a.edi": broken, "b.edi": broken, "c.xml": self._duf()}),
        )
        states = {child.name: child.state for child in batch.child_ids}
        self.assertEqual(states, {"a.edi": "rejected", "c.xml": "processed"})

    def test_a_member_that_fails_inside_does_not_stop_the_others(self):
        batch = {f"{n}.xml": self._duf(id=f"D-{n}") for n in (1,)}
        batch["2.xml"] = (FILES / "cdsdata.xml").read_bytes()
        self.patch(
            type(self.env["energy.billing.order"]),
            "_receive",
            lambda *args: 1 / 0,
        )
        with mute_logger("odoo.addons.energy_billing.models.energy_import_batch"):
            message = self.env["energy.message"]._import_file(
                self.market_profile, "batch.zip", self._zip(batch)
            )
        states = {child.name: child.state for child in message.child_ids}
        self.assertEqual(states, {"1.xml": "error", "2.xml": "processed"})

    # === Cancellation ===

    def test_cancelled_message_is_taken_back(self):
        first = self._import_duf()
        cancel = self._import_duf(
            id="D-2",
            sent="2026-02-02T08:00:00+01:00",
            reference='<Reference cancels="D-1"/>',
            ean=self.two_tariff.code,
            meter="70123456",
        )
        self.assertEqual(cancel.state, "processed", cancel.first_finding)
        self.assertEqual(first.order_ids.state, "cancelled")
        self.assertTrue(first.is_cancelled)
        self.assertFalse(self._usages(self.exchanged, is_current=True))

    def test_cancellation_of_an_unknown_message_is_told(self):
        cancel = self._import_duf(reference='<Reference cancels="D-77"/>')
        self.assertIn("cancels_unknown", self._codes(cancel, "error"))


@tagged("post_install", "-at_install")
class TestImportMscons(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.de = cls.env["energy.network"].create(
            {
                "name": "Netz",
                "code": "DE",
                "partner_id": cls.env["res.partner"].create({"name": "Netz"}).id,
                "tz": "Europe/Sofia",
                "code_scheme": "any",
            }
        )
        cls.de_profile = cls.env["energy.table.profile"].create(
            {
                "name": "MSCONS",
                "kind": "market",
                "network_id": cls.de.id,
                "timezone": "Europe/Sofia",
                "minutes": "15",
                "create_meters": True,
            }
        )
        cls.load, cls.both, cls.total = cls.env["energy.metering.point"].create(
            [
                {
                    "code": code,
                    "network_id": cls.de.id,
                    "measurement": measurement,
                }
                for code, measurement in (
                    ("DE00056266802AO6G56M11SN51G21M24S", "interval"),
                    ("DE00014559929E00856996N5139699L01", "interval"),
                    ("51238696781", "register"),
                )
            ]
        )

    def test_each_message_of_an_interchange_is_a_message(self):
        batch = self._import_golden("mscons.edi", self.de_profile)
        self.assertEqual((batch.kind, batch.row_count), ("batch", 3))
        load, readings, cancel = batch.child_ids.sorted("id")
        self.assertEqual(set(batch.child_ids.mapped("kind")), {"mscons"})
        self.assertEqual(load.market_number, "MSI5422")
        self.assertEqual(load.name, "mscons.edi MSI5422")
        for message in (batch, load, readings, cancel):
            self.assertEqual(message.state, "processed", message.first_finding)
        # the message with the intervals is taken back by the third one
        self.assertTrue(load.is_cancelled)
        self.assertFalse(self.env["energy.interval"].search([]))
        history = self.env["energy.interval.history"].search([])
        self.assertEqual(len(history.point_id), 2)
        self.assertEqual(history.message_id, load)
        self.assertEqual(history.replaced_by_id, cancel)
        usage = self._usages(self.total)
        self.assertEqual((usage.value, str(usage.date_end)), (310.5, "2026-01-31"))
        self.assertEqual(usage.message_id, readings)

    def _split(self):
        """The golden interchange without its cancellation."""
        text = (FILES / "mscons.edi").read_text()
        return text[: text.rindex("UNH+")] + "UNZ+2+" + text.rpartition("UNZ+3+")[2]

    def test_message_in_another_interchange_is_the_same_message(self):
        Message = self.env["energy.message"]
        first = Message._import_file(
            self.de_profile, "a.edi", self._split().encode("latin-1")
        )
        again = Message._import_file(
            self.de_profile, "b.edi", self._split().encode("latin-1") + b"\r\n"
        )
        self.assertEqual(len(first.child_ids), 2)
        self.assertFalse(again.child_ids)
        self.assertEqual((again.state, again.unchanged_count), ("processed", 2))
        zipped = Message._import_file(
            self.de_profile,
            "c.zip",
            self._zip({"a.edi": (FILES / "mscons.edi").read_bytes()}),
        )
        self.assertEqual((zipped.row_count, zipped.unchanged_count), (3, 2))
        self.assertEqual(zipped.child_ids.member, "a.edi")
        self.assertTrue(first.child_ids.sorted("id")[0].is_cancelled)

    def test_message_of_an_interchange_is_read_again_after_the_cause_is_gone(self):
        self.total.unlink()
        batch = self._import_golden("mscons.edi", self.de_profile)
        readings = batch.child_ids.sorted("id")[1]
        self.assertIn("point_unknown", self._codes(readings, "error"))
        total = self.env["energy.metering.point"].create(
            {"code": "51238696781", "network_id": self.de.id}
        )
        readings.action_process()
        self.assertEqual(self._usages(total).value, 310.5)
        self.assertNotIn("point_unknown", self._codes(readings))
        self.assertEqual(len(batch.child_ids), 3)

    def test_damaged_interchange_leaves_nothing(self):
        content = (FILES / "mscons.edi").read_bytes()
        batch = self.env["energy.message"]._import_file(
            self.de_profile, "x.edi", content[:-20]
        )
        self.assertEqual(batch.state, "rejected")
        self.assertFalse(batch.child_ids)
        self.assertFalse(self.env["energy.usage"].search([]))

    def _get_answers(self, batch):
        answers = batch.child_ids.delivery_ids.sorted("id")
        self.assertEqual(set(answers.mapped("direction")), {"output"})
        return answers

    def test_each_message_is_answered(self):
        batch = self._import_golden("mscons.edi", self.de_profile)
        answers = self._get_answers(batch)
        self.assertEqual(len(answers), 3)
        self.assertEqual(answers.parent_id, batch.delivery_ids)
        with answers[0]._open_energy_file() as fileobj:
            text = fileobj.read().decode()
        self.assertIn("APERAK", text)
        self.assertIn("BGM+312", text)

    def test_answer_lists_the_errors_of_our_checks(self):
        self.total.unlink()
        batch = self._import_golden("mscons.edi", self.de_profile)
        with self._get_answers(batch)[1]._open_energy_file() as fileobj:
            text = fileobj.read().decode()
        self.assertIn("BGM+313", text)
        self.assertIn("POINT_UNKNOWN", text)

    def test_answers_are_sent_to_the_distributor_or_kept(self):
        batch = self._import_golden("mscons.edi", self.de_profile)
        answer = self._get_answers(batch)[0]
        self.assertEqual(answer.edi_exchange_state, "new")
        self.de.partner_id.email = "edi@example.com"
        answer.edi_exchange_state = "output_pending"
        answer.action_exchange_send()
        self.assertEqual(answer.edi_exchange_state, "output_sent")
        sent = answer.energy_message_id.message_ids[0].attachment_ids
        self.assertEqual(sent.name, answer.exchange_filename)
