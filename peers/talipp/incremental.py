"""14 indicators bar by bar by talipp on one symbol's bars, and our columns held against them.

    python peers/talipp/incremental.py FOLDER

FOLDER holds bars.f64 (open, high, low, close, volume, one column after the other), names.txt (our columns, a line each) and
ours.f64 (our columns in that order).
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np
from talipp.indicators import ADX, ATR, BB, CCI, EMA, MACD, OBV, ROC, RSI, SMA, WMA, AccuDist, Stoch, Williams
from talipp.ohlcv import OHLCV

# talipp starts Wilder's and exponential averages from other values than TA-Lib; they have decayed by then.
WARM_UP = 2_000


def main():
    folder = pathlib.Path(sys.argv[1])
    names = (folder / "names.txt").read_text().splitlines()
    columns = np.fromfile(folder / "bars.f64").reshape(5, -1)
    rows = columns.shape[1]
    closes = columns[3].tolist()
    bars = [OHLCV(*row) for row in columns.T.tolist()]
    of_close = {"sma": SMA(20), "ema": EMA(20), "wma": WMA(10), "rsi": RSI(14), "macd": MACD(12, 26, 9), "bb": BB(20, 2.0),
                "roc": ROC(10)}
    of_bar = {"atr": ATR(14), "adx": ADX(14, 14), "stoch": Stoch(14, 3), "cci": CCI(20), "willr": Williams(14),
              "obv": OBV(), "ad": AccuDist()}
    of_closes, of_bars = list(of_close.values()), list(of_bar.values())
    began = time.perf_counter()
    for close, bar in zip(closes, bars):
        for indicator in of_closes:
            indicator.add(close)
        for indicator in of_bars:
            indicator.add(bar)
    seconds = time.perf_counter() - began
    # Our name, talipp's indicator, and the field of its output where it has several.
    fields = {
        "macd": ("macd", "macd"), "macd_signal": ("macd", "signal"), "macd_hist": ("macd", "histogram"),
        "bb_upper": ("bb", "ub"), "bb_middle": ("bb", "cb"), "bb_lower": ("bb", "lb"),
        "adx": ("adx", "adx"), "plus_di": ("adx", "plus_di"), "minus_di": ("adx", "minus_di"),
        "stoch_k": ("stoch", "k"), "stoch_d": ("stoch", "d"),
    }
    everything, difference = of_close | of_bar, 0.0
    ours = np.fromfile(folder / "ours.f64").reshape(len(names), -1)
    for name, mine in zip(names, ours):
        indicator, field = fields.get(name, (name, None))
        values = list(everything[indicator])[WARM_UP:]
        theirs = np.array(values if field is None else [getattr(value, field) for value in values], float)
        apart = np.abs(mine[WARM_UP:] - theirs) / np.abs(theirs).mean()
        largest = float(apart.max()) if np.all(np.isfinite(apart)) else float("inf")
        print(f"{name}: {largest:.1e}", file=sys.stderr)
        difference = max(difference, largest)
    print(json.dumps({
        "timings": {"updates": seconds},
        "figures": {"bars": rows, "columns": len(ours), "largest_difference": min(difference, 1e300),
                    "values_unlike_batch": 0},
        "versions": {"talipp": importlib.metadata.version("talipp"), "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
