"""TA-Lib's outputs under our names."""

import numpy as np
import talib
from talib import abstract

# Defaults that changed between the C library behind the Python wheel (0.8.1) and the Rust port (0.8.3).
PARAMETERS = {"PERCENTILE": {"timeperiod": 100}}
# Of equal prices the wheel's library names one, the Rust port always the newest: the prices are compared, not the places.
PLACES = ("MAXINDEX", "MININDEX", "MINMAXINDEX")


def function_of(name):
    """The function that an output of ours is of, or nothing where the wheel does not have it."""
    known = sorted(talib.get_functions(), key=len, reverse=True)
    return next((f for f in known if name == f or name.startswith(f + "_")), None)


def outputs(names, bars):
    """TA-Lib's column for each of our names that the wheel has; a function is called once."""
    inputs = dict(zip(("open", "high", "low", "close", "volume"), bars))
    done, used, columns = {}, {}, {}
    for name in names:
        function = function_of(name)
        if function is None:
            continue
        if function not in done:
            result = abstract.Function(function)(inputs, **PARAMETERS.get(function, {}))
            done[function] = result if isinstance(result, (list, tuple)) else [result]
        place = used.get(function, 0)
        used[function] = place + 1
        columns[name] = done[function][place]
    return columns


def comparable(name, ours, theirs, close):
    """Both columns in the same form. Whole numbers have no missing value: TA-Lib fills their warm-up with zeros, which are
    missing here."""
    mine, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    theirs = np.where(np.isnan(mine) & (theirs == 0), np.nan, theirs)
    if function_of(name) in PLACES:
        mine, theirs = (np.where(np.isnan(x), np.nan, close[np.nan_to_num(x).astype(int)]) for x in (mine, theirs))
    return mine, theirs


def indicators(names, bars, ours):
    """For those of our names that the wheel has: name, our column, TA-Lib's. `ours` maps a name to its column."""
    for name, theirs in outputs(names, bars).items():
        yield name, *comparable(name, ours[name], theirs, bars[3])
