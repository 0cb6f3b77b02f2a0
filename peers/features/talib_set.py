"""TA-Lib's functions by its C library on one symbol's bars, and our columns held against them.

    python peers/features/talib_set.py FOLDER

FOLDER holds bars.f64 (open, high, low, close, volume, one column after the other), names.txt (our outputs, a line each, as
many as the wheel has) and ours.f64 (every seventh row of our columns in that order).
"""

import json
import pathlib
import sys
import time

import numpy as np
import talib

from indicators import comparable, function_of, outputs

EVERY = 7


def apart(ours, theirs):
    """Largest distance in units of the column's mean size; infinite where one is missing and the other is not."""
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return float("inf")
    known = np.isfinite(ours) & np.isfinite(theirs)
    if not np.array_equal(ours[~known], theirs[~known], equal_nan=True):
        return float("inf")
    size = np.abs(theirs[known]).mean() if known.any() else 0.0
    return float(np.abs(ours[known] - theirs[known]).max(initial=0.0) / (size or 1.0))


def main():
    folder = pathlib.Path(sys.argv[1])
    listed = (pathlib.Path(__file__).parent / "talib_functions.txt").read_text().split()
    if listed != sorted(talib.get_functions()):
        sys.exit("talib_functions.txt is not the list of the wheel's functions")
    names = (folder / "names.txt").read_text().splitlines()
    if missing := [name for name in names if function_of(name) is None]:
        sys.exit(f"the wheel lacks {missing}")
    bars = np.fromfile(folder / "bars.f64").reshape(5, -1)
    rows = bars.shape[1]
    began = time.perf_counter()
    columns = outputs(names, bars)
    seconds = time.perf_counter() - began
    difference, equal = 0.0, 0
    kept = len(range(0, rows, EVERY))
    for k, name in enumerate(names):
        # A column at a time: this process is measured, and the memory of our columns is not its own.
        ours = np.fromfile(folder / "ours.f64", count=kept, offset=8 * kept * k)
        distance = apart(*comparable(name, ours, columns[name][::EVERY], bars[3]))
        if distance > 1e-9:
            print(f"{name}: {distance:.1e}", file=sys.stderr)
        difference, equal = max(difference, distance), equal + (distance == 0)
    print(f"{len(names)} outputs, {equal} bit for bit, largest {difference:.1e}", file=sys.stderr)
    print(json.dumps({
        "timings": {"compute": seconds},
        "figures": {"bars": rows, "columns": len(columns), "largest_difference": min(difference, 1e300)},
        "versions": {"TA-Lib": talib.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
