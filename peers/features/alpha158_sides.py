"""What the peers of the Alpha158 comparison share: the bars of the folder, and how far our columns are from theirs."""

import json
import pathlib
import sys

import numpy as np

# Rows of each symbol before every window is full: the peers fill them by rules of their own.
WARM_UP = 60
# Of a column's standard deviation. Bars are rounded to single precision, which is what qlib computes and stores.
TOLERANCE = 1e-4
# qlib also stores what is inside in single precision: WVMA is the ratio of a spread and a mean of such products, CORD the
# correlation of such quotients.
LOOSE = {"WVMA": 1e-3, "CORD": 1e-3}


def bars(folder):
    """`open, high, low, close, volume` as (field, symbol, row), and our column names."""
    about = json.loads((folder / "about.json").read_text())
    columns = np.fromfile(folder / "bars.f64").reshape(5, about["symbols"], about["rows"])
    return columns, about["columns"]


def far_columns(folder, names, theirs):
    """Columns with a value further from ours than the tolerance; `theirs[name]` is (symbol, row)."""
    symbols, rows = next(iter(theirs.values())).shape
    ours = np.memmap(folder / "ours.f32", mode="r").view(np.float32).reshape(len(names), symbols, rows)
    far = {}
    for at, name in enumerate(names):
        if name not in theirs:
            continue
        mine, other = (values[:, WARM_UP:].astype(np.float64) for values in (ours[at], theirs[name]))
        apart = np.abs(mine - other) / max(float(np.nanstd(mine)), 1e-12)
        apart[np.isnan(mine) & np.isnan(other)] = 0.0
        largest = float(np.nanmax(apart)) if np.all(np.isfinite(apart)) else float("inf")
        if not largest <= LOOSE.get(name.rstrip("0123456789"), TOLERANCE):
            far[name] = largest
    return far


def paths():
    return pathlib.Path(sys.argv[1])
