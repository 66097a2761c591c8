"""A utility of several services: Poland, in zloty.

The town has power with day and night registers and a read maximum, water with a garden
sub-meter, both exchanged after January 14, and street lighting without a meter; the
bakery has power and water. All of a customer's services come on one bill. `utility` is
a clerk of the company, `town` the portal user of the town.
"""

from datetime import date

from companies import find_company, make_company, make_user
from load_tariffs import Tariffs, read

from odoo.fields import Command

READINGS = {
    "kind": "readings",
    "timezone": "Europe/Warsaw",
    "columns": {
        "point": "Point",
        "meter": "Meter",
        "register": "Register",
        "date_from": "From",
        "date_to": "To",
        "reading_from": "Old",
        "reading_to": "New",
    },
}
HEAD = "Point;Meter;Register;From;To;Old;New"
FILES = {
    "electricity": """
PL-E-1;E1;1.8.1;2026-01-01;2026-01-31;1000;1412.5
PL-E-1;E1;1.8.2;2026-01-01;2026-01-31;500;716.25
PL-E-1;E1;1.6.0;2026-01-01;2026-01-31;;1.85
PL-E-2;E2;1.8.1;2026-01-01;2026-01-31;20150;23250
PL-E-2;E2;1.8.2;2026-01-01;2026-01-31;18400;20880
PL-E-2;E2;1.6.0;2026-01-01;2026-01-31;;14.2
""",
    "water": """
PL-W-1;W1;1.0.0;2026-01-01;2026-01-14;812;846
PL-W-1;W2;1.0.0;2026-01-15;2026-01-31;0;41
PL-W-1;G1;1.0.1;2026-01-01;2026-01-14;120;126
PL-W-1;G2;1.0.1;2026-01-15;2026-01-31;0;7.5
PL-W-2;W3;1.0.0;2026-01-01;2026-01-31;330;348.2
""",
}
# meter: (point, multiplier, registers, first day, last day)
METERS = {
    "E1": ("PL-E-1", 40, ("181", "182", "160"), "2025-01-01", False),
    "E2": ("PL-E-2", 1, ("181", "182", "160"), "2025-01-01", False),
    "W1": ("PL-W-1", 1, ("water",), "2025-01-01", "2026-01-14"),
    "W2": ("PL-W-1", 1, ("water",), "2026-01-15", False),
    "G1": ("PL-W-1", 1, ("water_garden",), "2025-01-01", "2026-01-14"),
    "G2": ("PL-W-1", 1, ("water_garden",), "2026-01-15", False),
    "W3": ("PL-W-2", 1, ("water",), "2025-01-01", False),
}
# point: (customer, tariff, kind of agreement, levels)
POINTS = {
    "PL-E-1": ("town", "pl-power", "power", {}),
    "PL-W-1": ("town", "pl-water", "water", {}),
    "PL-L-1": ("town", "pl-lighting", "lighting", {"lamps": 160}),
    "PL-E-2": ("bakery", "pl-power", "power", {}),
    "PL-W-2": ("bakery", "pl-water", "water", {}),
}
LAMPS = (
    ("Sodium lamp", 120, 70, "2020-01-01", False),
    ("Sodium lamp", 40, 150, "2020-01-01", "2026-01-15"),
    ("LED", 40, 60, "2026-01-16", False),
)
HOURS = {
    "01-01": 15.5,
    "01-16": 14.75,
    "02-16": 13,
    "04-01": 10.5,
    "06-01": 7.5,
    "08-16": 10,
    "10-01": 12.5,
    "11-16": 15,
}


def make(env):
    """Make the utility with the files of January 2026, once. :return: its company"""
    if company := find_company(env, "utility"):
        return company
    company = make_company(
        env,
        "City Services",
        "pl",
        "PLN",
        "pl",
        street="ul. Wodna 1",
        zip="00-001",
        city="Warszawa",
        email="services@example.com",
        tax_calculation_rounding_method="round_globally",
    )
    make_user(company, "utility", "billing_base.group_billing_clerk")
    env = company.env
    cycle = env["billing.cycle"].create({"name": "City", "code": "CITY"})
    cycle._generate_periods(date(2026, 1, 1), date(2026, 12, 31))
    networks = _networks(env)
    points = _points(env, networks)
    _agreements(env, cycle, points, Tariffs(env, company).load(read("pl")))
    make_user(
        company.with_context(no_reset_password=True),
        "town",
        "base.group_portal",
        "Town of Jasna",
        partner_id=points["PL-E-1"].agreement_ids.partner_id.id,
    )
    for commodity, rows in FILES.items():
        profile = env["energy.table.profile"].create(
            {
                **env["energy.table.profile"]._prepare_from_dict(
                    {**READINGS, "name": f"Readings of {commodity}"}
                ),
                "network_id": networks[commodity].id,
                "commodity": commodity,
            }
        )
        message = env["energy.message"]._import_file(
            profile, f"{commodity}-2026-01.csv", (HEAD + rows).encode()
        )
        assert message.state == "processed", message.finding_ids.mapped("message")
    cycle.period_ids[0].action_activate()
    return company


def _networks(env):
    return {
        commodity: env["energy.network"].create(
            {
                "name": name,
                "code": code,
                "commodity": commodity,
                "partner_id": env.company.partner_id.id,
                "tz": "Europe/Warsaw",
                "code_scheme": "pattern",
                "code_pattern": pattern,
            }
        )
        for commodity, name, code, pattern in (
            ("electricity", "City Grid", "PL-E", "PL-[EL]-[0-9]+"),
            ("water", "City Waterworks", "PL-W", "PL-W-[0-9]+"),
        )
    }


def _points(env, networks):
    """Points with their meters, and the lamps of the street."""
    calendar = env["energy.burning.calendar"].create(
        {
            "name": "Street lighting, all night",
            "line_ids": [
                Command.create({"start": start, "hours": hours})
                for start, hours in HOURS.items()
            ],
        }
    )
    points = {}
    for code in POINTS:
        commodity = "water" if "-W-" in code else "electricity"
        points[code] = env["energy.metering.point"].create(
            {
                "code": code,
                "commodity": commodity,
                "network_id": networks[commodity].id,
                "city": "Warszawa",
            }
        )
    points["PL-L-1"].write(
        {
            "measurement": "unmetered",
            "burning_calendar_id": calendar.id,
            "load_ids": [
                Command.create(
                    {
                        "name": name,
                        "number": number,
                        "watts": watts,
                        "date_start": start,
                        "date_end": end,
                    }
                )
                for name, number, watts, start, end in LAMPS
            ],
        }
    )
    for code, (point, multiplier, kinds, start, end) in METERS.items():
        meter = env["energy.meter"].create(
            {
                "code": code,
                "commodity": points[point].commodity,
                "register_ids": [
                    Command.create({"kind_id": env.ref(name).id})
                    for name in (f"energy_billing.kind_{kind}" for kind in kinds)
                ],
            }
        )
        env["energy.installation"].create(
            {
                "point_id": points[point].id,
                "meter_id": meter.id,
                "multiplier": multiplier,
                "date_start": start,
                "date_end": end,
                "is_sub_meter": "water_garden" in kinds,
            }
        )
    return points


def _agreements(env, cycle, points, tariffs):
    """A billing account for each customer, an agreement for each point."""
    types = {
        code: env["billing.agreement.type"].create(
            {
                "name": name,
                "code": code,
                "cycle_id": cycle.id,
                "segment_type_id": env.ref("billing_base.segment_type_metered").id,
                "quantity_type_id": env.ref(
                    f"energy_billing.quantity_type_{quantity}"
                ).id,
            }
        )
        for code, name, quantity in (
            ("power", "Power", "energy"),
            ("water", "Water and Sewage", "water"),
            ("lighting", "Street Lighting", "energy"),
        )
    }
    profile = env["billing.profile"].create(
        {"name": "One bill for all services", "grouping": "account", "statement": True}
    )
    accounts, contracts = {}, {}
    for number, (key, name) in enumerate(
        (("town", "Town of Jasna"), ("bakery", "Bakery Rogal")), 1
    ):
        partner = env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "company_id": env.company.id,
                "country_id": env.company.country_id.id,
                "city": "Warszawa",
                "email": f"{key}@example.com",
            }
        )
        accounts[key] = env["billing.account"].create(
            {
                "code": f"PL-{number:04d}",
                "partner_id": partner.id,
                "profile_id": profile.id,
            }
        )
        contracts[key] = env["contract.contract"].create(
            {
                "name": f"PL-{number:04d}",
                "partner_id": partner.id,
                "company_id": env.company.id,
            }
        )
    for code, (customer, tariff, kind, levels) in POINTS.items():
        env["billing.agreement"].create(
            {
                "code": code,
                "contract_id": contracts[customer].id,
                "account_id": accounts[customer].id,
                "type_id": types[kind].id,
                "point_id": points[code].id,
                "date_start": date(2026, 1, 1),
                "term_ids": [
                    Command.create(
                        {
                            "date_start": date(2026, 1, 1),
                            "tariff_id": tariffs[tariff].id,
                            "value_ids": [
                                Command.create(
                                    {
                                        "quantity_type_id": env.ref(
                                            f"energy_billing.quantity_type_{level}"
                                        ).id,
                                        "value": value,
                                    }
                                )
                                for level, value in levels.items()
                            ],
                        }
                    )
                ],
            }
        )
