"""Five of our checks in polars, over the same bars.

    python peers/frames/scan_polars.py FOLDER
"""

import json
import pathlib
import sys
import time

import numpy as np
import polars as pl

NAMES = ["symbol", "start", "open", "high", "low", "close", "volume"]


def main():
    columns = np.fromfile(pathlib.Path(sys.argv[1]) / "bars.f64").reshape(len(NAMES), -1)
    frame = pl.DataFrame({name: column for name, column in zip(NAMES, columns)}, nan_to_null=True)
    prices = [pl.col(name) for name in ("open", "high", "low", "close")]
    open_, high, low, close = prices
    count = lambda condition: condition.fill_null(False).sum()
    began = time.perf_counter()
    found = frame.lazy().sort("symbol", "start", maintain_order=True).select(
        rows=pl.len(),
        ohlc_order=count((low > open_).fill_null(False) | (low > close).fill_null(False)
                         | (open_ > high).fill_null(False) | (close > high).fill_null(False) | (low > high)),
        positive_finite_price=count(pl.any_horizontal([((p <= 0) | p.is_infinite()).fill_null(False) for p in prices])),
        missing_price=count(pl.any_horizontal([p.is_null() for p in prices])),
        duplicate_stamp=count((pl.col("symbol") == pl.col("symbol").shift(1))
                              & (pl.col("start") == pl.col("start").shift(1))),
        negative_volume=count((pl.col("volume") < 0) | pl.col("volume").is_infinite()),
    ).collect()
    seconds = time.perf_counter() - began
    print(json.dumps({"timings": {"scan": seconds}, "figures": found.row(0, named=True),
                      "versions": {"polars": pl.__version__}}))


if __name__ == "__main__":
    main()
