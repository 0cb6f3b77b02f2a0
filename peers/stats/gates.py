"""The tests behind the gates on one candidate, by arch, statsmodels, SciPy and NumPy.

    python peers/stats/gates.py FOLDER

FOLDER holds settings.json and, as columns one after the other, series.f64 (candidate, null books and benchmark at the
declared costs, the same at twice the costs, rivals, other trials) and grids.f64 (scores and forward returns, session by
session). Books, stress, data and canary records are not made here.
"""

import json
import pathlib
import sys
import time

import arch
import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from arch.bootstrap import SPA, StationaryBootstrap, optimal_block_length
from comparison import overfitting, spreads
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import kurtosis, norm, rankdata, skew, t as student

WINDOW, LEVERAGE, CORRELATION, BLOCKS, EULER = 63, 10.0, 0.5, 16, 0.5772156649015329


def hac(y, x, lag):
    return sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})


def lag_of(n, horizon):
    return max(int(np.ceil(0.75 * np.cbrt(n))), 3 * horizon)


def active(net, factors, lag):
    """Intercept plus residual, and the t of the intercept (Jensen 1968, Newey & West 1987)."""
    fit = hac(net, np.column_stack([np.ones(len(net)), *factors]), lag)
    return fit.params[0] + fit.resid, float(fit.tvalues[0])


def block_of(series, horizon):
    return max(float(optimal_block_length(series)["stationary"].iloc[0]), float(horizon))


def mean_test(series, horizon, draws):
    """p and width of the 95 % interval of the mean, each draw studentised by its own block sums (Goetze & Kuensch 1996)."""
    n, block = len(series), block_of(series, horizon)
    error = float(spreads(series[:, None], block)[0]) / np.sqrt(n)
    centred = series - series.mean()
    bootstrap = StationaryBootstrap(block, np.arange(n), seed=np.random.default_rng(1))
    ts = np.empty(draws)
    for k, ((rows,), _) in enumerate(bootstrap.bootstrap(draws)):
        starts = np.flatnonzero(np.diff(rows, prepend=-2) % n != 1)
        sums, lengths = np.add.reduceat(centred[rows], starts), np.diff(starts, append=n)
        shift = sums.sum() / n
        variance = ((sums - shift * lengths) ** 2).sum() / n
        ts[k] = shift * np.sqrt(n) / np.sqrt(variance)
    low, high = np.quantile(ts, [0.025, 0.975])
    return float((1 + (ts >= series.mean() / error).sum()) / (1 + draws)), (high - low) * error


def sharpe(series):
    return series.mean() / series.std(ddof=1)


def sharpe_width(series, horizon, draws):
    bootstrap = StationaryBootstrap(block_of(series, horizon), series, seed=np.random.default_rng(2))
    low, high = bootstrap.conf_int(lambda v: np.array([sharpe(v)]), draws, method="percentile")[:, 0]
    return high - low


def rank_skill(scores, forward, horizon):
    """Mean of the days' Spearman correlations and its one-sided p."""
    days = []
    for score, outcome in zip(scores, forward):
        known = np.isfinite(score) & np.isfinite(outcome)
        if known.sum() > 2:
            a, b = rankdata(score[known]), rankdata(outcome[known])
            days.append(np.corrcoef(a, b)[0, 1])
    ic = np.array(days)
    fit = hac(ic, np.ones(len(ic)), lag_of(len(ic), horizon))
    return float(fit.params[0]), float(student.sf(fit.tvalues[0], len(ic) - 1))


def probabilistic(series, benchmark):
    """Bailey & Lopez de Prado (2012), equation 9."""
    ratio, g3, g4 = sharpe(series), skew(series), kurtosis(series, fisher=False)
    spread = np.sqrt(1 - g3 * ratio + (g4 - 1) / 4 * ratio * ratio)
    return float(norm.cdf((ratio - benchmark) * np.sqrt(len(series) - 1) / spread))


def luck(trials, count):
    """Expected best Sharpe ratio of `count` skill-less trials (Bailey & Lopez de Prado 2014)."""
    spread = max(np.std([sharpe(trial) for trial in trials], ddof=1), 1 / np.sqrt(len(trials[0]) - 1))
    first, second = norm.ppf(1 - 1 / count), norm.ppf(1 - 1 / (count * np.e))
    return spread * ((1 - EULER) * first + EULER * second)


def clusters(trials):
    distance = squareform(1 - np.corrcoef(trials), checks=False)
    return int(fcluster(linkage(distance, "average"), 1 - CORRELATION, "distance").max())


def equal_volatility(series, year):
    """Scaled by the root mean square of the 63 returns up to two sessions before."""
    squares = np.convolve(series * series, np.ones(WINDOW), "valid") / WINDOW
    factor = np.minimum(0.10 / np.sqrt(year) / np.sqrt(squares[:-2]), LEVERAGE)
    return factor * series[WINDOW + 1:]


def against(own, rival, horizon, draws):
    difference = own - rival
    if difference.mean() <= 0:
        return 1.0
    block = block_of(difference, horizon)
    scaled = difference / float(spreads(difference[:, None], block)[0])
    spa = SPA(np.zeros(len(scaled)), -scaled, block_size=block, reps=draws, bootstrap="stationary", seed=3)
    spa.compute()
    return float(spa.pvalues["consistent"])


def main():
    folder = pathlib.Path(sys.argv[1])
    settings = json.loads((folder / "settings.json").read_text())
    wide = 1 + settings["factors"]
    columns = 2 * wide + settings["rivals"] + settings["trials"]
    series = np.fromfile(folder / "series.f64").reshape(columns, -1)
    scores, forward = np.fromfile(folder / "grids.f64").reshape(2, -1, settings["names"])
    horizon, draws, year = settings["horizon"], settings["draws"], settings["year"]

    began = time.perf_counter()
    net, factors = series[0], series[1:wide]
    lag = lag_of(len(net), horizon)
    own, t_hac = active(net, factors, lag)
    p, mean_width = mean_test(own, horizon, draws)
    appraisal_width = sharpe_width(own, horizon, settings["interval_draws"]) * np.sqrt(year)
    widths = [sharpe_width(book, horizon, settings["interval_draws"]) * np.sqrt(year) for book in series[:wide]]
    trials = [own, *series[columns - settings["trials"]:]]
    count = clusters(trials)
    rank_ic, rank_p = rank_skill(scores, forward, horizon)
    rivals = [active(rival, factors, lag)[0] for rival in series[2 * wide:2 * wide + settings["rivals"]]]
    scaled = equal_volatility(own, year)
    ps = [against(scaled, np.zeros(len(scaled)), horizon, draws)]
    ps += [against(scaled, equal_volatility(rival, year), horizon, draws) for rival in rivals]
    pbo = overfitting(np.ascontiguousarray(np.array(trials).T), BLOCKS)["pbo"]
    doubled = active(series[wide], series[wide + 1:2 * wide], lag)[0].mean() * year
    wealth = np.concatenate(([1.0], np.cumprod(1 + net)))
    figures = {
        "periods": len(own), "t_hac": t_hac, "p_bootstrap": p, "mean_interval_width": float(mean_width * year),
        "appraisal_ratio": float(sharpe(own) * np.sqrt(year)), "appraisal_interval_width": float(appraisal_width),
        "psr": probabilistic(own, 0.0), "trials_effective": count,
        "dsr": probabilistic(own, luck(trials, count)), "rank_ic": rank_ic, "rank_ic_p": rank_p,
        "rivals": len(ps), "p_against_rivals": max(ps), "pbo": pbo, "active_mean_at_2x": float(doubled),
        "max_drawdown": float((1 - wealth / np.maximum.accumulate(wealth)).max()),
        "sharpe": float(sharpe(net) * np.sqrt(year)), "sharpe_interval_width": float(widths[0]),
    }
    seconds = time.perf_counter() - began
    print(json.dumps({
        "timings": {"suite": seconds},
        "figures": figures,
        "versions": {"arch": arch.__version__, "statsmodels": statsmodels.__version__, "scipy": scipy.__version__,
                     "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
