"""Forecasts of many series by the model of each, with a stated fallback.

Short or broken history never gives a missing number: the next model in the order is
taken, and the result says which one it was and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from . import classical, ridge, simple
from .errors import ForecastError
from .guard import tame


@dataclass(frozen=True, slots=True)
class Model:
    """A way to forecast.

    :param code: what is stored
    :param predict: ``predict(history, days, leads, **options)`` → (series, leads,
        slots) kWh, NaN where it cannot
    :param minimum_days: history it asks for
    :param slow: about a second a series: never tried on thousands
    """

    code: str
    predict: Callable
    minimum_days: int
    slow: bool = False


MODELS = {
    model.code: model
    for model in (
        Model("ridge", ridge.predict, ridge.MINIMUM_DAYS),
        Model("ridge_log", partial(ridge.predict, log=True), ridge.MINIMUM_DAYS),
        Model("lags", partial(ridge.predict, plain=True), 35),
        Model("lags_log", partial(ridge.predict, plain=True, log=True), 35),
        Model("four_weeks", simple.four_weeks, 14),
        Model("last_week", simple.last_week, 7),
        Model("mean_day", simple.mean_day, 1),
        Model("profile", simple.profile, 0),
        Model("mstl_ets", classical.mstl_ets, 28, slow=True),
        Model("components", classical.components, 28, slow=True),
    )
}
COMBINATIONS = {
    "blend": ("ridge", "ridge_log"),
    "both": ("ridge", "lags"),
    "three": ("ridge", "lags", "lags_log"),
    "steady": ("ridge", "four_weeks"),
}
"""Means of models, each weighted the same."""

FALLBACK = ("ridge", "four_weeks", "last_week", "profile", "mean_day")
"""What is tried, in this order, where the chosen model has no answer."""

SHORT_DAYS = 28
"""Under four weeks a scaled profile or a mean, whatever was chosen."""

REASONS = ("", "short", "gaps", "unsound", "none")


@dataclass(frozen=True, slots=True)
class Result:
    """Forecasts and how they came about.

    :param values: (series, leads, slots) kWh, never NaN
    :param model: (series,) code of the model that was used
    :param reason: (series,) why it is not the chosen one: "" it is · "short" too little
        history · "gaps" more than half of the last four weeks is missing · "unsound"
        the model's answer was no plausible number · "none" there is no history at all
        and no expected quantity: the forecast is 0
    """

    values: np.ndarray
    model: list
    reason: list


def forecast(history, days, leads, chosen, shape=None, quantity=None) -> Result:
    """Forecast every series by its model, or by the next that has an answer.

    :param history: frames.History up to the cut-off
    :param days: frames.Days of the history and of all days to forecast
    :param leads: days after the last known one, from 1
    :param chosen: a code of `MODELS` or `COMBINATIONS`, or one for each series
    :param shape: (days, slots) profile of the days, shares of a year; a typical one
        without
    :param quantity: (series,) expected kWh a year, NaN where unknown
    :raises ForecastError: unknown_model, bad_leads
    """
    leads = np.asarray(leads, dtype=int)
    series, known, slots = history.values.shape
    if not len(leads) or leads.min() < 1 or known - 1 + leads.max() >= days.count:
        raise ForecastError("bad_leads", known=known, days=days.count)
    chosen = np.array([chosen] * series if isinstance(chosen, str) else chosen)
    for code in set(chosen.tolist()) - set(MODELS) - set(COMBINATIONS):
        raise ForecastError("unknown_model", model=code)
    if shape is None:
        shape = simple.typical_profile(days, slots)
    options = {"shape": shape, "quantity": _quantity(history, days, shape, quantity)}
    state = _State(history, days, leads, options)
    for code in np.unique(chosen):
        state.run(str(code), np.flatnonzero(chosen == code), first=True)
    for code in FALLBACK:
        state.run(code, np.flatnonzero(state.open))
    state.close()
    values = state.values
    if days.supplied is not None:
        values = values * days.supplied[:, known - 1 + leads, None]
    return Result(values, state.model, state.reason)


def _quantity(history, days, shape, quantity):
    """Expected kWh a year; scaled from what little is known where it is not given."""
    measured = np.isfinite(history.values)
    covered = np.where(
        measured, np.broadcast_to(shape[..., : history.days, :], measured.shape), 0
    ).sum(axis=(1, 2))
    energy = np.where(measured, history.values, 0).sum(axis=(1, 2))
    # a day at least: three hours of a night say nothing of a year
    enough = measured.sum(axis=(1, 2)) >= measured.shape[2]
    scaled = np.where(
        enough & (covered > 0), energy / np.maximum(covered, 1e-12), np.nan
    )
    if quantity is None:
        return scaled
    quantity = np.asarray(quantity, dtype=float)
    return np.where(np.isnan(quantity), scaled, quantity)


class _State:
    """What is answered so far."""

    def __init__(self, history, days, leads, options):
        self.history, self.days, self.leads = history, days, leads
        self.options = options
        series, _known, slots = history.values.shape
        self.values = np.full((series, len(leads), slots), np.nan)
        self.model = [""] * series
        self.reason = [""] * series
        there = np.isfinite(history.values)
        self.lengths = _days_known(there)
        recent = there[:, -28:].mean(axis=2).sum(axis=1)
        self.broken = recent < 0.5 * np.clip(self.lengths, 1, 28)

    @property
    def open(self):
        return np.array([not model for model in self.model])

    def run(self, code, rows, first=False):
        """Try a model on series; what it can't answer stays open with the reason."""
        able = []
        for row in rows:
            reason = self._refuses(code, row)
            if reason:
                self._note(row, reason)
            else:
                able.append(row)
        if not able:
            return
        found = self._predict(code, np.array(able))
        for place, row in enumerate(able):
            if np.isfinite(found[place]).all():
                self.values[row] = found[place]
                self.model[row] = code
            else:
                self._note(row, "unsound")

    def _note(self, row, reason):
        self.reason[row] = self.reason[row] or reason

    def _refuses(self, code, row):
        parts = COMBINATIONS.get(code, (code,))
        if "profile" in parts:
            return "" if np.isfinite(self.options["quantity"][row]) else "short"
        if code == "mean_day":
            return "" if self.lengths[row] else "none"
        asked = max(MODELS[part].minimum_days for part in parts)
        if self.lengths[row] < asked:
            return "short"
        return "gaps" if self.broken[row] else ""

    def _predict(self, code, rows):
        history, days = self.history.take(rows), self.days.take(rows)
        options = {
            "shape": self.options["shape"],
            "quantity": self.options["quantity"][rows],
        }
        found = [
            tame(
                MODELS[part].predict(
                    history,
                    days,
                    self.leads,
                    **(options if part == "profile" else {}),
                ),
                history.values
                if part != "profile"
                else np.full_like(history.values, np.nan),
            )
            for part in COMBINATIONS.get(code, (code,))
        ]
        return sum(found) / len(found)

    def close(self):
        for row in np.flatnonzero(self.open):
            self.values[row] = 0.0
            self.model[row] = "none"
            self.reason[row] = "none"


def _days_known(there):
    """Days from the first measured one to the last day of the history."""
    any_day = there.any(axis=2)
    first = np.where(any_day.any(axis=1), any_day.argmax(axis=1), any_day.shape[1])
    return any_day.shape[1] - first
