"""Who caused an imbalance: parts that add up to the deviation."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Causes:
    """Parts of a deviation (kWh), signed as the deviation is; they add up to it.

    :param manual: what the manual layer changed
    :param weather: what the weather forecast missed
    :param holiday: what the model missed on holidays
    :param model: what it missed on other days
    """

    manual: np.ndarray
    weather: np.ndarray
    holiday: np.ndarray
    model: np.ndarray


def decompose(actual, nominated, forecast, with_weather, holiday) -> Causes:
    """Split actual − nominated into its causes.

    :param actual: (intervals,) kWh
    :param nominated: with the manual layer
    :param forecast: what the model said, without it
    :param with_weather: what it says when it is given the actual weather; the same as
        `forecast` where no weather is used
    :param holiday: (intervals,) bool
    """
    rest = np.asarray(actual, dtype=float) - with_weather
    return Causes(
        manual=np.asarray(forecast, dtype=float) - nominated,
        weather=np.asarray(with_weather, dtype=float) - forecast,
        holiday=np.where(holiday, rest, 0.0),
        model=np.where(holiday, 0.0, rest),
    )
