"""The same measures by arch, statsmodels, SciPy and scikit-learn.

    python peers/stats/measures.py FOLDER

FOLDER holds series.f64: columns y (returns), x (a regressor), p (probabilities), label (0 or 1), one after the other.
"""

import json
import pathlib
import sys
import time

import arch
import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from scipy.stats import ks_2samp, kurtosis, pearsonr, skew, spearmanr
from sklearn.metrics import brier_score_loss, roc_auc_score

LAG, DRAWS, NAMES = 15, 10_000, 20


def main():
    y, x, p, label = np.fromfile(pathlib.Path(sys.argv[1]) / "series.f64").reshape(4, -1)
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": LAG, "use_correction": False})
    block = float(optimal_block_length(y)["stationary"].iloc[0])
    began = time.perf_counter()
    draws = StationaryBootstrap(block, y, seed=np.random.default_rng(1)).apply(lambda v: np.array([v.mean()]), DRAWS)
    seconds = time.perf_counter() - began
    grid = list(zip(p.reshape(-1, NAMES), y.reshape(-1, NAMES)))
    ic = np.array([spearmanr(scores, returns).statistic for scores, returns in grid])
    skill = sm.OLS(ic, np.ones(len(ic))).fit(cov_type="HAC", cov_kwds={"maxlags": LAG, "use_correction": False})
    gap = ks_2samp(y[:len(y) // 2], y[len(y) // 2:], method="exact")
    print(json.dumps({
        "timings": {"bootstrap": seconds},
        "figures": {
            "hac_alpha": fit.params[0], "hac_beta": fit.params[1], "hac_t_alpha": fit.tvalues[0],
            "block_length": block, "bootstrap_sd_of_mean": float(draws.std(ddof=1)),
            "skewness": float(skew(y)), "kurtosis": float(kurtosis(y, fisher=False)),
            "auc": roc_auc_score(label, p), "spearman": float(spearmanr(x, y).statistic),
            "brier": brier_score_loss(label, p),
            "rank_ic": float(ic.mean()), "rank_ic_t": float(skill.tvalues[0]),
            "pearson_ic": float(np.mean([pearsonr(scores, returns).statistic for scores, returns in grid])),
            "ks_distance": float(gap.statistic), "ks_p": float(gap.pvalue),
        },
        "versions": {"arch": arch.__version__, "statsmodels": statsmodels.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
