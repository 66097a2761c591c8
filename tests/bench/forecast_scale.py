"""From a year of hours in the database to stored day-ahead forecasts.

``--size`` is the number of metering points (10,000), forecast bottom-up with the
portfolio in pieces of 500, one after the other in this one process. The bounds hold for
10,000 points on two cores; smaller sizes in proportion.
"""

from datetime import timedelta

from forecast_fixtures import LAST, make_area, make_points, make_year

SIZE = 10_000
SMALL = 20
DATABASE = True
TARGET_SECONDS, TARGET_MIB = 180, 2048


def run(bench, size):
    with bench.environment() as env:
        area = make_area(env)
        points = make_points(env, area, size)
        make_year(env, points)
        env.cr.commit()
        env.cr.execute("ANALYZE energy_interval")
        forecast = env["energy.forecast"].create(
            {
                "area_id": area.id,
                "date_start": LAST + timedelta(days=2),
                "cut_off": LAST,
            }
        )
        env.cr.commit()
        with bench.measure() as spent:
            forecast._begin_run()
            for piece in forecast.piece_ids.sorted("number"):
                piece._run()
                env.cr.commit()
                env.invalidate_all()
            forecast._end_run()
            env.cr.commit()
        if forecast.state != "done" or forecast.series_count != size + 1:
            raise AssertionError(f"{forecast.state}: {forecast.error_text}")
        if forecast.fallback_count:
            raise AssertionError(f"{forecast.fallback_count} fallbacks")
        bench.record(
            "database to stored forecasts",
            "s",
            spent.seconds,
            target=max(TARGET_SECONDS * size / SIZE, 5),
            peak_mib=spent.peak_mib,
        )
        bench.record("the same, CPU of both", "s", spent.all_cpu_seconds)
        bench.record("memory", "MiB", spent.peak_mib, target=TARGET_MIB)
        env.cr.execute("DELETE FROM energy_forecast_piece")
