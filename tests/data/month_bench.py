"""Large interval files for benchmarks, written as fast as texts can be joined."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

QUARTERS = 96
# values have three decimals below 20 kWh: their texts are made once
_TEXTS = [f"{n / 1000:.3f}" for n in range(20_000)]
START = datetime(2026, 1, 1)
PROFILES = {
    "wide": {
        "name": "Benchmark, wide",
        "kind": "intervals",
        "layout": "wide",
        "columns": {"point": "point", "day": "day"},
        "values_from": "@3",
    },
    "long": {
        "name": "Benchmark, long",
        "kind": "intervals",
        "layout": "long",
        "timestamp_format": "%Y-%m-%d %H:%M",
        "columns": {"point": "point", "timestamp": "start", "value": "kWh"},
    },
}


def point_code(number: int) -> str:
    """Return a code of ERP West's form that no demo point has."""
    return f"32Z103{number:027d}"


def write_bench(path: Path, layout: str, points: int, days: int = 31):
    """Write quarter hours of January 2026 (Sofia time) in one of `PROFILES`."""
    dice = np.random.default_rng(points)
    labels = [START + timedelta(days=n) for n in range(days)]
    write = _write_wide if layout == "wide" else _write_long
    with path.open("w", encoding="ascii") as file:
        write(file, points, labels, dice)


def _write_wide(file, points, labels, dice):
    file.write(";".join(["point", "day", *map(str, range(QUARTERS))]) + "\n")
    for number in range(points):
        code = point_code(number)
        for label, texts in zip(labels, _texts(dice, len(labels)), strict=True):
            file.write(f"{code};{label:%Y-%m-%d};{';'.join(texts)}\n")


def _write_long(file, points, labels, dice):
    file.write("point;start;kWh\n")
    stamps = [
        f"{label + n * timedelta(minutes=15):%Y-%m-%d %H:%M}"
        for label in labels
        for n in range(QUARTERS)
    ]
    for number in range(points):
        code = point_code(number)
        texts = [text for day in _texts(dice, len(labels)) for text in day]
        file.writelines(
            f"{code};{stamp};{text}\n"
            for stamp, text in zip(stamps, texts, strict=True)
        )


def _texts(dice, days):
    """Return the texts of a point's values by day."""
    level = dice.uniform(500, 15_000)
    values = dice.normal(level, level / 5, (days, QUARTERS)).clip(0, 19_999)
    return [[_TEXTS[n] for n in day] for day in values.astype(int).tolist()]
