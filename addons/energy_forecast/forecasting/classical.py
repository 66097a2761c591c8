"""statsmodels' decomposition and state-space models, one series after the other.

They cost about a second a series and are offered for single large series. Their
optimisers diverge on some data, so the caller guards every output.
"""

import warnings

import numpy as np
import pandas as pd

from .clean import fill

WINDOW_DAYS = 56


def mstl_ets(history, days, leads, **_options):
    """Daily and weekly season by MSTL, what remains by exponential smoothing.

    :return: (series, leads, slots) kWh; NaN where the model failed
    """
    return _each(history, leads, _mstl_ets)


def components(history, days, leads, **_options):
    """UnobservedComponents: local level with daily and weekly trigonometric seasons."""
    return _each(history, leads, _components)


def _each(history, leads, model):
    leads = np.asarray(leads)
    filled = fill(history.values[:, -WINDOW_DAYS:])
    series, days, slots = filled.shape
    found = np.full((series, len(leads), slots), np.nan)
    if days < 21:
        return found
    steps = int(leads.max()) * slots
    for number in range(series):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                path = model(filled[number].ravel(), slots, steps)
            except (ValueError, FloatingPointError, np.linalg.LinAlgError):
                # no forecast of this model; the caller falls back to the next one
                continue
        found[number] = np.asarray(path).reshape(-1, slots)[leads - 1]
    return found


def _mstl_ets(values, slots, steps):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.seasonal import MSTL

    parts = MSTL(values, periods=(slots, 7 * slots)).fit()
    rest = pd.Series(values - parts.seasonal.sum(axis=1))
    level = ETSModel(rest, error="add", trend=None).fit(disp=False).forecast(steps)
    week = 7 * slots
    ahead = np.arange(len(values), len(values) + steps)
    season = np.zeros(steps)
    for column, period in ((0, slots), (1, week)):
        last = parts.seasonal[-period:, column]
        season += last[(ahead - len(values)) % period]
    return np.asarray(level) + season


def _components(values, slots, steps):
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    model = UnobservedComponents(
        values,
        level="llevel",
        freq_seasonal=[
            {"period": slots, "harmonics": 4},
            {"period": 7 * slots, "harmonics": 6},
        ],
    )
    return model.fit(disp=False, maxiter=50, method="lbfgs").forecast(steps)
