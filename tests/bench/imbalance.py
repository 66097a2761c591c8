"""Imbalance of a month of quarter-hours, three versions of the settlement.

``--size`` is the number of metering points (10,000), 31 days of 96 values each, all
nominated. The bound holds for 10,000 points; smaller sizes in proportion.
"""

from datetime import date, timedelta

from forecast_fixtures import make_area, make_points, make_prices

from odoo.tools import SQL

SIZE = 10_000
SMALL = 20
DATABASE = True
TARGET_SECONDS = 30
FIRST, DAYS, VERSIONS = date(2026, 1, 1), 31, 3


def run(bench, size):
    with bench.environment() as env:
        area = make_area(env)
        area.resolution = "15"
        make_points(env, area, size)
        make_prices(env, area, FIRST, DAYS, 15)
        last = FIRST + timedelta(days=DAYS - 1)
        forecast = env["energy.forecast"].create(
            {
                "area_id": area.id,
                "date_start": FIRST,
                "date_end": last,
                "cut_off": FIRST - timedelta(days=2),
            }
        )
        forecast.state = "nominated"
        env.flush_all()
        _fill(
            env,
            "INSERT INTO energy_forecast_day (forecast_id, series_id, company_id, day,"
            " resolution, adjusted) SELECT %s, s.id, s.company_id, d::date, 15, v.a"
            " FROM energy_series s",
            "WHERE s.area_id = %s AND s.kind = 'point'",
            forecast.id,
            area.id,
        )
        settlements = env["energy.settlement"].create(
            [
                {
                    "area_id": area.id,
                    "kind": "monthly",
                    "date_start": FIRST,
                    "date_end": last,
                    "version": version,
                }
                for version in range(1, VERSIONS + 1)
            ]
        )
        env.flush_all()
        for settlement in settlements:
            _fill(
                env,
                "INSERT INTO energy_settlement_day (settlement_id, point_id,"
                " company_id, day, resolution, energy)"
                " SELECT %s, s.point_id, s.company_id,"
                " d::date, 15, v.a FROM energy_series s",
                "WHERE s.area_id = %s AND s.kind = 'point'",
                settlement.id,
                area.id,
            )
        env.cr.commit()
        env.cr.execute("ANALYZE energy_settlement_day, energy_forecast_day")
        with bench.measure() as spent:
            settlements.action_calculate()
            env.cr.commit()
        rows = env["energy.imbalance"].search_count([("kind", "=", "point")])
        if rows != size * DAYS * VERSIONS or any(settlements.mapped("unpriced_count")):
            raise AssertionError(f"{rows} rows")
        bench.record(
            "three versions of a month",
            "s",
            spent.seconds,
            target=max(TARGET_SECONDS * size / SIZE, 5),
            peak_mib=spent.peak_mib,
        )
        bench.record("the same, CPU of both", "s", spent.all_cpu_seconds)


def _fill(env, insert, where, head, area):
    """Day rows of every point; some hundred curves are shared by all of them."""
    query = SQL(
        """
        WITH v AS MATERIALIZED (
            SELECT n, ARRAY(SELECT round((1 + n %% 7
                                          + random())::numeric, 3)::float8
                              FROM generate_series(1, 96)) AS a
              FROM generate_series(0, 199) n)
        %s
        CROSS JOIN generate_series(%s::date, %s::date, interval '1 day') d
              JOIN v ON v.n = (s.id + extract(day FROM d)::int) %% 200
        %s
        """,
        SQL(insert, head),
        FIRST,
        FIRST + timedelta(days=DAYS - 1),
        SQL(where, area),
    )
    env.cr.execute(query)
