"""What is left to buy: forecast and losses less own purchase contracts."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

PEAK_HOURS = (8, 20)


@dataclass(frozen=True, slots=True)
class Contract:
    """Energy that is already bought.

    :param kind: "base" all hours · "peak" work days 8–20 · "profile" by `shape`
    :param power: kW; a factor on `shape` for profiles
    :param first: first day of delivery
    :param last: last day, included
    :param shape: (slots of the day,) kW by wall clock, for profiles
    """

    kind: str
    power: float
    first: date
    last: date
    shape: tuple = ()

    def deliver(self, first, days, slots, holidays=()):
        """Energy (days, slots) kWh by wall clock from `first` on."""
        found = np.zeros((days, slots))
        hours = np.arange(slots) * 24 / slots
        peak = (hours >= PEAK_HOURS[0]) & (hours < PEAK_HOURS[1])
        if self.kind == "profile":
            shape = np.asarray(self.shape, dtype=float)
            power = np.repeat(shape, slots // len(shape)) * self.power
        else:
            power = np.where(peak | (self.kind == "base"), self.power, 0.0)
        for number in range(days):
            day = first + timedelta(days=number)
            if not self.first <= day <= self.last:
                continue
            if self.kind == "peak" and (day.weekday() >= 5 or day in holidays):
                continue
            found[number] = power * 24 / slots
        return found


def to_buy(forecast, losses, contracts, first, holidays=()):
    """Energy to buy on the exchange; negative where it is to be sold.

    :param forecast: (days, slots) kWh
    :param losses: the same shape
    :return: quantity to buy and what the contracts deliver, (days, slots) kWh
    """
    days, slots = np.shape(forecast)
    bought = np.zeros((days, slots))
    for contract in contracts:
        bought += contract.deliver(first, days, slots, holidays)
    return np.asarray(forecast) + losses - bought, bought
