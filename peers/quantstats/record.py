"""The same measures of a record of returns by quantstats.

    python peers/quantstats/record.py FOLDER

FOLDER holds returns.f64: columns of returns and of a benchmark, one after the other. Where quantstats follows another
convention its figure is turned into ours here, each with a comment; docs/PARITY.md lists them.
"""

import json
import pathlib
import sys
import time

import numpy as np
import pandas as pd
import quantstats
import scipy
from quantstats import stats as qs

YEAR, TAIL = 252, 0.05


def measures(own, index):
    n = len(own)
    held = int((own != 0).sum())
    greeks = qs.greeks(own, index, periods=YEAR)
    return {
        "total_return": qs.comp(own), "cagr": qs.cagr(own, periods=YEAR), "volatility": qs.volatility(own, periods=YEAR),
        "sharpe": qs.sharpe(own, periods=YEAR), "sortino": qs.sortino(own, periods=YEAR),
        "calmar": qs.calmar(own, periods=YEAR), "omega": qs.omega(own, periods=YEAR),
        # A negative number there.
        "max_drawdown": -qs.max_drawdown(own),
        # Of sessions with a return other than 0 there, of all sessions here.
        "hit_rate": qs.win_rate(own) * held / n,
        # Corrected for bias there (G1, G2), moments of the sample here; excess kurtosis there.
        "skewness": qs.skew(own) * (n - 2) / np.sqrt(n * (n - 1)),
        "kurtosis": (qs.kurtosis(own) * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1) + 3,
        # By default that of a fitted normal there; the sample's here.
        "expected_shortfall": qs.conditional_value_at_risk(own, confidence=1 - TAIL, method="historical"),
        # `value_at_risk` has the fitted normal alone, so the sample's quantile is pandas' own.
        "quantile": own.quantile(TAIL),
        "best": qs.best(own), "worst": qs.worst(own),
        # With the bias-corrected moments: equal up to 1 / n.
        "psr": qs.probabilistic_sharpe_ratio(own, periods=YEAR),
        "alpha": greeks["alpha"], "beta": greeks["beta"], "r2": qs.r_squared(own, index),
        # A session, not a year.
        "information_ratio": qs.information_ratio(own, index),
    }


def main():
    columns = np.fromfile(pathlib.Path(sys.argv[1]) / "returns.f64").reshape(2, -1)
    own, index = (pd.Series(column, index=pd.bdate_range("2000-01-03", periods=columns.shape[1])) for column in columns)
    began = time.perf_counter()
    figures = measures(own, index)
    seconds = time.perf_counter() - began
    print(json.dumps({
        "timings": {"measures": seconds},
        "figures": {name: float(value) for name, value in figures.items()},
        "versions": {"quantstats": quantstats.__version__, "pandas": pd.__version__, "scipy": scipy.__version__,
                     "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
