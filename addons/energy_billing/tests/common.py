"""A network with points, meters and the profiles of its files, in round figures."""

from datetime import date

from odoo.fields import Command

from odoo.addons.billing_base.tests.common import BillingCase

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))

READINGS = {
    "name": "Readings of North",
    "kind": "readings",
    "timezone": "Europe/Sofia",
    "columns": {
        "point": "Point",
        "meter": "Meter",
        "register": "Register",
        "date_from": "From",
        "date_to": "To",
        "reading_from": "Old",
        "reading_to": "New",
        "quantity": "kWh",
    },
}
INTERVALS = {
    "name": "Intervals of North",
    "kind": "intervals",
    "layout": "wide",
    "minutes": 60,
    "timezone": "Europe/Sofia",
    "columns": {"point": "Point", "day": "Day"},
    "values_from": "@C",
}
READINGS_HEAD = "Point;Meter;Register;From;To;Old;New;kWh"
INTERVALS_HEAD = "Point;Day;" + ";".join(str(hour) for hour in range(24))


class EnergyCase(BillingCase):
    """Points N-1 to N-3 are in the network North, whose codes begin with N-.

    N-1 has meter M1 of one register, N-2 meter M2 with day and night, N-3 is measured
    by the hour. Energy costs 0.10 per kWh until January 15 and 0.20 from January 16,
    so a share of 15 and 16 days of a price shows in the amounts.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.energy = cls.env.ref("energy_billing.quantity_type_energy")
        cls.day = cls.env.ref("energy_billing.quantity_type_energy_day")
        cls.night = cls.env.ref("energy_billing.quantity_type_energy_night")
        cls.network = cls._create_network("North", "N", "N-[0-9]+")
        cls.point, cls.two_tariff_point, cls.interval_point = cls.env[
            "energy.metering.point"
        ].create(
            [
                {"code": "N-1"},
                {"code": "N-2"},
                {"code": "N-3", "measurement": "interval"},
            ]
        )
        cls.meter = cls._install("M1", cls.point, ["180"])
        cls.two_tariff_meter = cls._install("M2", cls.two_tariff_point, ["181", "182"])
        cls.readings_profile = cls._create_profile(READINGS)
        cls.intervals_profile = cls._create_profile(INTERVALS)
        cls.energy_tariff = cls.env["billing.tariff"].create(
            {"name": "Energy", "code": "E"}
        )
        cls.energy_item = cls._create_energy_item("Energy", cls.energy)
        cls.metered_type = cls.env["billing.agreement.type"].create(
            {
                "name": "Metered Supply",
                "code": "MS",
                "cycle_id": cls.cycle.id,
                "segment_type_id": cls.env.ref("billing_base.segment_type_metered").id,
                "quantity_type_id": cls.energy.id,
            }
        )

    @classmethod
    def _create_network(cls, name, code, pattern):
        return cls.env["energy.network"].create(
            {
                "name": name,
                "code": code,
                "partner_id": cls.env["res.partner"].create({"name": name}).id,
                "tz": "Europe/Sofia",
                "code_scheme": "pattern",
                "code_pattern": pattern,
            }
        )

    @classmethod
    def _kind(cls, number):
        return cls.env.ref(f"energy_billing.kind_{number}")

    @classmethod
    def _install(cls, code, point, kinds, date_start="2025-01-01", **values):
        """A new meter with registers of these kinds, installed at the point."""
        meter = cls.env["energy.meter"].create(
            {
                "code": code,
                "register_ids": [
                    Command.create({"kind_id": cls._kind(kind).id}) for kind in kinds
                ],
            }
        )
        cls.env["energy.installation"].create(
            {
                "meter_id": meter.id,
                "point_id": point.id,
                "date_start": date_start,
                **values,
            }
        )
        return meter

    @classmethod
    def _create_profile(cls, values, **record_values):
        Profile = cls.env["energy.table.profile"]
        return Profile.create(
            {
                **Profile._prepare_from_dict(values),
                "network_id": cls.network.id,
                **record_values,
            }
        )

    @classmethod
    def _create_energy_item(cls, name, quantity_type):
        item = cls._create_item(
            name,
            [("2026-01-01", "2026-01-15", 0.10), ("2026-01-16", False, 0.20)],
            basis="unit",
            quantity_type_id=quantity_type.id,
        )
        item.tariff_id = cls.energy_tariff
        return item

    @classmethod
    def _create_point_agreement(cls, point, code=None, **values):
        """An agreement of the point on the energy tariff, of a new customer."""
        agreement = cls._create_agreement(code or f"A-{point.code}", 10)
        agreement.term_ids.unlink()
        agreement.write(
            {
                "type_id": cls.metered_type.id,
                "point_id": point.id,
                "term_ids": [
                    Command.create(
                        {
                            "date_start": "2026-01-01",
                            "tariff_id": cls.energy_tariff.id,
                        }
                    )
                ],
                **values,
            }
        )
        return agreement

    def _import_readings(self, *rows, profile=None, name="readings.csv"):
        """Import rows of READINGS_HEAD."""
        content = "\n".join([READINGS_HEAD, *rows, ""]).encode()
        return self.env["energy.message"]._import_file(
            profile or self.readings_profile, name, content
        )

    def _import_intervals(self, *rows, profile=None, name="intervals.csv"):
        """Import rows of INTERVALS_HEAD."""
        content = "\n".join([INTERVALS_HEAD, *rows, ""]).encode()
        return self.env["energy.message"]._import_file(
            profile or self.intervals_profile, name, content
        )

    def _month_of_intervals(self, value=1.0, point="N-3", days=range(1, 32)):
        """Rows of January with the same value in every hour."""
        values = ";".join([f"{value:g}"] * 24)
        return [f"{point};2026-01-{day:02d};{values}" for day in days]

    def _usages(self, point, **domain):
        return self.env["energy.usage"].search(
            [("point_id", "=", point.id), *((k, "=", v) for k, v in domain.items())],
            order="date_start, quantity_type_id, version",
        )

    def _codes(self, message, level=None):
        """Codes of the findings of a message, in the order of the file."""
        found = message.finding_ids.sorted(lambda f: (f.row_number, f.id))
        return found.filtered(lambda f: not level or f.level == level).mapped("code")
