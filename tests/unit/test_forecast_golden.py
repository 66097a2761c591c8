"""Backtests of measured series: what was reached once is kept."""

import sys
from pathlib import Path

import numpy as np
import pytest

# at the end: benchmarks have the names of packages
sys.path.append(str(Path(__file__).parents[1] / "bench"))

from forecast_data import simbench, victoria  # noqa: E402
from forecasting import backtest, measure  # noqa: E402

BEFORE_CHRISTMAS = 16


def _run(history, days, model, gap):
    known = history.until(history.days - BEFORE_CHRISTMAS)
    return backtest.run(known, days, model, 14, gap)


@pytest.mark.parametrize("gap", [0, 1])
def test_business_customers(gap):
    history, days = simbench(customers=("G0-A", "G1-A", "G3-A", "L0-A"))
    ours = _run(history, days, "ridge", gap)
    last = _run(history, days, "last_week", gap)
    own = measure(ours.values.sum(axis=0), ours.actual.sum(axis=0)).wape
    other = measure(last.values.sum(axis=0), last.actual.sum(axis=0)).wape
    assert own < 0.75 * other
    assert np.isfinite(ours.values).all() and ours.values.min() >= 0


@pytest.mark.parametrize("gap", [0, 1])
def test_victoria_with_its_temperature(gap):
    history, days = victoria()
    assert [history.first.isoformat(), history.days] == ["2014-01-02", 364]
    ours = _run(history, days, "lags_log", gap)
    last = _run(history, days, "last_week", gap)
    own, other = (measure(found.values, found.actual).mape for found in (ours, last))
    assert own < 0.6 * other
