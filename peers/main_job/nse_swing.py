"""The main job `nse_swing` in plain Python: pandas, LightGBM, scikit-learn, arch, and a day loop for the book.

    python peers/main_job/nse_swing.py DAILY.parquet

DAILY.parquet has the columns symbol, ts, open, high, low, close, volume; an index file of the same folder
(nse_indices_daily_2000_2025.parquet) is the benchmark if it is there. Prints progress to standard error and, as the
last line of standard output, one JSON object with timings per stage in seconds, key figures and versions.

The same work as the shipped pipeline, in the way these libraries are meant to be used: whole columns where that is
natural, two threads, nothing repeated that could be kept. What ours does beyond it (artefacts with digests, quality
findings, leak canaries, the joint-shift null of the AUC, naive rules, the briefing) is left out here.
"""

import json
import os
import pathlib
import sys
import time
import tomllib

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "2")

import arch
import lightgbm as lgb
import numpy as np
import pandas as pd
import scipy
import sklearn
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

CALENDAR = pathlib.Path(__file__).resolve().parents[2] / "crates" / "market" / "data" / "xnse.toml"
THREADS = 2
SEED = 1
START, FIRST_TEST, HOLDOUT_MONTHS = pd.Timestamp("2005-01-01"), 2008, 12
HORIZON, VOL_WINDOW, EMBARGO, LOOK_BACK = 5, 20, 5, 100
BLOCKS, CALIBRATION_SHARE, SOFT_WEIGHT, KNOTS = 4, 0.15, 0.5, 1
# One layout of histograms chosen up front: LightGBM otherwise times two of them in every fit.
TREES = dict(n_estimators=100, num_leaves=31, max_depth=8, learning_rate=0.05, min_child_samples=200,
             min_child_weight=1.0, reg_lambda=1.0, max_bin=128, force_col_wise=True, n_jobs=THREADS, random_state=SEED,
             verbose=-1)
BOOK = dict(capital=1e7, every=5, fraction=0.2, hysteresis=0.35, vol_window=60, max_weight=0.25, stop=0.15, target=0.30,
            max_hold=60)
DRAWS = 10_000
STRESS = {
    "global_financial_crisis": ("2008-09-01", "2009-03-31"), "flash_crash_2010": ("2010-05-01", "2010-05-31"),
    "european_debt_crisis": ("2011-08-01", "2011-08-31"), "taper_tantrum_2013": ("2013-05-01", "2013-08-31"),
    "yuan_devaluation_2015": ("2015-08-01", "2015-08-31"), "demonetisation_2016": ("2016-11-01", "2016-11-30"),
    "volatility_shock_2018": ("2018-02-01", "2018-02-28"), "covid_crash_2020": ("2020-02-01", "2020-04-30"),
    "ukraine_war_2022": ("2022-02-01", "2022-03-31"), "election_2024": ("2024-06-01", "2024-06-30"),
}
# Rates a side, by first date: securities transaction tax; the other charges and slippage are flat.
STT = [("2004-10-01", 0.00075), ("2005-06-01", 0.001), ("2006-06-01", 0.00125), ("2012-07-01", 0.001)]
CHARGES, STAMP_BUY, SLIPPAGE = 0.00004, 0.00015, 0.0005

timings = {}


class stage:
    """Times a block and says so."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.began = time.perf_counter()

    def __exit__(self, *_):
        timings[self.name] = timings.get(self.name, 0.0) + time.perf_counter() - self.began
        print(f"{self.name}: {timings[self.name]:.2f} s", file=sys.stderr)


def sessions():
    calendar = tomllib.loads(CALENDAR.read_text())
    days = pd.bdate_range(calendar["start"], calendar["end"]).difference(pd.DatetimeIndex(calendar["closed"]))
    return days.union(pd.DatetimeIndex(calendar["open"]))


def load(path):
    """Bars of one symbol after the other, cleaned by the declared rules."""
    bars = pd.read_parquet(path, columns=["symbol", "ts", "open", "high", "low", "close", "volume"])
    bars["date"] = bars.pop("ts").dt.tz_localize(None)
    bars = bars[bars.date.isin(sessions())].drop_duplicates(["symbol", "date"]).sort_values(["symbol", "date"])
    prices = bars[["open", "high", "low", "close"]]
    ordered = (prices.gt(0).all(axis=1) & bars.low.le(prices[["open", "close"]].min(axis=1))
               & bars.high.ge(prices[["open", "close"]].max(axis=1)))
    bars = bars[ordered]
    by = bars.groupby("symbol", sort=False)
    before = by.close.shift()
    carried = bars.volume.eq(0) & bars.open.eq(bars.close) & bars.high.eq(bars.low) & bars.close.eq(before)
    bars = bars[~carried]
    # A jump that is undone within five sessions is a bad tick; one that stays is a break, and history before is set aside.
    by = bars.groupby("symbol", sort=False)
    before = by.close.shift()
    jump = (bars.close / before - 1).pipe(lambda r: (r < -0.35) | (r > 0.5))
    undone = jump & pd.concat([(by.close.shift(-k) / before - 1).abs() < 0.2 for k in range(1, 6)], axis=1).any(axis=1)
    bars, kept_jump = bars[~undone], (jump & ~undone)[~undone]
    last_break = bars.date.where(kept_jump).groupby(bars.symbol).transform("max")
    bars = bars[last_break.isna() | (bars.date >= last_break)]
    return bars[bars.date >= START].reset_index(drop=True)


FEATURES = ["sma_20", "sma_50", "ema_12", "ema_26", "rsi_14", "atr_14", "vwap", "bb_upper", "bb_middle", "bb_lower",
            "macd_line", "macd_signal", "macd_histogram", "adx_14", "obv"]


def features_and_labels(bars):
    """One row per symbol and date: 15 stationary features, forward return and its span."""
    return pd.concat([of_symbol(symbol, group) for symbol, group in bars.groupby("symbol", sort=True)], ignore_index=True)


def of_symbol(symbol, b):
    o, h, l, c, v = (b[name] for name in ("open", "high", "low", "close", "volume"))
    ema = lambda x, n: x.ewm(span=n, adjust=False, min_periods=n).mean()
    before, change = c.shift(), c.diff()
    true_range = (np.maximum(h, before) - np.minimum(l, before))
    atr = true_range.rolling(14).mean()
    mean20, sd20 = c.rolling(20).mean(), c.rolling(20).std()
    rise, fall = h.diff(), -l.diff()
    plus = rise.where((rise > fall) & (rise > 0), 0.0).where(rise.notna()).rolling(14).sum()
    minus = fall.where((fall > rise) & (fall > 0), 0.0).where(fall.notna()).rolling(14).sum()
    dx = ((plus - minus).abs() / (plus + minus)).where(plus + minus > 0, 0.0).where(plus.notna())
    typical, traded = (h + l + c) / 3, v.rolling(20).sum()
    vwap = ((typical * v).rolling(20).sum() / traded).where(traded > 0, typical.rolling(20).mean())
    fast, slow = ema(c, 12), ema(c, 26)
    macd = fast - slow
    signal = ema(macd, 9)
    log_return = np.log(c).diff()
    sigma = log_return.rolling(VOL_WINDOW).std()
    out = pd.DataFrame({
        "sma_20": (c - mean20) / atr,
        "sma_50": (c - c.rolling(50).mean()) / atr,
        "ema_12": (c - fast) / atr,
        "ema_26": (c - slow) / atr,
        "rsi_14": (c - c.shift(14)) / change.abs().rolling(14).sum(),
        "atr_14": atr / c,
        "vwap": (c - vwap) / atr,
        "bb_upper": (h - mean20 - 2 * sd20) / (4 * sd20),
        "bb_middle": 4 * sd20 / mean20,
        "bb_lower": (l - mean20 + 2 * sd20) / (4 * sd20),
        "macd_line": macd / slow,
        "macd_signal": signal / slow,
        "macd_histogram": (macd - signal) / atr,
        "adx_14": dx.rolling(14).mean(),
        "obv": ((np.sign(change) * v).rolling(20).sum() / traded).where(traded > 0, 0.0),
    })
    out = out.replace([np.inf, -np.inf], np.nan)
    out["symbol"], out["date"] = symbol, b.date
    out["forward"] = o.shift(-1 - HORIZON) / o.shift(-1) - 1
    out["scaled"] = out.forward / (sigma * np.sqrt(HORIZON))
    out["end"] = b.date.shift(-1 - HORIZON)
    return out


def samples_of(rows):
    """Labelled rows in date order; the label is relative to the cross-section of its date."""
    rows = rows.dropna(subset=FEATURES).sort_values(["date", "symbol"], ignore_index=True)
    rows["label"] = (rows.scaled - rows.groupby("date").scaled.transform("mean")).gt(0).astype(np.int8)
    rows.loc[rows.scaled.isna(), "label"] = -1
    return rows


class Samples:
    """Columns of the data set as arrays; dates are positions on the list of sessions."""

    def __init__(self, rows):
        self.dates = pd.DatetimeIndex(np.sort(rows.date.unique()))
        self.x = rows[FEATURES].to_numpy(np.float64)
        self.y = rows.label.to_numpy()
        self.t = self.dates.searchsorted(rows.date)
        self.end = np.where(rows.end.isna(), len(self.dates) + 1_000, self.dates.searchsorted(rows.end))

    def at(self, date):
        return self.dates.searchsorted(pd.Timestamp(date))


def fit_before(s, start, with_teacher=True):
    """Teacher, out-of-fold teacher, student, twin and calibration from everything that ended before session `start`."""
    train = np.flatnonzero((s.y >= 0) & (s.end + EMBARGO < start))
    train_dates = np.unique(s.t[train])
    calibration_start = train_dates[int(len(train_dates) * (1 - CALIBRATION_SHARE))]
    calibration = train[s.t[train] >= calibration_start]
    fit = train[s.end[train] + EMBARGO < calibration_start]
    edges = np.array_split(np.unique(s.t[fit]), BLOCKS)
    oof = np.empty(len(fit))
    t, end = s.t[fit], s.end[fit]
    for block in edges:
        first, last = block[0], block[-1]
        inside = (t >= first) & (t <= last)
        last_label = end[inside].max()
        others = (end + EMBARGO < first) | (t - LOOK_BACK > last_label)
        oof[inside] = teacher(s.x[fit[others]], s.y[fit[others]]).predict(s.x[fit[inside]])
    full = teacher(s.x[fit], s.y[fit]) if with_teacher else None
    basis = Basis(s.x[fit])
    x, y = basis(s.x[fit]), s.y[fit].astype(np.float64)
    models = {}
    for name, weight in (("student", SOFT_WEIGHT), ("twin", 0.0)):
        target = (1 - weight) * y + weight * oof
        # A soft label is one row of each class, weighted by the probability.
        model = LogisticRegression(C=1.0, solver="newton-cholesky")
        if weight == 0.0:
            model.fit(x, s.y[fit])
        else:
            model.fit(np.concatenate([x, x]), np.repeat([1, 0], len(x)), np.concatenate([target, 1 - target]))
        margin = model.decision_function(basis(s.x[calibration]))
        platt = LogisticRegression(C=1e6).fit(margin[:, None], s.y[calibration])
        models[name] = lambda rows, m=model, p=platt: p.predict_proba(m.decision_function(basis(rows))[:, None])[:, 1]
    if full is not None:
        models["teacher"] = full.predict
    return models


def teacher(x, y):
    return lgb.LGBMClassifier(**TREES).fit(x, y).booster_


class Basis:
    """Clip at the fitted 1 % and 99 % quantiles, standardise, add hinges at the fitted quantiles of each feature."""

    def __init__(self, x):
        self.low, self.high = np.quantile(x, [0.01, 0.99], axis=0)
        clipped = np.clip(x, self.low, self.high)
        self.mean, self.sd = clipped.mean(axis=0), clipped.std(axis=0)
        self.knots = np.quantile((clipped - self.mean) / self.sd, np.arange(1, KNOTS + 1) / (KNOTS + 1), axis=0)

    def __call__(self, x):
        z = (np.clip(x, self.low, self.high) - self.mean) / self.sd
        return np.hstack([z, *(np.maximum(z - knot, 0.0) for knot in self.knots)])


def grid(s, rows, values, symbols, columns):
    out = np.full((len(s.dates), len(symbols)), np.nan)
    out[s.t[rows], columns[rows]] = values
    return out


def run_book(panel, scores, first, last, cost_multiple, everything=None):
    """Daily net returns of a long-only book: weekly rebalance at the next open, stops on open, low and high.

    `scores` ranks the names; with `everything` ("vol_scaled" or "equal") all names are held instead.
    """
    o, h, l, c, sigma, dates = (panel[k] for k in ("open", "high", "low", "close", "sigma", "dates"))
    n = o.shape[1]
    cash, shares = BOOK["capital"], np.zeros(n)
    entry, entered = np.full(n, np.nan), np.zeros(n, int)
    mark = np.zeros(n)
    target = None
    returns, trades, turnover = [], 0, 0.0
    equity_before = cash
    for t in range(first, last + 1):
        buy_rate, sell_rate = panel["buy_rate"][t] * cost_multiple, panel["sell_rate"][t] * cost_multiple
        has_bar = np.isfinite(c[t])
        if target is not None:  # orders decided at the last close fill at this open
            price = np.where(np.isfinite(o[t]), o[t], np.nan)
            wanted = np.where(np.isfinite(price), np.floor(target * equity_before / price), shares)
            wanted = np.where(np.isfinite(wanted), wanted, shares)
            sells = np.flatnonzero((wanted < shares) & has_bar)
            cash += np.sum((shares[sells] - wanted[sells]) * price[sells]) * (1 - sell_rate)
            turnover += np.sum((shares[sells] - wanted[sells]) * price[sells]) / equity_before
            trades += len(sells)
            shares[sells] = wanted[sells]
            buys = np.flatnonzero((wanted > shares) & has_bar)
            cost = np.sum((wanted[buys] - shares[buys]) * price[buys]) * (1 + buy_rate)
            room = min(1.0, cash / cost) if cost > 0 else 1.0
            for i in buys:
                more = np.floor((wanted[i] - shares[i]) * room)
                if more <= 0:
                    continue
                if shares[i] == 0:
                    entry[i], entered[i] = price[i], t
                cash -= more * price[i] * (1 + buy_rate)
                turnover += more * price[i] / equity_before
                shares[i] += more
                trades += 1
            target = None
        if everything is None:
            for i in np.flatnonzero((shares > 0) & has_bar):
                stop, goal = entry[i] * (1 - BOOK["stop"]), entry[i] * (1 + BOOK["target"])
                fresh = entered[i] == t
                if not fresh and o[t, i] <= stop:
                    fill = o[t, i]
                elif not fresh and o[t, i] >= goal:
                    fill = o[t, i]
                elif not fresh and t - entered[i] >= BOOK["max_hold"]:
                    fill = o[t, i]
                elif l[t, i] <= stop:
                    fill = stop
                elif h[t, i] >= goal:
                    fill = goal
                else:
                    continue
                cash += shares[i] * fill * (1 - sell_rate)
                turnover += shares[i] * fill / equity_before
                shares[i] = 0.0
                trades += 1
        mark = np.where(has_bar, c[t], mark)
        equity = cash + np.sum(shares * mark)
        returns.append(equity / equity_before - 1)
        equity_before = equity
        if (t - first) % BOOK["every"] == 0:
            target = weights(scores[t] if everything is None else None, sigma[t], has_bar, everything, shares > 0)
    return np.array(returns), trades, turnover


def weights(scores, sigma, has_bar, everything, held):
    usable = has_bar & np.isfinite(sigma) & (sigma > 0)
    if everything is None:
        usable &= np.isfinite(scores)
        count = int(np.ceil(BOOK["fraction"] * usable.sum()))
        ranked = np.argsort(np.where(usable, -scores, np.inf), kind="stable")[:usable.sum()]
        # A holding stays while it is within the wider fraction; the best others fill the rest.
        keep = [i for i in ranked[:int(np.ceil(BOOK["hysteresis"] * usable.sum()))] if held[i]][:count]
        chosen = np.array((keep + [i for i in ranked if i not in keep])[:count], int)
    else:
        chosen = np.flatnonzero(usable)
    out = np.zeros(len(sigma))
    if len(chosen):
        raw = np.ones(len(chosen)) if everything == "equal" else 1 / sigma[chosen]
        out[chosen] = np.minimum(raw / raw.sum(), BOOK["max_weight"]) * 0.99
    return out


def newey_west(y, columns, lag):
    """Coefficients, t values and residuals of an OLS with intercept and Bartlett-kernel errors."""
    x = np.column_stack([np.ones(len(y)), *columns])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    residual = y - x @ beta
    scores = x * residual[:, None]
    meat = scores.T @ scores
    for k in range(1, lag + 1):
        cross = scores[k:].T @ scores[:-k]
        meat += (1 - k / (lag + 1)) * (cross + cross.T)
    error = np.sqrt(np.diag(inverse @ meat @ inverse))
    return beta, beta / error, residual


def main():
    path = pathlib.Path(sys.argv[1])
    with stage("load"):
        bars = load(path)
    with stage("features"):
        rows = features_and_labels(bars)
    with stage("labels"):
        rows = samples_of(rows)
        s = Samples(rows)
        symbols = sorted(bars.symbol.unique())
        columns = rows.symbol.map({name: i for i, name in enumerate(symbols)}).to_numpy()
        wide = {k: bars.pivot(index="date", columns="symbol", values=k).reindex(index=s.dates, columns=symbols)
                for k in ("open", "high", "low", "close")}
        panel = {k: v.to_numpy() for k, v in wide.items()}
        log_return = np.log(wide["close"]).diff()
        panel["sigma"] = log_return.rolling(BOOK["vol_window"], min_periods=20).std().to_numpy()
        panel["dates"] = s.dates
        stt = np.array([rate for _, rate in STT])[
            np.maximum(np.searchsorted(pd.DatetimeIndex([d for d, _ in STT]), s.dates, side="right") - 1, 0)]
        panel["buy_rate"], panel["sell_rate"] = stt + CHARGES + STAMP_BUY + SLIPPAGE, stt + CHARGES + SLIPPAGE
    holdout = s.at(s.dates[-1] - pd.DateOffset(months=HOLDOUT_MONTHS))
    with stage("walk_forward"):
        scores = {name: np.full(len(s.y), np.nan) for name in ("student", "twin", "teacher")}
        folds = 0
        for year in range(FIRST_TEST, s.dates[holdout].year + 1):
            first, last = s.at(f"{year}-01-01"), min(s.at(f"{year + 1}-01-01"), holdout)
            test = np.flatnonzero((s.t >= first) & (s.t < last))
            if not len(test):
                continue
            models = fit_before(s, first)
            for name, predict in models.items():
                scores[name][test] = predict(s.x[test])
            folds += 1
    with stage("final_model"):
        fit_before(s, holdout)
    first = s.at(f"{FIRST_TEST}-01-01")
    # The last decision whose whole label ends before the hold-out.
    last = holdout - HORIZON - 2
    with stage("books"):
        student = grid(s, np.arange(len(s.y)), scores["student"], symbols, columns)
        books = {}
        for multiple in (1, 2):
            books["candidate", multiple] = run_book(panel, student, first, last, multiple)
            for kind in ("vol_scaled", "equal"):
                books[kind, multiple] = run_book(panel, None, first, last, multiple, everything=kind)
    with stage("evidence"):
        benchmark = index_returns(path, s.dates[first:last + 1])
        active = {}
        for multiple in (1, 2):
            regressors = [books[kind, multiple][0] for kind in ("vol_scaled", "equal")] + benchmark
            beta, t_values, residual = newey_west(books["candidate", multiple][0], regressors, HORIZON)
            active[multiple] = (beta[0] + residual, t_values[0])
        series = active[1][0]
        block = max(float(optimal_block_length(series)["stationary"].iloc[0]), HORIZON)
        bootstrap = StationaryBootstrap(block, series - series.mean(), seed=np.random.default_rng(SEED))
        statistic = lambda x: np.array([x.mean() / x.std(ddof=1)])
        draws = bootstrap.apply(statistic, DRAWS)[:, 0]
        p_value = (1 + np.sum(draws >= series.mean() / series.std(ddof=1))) / (1 + DRAWS)
        tested = (s.t >= first) & (s.t <= last) & (s.y >= 0)
        auc = roc_auc_score(s.y[tested], scores["student"][tested])
        forward = grid(s, np.arange(len(s.y)), rows.forward.to_numpy(), symbols, columns)[first:last + 1]
        usable = np.isfinite(student[first:last + 1]) & np.isfinite(forward)
        a = pd.DataFrame(np.where(usable, student[first:last + 1], np.nan)).rank(axis=1)
        b = pd.DataFrame(np.where(usable, forward, np.nan)).rank(axis=1)
        ic = a.corrwith(b, axis=1).dropna().to_numpy()
        _, ic_t, _ = newey_west(ic, [], HORIZON)
    with stage("stress"):
        stress = {}
        for name, (start, end) in STRESS.items():
            begin, finish = s.at(start), s.dates.searchsorted(pd.Timestamp(end), side="right") - 1
            if begin >= len(s.dates):
                continue
            predict = fit_before(s, begin, with_teacher=False)["student"]
            window = np.flatnonzero((s.t >= begin) & (s.t <= finish))
            scored = grid(s, window, predict(s.x[window]), symbols, columns)
            daily, _, _ = run_book(panel, scored, begin, finish, 1)
            stress[name] = float(np.prod(1 + daily) - 1)
    net = books["candidate", 1][0]
    years = len(net) / 252
    print(json.dumps({
        "timings": timings | {"total": sum(timings.values())},
        "figures": {
            "symbols": len(symbols), "sessions": len(s.dates), "dataset_rows": int(np.sum((s.y >= 0) & (s.end < holdout))), "folds": folds,
            "oos_periods": len(net), "auc": float(auc), "rank_ic": float(ic.mean()), "rank_ic_t": float(ic_t[0]),
            "sharpe_1x": sharpe(net), "sharpe_2x": sharpe(books["candidate", 2][0]),
            "sharpe_null_vol_scaled": sharpe(books["vol_scaled", 1][0]), "sharpe_null_equal": sharpe(books["equal", 1][0]),
            "appraisal_1x": sharpe(series), "appraisal_2x": sharpe(active[2][0]), "active_t_hac": float(active[1][1]),
            "active_p_bootstrap": float(p_value), "block_length": block, "trades": books["candidate", 1][1],
            "turnover_per_year": books["candidate", 1][2] / years,
            "worst_stress_return": min(stress.values()), "stress_windows": len(stress),
        },
        "versions": {"python": sys.version.split()[0], "pandas": pd.__version__, "lightgbm": lgb.__version__,
                     "scikit-learn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__,
                     "arch": arch.__version__},
    }))


def index_returns(path, dates):
    index = path.with_name("nse_indices_daily_2000_2025.parquet")
    if not index.exists():
        return []
    frame = pd.read_parquet(index, columns=["symbol", "ts", "close"])
    close = frame[frame.symbol == "NIFTY50"].set_index(frame.ts[frame.symbol == "NIFTY50"].dt.tz_localize(None)).close
    return [close.reindex(dates).ffill().pct_change().fillna(0.0).to_numpy()]


def sharpe(returns):
    return float(returns.mean() / returns.std(ddof=1) * np.sqrt(252))


if __name__ == "__main__":
    main()
