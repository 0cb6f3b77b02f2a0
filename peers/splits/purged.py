"""The same combinatorial purged splits by purgedcv.

    python peers/splits/purged.py FOLDER

FOLDER holds settings.json: rows, horizon, embargo, look_back and sizes, a list of [groups, test groups].
"""

import json
import pathlib
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
from cpcv import weighted
from purgedcv import CombinatorialPurgedCV


def main():
    settings = json.loads((pathlib.Path(sys.argv[1]) / "settings.json").read_text())
    rows, day = settings["rows"], pd.Timedelta(days=1)
    x = np.zeros((rows, 1))
    # A row a day. A label's interval is half-open there, from the decision to the end of its last session.
    label = settings["horizon"] + 2
    decided = pd.Series(pd.date_range("2000-01-01", periods=rows))
    seconds, figures = 0.0, {}
    for groups, tested in settings["sizes"]:
        began = time.perf_counter()
        cv = CombinatorialPurgedCV(
            n_splits=groups, n_test_groups=tested, prediction_times=decided, evaluation_times=decided + label * day,
            # Padding on both sides of a test label, then the sessions behind it whose features look back into one.
            purge_horizon=settings["embargo"] * day, embargo=(settings["look_back"] - 2) * day,
        )
        splits = list(cv.split(x))
        seconds += time.perf_counter() - began
        paths = cv.reconstruct_paths([np.full(len(test), float(k)) for k, (_, test) in enumerate(splits)])
        starts = [block[0] for block in np.array_split(np.arange(rows), groups)]
        path_of = [[int(np.flatnonzero(paths[:, s] == k)[0]) for s in starts if s in set(test.tolist())]
                   for k, (_, test) in enumerate(splits)]
        name = f"of_{groups}_test_{tested}"
        figures |= {
            f"{name}_splits": cv.get_n_splits(), f"{name}_paths": len(paths),
            f"{name}_train_rows": sum(len(train) for train, _ in splits),
            f"{name}_train_sum": sum((k + 1) * weighted(train) for k, (train, _) in enumerate(splits)),
            f"{name}_test_sum": sum((k + 1) * weighted(test) for k, (_, test) in enumerate(splits)),
            f"{name}_path_sum": sum((k + 1) * weighted(np.array(ids)) for k, ids in enumerate(path_of)),
        }
    print(json.dumps({
        "timings": {"splits": seconds},
        "figures": figures,
        "versions": {"purgedcv": version("purgedcv"), "pandas": pd.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
