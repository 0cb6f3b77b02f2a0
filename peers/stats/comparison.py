"""Superior predictive ability by arch, probability of backtest overfitting by NumPy.

    python peers/stats/comparison.py FOLDER

FOLDER holds models.f64: the columns of 200 models' returns, one after the other. arch 8.0 recentres as Hansen (2005) but
does not divide by the models' standard errors, so the models are divided by them before its clock starts.
"""

import json
import pathlib
import sys
import time

import arch
import numpy as np
from arch.bootstrap import SPA

MODELS, TRIALS, BLOCK, DRAWS, BLOCKS = 200, 100, 10, 1_000, 16


def spreads(series, block):
    """Square root of n times the standard error under the stationary bootstrap (Politis & Romano 1994, lemma 1)."""
    n = len(series)
    power = np.abs(np.fft.fft(series - series.mean(0), axis=0)) ** 2
    circular = np.fft.ifft(power, axis=0).real / n
    k = np.arange(n)
    weight = np.where(k == 0, 1.0, (1 - k / n) * (1 - 1 / block) ** k * 2)
    return np.sqrt(weight @ circular)


def excess(picks, others):
    """Largest excess of the picks' distribution function over the others', and of the areas below."""
    picks, others = np.sort(picks), np.sort(others)
    at_picks = np.searchsorted(others, picks, "right") / len(others)
    last = np.append(picks[1:] != picks[:-1], True)
    first_order = np.max((np.arange(1, len(picks) + 1) / len(picks) - at_picks)[last])
    below = np.searchsorted(picks, others, "right")
    sums = np.concatenate(([0.0], np.cumsum(picks)))
    area = (below * others - sums[below]) / len(picks)
    area -= (np.arange(1, len(others) + 1) * others - np.cumsum(others)) / len(others)
    return max(first_order, 0.0), max(area.max(), 0.0)


def overfitting(returns, blocks):
    """CSCV of Bailey, Borwein, Lopez de Prado & Zhu (2017) from block sums; returns is periods x trials."""
    periods, trials = returns.shape
    starts = np.arange(blocks) * periods // blocks
    sums, squares = np.add.reduceat(returns, starts), np.add.reduceat(returns * returns, starts)
    lengths = np.diff(np.append(starts, periods))
    sets = (np.arange(1 << blocks)[:, None] >> np.arange(blocks)) & 1
    sets = sets[sets.sum(1) == blocks // 2].astype(float)
    n = (sets @ lengths)[:, None]
    mean = sets @ sums / n
    inside = mean / np.sqrt((sets @ squares - n * mean * mean) / (n - 1))
    outside = inside[::-1]  # complements come in the opposite order
    best = inside.argmax(1)
    rows = np.arange(len(best))
    picked, later = inside[rows, best], outside[rows, best]
    rank = (outside < later[:, None]).sum(1) + ((outside == later[:, None]).sum(1) + 1) / 2
    share = rank / (trials + 1)
    logit = np.log(share / (1 - share))
    slope, _ = np.polyfit(picked, later, 1)
    first, second = excess(later, outside.ravel())
    return {
        "pbo_halves": len(best), "pbo": float((logit <= 1e-12).mean()), "pbo_loss": float((later < 0).mean()),
        "pbo_slope": float(slope), "pbo_r2": float(np.corrcoef(picked, later)[0, 1] ** 2),
        "pbo_over_mean": float(excess(later, outside.mean(1))[1]),
        "pbo_over_all_first": float(first), "pbo_over_all_second": float(second),
    }


def main():
    models = np.ascontiguousarray(np.fromfile(pathlib.Path(sys.argv[1]) / "models.f64").reshape(MODELS, -1).T)
    scaled = models / spreads(models, BLOCK)
    began = time.perf_counter()
    spa = SPA(np.zeros(len(scaled)), -scaled, block_size=BLOCK, reps=DRAWS, bootstrap="stationary", seed=1)
    spa.compute()
    spa_seconds = time.perf_counter() - began
    trials = np.ascontiguousarray(models[:, :TRIALS])
    began = time.perf_counter()
    figures = overfitting(trials, BLOCKS)
    pbo_seconds = time.perf_counter() - began
    print(json.dumps({
        "timings": {"spa": spa_seconds, "pbo": pbo_seconds},
        "figures": {
            "spa_best_t": float(np.sqrt(len(scaled)) * scaled.mean(0).max()),
            "spa_lower": float(spa.pvalues["lower"]), "spa_consistent": float(spa.pvalues["consistent"]),
            "spa_upper": float(spa.pvalues["upper"]), **figures,
        },
        "versions": {"arch": arch.__version__, "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
