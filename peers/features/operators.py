"""Writes qlib's own values of its operators, in 64 bits, as a fixture of the crate `features`.

    python peers/features/operators.py crates/features/tests/fixtures/qlib_operators.csv

Needs pyqlib 0.9.7, pandas 3.1.1, numpy 2.4.6. The first line has the rows that are kept, the next two have every close and every
volume (with missing values, equal values and a flat stretch); then a line a call: its text, and a value for each kept row.
"""

import pathlib
import sys

import numpy as np
import pandas as pd
from qlib.config import C
from qlib.data import base, ops
from qlib.data.cache import H
from qlib.utils import parse_field

BARS = 260
ROWS = [0, 1, 2, 4, 5, 19, 20, 59, 60, 61, 99, 100, 101, 110, 119, 125, 139, 140, 160, 199, 200, 222, 245, 259]
# Whole numbers of bars; 0 is every bar so far.
WINDOWS = [0, 1, 2, 5, 20, 60]
ONE_COLUMN = "Ref Delta Mean Sum Count Max Min IdxMax IdxMin Std Var WMA Slope Rsquare Resi".split()
NO_EXPANDING = "EMA Mad Med Rank".split()
SINGLE = [
    "$volume + $close", "$volume - $close", "$volume * $close", "$volume / $close", "Power($close, 0.5)", "Log($close)",
    "Abs($volume)", "Sign($volume)", "Greater($volume, $close)", "Less($volume, $close)", "$volume > $close",
    "$volume >= 3.5", "$volume < $close", "$volume <= 3.5", "$volume == 3.5", "$volume != 3.5",
    "($volume > 0) & ($close > 100)", "($volume > 0) | ($close > 100)", "Not($volume > 0)",
    "If($volume > $close, $volume, $close)", "EMA($volume, 0.3)", "Mean($volume > 0, 5)", "Count($volume > 0, 5)",
    "($close - Ref($close, 1)) / Std($close, 20)",
]


def calls():
    for window in WINDOWS:
        yield from (f"{name}($volume, {window})" for name in ONE_COLUMN)
        yield f"Cov($volume, $close, {window})"
        if window == 0 or window >= 5:
            yield from (f"{name}($volume, {window})" for name in ("Skew", "Kurt"))
        if window > 0:
            yield from (f"{name}($volume, {window})" for name in NO_EXPANDING)
            yield from (f"Quantile($volume, {window}, {q})" for q in (0.2, 0.8))
            yield f"Corr($volume, $close, {window})"
    yield from SINGLE


def simulated():
    random = np.random.default_rng(6)
    close = np.round(50 + 100 * random.random(BARS), 2)
    volume = np.round(random.normal(0, 50, BARS), 1)
    volume[random.random(BARS) < 0.08] = np.nan
    volume[102:112] = np.nan
    volume[112:142] = 3.5
    return close, volume


def text(values):
    return ",".join("" if np.isnan(value) else f"{value:.15g}" for value in values)


def main():
    C["mem_cache_size_limit"] = 2_000
    ops.register_all_ops(C)
    close, volume = simulated()
    columns = {"close": pd.Series(close), "volume": pd.Series(volume)}
    base.Feature._load_internal = lambda self, *_: columns[self._name].copy()
    names = {"Feature": base.Feature, "Operators": ops.Operators}
    lines = [",".join(map(str, ROWS)), text(close), text(volume)]
    for call in calls():
        H.clear()
        values = eval(parse_field(call), names).load("name", 0, BARS - 1, "day").reindex(range(BARS))
        lines.append(f"{call};{text(values.to_numpy(float)[ROWS])}")
    pathlib.Path(sys.argv[1]).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
