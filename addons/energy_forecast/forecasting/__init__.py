"""Forecasts of energy: local days, models, backtests, bands, groups, adjustments.

Pure Python on numpy arrays: no Odoo, no database, no clock. Energy is in kWh, power
in kW, temperature in °C; days are local, slots are those of the wall clock.
"""

from .accuracy import Accuracy, measure
from .backtest import CANDIDATES, Backtest, Choice, choose
from .bands import Band
from .clean import find_outliers
from .days import begins, fold, resample, slot_count, unfold
from .engine import COMBINATIONS, MODELS, Result, forecast
from .errors import ForecastError
from .frames import Days, History
from .groups import bottom_up, losses, reconcile, to_day_totals
from .manual import Adjustment
from .manual import apply as apply_adjustments
from .simple import typical_profile
