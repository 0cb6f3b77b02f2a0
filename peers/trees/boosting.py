"""LightGBM on the matrix that our trees are fitted on.

    python peers/trees/boosting.py FOLDER

FOLDER holds train_x.f64 and test_x.f64 (15 columns, one after the other) and train_y.f64 and test_y.f64.
"""

import json
import os
import pathlib
import sys
import time

import lightgbm as lgb
import numpy as np
import sklearn
from sklearn.metrics import log_loss, roc_auc_score

COLUMNS = 15
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))


def main():
    folder = pathlib.Path(sys.argv[1])
    # LightGBM reads rows: laid out so before the clock starts.
    read = lambda name: np.ascontiguousarray(np.fromfile(folder / f"{name}_x.f64").reshape(COLUMNS, -1).T)
    train, test = read("train"), read("test")
    train_y, test_y = np.fromfile(folder / "train_y.f64"), np.fromfile(folder / "test_y.f64")
    model = lgb.LGBMClassifier(n_estimators=100, num_leaves=31, max_depth=8, learning_rate=0.05, min_child_samples=200,
                               min_child_weight=1.0, reg_lambda=1.0, max_bin=128, force_col_wise=True, n_jobs=THREADS,
                               random_state=1, verbose=-1)
    began = time.perf_counter()
    model.fit(train, train_y)
    fitted = time.perf_counter()
    p = model.booster_.predict(test, num_threads=THREADS)
    done = time.perf_counter()
    print(json.dumps({
        "timings": {"fit": fitted - began, "predict": done - fitted},
        "figures": {"rows": len(train_y), "auc": roc_auc_score(test_y, p), "log_loss": log_loss(test_y, p)},
        "versions": {"lightgbm": lgb.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
