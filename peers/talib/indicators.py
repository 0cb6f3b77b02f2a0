"""The 15 indicators by TA-Lib on one symbol's bars, and our columns checked against what TA-Lib's parts give.

    python peers/talib/indicators.py FOLDER

FOLDER holds bars.f64 (open, high, low, close, volume, one column after the other) and ours.f64 (our 15 columns).
"""

import json
import pathlib
import sys
import time

import numpy as np
import talib
from talib import ADX, ATR, BBANDS, EMA, MACD, MINUS_DM, OBV, PLUS_DM, RSI, SMA, STDDEV, SUM, TRANGE

NAMES = ["sma_20", "sma_50", "ema_12", "ema_26", "rsi_14", "atr_14", "vwap", "bb_upper", "bb_middle", "bb_lower",
         "macd_line", "macd_signal", "macd_histogram", "adx_14", "obv"]
# Seeds of TA-Lib's MACD differ from a plain exponential mean's and have decayed by then.
WARM_UP = 2_000


def compute(o, h, l, c, v):
    """The work that is timed: the 15 indicators under their own names."""
    typical = (h + l + c) / 3
    return [SMA(c, 20), SMA(c, 50), EMA(c, 12), EMA(c, 26), RSI(c, 14), ATR(h, l, c, 14),
            SUM(typical * v, 20) / SUM(v, 20), *BBANDS(c, 20), *MACD(c, 12, 26, 9), ADX(h, l, c, 14), OBV(c, v)]


def stationary(o, h, l, c, v):
    """Our forms, from TA-Lib's parts: means and sums instead of Wilder's smoothing, distances instead of levels."""
    atr = SMA(TRANGE(h, l, c), 14)
    change = np.diff(c, prepend=np.nan)
    mean, sd = SMA(c, 20), STDDEV(c, 20) * np.sqrt(20 / 19)
    vwap = SUM((h + l + c) / 3 * v, 20) / SUM(v, 20)
    fast, slow = EMA(c, 12), EMA(c, 26)
    macd = fast - slow
    signal = EMA(macd, 9)
    plus, minus = SUM(PLUS_DM(h, l, 1), 14), SUM(MINUS_DM(h, l, 1), 14)
    dx = np.abs(plus - minus) / (plus + minus)
    return [(c - mean) / atr, (c - SMA(c, 50)) / atr, (c - fast) / atr, (c - slow) / atr,
            SUM(change, 14) / SUM(np.abs(change), 14), atr / c, (c - vwap) / atr,
            (h - mean - 2 * sd) / (4 * sd), 4 * sd / mean, (l - mean + 2 * sd) / (4 * sd),
            macd / slow, signal / slow, (macd - signal) / atr, SMA(dx, 14), SUM(np.sign(change) * v, 20) / SUM(v, 20)]


def main():
    folder = pathlib.Path(sys.argv[1])
    bars = np.fromfile(folder / "bars.f64").reshape(5, -1)
    began = time.perf_counter()
    columns = compute(*bars)
    seconds = time.perf_counter() - began
    ours = np.fromfile(folder / "ours.f64").reshape(len(NAMES), -1)
    difference = 0.0
    for name, mine, theirs in zip(NAMES, ours, stationary(*bars)):
        apart = np.abs(mine[WARM_UP:] - theirs[WARM_UP:])
        largest = float(np.max(apart)) if np.all(np.isfinite(apart)) else float("inf")
        print(f"{name}: {largest:.1e}", file=sys.stderr)
        difference = max(difference, largest)
    print(json.dumps({
        "timings": {"compute": seconds},
        "figures": {"bars": bars.shape[1], "columns": len(columns), "largest_difference": min(difference, 1e300)},
        "versions": {"TA-Lib": talib.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
