"""Our columns against their formulas in 64 bits, against qlib's own engine, and against TA-Lib.

    python peers/features/sets.py FOLDER

FOLDER holds, for each of some real names, bars_K.f64 (open, high, low, close, volume, one column after the other, rounded
to 32 bits, which is what qlib stores) and ours_K.f64 (our columns in the order of names.txt: set, tab, name).
"""

import json
import pathlib
import sys
import time

import numpy as np
import pandas as pd

import formulas
from indicators import indicators

# qlib's figures in 32 bits against ours in 64. A few volumes over that of a day without trade are further apart: of a
# quotient of some 1e18, 32 bits are large beside the column's mean.
QLIB_LIMIT = 1e-4


def apart(ours, theirs):
    """Largest distance in units of the column's mean size; infinite where one is missing and the other is not."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return float("inf")
    known = np.isfinite(ours) & np.isfinite(theirs)
    if not np.array_equal(ours[~known], theirs[~known], equal_nan=True):
        return float("inf")
    size = np.abs(theirs[known]).mean() if known.any() else 0.0
    return float(np.abs(ours[known] - theirs[known]).max(initial=0.0) / (size or 1.0))


def qlib_engine():
    """A function from bars and expressions to qlib's columns; bars are handed to the engine in 32 bits."""
    from qlib.config import C
    from qlib.data import base, ops
    from qlib.data.cache import H
    from qlib.utils import parse_field

    C["mem_cache_size_limit"] = 2_000
    ops.register_all_ops(C)
    columns = {}
    base.Feature._load_internal = lambda self, *_: columns[self._name].copy()
    names = {"Feature": base.Feature, "Operators": ops.Operators}

    def run(bars, fields):
        open_, high, low, close, volume = (pd.Series(x.astype(np.float32)) for x in bars)
        columns.update(open=open_, high=high, low=low, close=close, volume=volume, vwap=(high + low + close) / 3)
        H.clear()
        last = len(close) - 1
        return [eval(parse_field(field), names).load("name", 0, last, "day").reindex(close.index) for field in fields]

    return run


def worst(title, names, ours, theirs, limit):
    """The largest distance; prints every column beyond the limit."""
    largest, beyond = 0.0, []
    for name, mine, other in zip(names, ours, theirs, strict=True):
        distance = apart(mine, other)
        largest = max(largest, distance)
        if distance > limit:
            beyond.append(f"{name} {distance:.1e}")
    print(f"{title}: largest {largest:.2e}; beyond {limit:g}: {beyond or 'none'}", file=sys.stderr)
    return largest, len(beyond)


def main():
    folder = pathlib.Path(sys.argv[1])
    lines = [line.split("\t") for line in (folder / "names.txt").read_text().splitlines()]
    names = {set_: [name for of, name in lines if of == set_] for set_ in ("alpha158", "alpha360", "talib")}
    from qlib.contrib.data.loader import Alpha158DL, Alpha360DL
    loaders = {"alpha158": (Alpha158DL, formulas.alpha158), "alpha360": (Alpha360DL, formulas.alpha360)}
    engine = qlib_engine()
    figures, seconds = {"names": 0, "bars": 0}, 0.0
    for k, file in enumerate(sorted(folder.glob("bars_*.f64"))):
        bars = np.fromfile(file).reshape(5, -1)
        figures["names"], figures["bars"] = k + 1, figures["bars"] + bars.shape[1]
        ours = np.fromfile(folder / file.name.replace("bars", "ours")).reshape(len(lines), -1)
        column = {(set_, name): ours[i] for i, (set_, name) in enumerate(lines)}
        for set_, (loader, recomputed) in loaders.items():
            fields, theirs = loader.get_feature_config()
            if names[set_] != theirs:
                sys.exit(f"{set_}: names or order differ from qlib's")
            mine = [column[set_, name] for name in theirs]
            table = recomputed(*bars)
            began = time.perf_counter()
            by_qlib = engine(bars, fields)
            seconds += time.perf_counter() - began
            for title, other, limit in ((f"{set_}_formulas", [table[name] for name in theirs], 1e-9),
                                        (f"{set_}_qlib", by_qlib, QLIB_LIMIT)):
                largest, beyond = worst(f"{file.name} {title}", theirs, mine, other, limit)
                figures[title] = max(figures.get(title, 0.0), min(largest, 1e300))
                figures[f"{title}_beyond"] = max(figures.get(f"{title}_beyond", 0), beyond)
        compared, largest, equal = 0, 0.0, 0
        talibs = {name: column["talib", name] for name in names["talib"]}
        for name, mine, theirs in indicators(names["talib"], bars, talibs):
            distance = apart(mine, theirs)
            if distance > 1e-12:
                print(f"{file.name} {name}: {distance:.1e}", file=sys.stderr)
            compared, largest, equal = compared + 1, max(largest, distance), equal + (distance == 0)
        print(f"{file.name} TA-Lib: {compared} outputs, {equal} bit for bit, largest {largest:.1e}", file=sys.stderr)
        figures["talib_outputs"] = compared
        figures["talib"] = max(figures.get("talib", 0.0), min(largest, 1e300))
    print(json.dumps({"timings": {"compute": seconds}, "figures": figures}))


if __name__ == "__main__":
    main()
