"""A trader's forecasts, for the journey of them; runs in an Odoo shell.

Expects `env`. Four points with a hundred days of hours until the eve of April 20, 2026,
their market area with its portfolio and prices, and a profile of settlement files.
`trader` is a clerk of the company who may nominate.
"""

import math
from datetime import date, timedelta

from odoo.fields import Command

FIRST_DAY = date(2026, 4, 20)
DAYS = 100
POINTS = ("FC-BAKERY", "FC-OFFICE", "FC-PUMPS", "FC-SCHOOL")
PRICES = {"spot": 0.1, "short": 0.13, "surplus": 0.06}
SETTLED_DAYS = 2
PROFILE = {
    "name": "Settlement by point",
    "kind": "intervals",
    "layout": "wide",
    "minutes": 60,
    "timezone": "Europe/Sofia",
    "columns": {"point": "Point", "day": "Day"},
    "values_from": "@C",
}


def energy(number, day, hour):
    """kWh of the point `number` in an hour of a day."""
    rest = 0.6 if day.weekday() >= 5 else 1.0
    wave = 1 + 0.4 * math.sin((hour - 7) * math.pi / 12)
    return round((number + 1) * 10 * rest * wave + (day.day * 7 + hour) % 5 * 0.1, 3)


def make(env):
    """Make the desk."""
    company = env.company
    make_user(env, company)
    area = make_area(env, company)
    network = make_network(env)
    points = make_points(env, company, network)
    channel = env.ref("energy_billing.kind_active_import")
    rows = []
    for number, point in enumerate(points):
        for back in range(1, DAYS + 1):
            day = FIRST_DAY - timedelta(days=back)
            hours = hours_of(day)
            values = [energy(number, day, hour) for hour in hours]
            rows.append(
                {
                    "point_id": point.id,
                    "company_id": company.id,
                    "day": day,
                    "channel_id": channel.id,
                    "resolution": 60,
                    "total": sum(values),
                    "energy": values,
                }
            )
    env["energy.interval"].create(rows)
    env["energy.series"].create(
        {"name": "Portfolio", "kind": "portfolio", "area_id": area.id}
    )
    env["energy.series"]._create_point_series(area, points)
    Profile = env["energy.table.profile"]
    Profile.create({**Profile._prepare_from_dict(PROFILE), "network_id": network.id})


def hours_of(day):
    """Hours of the clock of a local day; that of March 29 has 23."""
    lost = 3 if day == date(2026, 3, 29) else None
    return [hour for hour in range(24) if hour != lost]


def make_user(env, company):
    groups = (
        "billing_base.group_billing_clerk",
        "energy_forecast.group_energy_nominate",
    )
    env["res.users"].create(
        {
            "name": "Trader",
            "login": "trader",
            "password": "trader",
            "lang": "en_US",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.link(env.ref(group).id) for group in groups],
        }
    )


def make_area(env, company):
    curves = {}
    for name, price in PRICES.items():
        curve = env["energy.curve"].create(
            {"name": f"Journey {name}", "code": f"journey_{name}"}
        )
        env["energy.curve.day"].create(
            [
                {
                    "curve_id": curve.id,
                    "company_id": company.id,
                    "day": FIRST_DAY + timedelta(days=number),
                    "resolution": 60,
                    "energy": [price] * 24,
                    "version": 1,
                    "is_current": True,
                }
                for number in range(SETTLED_DAYS)
            ]
        )
        curves[f"{name}_curve_id"] = curve.id
    operator = env["res.partner"].create(
        {"name": "System operator", "email": "schedules@operator.example.com"}
    )
    return env["energy.market.area"].create(
        {
            "name": "Sofia",
            "tz": "Europe/Sofia",
            "country_id": env.ref("base.bg").id,
            "eic": "10YCA-BULGARIA-R",
            "party_eic": "32X00110010000A1",
            "operator_eic": "10XBG-ESO------A",
            "operator_id": operator.id,
            **curves,
        }
    )


def make_network(env):
    return env["energy.network"].create(
        {
            "name": "Vitosha Grid",
            "code": "VITOSHA",
            "tz": "Europe/Sofia",
            "partner_id": env["res.partner"].create({"name": "Vitosha Grid"}).id,
        }
    )


def make_points(env, company, network):
    return env["energy.metering.point"].create(
        [
            {
                "code": code,
                "company_id": company.id,
                "network_id": network.id,
                "measurement": "interval",
            }
            for code in POINTS
        ]
    )


if __name__ == "__main__":
    make(env)  # noqa: F821
    env.cr.commit()  # noqa: F821
