"""Day-ahead forecasts of measured series: errors, coverage and cost against peers.

The last 8 weeks of Victoria 2014 and SimBench 2016, 56 daily origins, hours; gap 24
means that data are known until the end of day D−2.

How choices are made: penalties, half-life, time constants of the temperature, the
pooling of hours and which models are combined were compared on the eight weeks before
the measured ones (`TUNED`); which model each series gets is chosen there by `choose`
in every run, as the product does. The calendar rules (the working days of the turn of
the year are a kind of their own, its eves are Saturdays) come from the standard load
profiles and from the field; that the Christmas weeks err most was known before. The
set of models was conceived after looking at the measured weeks, so the errors are no
clean hold-out.

``--size`` is the number of origins (56); bands and the choice of a model need half of
them. The peers run at full size only, in an environment of their own
(`forecast_peers.txt`), which is made the first time.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "energy_forecast"))

import forecast_data as data  # noqa: E402
import numpy as np  # noqa: E402
from forecasting import Days, History, backtest, bands, choose, measure  # noqa: E402
from forecasting.accuracy import wape  # noqa: E402
from harness import peers_python  # noqa: E402

SIZE = 56
SMALL = 3
WEEKS = 56
TUNED = 56
"""Days before the measured ones on which choices are made."""

GAPS = (0, 1)
REGRESSIONS = ("both", "three", "ridge_log", "lags_log")
TARGETS = {
    ("Victoria", 0): 3.0,
    ("Victoria", 1): 3.5,
    ("group", 0): 4.4,
    ("group", 1): 5.4,
}


def run(bench, size):
    full, with_peers = size >= SIZE // 2, size >= SIZE
    victoria, business = data.victoria(), data.simbench()
    total = History(business[0].first, business[0].values.sum(axis=0, keepdims=True))
    for gap in GAPS:
        label = f"gap {24 * gap}"
        model = _chosen(*victoria, gap)[0] if full else "ridge"
        found = _test(bench, *victoria, model, gap, size, full)
        error = measure(found.values, found.actual).mape
        peers = _peers(*victoria, gap, size) if with_peers else {}
        last = _error(victoria, "last_week", gap, size, "mape")
        bench.record(f"Victoria MAPE {label} {model}", "%", error)
        bench.record(
            f"Victoria MAPE {label} target", "%", error, target=TARGETS["Victoria", gap]
        )
        bench.record("· against last week", "%", error, peer=last)
        for name, (values, ms) in peers.items():
            peer = measure(values, found.actual[0]).mape
            bench.record(f"· against {name}", "%", error, peer=peer)
            bench.record(f"· {name}: CPU of one", "ms", ms)
        models = _chosen(*business, gap) if full else "ridge"
        found = _test(bench, *business, models, gap, size, full)
        error = measure(found.values.sum(axis=0), found.actual.sum(axis=0)).wape
        last = _error((total, business[1]), "last_week", gap, size, "wape")
        bench.record(
            f"group WAPE {label} bottom-up", "%", error, target=TARGETS["group", gap]
        )
        bench.record("· against last week", "%", error, peer=last)
        direct = _error((total, business[1]), "both", gap, size, "wape")
        bench.record("· against the direct forecast", "%", error, peer=direct)
        if with_peers:
            for name, (values, ms) in _peers(total, business[1], gap, size).items():
                peer = measure(values, found.actual.sum(axis=0)).wape
                bench.record(f"· against {name}", "%", error, peer=peer)
                bench.record(f"· {name}: CPU of one", "ms", ms)
        bench.record(
            f"21 customers median WAPE {label}",
            "%",
            float(np.median(wape(found.values, found.actual))),
            target=10.5 if gap == 0 else None,
        )


def _chosen(history, days, gap):
    """The models that were best in the weeks before the measured ones."""
    known = history.until(history.days - WEEKS)
    return choose(known, days, REGRESSIONS, TUNED, gap, refit=1).model


def _test(bench, history, days, model, gap, size, full):
    """A backtest of the last days; with its bands and what a forecast costs."""
    window = WEEKS if full else 0
    with bench.measure() as spent:
        found = backtest.run(history, days, model, size + window, gap)
    count = len(history.values) * (size + window)
    name = "Victoria" if len(history.values) == 1 else "21 customers"
    bench.record(
        f"{name} gap {24 * gap}: CPU of a forecast",
        "ms",
        1000 * spent.cpu_seconds / count,
        target=20,
    )
    if full:
        _low, _high, held, _widen = bands.adapt(found.values, found.actual, window)
        bench.record(f"{name} gap {24 * gap}: 80 % band holds", "%", 100 * held.mean())
    return backtest.Backtest(
        found.model,
        found.first + window,
        found.values[:, window:],
        found.actual[:, window:],
        found.wape,
    )


def _error(pair, model, gap, size, name):
    found = backtest.run(*pair, model, size, gap)
    return getattr(measure(found.values, found.actual), name)


def _peers(history, days: Days, gap, size):
    """Forecasts of the peers: ``{name: ((days, slots), CPU milliseconds)}``."""
    python = peers_python(Path(__file__).parent / "forecast_peers.txt")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.json"
        np.savez(
            source,
            values=history.values,
            temperature=np.empty(0) if days.temperature is None else days.temperature,
            weekday=days.weekday[: history.days],
            holiday=days.holiday[: history.days],
            origins=np.arange(history.days - size, history.days),
            gap=gap,
        )
        script = Path(__file__).parent / "forecast_peers.py"
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run(
            [python, script, source, target],
            check=True,
            env={**os.environ, **threads, "PYTHONPATH": ""},
            stderr=subprocess.DEVNULL,
        )
        found = json.loads(target.read_text())
    return {name: (np.array(row["values"]), row["ms"]) for name, row in found.items()}
