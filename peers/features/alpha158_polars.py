"""Alpha158 by polars expressions, all columns of a symbol in one query, over the same bars.

    python peers/features/alpha158_polars.py FOLDER
"""

import json
import sys
import time

import numpy as np
import polars as pl
from polars import col

from alpha158_sides import bars, far_columns, paths

WINDOWS = (5, 10, 20, 30, 60)
SMALL = 1e-12


def window(expression, name, n, **more):
    return getattr(expression, f"rolling_{name}")(n, min_samples=1, **more)


def line(y, row, n):
    """Slope, R squared and last residual of a line through the last n values, by running sums."""
    x_sum, xx_sum = n * (n + 1) / 2, n * (n + 1) * (2 * n + 1) / 6
    y_sum = window(y, "sum", n)
    xy_sum = window(row * y, "sum", n) - (row - n) * y_sum
    slope = (n * xy_sum - x_sum * y_sum) / (n * xx_sum - x_sum**2)
    spread = n * window(y * y, "sum", n) - y_sum**2
    square = (n * xy_sum - x_sum * y_sum) ** 2 / ((n * xx_sum - x_sum**2) * spread)
    return slope, square, y - ((y_sum - slope * x_sum) / n + slope * n)


def first_place(values, sign, n):
    """1 for the oldest of the window, of the first that is largest (of `sign` times the values): polars has no rolling
    argument of an extreme, and NumPy's over a view of all windows is the fastest way to one."""

    def places(series):
        padded = np.concatenate([np.full(n - 1, -np.inf), sign * series.to_numpy()])
        return pl.Series(np.lib.stride_tricks.sliding_window_view(padded, n).argmax(axis=1) + 1.0)

    return values.map_batches(places, return_dtype=pl.Float64)


def expressions():
    o, h, l, c, v = (col(name) for name in ("open", "high", "low", "close", "volume"))
    row = col("row")
    top, bottom, spread = pl.max_horizontal(o, c), pl.min_horizontal(o, c), h - l + SMALL
    out = {
        "KMID": (c - o) / o, "KLEN": (h - l) / o, "KMID2": (c - o) / spread, "KUP": (h - top) / o, "KUP2": (h - top) / spread,
        "KLOW": (bottom - l) / o, "KLOW2": (bottom - l) / spread, "KSFT": (2 * c - h - l) / o, "KSFT2": (2 * c - h - l) / spread,
        "OPEN0": o / c, "HIGH0": h / c, "LOW0": l / c, "VWAP0": (h + l + c) / 3 / c,
    }
    before, volume_before = c.shift(1), v.shift(1)
    step, volume_step = c - before, v - volume_before
    moved = (c / before - 1).abs() * v
    for n in WINDOWS:
        high, low = window(h, "max", n), window(l, "min", n)
        slope, square, rest = line(c, row, n)
        most, least = first_place(h, 1.0, n), first_place(l, -1.0, n)
        up, down = window((c > before).cast(pl.Float64), "mean", n), window((c < before).cast(pl.Float64), "mean", n)
        path, volume_path = window(step.abs(), "sum", n) + SMALL, window(volume_step.abs(), "sum", n) + SMALL
        gain, loss = window(step.clip(lower_bound=0), "sum", n) / path, window((-step).clip(lower_bound=0), "sum", n) / path
        more = window(volume_step.clip(lower_bound=0), "sum", n) / volume_path
        less = window((-volume_step).clip(lower_bound=0), "sum", n) / volume_path
        corr = pl.rolling_corr(c, (v + 1).log(), window_size=n, min_samples=1)
        cord = pl.rolling_corr(c / before, (v / volume_before + 1).log(), window_size=n, min_samples=1)
        out |= {
            f"ROC{n}": c.shift(n) / c, f"MA{n}": window(c, "mean", n) / c, f"STD{n}": window(c, "std", n) / c,
            f"BETA{n}": slope / c, f"RSQR{n}": square, f"RESI{n}": rest / c, f"MAX{n}": high / c, f"MIN{n}": low / c,
            f"QTLU{n}": c.rolling_quantile(0.8, interpolation="linear", window_size=n, min_samples=1) / c,
            f"QTLD{n}": c.rolling_quantile(0.2, interpolation="linear", window_size=n, min_samples=1) / c,
            f"RANK{n}": c.rolling_rank(n, method="average", min_samples=1) / n,
            f"RSV{n}": (c - low) / (high - low + SMALL), f"IMAX{n}": most / n, f"IMIN{n}": least / n, f"IMXD{n}": (most - least) / n,
            f"CORR{n}": corr, f"CORD{n}": cord, f"CNTP{n}": up, f"CNTN{n}": down, f"CNTD{n}": up - down,
            f"SUMP{n}": gain, f"SUMN{n}": loss, f"SUMD{n}": gain - loss,
            f"VMA{n}": window(v, "mean", n) / (v + SMALL), f"VSTD{n}": window(v, "std", n) / (v + SMALL),
            f"WVMA{n}": window(moved, "std", n) / (window(moved, "mean", n) + SMALL),
            f"VSUMP{n}": more, f"VSUMN{n}": less, f"VSUMD{n}": more - less,
        }
    # Kept in single precision, as qlib and ours keep them.
    return [expression.cast(pl.Float32).alias(name) for name, expression in out.items()]


def main():
    folder = paths()
    columns, names = bars(folder)
    _, symbols, rows = columns.shape
    frames = [
        pl.DataFrame({name: columns[f, s] for f, name in enumerate(("open", "high", "low", "close", "volume"))})
        .with_columns(row=pl.int_range(rows).cast(pl.Float64))
        for s in range(symbols)
    ]
    wanted = expressions()
    began = time.perf_counter()
    done = [frame.lazy().select(wanted).collect() for frame in frames]
    seconds = time.perf_counter() - began
    theirs = {name: np.stack([frame[name].cast(pl.Float64).to_numpy() for frame in done]) for name in names if name in done[0].columns}
    far = far_columns(folder, names, theirs)
    print(far, file=sys.stderr)
    print(json.dumps({
        "timings": {"compute": seconds},
        "figures": {"columns": len(theirs), "cells": len(theirs) * symbols * rows, "far_columns": len(far)},
        "versions": {"polars": pl.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
