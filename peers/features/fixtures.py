"""Writes the fixtures of the crate `features`: simulated bars, and what Alpha158's formulas and TA-Lib make of them.

    python peers/features/fixtures.py crates/features/tests/fixtures NAMES

NAMES lists our columns as `set, tab, name`, a line each; `cargo xtask parity sets` leaves it in its folder as names.txt.
"""

import pathlib
import sys

import numpy as np

import formulas
from indicators import indicators

BARS = 240
# Rows of which values are kept: the start of the windows, and later ones.
ROWS = [0, 1, 2, 4, 9, 20, 33, 59, 60, 100, 139, 150, 171, 200, 222, 239]


def simulated():
    """A walk on ticks of 0.05, with equal prices, a bar without range and bars without volume."""
    random = np.random.default_rng(158)
    close = np.round(100 * np.exp(np.cumsum(0.02 * random.standard_normal(BARS))) / 0.05) * 0.05
    open_ = np.round((np.roll(close, 1) + 0.2 * random.standard_normal(BARS)) / 0.05) * 0.05
    open_[0] = close[0]
    high = np.maximum(open_, close) + 0.05 * random.integers(0, 20, BARS)
    low = np.minimum(open_, close) - 0.05 * random.integers(0, 20, BARS)
    volume = random.integers(1_000, 90_000, BARS).astype(float)
    open_[70] = high[70] = low[70] = close[70] = close[69]
    volume[[70, 71, 190]] = 0
    return [np.round(x, 2) for x in (open_, high, low, close)] + [volume]


def write(path, columns, rows):
    names = list(columns)
    lines = [",".join(["row", *names])]
    for row in rows:
        values = ("" if np.isnan(columns[name][row]) else repr(float(columns[name][row])) for name in names)
        lines.append(",".join([str(row), *values]))
    path.write_text("\n".join(lines) + "\n")


def main():
    folder, names = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text().splitlines()
    bars = simulated()
    write(folder / "bars.csv", dict(zip(("open", "high", "low", "close", "volume"), bars)), range(BARS))
    table = formulas.alpha158(*bars)
    write(folder / "alpha158.csv", {name: table[name].to_numpy() for name in table}, ROWS)
    talibs = [line.split("\t")[1] for line in names if line.startswith("talib\t")]
    # Places of extremes are compared by their prices, which needs ours; warm-ups of whole numbers are zeros here.
    zeros = {name: np.zeros(BARS) for name in talibs}
    columns = {name: theirs for name, _, theirs in indicators(talibs, bars, zeros) if "INDEX" not in name}
    write(folder / "talib.csv", columns, ROWS)


if __name__ == "__main__":
    main()
