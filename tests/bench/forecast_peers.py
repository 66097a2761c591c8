"""The peers of `forecast`, run in an environment of their own.

``python forecast_peers.py INPUT.npz OUTPUT.json``: INPUT holds values (series, days,
slots), temperature (days, slots) or nothing, weekday and holiday (days,), origins and
gap; OUTPUT gets the forecasts and the CPU milliseconds of one.
"""

import json
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")


def statsforecast_mstl(values, known, gap, slots):
    from statsforecast.models import MSTL, AutoETS

    history = values[: known * slots]
    model = MSTL(
        season_length=[slots, 7 * slots], trend_forecaster=AutoETS(model="ZZN")
    )
    ahead = model.forecast(y=history, h=slots * (gap + 1))["mean"]
    return np.asarray(ahead)[-slots:]


def skforecast_lightgbm(values, known, gap, slots, frame):
    import pandas as pd
    from lightgbm import LGBMRegressor
    from skforecast.recursive import ForecasterRecursive

    index = pd.date_range("2015-01-01", periods=len(values), freq=f"{1440 // slots}min")
    exog = pd.DataFrame(frame, index=index)
    steps = slots * (gap + 1)
    forecaster = ForecasterRecursive(
        LGBMRegressor(n_jobs=1, verbose=-1, random_state=1),
        lags=list(range(1, 4)) + [slots - 1, slots, slots + 1, 7 * slots],
    )
    end = known * slots
    forecaster.fit(pd.Series(values[:end], index=index[:end]), exog=exog.iloc[:end])
    return forecaster.predict(steps, exog=exog.iloc[end : end + steps]).to_numpy()[
        -slots:
    ]


def main(source, target):
    given = np.load(source)
    values, gap = given["values"][0], int(given["gap"])
    days, slots = values.shape
    flat = values.ravel()
    hour = np.tile(np.arange(slots), days)
    weekday = np.repeat(np.where(given["holiday"], 6, given["weekday"]), slots)
    frame = {
        "hour": hour,
        "weekday": weekday,
        "off": np.repeat(given["holiday"], slots),
    }
    frame["off"] = frame["off"].astype(int)
    if given["temperature"].size:
        frame["temperature"] = given["temperature"].ravel()
    found = {}
    for name in ("statsforecast_mstl", "skforecast_lightgbm"):
        model = globals()[name]
        more = (frame,) if name.startswith("sk") else ()
        begun = time.process_time()
        rows = [
            model(flat, int(origin) - gap, gap, slots, *more).tolist()
            for origin in given["origins"]
        ]
        spent = 1000 * (time.process_time() - begun) / len(rows)
        found[name] = {"values": rows, "ms": spent}
    with open(target, "w") as output:
        json.dump(found, output)


if __name__ == "__main__":
    main(*sys.argv[1:])
