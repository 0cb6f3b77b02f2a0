"""1,000 pairs of windows by vectorbt, 100 columns at a time.

    python peers/backtest/sweep_vectorbt.py FOLDER

Averages are computed once a window. All columns at once would take several gigabytes an array.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np
import vectorbt as vbt
from sides import read

COLUMNS = 100


def chunk(opens, closes, above, settings):
    portfolio = vbt.Portfolio.from_signals(
        closes, entries=above, exits=~above, price=opens, size=1.0, fees=settings["fees"],
        init_cash=settings["capital"], freq="1min")
    return portfolio.orders.count().to_numpy(), portfolio.final_value().to_numpy()


def sweep(opens, closes, settings):
    fast, slow = range(*settings["fast"]), range(*settings["slow"])
    average = {window: vbt.MA.run(closes, window).ma.to_numpy().ravel() for window in {*fast, *slow}}
    pairs = [(short, long) for short in fast for long in slow]
    fills, equity = [], []
    for start in range(0, len(pairs), COLUMNS):
        above = np.zeros((len(closes), min(COLUMNS, len(pairs) - start)), bool)
        for column, (short, long) in enumerate(pairs[start:start + COLUMNS]):
            above[1:, column] = (average[short] > average[long])[:-1]
        counts, values = chunk(opens, closes, above, settings)
        fills.append(counts)
        equity.append(values)
    return np.concatenate(fills), np.concatenate(equity)


def main():
    columns, settings = read(pathlib.Path(sys.argv[1]))
    opens, closes = columns[0][:, None], columns[3][:, None]
    # The first call compiles.
    sweep(opens[:2_000], closes[:2_000], {**settings, "fast": [5, 7, 1], "slow": [30, 34, 2]})
    began = time.perf_counter()
    fills, equity = sweep(opens, closes, settings)
    seconds = time.perf_counter() - began
    place = np.arange(1, len(fills) + 1)
    print(json.dumps({
        "timings": {"sweep": seconds},
        "figures": {"bars": len(closes), "variants": len(fills), "fills": int(fills.sum()),
                    "fills_weighted": float((place * fills).sum()),
                    "final_equity": float((place * equity).sum() / len(fills))},
        "versions": {name: importlib.metadata.version(name) for name in ("vectorbt", "vectorbt-rust", "numba")},
    }))


if __name__ == "__main__":
    main()
