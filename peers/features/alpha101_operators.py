"""The functions that the paper of the 101 alphas defines, over a panel, in 64-bit floats.

A column is one flat array: the bars of the first name, then those of the second, and so on. Functions of time run over a
name's own bars, functions of the cross-section over the names that have a bar on a date. Windows are cut to whole bars, use
the bars there are on the first rows, and skip what is missing or infinite.
"""

import warnings

import numpy as np
import pandas as pd

# A window of nothing and a quotient of nothing are missing, as they should be.
warnings.filterwarnings("ignore", category=RuntimeWarning)


class Panel:
    """Names with dates of their own. `shake` draws the last digits of every sum anew, to find what hangs on them."""

    def __init__(self, dates, groups, shake=None):
        ends = np.cumsum([len(days) for days in dates])
        self.names = [slice(end - len(days), end) for days, end in zip(dates, ends)]
        self.name = np.concatenate([np.full(len(days), k) for k, days in enumerate(dates)])
        _, self.day = np.unique(np.concatenate(dates), return_inverse=True)
        self.groups, self.random = np.asarray(groups), shake and np.random.default_rng(shake)

    def rounded(self, value, size):
        """A result that was summed, or divided by one: its last digits depend on the order."""
        if self.random is None:
            return value
        return value + 1e-13 * np.where(np.isfinite(size), size, 0.0) * self.random.uniform(-1.0, 1.0, len(value))

    def over_time(self, function, *columns):
        out = np.empty(len(self.name))
        for rows in self.names:
            out[rows] = function(*(column[rows] for column in columns))
        return out

    def by_date(self, x):
        grid = np.full((self.day.max() + 1, len(self.names)), np.nan)
        grid[self.day, self.name] = np.where(np.isfinite(x), x, np.nan)
        return grid

    # One column after another.

    def rank(self, x):
        return pd.DataFrame(self.by_date(x)).rank(axis=1, pct=True).to_numpy()[self.day, self.name]

    def scale(self, x):
        grid = self.by_date(x)
        size = np.nansum(np.abs(grid), axis=1, keepdims=True)
        scaled = np.where(size == 0, 0 * grid, grid / size)[self.day, self.name]
        return self.rounded(scaled, np.abs(scaled))

    def indneutralize(self, x):
        grid = self.by_date(x)
        for group in np.unique(self.groups):
            of = self.groups == group
            grid[:, of] -= np.nanmean(grid[:, of], axis=1, keepdims=True)
        return self.rounded(grid[self.day, self.name], np.abs(x))

    def delay(self, x, d):
        d = int(d)
        return self.over_time(lambda x: np.concatenate([np.full(min(d, len(x)), np.nan), x[:max(len(x) - d, 0)]]), x)

    def delta(self, x, d):
        return x - self.delay(x, d)

    def sum(self, x, d):
        def total(x):
            w = windows(x, d)
            return np.where(np.isnan(w).all(axis=1), np.nan, np.nansum(w, axis=1))
        size = self.over_time(lambda x: np.nansum(np.abs(windows(x, d)), axis=1), x)
        return self.rounded(self.over_time(total, x), size)

    def mean(self, x, d):
        value = self.over_time(lambda x: np.nanmean(windows(x, d), axis=1), x)
        return self.rounded(value, np.abs(value))

    def product(self, x, d):
        def product(x):
            w = windows(x, d)
            return np.where(np.isnan(w).all(axis=1), np.nan, np.nanprod(w, axis=1))
        value = self.over_time(product, x)
        return self.rounded(value, np.abs(value))

    def ts_min(self, x, d):
        return self.over_time(lambda x: np.nanmin(windows(x, d), axis=1), x)

    def ts_max(self, x, d):
        return self.over_time(lambda x: np.nanmax(windows(x, d), axis=1), x)

    def ts_argmax(self, x, d):
        return self.over_time(lambda x: place(x, d, -np.inf, np.argmax), x)

    def ts_argmin(self, x, d):
        return self.over_time(lambda x: place(x, d, np.inf, np.argmin), x)

    def ts_rank(self, x, d):
        def rank(x):
            w = windows(x, d)
            last = w[:, -1:]
            below, equal = (w < last).sum(axis=1), (w == last).sum(axis=1)
            return np.where(np.isnan(last[:, 0]), np.nan, (below + (equal + 1) / 2) / (~np.isnan(w)).sum(axis=1))
        return self.over_time(rank, x)

    def stddev(self, x, d):
        value = self.over_time(lambda x: deviation(windows(x, d)), x)
        # A flat window is 0 whatever the order, and a deviation is rounded in units of the values' size.
        size = np.where(value == 0, 0.0, self.over_time(lambda x: np.nanmax(np.abs(windows(x, d)), axis=1), x))
        return self.rounded(value, size)

    def covariance(self, x, y, d):
        both, pairs = self.joint(x, y, d)
        value = self.over_time(lambda x, y: pairs(x, y)[0] / (pairs(x, y)[3] - 1), *both)
        size = self.over_time(lambda x, y: np.sqrt(pairs(x, y)[1] * pairs(x, y)[2]), *both)
        return self.rounded(value, size)

    def correlation(self, x, y, d):
        """Missing where a column's deviation is at most 2e-5, qlib's rule, which the expression language follows."""
        both, pairs = self.joint(x, y, d)

        def correlation(x, y):
            xy, xx, yy, _ = pairs(x, y)
            return np.clip(xy / np.sqrt(xx * yy), -1, 1)
        flat = [self.over_time(lambda column: deviation(windows(column, d)) <= 2e-5, column) == 1 for column in (x, y)]
        value = np.where(flat[0] | flat[1], np.nan, self.over_time(correlation, *both))
        return self.rounded(value, np.ones(len(value)))

    def joint(self, x, y, d):
        known = np.isfinite(x) & np.isfinite(y)

        def pairs(x, y):
            """Sums of products and squares about the means, and how many pairs; missing below two."""
            a, b = windows(x, d), windows(y, d)
            n = (~np.isnan(a)).sum(axis=1)
            da, db = a - np.nanmean(a, axis=1, keepdims=True), b - np.nanmean(b, axis=1, keepdims=True)
            xy, xx, yy = (np.where(n < 2, np.nan, np.nansum(part, axis=1)) for part in (da * db, da * da, db * db))
            return xy, xx, yy, n
        return (np.where(known, x, np.nan), np.where(known, y, np.nan)), pairs

    def decay_linear(self, x, d):
        """The oldest bar that there is has weight 1."""
        def decay(x):
            w = windows(x, d)
            weight = np.where(np.isnan(w), 0.0, np.arange(1.0, int(d) + 1) - missing_bars(len(x), d)[:, None])
            return np.nansum(weight * np.where(np.isnan(w), 0.0, w), axis=1) / weight.sum(axis=1)
        size = self.over_time(lambda x: np.nanmax(np.abs(windows(x, d)), axis=1), x)
        return self.rounded(self.over_time(decay, x), size)


def windows(x, d):
    d = int(d)
    x = np.where(np.isfinite(x), x, np.nan)
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([np.full(d - 1, np.nan), x]), d)


def place(x, d, worst, extreme):
    """Place of the extreme among the last bars, the oldest that there is 1, the oldest of equals."""
    w = windows(x, d)
    at = extreme(np.where(np.isnan(w), worst, w), axis=1) + 1.0
    return np.where(np.isnan(w).all(axis=1), np.nan, at - missing_bars(len(x), d))


def missing_bars(rows, d):
    """How many bars of each window lie before the first one."""
    return np.maximum(int(d) - 1 - np.arange(rows), 0)


def deviation(w):
    flat = np.nanmax(w, axis=1) == np.nanmin(w, axis=1)
    value = np.nanstd(w, axis=1, ddof=1)
    return np.where(flat & ~np.isnan(value), 0.0, value)


def where(condition, x, y):
    return np.where(condition, x, y)


def signedpower(x, a):
    return np.sign(x) * np.abs(x) ** a


def less(x, y):
    """1 or 0; false where either is missing."""
    return (x < y).astype(float)
