"""Asking a distributor for points: a file out, his answers in."""

import base64
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EnergyCase

HEAD = "Point;Result;Confirmed For;Reason Code;Reason"


@tagged("post_install", "-at_install")
@freeze_time("2026-01-05")
class TestSupplierSwitch(EnergyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layout = cls.env["energy.switch.layout"].create(
            {
                "name": "North",
                "file_type": "csv",
                "point_heading": "Point",
                "accepted_words": "yes, ok",
                "rejected_words": "no",
            }
        )
        cls.network.switch_layout_id = cls.layout
        cls.network.partner_id.email = "north@example.com"
        cls.agreements = cls._create_point_agreement(
            cls.point
        ) | cls._create_point_agreement(cls.two_tariff_point)
        cls.clerk = cls._user("clerk")

    def _open(self):
        self.agreements.with_user(self.clerk).action_open_switches()
        return self.agreements.switch_ids.with_user(self.clerk)

    def _import(self, *rows, user=None):
        content = "\n".join([HEAD, *rows, ""]).encode()
        wizard = (
            self.env["energy.switch.answer"]
            .with_user(user or self.clerk)
            .create(
                {
                    "network_id": self.network.id,
                    "file": base64.b64encode(content),
                    "file_name": "answers.csv",
                }
            )
        )
        wizard.action_import()
        return wizard.result.split("\n")

    def test_a_request_names_each_point_once(self):
        switches = self._open()
        self._open()
        self.assertEqual(len(self.agreements.switch_ids), 2)
        switches.action_request()
        request = switches.request_id
        text = base64.b64decode(request.file).decode("utf-8-sig").splitlines()
        self.assertEqual(len(text), 3)
        self.assertTrue(text[0].startswith("Our Reference;Point;Customer"))
        self.assertTrue(text[1].endswith(";N-1;Customer A-N-1;;2026-01-01"))
        self.assertTrue(request.is_mailed)
        self.assertEqual(request.message_ids.partner_ids, self.network.partner_id)
        self.assertEqual(set(self.agreements.mapped("switch_state")), {"requested"})
        with self._refused(UserError, "None of these"):
            switches.action_request()

    def test_answers_are_stored_once_and_a_rejection_is_somebodys_work(self):
        switches = self._open()
        switches.action_request()
        rows = ("N-1;OK;2026-01-01;;", "N-2;no;;E12;Point is disconnected", "N-3;ok;;;")
        result = self._import(*rows)
        self.assertEqual(result[:2], ["1 accepted", "1 rejected"])
        self.assertIn("N-3: no switch of this point", result[2])
        first, second = switches
        self.assertEqual(
            (first.state, first.date_confirmed, first.date_answered),
            ("accepted", date(2026, 1, 1), date(2026, 1, 5)),
        )
        self.assertFalse(first.activity_ids)
        self.assertEqual(
            (second.state, second.reason_code, second.reason),
            ("rejected", "E12", "Point is disconnected"),
        )
        self.assertEqual(second.activity_ids.user_id, self.clerk)
        self.assertIn("E12", second.activity_ids.note)
        self.assertIn("2 were known already", self._import(*rows))
        self.assertEqual(len(second.activity_ids), 1)
        contradiction = self._import("N-1;no;;E1;")
        self.assertIn("N-1: answered before", contradiction[2])
        self.assertEqual(first.state, "accepted")
        # what was rejected can be asked again, what was accepted needs not
        self._open()
        self.assertEqual(
            [len(agreement.switch_ids) for agreement in self.agreements], [1, 2]
        )

    def test_another_day_and_an_unknown_word_are_told(self):
        switches = self._open()
        switches.action_request()
        result = self._import("N-1;yes;2026-02-01;;", "N-2;perhaps;;;")
        self.assertIn("“perhaps” is no known result", result[2])
        self.assertEqual(switches[1].state, "requested")
        self.assertIn("2026-02-01", switches[0].activity_ids.note)
        with self._refused(UserError, "Answers|column|Point"):
            self._import_bad()

    def _import_bad(self):
        self.env["energy.switch.answer"].create(
            {
                "network_id": self.network.id,
                "file": base64.b64encode(b"a;b\n1;2\n"),
                "file_name": "answers.csv",
            }
        ).action_import()

    def test_who_may_not(self):
        viewer = self._user("viewer")
        with self.assertRaises(AccessError):
            self.agreements.with_user(viewer).action_open_switches()
        with self.assertRaises(AccessError):
            self._import("N-1;yes;;;", user=viewer)
        self.point.write({"network_id": False, "code_scheme": "any"})
        with self._refused(UserError, "has no metering point with a network"):
            self._open()
