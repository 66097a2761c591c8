from datetime import timedelta

from odoo import models

from ..forecasting import CANDIDATES, History, choose
from .energy_history import YEAR_DAYS

BACKTEST_DAYS = 56
BATCH = 250


class EnergySeries(models.Model):
    _inherit = "energy.series"

    def _backtest(self, last, days=BACKTEST_DAYS):
        """Choose the models of series of one area, knowing what is known until a day.

        :param last: the last day to learn and test on
        """
        for start in range(0, len(self), BATCH):
            self[start : start + BATCH]._backtest_batch(last, days)

    def _backtest_batch(self, last, days):
        first = last - timedelta(days=YEAR_DAYS - 1)
        History_ = self.env["energy.history"]
        values = History_._load(self, first, YEAR_DAYS)
        context = History_._get_days(self, first, YEAR_DAYS + 31, YEAR_DAYS)
        area = self.area_id
        found = choose(
            History(first, values, area._get_minutes()),
            context,
            CANDIDATES,
            origins=days,
            gap=area.gap_days,
        )
        for number, series in enumerate(self):
            board = {
                code: round(float(wape[number]), 2)
                for code, wape in found.wape.items()
                if wape[number] == wape[number]
            }
            held = found.coverage[number]
            model = found.model[number]
            series.write(
                {
                    "chosen_model": model,
                    "leaderboard": board,
                    "wape": board.get(model, 0.0),
                    "coverage": 100 * float(held) if held == held else 0.0,
                    "tested_on": last,
                    "band_low": found.band.low[number].tolist(),
                    "band_high": found.band.high[number].tolist(),
                }
            )
