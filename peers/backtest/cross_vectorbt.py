"""The crossing averages by vectorbt with its Rust engine where it has one.

    python peers/backtest/cross_vectorbt.py FOLDER

A decision at a close is moved one bar on and fills at that bar's open, one unit each way. The first call compiles, so it is made
on a few bars, untimed.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np
import pandas as pd
import vectorbt as vbt
from sides import figures, read


def backtest(opens, closes, settings):
    short, long = settings["windows"]
    fast = vbt.MA.run(closes, short, short_name="fast").ma.to_numpy()
    slow = vbt.MA.run(closes, long, short_name="slow").ma.to_numpy()
    above = np.zeros(len(closes), bool)
    above[1:] = (fast > slow)[:-1]
    portfolio = vbt.Portfolio.from_signals(
        closes, entries=above, exits=~above, price=opens, size=1.0, fees=settings["fees"],
        init_cash=settings["capital"], freq="1min")
    return portfolio, portfolio.value()


def main():
    columns, settings = read(pathlib.Path(sys.argv[1]))
    index = pd.date_range(pd.Timestamp(settings["start"], unit="s"), periods=columns.shape[1], freq="1min")
    opens, closes = pd.Series(columns[0], index), pd.Series(columns[3], index)
    backtest(opens[:2_000], closes[:2_000], settings)
    began = time.perf_counter()
    portfolio, value = backtest(opens, closes, settings)
    seconds = time.perf_counter() - began
    orders = portfolio.orders.values
    print(json.dumps({
        "timings": {"backtest": seconds},
        "figures": figures(len(closes), len(orders), value.iloc[-1], orders["fees"].sum()),
        "versions": {name: importlib.metadata.version(name) for name in ("vectorbt", "vectorbt-rust", "numba")},
    }))


if __name__ == "__main__":
    main()
