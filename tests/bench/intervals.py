"""Intervals: a month of quarter hours from CSV to stored, beside a row per value.

``--size`` is the number of metering points (10,000 by default): 31 days of 96 values
each, in one file. Ours is what a clerk's upload does: the file is kept, hashed and
read, points are looked up, findings collected, days stored, changes marked.

The peer reads the same file with the csv module, copies a row per value into a
temporary table and upserts it into a table keyed by point and time. It checks nothing.
"""

import csv
import io
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

SIZE = 10_000
SMALL = 20
DATABASE = True

START = date(2026, 1, 1)
LONG_START = date(2026, 5, 1)
DAYS = 31
SLOTS = 96
#: Seconds for 10,000 points and MB of this process, from the issue; the time of
#: smaller sizes is in proportion.
TARGET_WIDE, TARGET_LONG = 90, 240
TARGET_MEMORY = 500
POINTS = 10_000


def run(bench, size):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        wide, corrected = folder / "wide.csv", folder / "corrected.csv"
        long = folder / "long.csv"
        write_wide(wide, make_values(size))
        # one point of a hundred was measured anew
        write_wide(corrected, make_values(size, corrected=100))
        write_long(long, make_values(size))
        with bench.environment() as env:
            profiles = prepare(env, size)
            name = f"{size * DAYS * SLOTS / 1e6:.2f} M values"
            ours = measure_import(bench, env, profiles["wide"], wide, size * DAYS)
            record_import(bench, f"wide CSV, {name}", ours, TARGET_WIDE * size)
            stored = table_size(env, "energy_interval")
            again = measure_import(bench, env, profiles["wide"], wide, size * DAYS)
            bench.record("the same file again", "s", again.seconds)
            fixed = measure_import(bench, env, profiles["wide"], corrected, size * DAYS)
            bench.record("a corrected file, 1 % changed", "s", fixed.seconds)
            rows = measure_import(bench, env, profiles["long"], long, size * DAYS)
            record_import(bench, f"long CSV, {name}", rows, TARGET_LONG * size)
            theirs = measure_peer(bench, env, wide)
            bench.record(
                "wide CSV beside a row per value",
                "s",
                ours.seconds,
                peer=theirs.seconds,
            )
            sizes = {"ours": stored, "peer": table_size(env, "bench_value")}
            bench.record("table and indexes", "MiB", **sizes)
            measure_sums(bench, env)


def record_import(bench, name, measure, target):
    """Time, CPU and memory of an import against their bounds."""
    seconds = max(target / POINTS, 5)
    bench.record(name, "s", measure.seconds, target=seconds, peak_mib=measure.peak_mib)
    bench.record("  CPU of both processes", "s", measure.all_cpu_seconds)
    memory = measure.peak_mib * 1.048576
    bench.record("  peak memory", "MB", memory, target=TARGET_MEMORY)


def make_values(size, corrected=0):
    """Energies in kWh: for each point days × quarter hours, three decimals.

    :param corrected: every so-manieth point was measured anew; 0 for none
    """
    dice = np.random.default_rng(2026)
    shape = 1 + np.sin(np.linspace(0, 2 * np.pi, SLOTS))
    for number in range(size):
        values = dice.gamma(2.0, 3.0, (DAYS, 1)) * shape
        values += dice.random((DAYS, SLOTS))
        if corrected and not number % corrected:
            values += 0.001
        yield np.round(values, 3)


def code_of(number):
    return f"BG{number:014d}"


def write_wide(path, values):
    with path.open("w") as file:
        head = ";".join(f"{n // 4:02d}:{n % 4 * 15:02d}" for n in range(SLOTS))
        file.write(f"point;day;{head}\n")
        for number, month in enumerate(values):
            code = code_of(number)
            for offset, day in enumerate(month.tolist()):
                label = (START + timedelta(days=offset)).isoformat()
                file.write(f"{code};{label};{';'.join(map(str, day))}\n")


def write_long(path, values):
    times = [f"{n // 4:02d}:{n % 4 * 15:02d}" for n in range(SLOTS)]
    with path.open("w") as file:
        file.write("point;day;time;value\n")
        for number, month in enumerate(values):
            for offset, day in enumerate(month.tolist()):
                head = f"{code_of(number)};{LONG_START + timedelta(days=offset)}"
                for label, value in zip(times, day, strict=True):
                    file.write(f"{head};{label};{value}\n")


def prepare(env, size):
    """A network and its points; :return: the profiles of both files"""
    network = env["energy.network"].create(
        {
            "name": "Bench",
            "code": "BENCH",
            "partner_id": env["res.partner"].create({"name": "Bench"}).id,
            "tz": "Europe/Sofia",
        }
    )
    env["energy.metering.point"].with_context(tracking_disable=True).create(
        [
            {
                "code": code_of(number),
                "network_id": network.id,
                "measurement": "interval",
            }
            for number in range(size)
        ]
    )
    profiles = make_profiles(network)
    env.cr.commit()
    return profiles


def make_profiles(network):
    """``{layout: energy.table.profile}`` of the files written here."""
    Profile = network.env["energy.table.profile"]
    common = {"kind": "intervals", "timezone": "Europe/Sofia", "minutes": 15}
    layouts = {
        "wide": {
            "layout": "wide",
            "columns": {"point": "point", "day": "day"},
            "values_from": "00:00",
        },
        "long": {
            "layout": "long",
            "columns": {name: name for name in ("point", "day", "time", "value")},
        },
    }
    return {
        name: Profile.create(
            {
                **Profile._prepare_from_dict({"name": name, **common, **layout}),
                "network_id": network.id,
            }
        )
        for name, layout in layouts.items()
    }


def measure_import(bench, env, profile, path, days):
    with path.open("rb") as file, bench.measure() as measure:
        message = env["energy.message"]._import_file(profile, path.name, file)
        env.cr.commit()
    stored = message.new_count + message.replaced_count + message.unchanged_count
    if message.state != "processed" or stored != days or message.finding_ids:
        raise AssertionError(message._get_summary())
    return measure


def measure_peer(bench, env, path):
    """A row per value: COPY into a temporary table, upsert into the real one."""
    cr = env.cr
    cr.execute(
        "CREATE TABLE bench_value (point text, moment timestamptz, value float8,"
        " PRIMARY KEY (point, moment))"
    )
    cr.commit()
    with bench.measure() as measure:
        cr.execute(
            "CREATE TEMP TABLE incoming (point text, moment timestamptz, value float8)"
            " ON COMMIT DROP"
        )
        with path.open(newline="") as file:
            rows = csv.reader(file, delimiter=";")
            next(rows)
            for block in blocks(rows):
                cr.copy_expert("COPY incoming FROM STDIN", block)
        cr.execute(
            "INSERT INTO bench_value SELECT * FROM incoming ON CONFLICT (point, moment)"
            " DO UPDATE SET value = EXCLUDED.value"
        )
        cr.commit()
    return measure


def blocks(rows, size=2_000):
    """Texts for COPY of so many day-rows at a time."""
    quarter = timedelta(minutes=15)
    text = io.StringIO()
    for number, (point, day, *values) in enumerate(rows, start=1):
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
        for value in values:
            text.write(f"{point}\t{moment.isoformat()}\t{float(value)}\n")
            moment += quarter
        if not number % size:
            text.seek(0)
            yield text
            text = io.StringIO()
    text.seek(0)
    yield text


def table_size(env, table):
    """A table with its indexes, in MiB."""
    env.cr.execute("SELECT pg_total_relation_size(%s) / 1048576.0", (table,))
    return float(env.cr.fetchone()[0])


def measure_sums(bench, env):
    """The month of each point, as billing asks for it."""
    env.cr.execute("ANALYZE energy_interval; ANALYZE bench_value")
    with bench.measure() as ours:
        env.cr.execute(
            "SELECT point_id, sum(total) FROM energy_interval"
            " WHERE day BETWEEN %s AND %s AND missing_count = 0 GROUP BY point_id",
            (START, START + timedelta(days=DAYS - 1)),
        )
        env.cr.fetchall()
    with bench.measure() as theirs:
        env.cr.execute("SELECT point, sum(value) FROM bench_value GROUP BY point")
        env.cr.fetchall()
    bench.record("month sum per point", "s", ours.seconds, peer=theirs.seconds)
