"""Alpha158 by qlib's own expression engine over the same bars.

    python peers/features/alpha158_qlib.py FOLDER
"""

import json
import os
import shutil
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
import qlib
from qlib.contrib.data.loader import Alpha158DL
from qlib.data import D

from alpha158_sides import bars, far_columns, paths

CONFIG = {"kbar": {}, "price": {"windows": [0], "feature": ["OPEN", "HIGH", "LOW", "VWAP"]}, "rolling": {}}
FIELDS = ("open", "high", "low", "close", "volume")


def store(folder, columns):
    """qlib's folder of calendars, instruments and binary columns; days stand for bars of any length."""
    root = folder / "qlib"
    shutil.rmtree(root, ignore_errors=True)
    (root / "calendars").mkdir(parents=True)
    (root / "instruments").mkdir()
    _, symbols, rows = columns.shape
    days = [str(day) for day in np.datetime64("1700-01-01") + np.arange(rows)]
    (root / "calendars" / "day.txt").write_text("\n".join(days))
    listed = []
    for s in range(symbols):
        to = root / "features" / f"s{s:03}"
        to.mkdir(parents=True)
        fields = dict(zip(FIELDS, columns[:, s]))
        fields["vwap"] = (fields["high"] + fields["low"] + fields["close"]) / 3
        for name, values in fields.items():
            np.concatenate([[0.0], values]).astype("<f4").tofile(to / f"{name}.day.bin")
        listed.append(f"S{s:03}\t{days[0]}\t{days[-1]}")
    (root / "instruments" / "all.txt").write_text("\n".join(listed))
    return root


def main():
    folder, threads = paths(), int(os.environ.get("OMP_NUM_THREADS", "1"))
    columns, names = bars(folder)
    _, symbols, rows = columns.shape
    qlib.init(provider_uri=str(store(folder, columns)), region="us", kernels=threads, expression_cache=None,
              dataset_cache=None, logging_level=40)
    fields, theirs_in_order = Alpha158DL.get_feature_config(CONFIG)
    began = time.perf_counter()
    frame = D.features([f"S{s:03}" for s in range(symbols)], fields)
    seconds = time.perf_counter() - began
    theirs = {name: frame[field].to_numpy().reshape(symbols, rows) for name, field in zip(theirs_in_order, fields)}
    far = far_columns(folder, names, theirs)
    print(far, file=sys.stderr)
    print(json.dumps({
        "timings": {"compute": seconds},
        "figures": {"columns": len(theirs), "cells": frame.shape[0] * frame.shape[1], "far_columns": len(far)},
        "versions": {"pyqlib": qlib.__version__, "pandas": pd.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
