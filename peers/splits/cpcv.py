"""The same combinatorial purged splits by skfolio.

    python peers/splits/cpcv.py FOLDER

FOLDER holds settings.json: rows, horizon, embargo, look_back and sizes, a list of [groups, test groups].
"""

import json
import pathlib
import sys
import time

import numpy as np
import skfolio
import sklearn
from skfolio.model_selection import CombinatorialPurgedCV

MODULUS = 2_147_483_647


def weighted(rows):
    return int(((np.arange(rows.size) + 1) * rows).sum() % MODULUS)


def main():
    settings = json.loads((pathlib.Path(sys.argv[1]) / "settings.json").read_text())
    x = np.zeros((settings["rows"], 1))
    seconds, figures = 0.0, {}
    for groups, tested in settings["sizes"]:
        # Labels of `horizon` sessions from the next one, feature windows of `look_back`, in numbers of rows.
        cv = CombinatorialPurgedCV(
            n_folds=groups, n_test_folds=tested,
            purged_size=settings["horizon"] + 1 + settings["embargo"],
            embargo_size=settings["look_back"] - 1 - settings["embargo"],
        )
        began = time.perf_counter()
        splits = list(cv.split(x))
        seconds += time.perf_counter() - began
        paths = cv.get_path_ids()
        name = f"of_{groups}_test_{tested}"
        figures |= {
            f"{name}_splits": len(splits), f"{name}_paths": cv.n_test_paths,
            f"{name}_train_rows": sum(train.size for train, _ in splits),
            f"{name}_train_sum": sum((k + 1) * weighted(train) for k, (train, _) in enumerate(splits)),
            f"{name}_test_sum": sum((k + 1) * weighted(np.concatenate(tests)) for k, (_, tests) in enumerate(splits)),
            f"{name}_path_sum": sum((k + 1) * weighted(ids) for k, ids in enumerate(paths)),
        }
    print(json.dumps({
        "timings": {"splits": seconds},
        "figures": figures,
        "versions": {"skfolio": skfolio.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
