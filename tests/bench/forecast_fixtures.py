"""Points with a year of hours, settlements and prices, made by statements alone."""

from datetime import date, timedelta

LAST = date(2026, 3, 1)


def make_area(env):
    """A market area with a portfolio and its price series."""
    company = env.company
    company.country_id = env.ref("base.bg")
    curves = [
        env["energy.curve"].create({"name": name, "code": f"bench_{name}"})
        for name in ("spot", "short", "surplus")
    ]
    area = env["energy.market.area"].create(
        {
            "name": "Bench",
            "tz": "Europe/Sofia",
            "country_id": company.country_id.id,
            "spot_curve_id": curves[0].id,
            "short_curve_id": curves[1].id,
            "surplus_curve_id": curves[2].id,
        }
    )
    area._load_holidays(range(2024, 2027))
    env["energy.series"].create(
        {"name": "All", "kind": "portfolio", "area_id": area.id}
    )
    return area


def make_points(env, area, size):
    """Metering points with their series."""
    network = env["energy.network"].create(
        {
            "name": "Bench",
            "code": "BENCH",
            "partner_id": env["res.partner"].create({"name": "Bench"}).id,
            "tz": "Europe/Sofia",
        }
    )
    env.cr.execute(
        "INSERT INTO energy_metering_point (code, company_id, network_id, commodity,"
        " measurement, code_scheme, active)"
        " SELECT 'B-' || n, %s, %s, 'electricity', 'interval', 'any', TRUE"
        " FROM generate_series(1, %s) n RETURNING id",
        (env.company.id, network.id, size),
    )
    ids = [row[0] for row in env.cr.fetchall()]
    env.cr.execute(
        "INSERT INTO energy_series (name, area_id, company_id, kind, point_id, model,"
        " active) SELECT code, %s, company_id, 'point', id, 'auto', TRUE"
        " FROM energy_metering_point WHERE id = ANY(%s)",
        (area.id, ids),
    )
    env.invalidate_all()
    return env["energy.metering.point"].browse(ids)


def make_year(env, points, last=LAST, days=400):
    """Hours of each point: a working week, a day's shape, and noise of 10 %."""
    channel = env.ref("energy_billing.kind_active_import")
    env.cr.execute(
        """
        INSERT INTO energy_interval (point_id, company_id, day, channel_id, resolution,
                                     total, missing_count, energy, version)
        SELECT p.id, p.company_id, d::date, %s, 60, 0, 0, ARRAY(
               SELECT (1 + p.id %% 37)
                      * CASE WHEN extract(isodow FROM d) > 5 THEN 0.6 ELSE 1.0 END
                      * (1 + 0.5 * sin((h - 7) * pi() / 12)) * (0.95 + 0.1 * random())
                 FROM generate_series(0, 23) h), 1
          FROM energy_metering_point p
    CROSS JOIN generate_series(%s::date - %s, %s::date, interval '1 day') d
         WHERE p.id = ANY(%s)
        """,
        (channel.id, last, days - 1, last, points.ids),
    )


def make_prices(env, area, first, days, minutes):
    slots = 1440 // minutes
    for curve, price in (
        (area.spot_curve_id, 0.1),
        (area.short_curve_id, 0.13),
        (area.surplus_curve_id, 0.06),
    ):
        env["energy.curve.day"].create(
            [
                {
                    "curve_id": curve.id,
                    "company_id": area.company_id.id,
                    "day": first + timedelta(days=number),
                    "resolution": minutes,
                    "energy": [price] * slots,
                    "version": 1,
                    "is_current": True,
                }
                for number in range(days)
            ]
        )
