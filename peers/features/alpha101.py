"""Our columns of the 101 alphas against the paper's formulas in 64 bits.

    python peers/features/alpha101.py FOLDER

FOLDER holds, for each panel, panel_K.f64 (name, day, open, high, low, close, volume, one column after the other) and
ours_K.f64 (our columns in the order of names.txt). The group of name k is k modulo 3.

Many formulas rank or compare what can only be equal: correlations of ranks over three days, say, of which many are exactly 1.
There the last digits decide, and they depend on the order of a sum. So every formula is also worked out a few times with the
last digits of each sum drawn anew; a cell whose value then changes hangs on rounding, is counted and not compared. Of an alpha
that is still apart in some cell, MORE further draws are made: one draw turns a tie with probability one half.
"""

import json
import pathlib
import sys
import time

import numpy as np

from alpha101_formulas import alphas
from alpha101_operators import Panel

# In units of the column's mean size.
NEAR = 1e-9
DRAWS = 2
MORE = 300
# An alpha of which more than this share of a panel hangs on rounding is counted apart: agreement would say little.
MOST = 0.2


def values(columns, shake=None, only=None):
    name, day = columns[0].astype(int), columns[1].astype(int)
    ends = range(name.max() + 1)
    panel = Panel([day[name == k] for k in ends], [k % 3 for k in ends], shake)
    return {number: np.broadcast_to(np.asarray(alpha(), float), len(day))
            for number, alpha in alphas(panel, *columns[2:]).items() if only is None or number in only}


def apart(a, b, size):
    """Where two columns differ by more than NEAR, or one is missing and the other is not."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        return ~same & ~(np.abs(a - b) <= NEAR * (size + np.abs(b)))


def main():
    folder = pathlib.Path(sys.argv[1])
    names = (folder / "names.txt").read_text().split("\n")
    rows, seconds, differ, rounding, cells, hanging = 0, 0.0, {}, {}, 0, 0
    panels = sorted(folder.glob("panel_*.f64"))
    for file in panels:
        columns = np.fromfile(file).reshape(7, -1)
        rows += columns.shape[1]
        ours = np.fromfile(folder / file.name.replace("panel", "ours")).reshape(len(names), -1)
        began = time.perf_counter()
        theirs = values(columns)
        seconds += time.perf_counter() - began
        draws = [values(columns, shake) for shake in range(1, DRAWS + 1)]
        if [f"alpha{number:03}" for number in theirs] != names:
            sys.exit("the alphas or their order differ")
        for mine, (number, other) in zip(ours, theirs.items()):
            known = np.abs(other[np.isfinite(other)])
            size = known.mean() if len(known) else 0.0
            hangs = np.any([apart(draw[number], other, size) for draw in draws], axis=0)
            wrong = apart(mine, other, size) & ~hangs
            for shake in range(DRAWS + 1, DRAWS + MORE + 1):
                if not wrong.any():
                    break
                hangs |= apart(values(columns, shake, {number})[number], other, size)
                wrong &= ~hangs
            cells, hanging = cells + len(other), hanging + int(hangs.sum())
            rounding[number] = max(rounding.get(number, 0.0), hangs.mean())
            if wrong.any():
                differ[number] = differ.get(number, 0) + int(wrong.sum())
                at = int(np.flatnonzero(wrong)[0])
                print(f"{file.name} alpha{number:03}: {wrong.sum()} of {len(other)} apart, the first in row {at}: "
                      f"{mine[at]!r} and {other[at]!r}", file=sys.stderr)
    often = {f"{number:03}": round(float(share), 3) for number, share in rounding.items() if share > 0.05}
    print(f"cells that hang on rounding: {hanging} of {cells}; beyond 5 % of an alpha: {often}", file=sys.stderr)
    unstable = {number for number, share in rounding.items() if share > MOST}
    print(json.dumps({
        "timings": {"compute": seconds},
        "figures": {"panels": len(panels), "rows": rows, "alphas": len(names), "alphas_apart": len(differ.keys() - unstable),
                    "alphas_of_rounding": len(unstable)},
        "versions": {"numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
