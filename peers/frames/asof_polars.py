"""The same as-of join by polars' join_asof.

    python peers/frames/asof_polars.py FOLDER
"""

import json
import pathlib
import sys
import time

import polars as pl
from asof_sides import figures, read


def main():
    decisions, facts, max_age = read(pathlib.Path(sys.argv[1]))
    left = pl.DataFrame(decisions).with_columns(pl.col("t").set_sorted())
    right = pl.DataFrame(facts).with_columns(pl.col("t").set_sorted())
    began = time.perf_counter()
    joined = left.join_asof(right, on="t", by="k", strategy="backward", tolerance=max_age, check_sortedness=False)
    values = joined["v"].fill_null(float("nan")).to_numpy()
    seconds = time.perf_counter() - began
    print(json.dumps({
        "timings": {"join": seconds}, "figures": figures(values), "versions": {"polars": pl.__version__},
    }))


if __name__ == "__main__":
    main()
