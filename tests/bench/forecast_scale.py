"""From a year of hours in the database to stored day-ahead forecasts.

``--size`` is the number of metering points (10,000), forecast bottom-up with the
portfolio in pieces of 500 by two processes, as the two job channels do. The bounds hold
for 10,000 points on two cores; smaller sizes in proportion.
"""

import os
import resource
from datetime import timedelta

from forecast_fixtures import LAST, make_area, make_points, make_year
from steps import measure_overview

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

SIZE = 10_000
SMALL = 20
DATABASE = True
PROCESSES = 2
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
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with bench.measure() as spent:
            _begin(forecast)
            pieces = forecast.piece_ids.sorted("number").filtered(
                lambda piece: piece.state == "pending"
            )
            points = pieces.filtered(lambda piece: piece.kind == "points")
            _share(env.cr.dbname, points.ids)
            env.invalidate_all()
            for piece in pieces - points:
                piece._run()
            forecast._end_run()
            env.cr.commit()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if forecast.state != "done" or forecast.series_count != size + 1:
            raise AssertionError(f"{forecast.state}: {forecast.error_text}")
        if forecast.fallback_count:
            raise AssertionError(f"{forecast.fallback_count} fallbacks")
        bench.record(
            "database to stored forecasts",
            "s",
            spent.seconds,
            target=max(TARGET_SECONDS * size / SIZE, 5),
        )
        children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        bench.record(
            "CPU of all processes but the database's for the pieces",
            "s",
            spent.all_cpu_seconds + children,
        )
        memory = max(spent.peak_mib, PROCESSES * after.ru_maxrss / 1024)
        bench.record("memory", "MiB", memory, target=TARGET_MIB)
        env.cr.execute("DELETE FROM energy_forecast_piece")
        measure_overview(bench, env, "forecast")


def _begin(forecast):
    """Cut the forecast into pieces; up to a piece they are done at once."""
    forecast._begin_run()
    forecast.env["queue.job"].search([]).unlink()
    forecast.env.cr.commit()


def _share(database, ids):
    """Do pieces in `PROCESSES` processes with connections of their own."""
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if not child:
            _work(database, ids[number::PROCESSES])
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1]]
    if failed:
        raise AssertionError("a process of the pieces failed")


def _work(database, ids):
    """Do pieces and end this process, leaving the parent's connections alone."""
    status = 1
    try:
        sql_db._Pool = sql_db._Pool_readonly = None
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for piece in env["energy.forecast.piece"].browse(ids):
                piece._run()
                cr.commit()
                env.invalidate_all()
        status = 0
    finally:
        os._exit(status)
