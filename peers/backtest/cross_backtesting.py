"""The crossing averages by backtesting.py, which fills at the next open, one unit each way.

    python peers/backtest/cross_backtesting.py FOLDER
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from sides import figures, read


def average(closes, window):
    sums = np.cumsum(np.insert(np.asarray(closes, float), 0, 0.0))
    # The strategy is first asked one bar after the last NaN's successor. Infinity, which nothing is above, takes the place of the
    # last NaN, so that it is asked at the first bar with both averages, as the others are.
    unknown = [*[np.nan] * (window - 2), np.inf]
    return np.concatenate([unknown, (sums[window:] - sums[:-window]) / window])


class Cross(Strategy):
    windows = None

    def init(self):
        short, long = self.windows
        self.fast = self.I(average, self.data.Close, short)
        self.slow = self.I(average, self.data.Close, long)

    def next(self):
        if self.fast[-1] > self.slow[-1]:
            if not self.position:
                self.buy(size=1)
        elif self.position:
            self.position.close()


def main():
    columns, settings = read(pathlib.Path(sys.argv[1]))
    index = pd.date_range(pd.Timestamp(settings["start"], unit="s"), periods=columns.shape[1], freq="1min")
    bars = pd.DataFrame(dict(zip(["Open", "High", "Low", "Close", "Volume"], columns)), index)
    began = time.perf_counter()
    test = Backtest(bars, Cross, cash=settings["capital"], commission=settings["fees"], finalize_trades=False)
    stats = test.run(windows=settings["windows"])
    seconds = time.perf_counter() - began
    broker_trades, still_open = stats["_trades"], stats["_strategy"].trades
    fills = 2 * len(broker_trades) + len(still_open)
    values = broker_trades.EntryPrice.sum() + broker_trades.ExitPrice.sum() + sum(t.entry_price for t in still_open)
    print(json.dumps({
        "timings": {"backtest": seconds},
        "figures": figures(len(bars), fills, stats["Equity Final [$]"], values * settings["fees"]),
        "versions": {"backtesting": importlib.metadata.version("backtesting")},
    }))


if __name__ == "__main__":
    main()
