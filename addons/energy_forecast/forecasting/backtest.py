"""Rolling backtests with the real cut-off, and the choice of a model by them."""

from dataclasses import dataclass

import numpy as np

from . import accuracy, bands
from .engine import COMBINATIONS, forecast

CANDIDATES = (
    "both",
    "three",
    "ridge",
    "lags",
    "ridge_log",
    "lags_log",
    "four_weeks",
    "last_week",
)
GAIN = 0.98
"""A model replaces the first candidate where its error is this part of it or less."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a model would have said on past days, knowing only what was known then.

    :param first: number of the first day of the history that was forecast
    :param values: (series, days, slots) kWh
    :param actual: the same shape, NaN for missing
    :param wape: (series,) percent, NaN without energy
    """

    model: str
    first: int
    values: np.ndarray
    actual: np.ndarray
    wape: np.ndarray


def run(history, days, model, origins=56, gap=1, refit=1, **options) -> Backtest:
    """Forecast each of the last `origins` days as it would have been.

    :param gap: whole days between the last known one and the one to forecast: 0 when
        all of yesterday is known, 1 for the trader who knows the day before
    :param refit: a fit serves this many days in a row; the later ones look back
        further, so 1 is what really happens and 7 a cheap and cautious measure
    """
    known = history.days
    origins = max(min(origins, known - gap - 14), 0)
    first = known - origins
    found = []
    for origin in range(first, known, refit):
        count = min(refit, known - origin)
        leads = 1 + gap + np.arange(count)
        found.append(
            forecast(history.until(origin - gap), days, leads, model, **options).values
        )
    series, _days, slots = history.values.shape
    values = np.concatenate(found, axis=1) if found else np.empty((series, 0, slots))
    actual = history.values[:, first:]
    return Backtest(model, first, values, actual, accuracy.wape(values, actual))


@dataclass(frozen=True, slots=True)
class Choice:
    """The model of each series.

    :param model: (series,) codes
    :param wape: ``{code: (series,) percent}``, the leaderboard
    :param band: bands.Band of the chosen models
    :param coverage: (series,) share of the days' values inside their bands, measured
        on days the bands were not learnt from; NaN where there are too few
    """

    model: list
    wape: dict
    band: bands.Band
    coverage: np.ndarray


def _mean(code, tests) -> Backtest:
    """The backtest of a combination from those of its parts."""
    if len(tests) == 1:
        return tests[0]
    values = sum(test.values for test in tests) / len(tests)
    actual = tests[0].actual
    return Backtest(code, tests[0].first, values, actual, accuracy.wape(values, actual))


def choose(history, days, candidates=CANDIDATES, origins=56, gap=1, refit=7, **options):
    """The model of each series with the smallest backtest error.

    The first candidate stays where no other is clearly better: the winner of a race of
    equals is chance. Slow models are the caller's to leave out.
    """
    parts = [COMBINATIONS.get(code, (code,)) for code in candidates]
    single = {
        code: run(history, days, code, origins, gap, refit, **options)
        for code in dict.fromkeys(sum(parts, ()))
    }
    tests = {
        code: _mean(code, [single[part] for part in own])
        for code, own in zip(candidates, parts, strict=True)
    }
    codes = list(tests)
    errors = np.stack([tests[code].wape for code in codes])
    compared = np.where(np.isnan(errors), np.inf, errors)
    best = compared.argmin(axis=0)
    clear = compared.min(axis=0) < GAIN * compared[0]
    best = np.where(clear, best, 0)
    series = np.arange(len(best))
    values = np.stack([tests[code].values for code in codes])[best, series]
    actual = tests[codes[0]].actual
    tested = values.shape[1]
    half = tested // 2
    if half >= 7:
        low, high, held, widen = bands.adapt(values, actual, window=half)
        coverage = held
        # what was measured says how much wider the next band must be
    else:
        widen = np.ones(len(best))
        coverage = np.full(len(best), np.nan)
    band = (
        bands.learn(values, actual, widen=widen[:, None])
        if tested
        else bands.Band(
            np.full((len(best), values.shape[2]), -0.5),
            np.full((len(best), values.shape[2]), 0.5),
            np.full(len(best), 1e-9),
        )
    )
    return Choice(
        [codes[number] for number in best],
        {code: tests[code].wape for code in codes},
        band,
        coverage,
    )
