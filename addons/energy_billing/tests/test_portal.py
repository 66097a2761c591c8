"""The portal of a customer with metering points: consumption and readings."""

import base64
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from time import perf_counter

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Span

from .common import EnergyCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQ"
    "AAAABJRU5ErkJggg=="
)


class EnergyPortalCase(EnergyCase, HttpCase):
    """The customer of point N-1 has N-3, too, which is measured by the hour."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._create_point_agreement(cls.point)
        cls.customer = cls.own.partner_id
        cls.own_hourly = cls._create_point_agreement(cls.interval_point)
        cls.own_hourly.contract_id.partner_id = cls.customer
        cls.own_hourly.account_id = cls.own.account_id
        cls.foreign = cls._create_point_agreement(cls.two_tariff_point)
        cls.user = cls._portal_user("portal_own", cls.customer)
        cls._portal_user("portal_foreign", cls.foreign.partner_id)

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _spans(self, *points):
        spans = self.env["energy.consumption"]._get_spans(self.customer, self.company)
        return {p: group for p, group in spans.items() if not points or p in points}

    def _rows(self, point, step, first, last):
        rows = self.env["energy.consumption"]._get_rows(
            self._spans(point), self.energy, step, first, last
        )
        return [(start, values.get(point.id)) for start, values in rows]


@tagged("post_install", "-at_install")
class TestConsumption(EnergyPortalCase):
    def _store_days(self, days, values, resolution):
        """A row of intervals for each day, with the same values."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO energy_interval (point_id, company_id, day, channel_id,
                    resolution, total, missing_count, energy, version)
                SELECT %s, %s, day, %s, %s, %s, 0, %s::float8[], 1
                  FROM unnest(%s::date[]) AS t(day)
                """,
                self.interval_point.id,
                self.company.id,
                self._kind("180").id,
                resolution,
                sum(values),
                values,
                list(days),
            )
        )

    def test_readings_are_spread_over_their_days(self):
        """310 kWh of January, and 28 of ten days around the end of February."""
        self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310",
            "N-1;M1;1.8.0;2026-02-01;2026-02-22;1310;1310;0",
            "N-1;M1;1.8.0;2026-02-23;2026-03-04;1310;1340;30",
        )
        year = (date(2026, 1, 1), date(2026, 12, 31))
        months = self._rows(self.point, "month", *year)
        self.assertEqual(len(months), 12)
        self.assertEqual([value for _m, value in months[:4]], [310, 18, 12, None])
        days = self._rows(self.point, "day", date(2026, 2, 1), date(2026, 2, 28))
        self.assertEqual([value for _d, value in days[21:23]], [0, 3])
        self.assertEqual(self._rows(self.point, "year", *year), [(year[0], 340)])

    def test_day_and_night_are_parts_of_energy(self):
        spans = {self.two_tariff_point: [Span(date(2026, 1, 1), date(2026, 12, 31))]}
        self._import_readings(
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;0;200;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;0;100;100",
        )
        Consumption = self.env["energy.consumption"]
        self.assertEqual(Consumption._get_types(self.two_tariff_point), self.energy)
        [(_start, values)] = Consumption._get_rows(
            spans, self.energy, "month", date(2026, 1, 1), date(2026, 1, 31)
        )
        self.assertEqual(values, {self.two_tariff_point.id: 300})

    def test_days_of_who_lived_there_before_are_not_shown(self):
        self.own.date_start = "2026-01-16"
        self.own_hourly.date_start = "2026-01-16"
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._store_days([date(2026, 1, day) for day in range(1, 32)], [1.0] * 24, 60)
        january = (date(2026, 1, 1), date(2026, 1, 31))
        [(_start, value)] = self._rows(self.point, "month", *january)
        self.assertEqual(value, 160)
        [(_start, value)] = self._rows(self.interval_point, "month", *january)
        self.assertEqual(value, 16 * 24)
        hours = self._rows(self.interval_point, "hour", *january)
        self.assertEqual(sum(value or 0 for _start, value in hours), 16 * 24)

    def test_the_day_of_25_hours(self):
        day = date(2026, 10, 25)
        self._store_days([day], [float(number) for number in range(25)], 60)
        hours = self._rows(self.interval_point, "hour", day, day)
        self.assertEqual([value for _hour, value in hours], list(range(25)))
        chart = self.env["energy.consumption"]._prepare_chart(
            self._spans(self.interval_point), self.energy, "hour", day
        )
        labels = [row["label"] for row in chart["rows"]]
        self.assertEqual(labels[2:6], ["02:00", "03:00 EEST", "03:00 EET", "04:00"])
        self.assertEqual(chart["total"], 300)

    def test_the_day_of_23_hours(self):
        day = date(2026, 3, 29)
        self._store_days([day], [0.25] * 92, 15)
        hours = self._rows(self.interval_point, "hour", day, day)
        self.assertEqual([value for _hour, value in hours], [1.0] * 23)
        self.assertEqual(hours[3][0].hour, 4)
        self.assertEqual(
            hours[3][0].astimezone(UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)
        )

    def test_compared_with_last_year(self):
        self.own_hourly.date_start = "2025-01-01"
        self._store_days([date(2025, 5, 1)], [1.0] * 24, 60)
        self._store_days([date(2026, 5, 1)], [2.0] * 24, 60)
        chart = self.env["energy.consumption"]._prepare_chart(
            self._spans(self.interval_point),
            self.energy,
            "month",
            date(2026, 7, 1),
            compare=True,
        )
        self.assertEqual(chart["rows"][4]["value"], 48)
        self.assertEqual(chart["rows"][4]["former"], 24)
        self.assertEqual((chart["total"], chart["former_total"]), (48, 24))

    def test_a_year_of_quarter_hours_is_quick(self):
        days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(365)]
        hours = [day for day in days if (day.month, day.day) not in ((3, 29), (10, 25))]
        self._store_days(hours, [0.25] * 96, 15)
        self.env.flush_all()
        year = (date(2026, 1, 1), date(2026, 12, 31))
        for step in ("month", "day", "hour"):
            seconds = []
            for _repeat in range(3):
                start = perf_counter()
                rows = self._rows(self.interval_point, step, *year)
                seconds.append(perf_counter() - start)
            total = sum(value or 0 for _start, value in rows)
            self.assertAlmostEqual(total, 363 * 24, msg=step)
            self.assertLess(min(seconds), 0.5, step)

    def test_the_page_its_points_and_its_file(self):
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._store_days([date(2026, 1, 1)], [1.5] * 24, 60)
        self.authenticate("portal_own", "portal_own")
        page = self.url_open("/my/consumption?compare=1").text
        self.assertIn("N-1", page)
        self.assertIn("N-3", page)
        self.assertNotIn("N-2", page)
        self.assertIn("346", page)
        page = self.url_open(f"/my/consumption?point={self.point.id}").text
        self.assertIn("310", page)
        file = self.url_open(
            "/my/consumption/csv?step=hour&day=2026-01-01"
            f"&point={self.interval_point.id}"
        ).text.splitlines()
        self.assertEqual(len(file), 25)
        self.assertIn("N-3", file[0])
        self.assertEqual(file[1], "2026-01-01T00:00:00+02:00;1.5")

    def test_another_s_point_is_not_shown_by_its_number(self):
        self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1311;311",
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;0;200;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;0;133;133",
        )
        self.authenticate("portal_own", "portal_own")
        for path in ("/my/consumption", "/my/consumption/csv"):
            url = f"{path}?step=month&day=2026-01-01&point={self.two_tariff_point.id}"
            text = self.url_open(url).text
            self.assertNotIn("333", text)
            self.assertIn("311", text)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02")
class TestTold(EnergyPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register = cls.meter.register_ids
        cls.installation = cls.meter.installation_ids
        cls.point.capacity_kw = 10

    def setUp(self):
        super().setUp()
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")

    def _tell(self, value, day="2026-02-28", **kwargs):
        return self.env["energy.reading"]._tell(
            self.installation,
            self.register,
            date.fromisoformat(day),
            Decimal(value),
            self.customer,
            **kwargs,
        )

    def test_a_reading_is_stored_once(self):
        reading, question = self._tell("1590")
        self.assertFalse(question)
        self.assertEqual(reading.told_by_id, self.customer)
        self.assertEqual(reading.point_id, self.point)
        self.assertEqual(self._tell("1590")[0], reading)
        corrected, _question = self._tell("1600")
        self.assertEqual((corrected.version, reading.is_current), (2, False))

    def test_what_cannot_be_is_refused(self):
        for value, day, text in (
            ("1590", "2026-03-03", "future"),
            ("1590", "2024-12-30", "not installed"),
            ("1000000", "2026-02-28", "6 digits"),
            ("1309", "2026-02-28", "which is more"),
            ("1400", "2026-01-15", "which is less"),
            ("9000", "2026-02-28", "can carry"),
            ("1311", "2026-01-31", "already a reading"),
        ):
            with self._refused(UserError, text):
                self._tell(value, day)

    def test_what_is_unusual_is_asked(self):
        """Ten a day are usual."""
        for value in ("1320", "2500"):
            reading, question = self._tell(value)
            self.assertFalse(reading)
            self.assertIn("unusual", question)
        reading, question = self._tell("2500", confirmed=True)
        self.assertEqual(reading.value, 2500)

    def test_a_register_may_start_again(self):
        self.register.digits = 4
        self.env["energy.reading"].create(
            {"register_id": self.register.id, "date": "2026-02-10", "value": 9900}
        )
        reading, _question = self._tell("80")
        self.assertEqual(reading.value, 80)

    def test_no_usage_begins_with_what_a_customer_told(self):
        self._tell("1450", "2026-02-14")
        [(day, value)] = (
            self.env["energy.reading"]
            ._get_last_before([(self.register.id, date(2026, 2, 28))])
            .values()
        )
        self.assertEqual((day, value), (date(2026, 1, 31), 1310))

    def test_the_distributor_s_reading_takes_its_place(self):
        told, _question = self._tell("1590")
        self._import_readings("N-1;M1;1.8.0;2026-02-01;2026-02-28;1310;1590;280")
        current = self.register.reading_ids.filtered(
            lambda r: r.is_current and r.date == date(2026, 2, 28)
        )
        self.assertEqual(len(current), 1)
        self.assertFalse(current.told_by_id)
        self.assertFalse(told.is_current)

    def _post(self, login="portal_own", files=None, **values):
        self.authenticate(login, login)
        page = self.url_open("/my/readings").text
        csrf = re.search(r'csrf_token: "([^"]+)"', page)[1]
        return self.url_open(
            "/my/readings",
            data={
                "csrf_token": csrf,
                "installation": self.installation.id,
                "date": "2026-02-28",
                **values,
            },
            files=files,
        )

    def _get_told(self):
        return self.register.reading_ids.filtered("told_by_id")

    def test_the_form_stores_a_reading_with_its_photo(self):
        name = f"value_{self.register.id}"
        page = self._post(files=[("photo", ("m.png", PIXEL))], **{name: "1 590,0"})
        self.assertIn("is stored", page.text)
        reading = self._get_told()
        self.assertEqual(reading.value, 1590)
        self.assertEqual(reading.photo_count, 1)
        self._post(**{name: "1590"})
        self.assertEqual(self._get_told(), reading)

    def test_the_form_asks_and_refuses(self):
        name = f"value_{self.register.id}"
        self.assertIn("unusual", self._post(**{name: "2500"}).text)
        self.assertIn("is no number", self._post(**{name: "many"}).text)
        with self.assertLogs("odoo.addons.energy_billing.controllers", "WARNING"):
            page = self._post(
                files=[("photo", ("m.png", b"<html/>"))], **{name: "1590"}
            )
        self.assertIn("no JPEG", page.text)
        self.assertFalse(self._get_told())
        self._post(confirmed="1", **{name: "2500"})
        self.assertEqual(self._get_told().value, 2500)

    def test_never_for_another_s_point(self):
        name = f"value_{self.register.id}"
        with self.assertLogs("odoo.addons.energy_billing.controllers", "WARNING"):
            answer = self._post(login="portal_foreign", **{name: "1590"})
        self.assertEqual(answer.status_code, 404)
        self.own.date_start = "2026-02-01"
        page = self._post(date="2026-01-15", **{name: "1150"})
        self.assertIn("was not yours", page.text)
        self.assertFalse(self._get_told())
