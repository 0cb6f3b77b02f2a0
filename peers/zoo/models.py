"""scikit-learn, XGBoost, LightGBM and CatBoost on the matrix that the models of our zoo are fitted on.

    python peers/zoo/models.py FOLDER

FOLDER holds train_x.f64 and test_x.f64 (15 columns, one after the other) and train_y.f64 and test_y.f64.
"""

import json
import os
import pathlib
import sys
import time

import catboost
import lightgbm as lgb
import numpy as np
import sklearn
import xgboost as xgb
from sklearn.linear_model import ARDRegression, BayesianRidge, Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

COLUMNS = 15
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))

LINEAR = {
    "ridge": lambda: Ridge(alpha=1.0, solver="cholesky"),
    "bayesian_ridge": lambda: BayesianRidge(max_iter=300),
    "ard": lambda: ARDRegression(max_iter=300),
}
BOOSTERS = {
    # A row has hessian 1, so the child weight counts rows.
    "depthwise": lambda: xgb.XGBRegressor(n_estimators=100, max_depth=5, learning_rate=0.1, min_child_weight=20,
                                          reg_lambda=1.0, tree_method="hist", max_bin=254, grow_policy="depthwise",
                                          n_jobs=THREADS, random_state=1),
    "leafwise": lambda: lgb.LGBMRegressor(n_estimators=100, num_leaves=31, max_depth=-1, learning_rate=0.1,
                                          min_child_samples=20, min_child_weight=0.0, reg_lambda=1.0, max_bin=254,
                                          force_col_wise=True, n_jobs=THREADS, random_state=1, verbose=-1),
    # Without what ours leaves out: ordered boosting, random scores, bootstrap.
    "symmetric": lambda: catboost.CatBoostRegressor(iterations=100, depth=6, learning_rate=0.1, l2_leaf_reg=1.0,
                                                    border_count=254, boosting_type="Plain", bootstrap_type="No",
                                                    random_strength=0.0, score_function="L2",
                                                    leaf_estimation_iterations=1, thread_count=THREADS, random_seed=1,
                                                    verbose=False, allow_writing_files=False),
}


def weighted(values):
    return float(np.dot(values, 1.0 + np.sqrt(np.arange(len(values)))))


def main():
    folder = pathlib.Path(sys.argv[1])
    # The peers read rows: laid out so before any clock starts.
    read = lambda name: np.ascontiguousarray(np.fromfile(folder / f"{name}_x.f64").reshape(COLUMNS, -1).T)
    train, test = read("train"), read("test")
    train_y, test_y = np.fromfile(folder / "train_y.f64"), np.fromfile(folder / "test_y.f64")
    figures, timings = {"rows": len(train_y)}, {}
    for name, make in LINEAR.items():
        began = time.perf_counter()
        scaler = StandardScaler().fit(train)
        model = make().fit(scaler.transform(train), train_y)
        timings[name] = time.perf_counter() - began
        held = scaler.transform(test)
        predicted = model.predict(held)
        figures[f"{name}_intercept"] = float(model.intercept_)
        figures[f"{name}_coefficients"] = weighted(model.coef_)
        figures[f"{name}_predicted"] = weighted(predicted)
        if name == "ridge":
            ridge = predicted
        else:
            figures[f"{name}_std"] = weighted(model.predict(held, return_std=True)[1])
    for name, make in BOOSTERS.items():
        began = time.perf_counter()
        model = make().fit(train, train_y)
        timings[name] = time.perf_counter() - began
        predicted = model.predict(test)
        figures[f"{name}_r2"] = r2_score(test_y, predicted)
        figures[f"hybrid_{name}_r2"] = r2_score(test_y, 0.7 * predicted + 0.3 * ridge)
    print(json.dumps({
        "timings": timings,
        "figures": figures,
        "versions": {"scikit-learn": sklearn.__version__, "xgboost": xgb.__version__, "lightgbm": lgb.__version__,
                     "catboost": catboost.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
