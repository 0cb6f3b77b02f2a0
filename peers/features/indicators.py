"""TA-Lib's outputs under our names."""

import numpy as np
import talib
from talib import abstract

# Defaults that changed between the C library behind the Python wheel (0.8.1) and the Rust port (0.8.3).
PARAMETERS = {"PERCENTILE": {"timeperiod": 100}}
# Of equal prices the wheel's library names one, the Rust port always the newest: the prices are compared, not the places.
PLACES = ("MAXINDEX", "MININDEX", "MINMAXINDEX")


def indicators(names, bars, ours):
    """For those of our names that the wheel has: name, our column, TA-Lib's.

    `ours` maps a name to its column. Whole numbers have no missing value: TA-Lib fills their warm-up with zeros, which
    are missing here.
    """
    open_, high, low, close, volume = bars
    inputs = dict(open=open_, high=high, low=low, close=close, volume=volume)
    known = sorted(talib.get_functions(), key=len, reverse=True)
    done, used = {}, {}
    for name in names:
        function = next((f for f in known if name == f or name.startswith(f + "_")), None)
        if function is None:
            continue
        if function not in done:
            result = abstract.Function(function)(inputs, **PARAMETERS.get(function, {}))
            done[function] = result if isinstance(result, (list, tuple)) else [result]
        place = used.get(function, 0)
        used[function] = place + 1
        mine, theirs = np.asarray(ours[name], float), np.asarray(done[function][place], float)
        theirs = np.where(np.isnan(mine) & (theirs == 0), np.nan, theirs)
        if function in PLACES:
            mine, theirs = (np.where(np.isnan(x), np.nan, close[np.nan_to_num(x).astype(int)]) for x in (mine, theirs))
        yield name, mine, theirs
