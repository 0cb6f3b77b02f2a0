"""Alpha158 and Alpha360 from their formulas, in 64-bit floats.

Every window is laid out and reduced at once, so that no rounding is carried from bar to bar. Windows use the bars there
are and skip missing and infinite values, as pandas does with min_periods=1.
"""

import warnings

import numpy as np
import pandas as pd

WINDOWS = [5, 10, 20, 30, 60]
# Windows of one value have no deviation: NumPy warns, and the value is missing as it should be.
warnings.filterwarnings("ignore", category=RuntimeWarning)


def windows(x, n):
    x = np.where(np.isfinite(x), x, np.nan)
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([np.full(n - 1, np.nan), x]), n)


def ref(x, n):
    return np.concatenate([np.full(min(n, len(x)), np.nan), x[:len(x) - n]])


def mean(x, n):
    return np.nanmean(windows(x, n), axis=1)


def total(x, n):
    w = windows(x, n)
    return np.where(np.isnan(w).all(axis=1), np.nan, np.nansum(w, axis=1))


def std(x, n):
    return np.nanstd(windows(x, n), axis=1, ddof=1)


def trend(x, n):
    """Slope, squared correlation and residual of the last value against the number of the bar."""
    w = windows(x, n)
    known = ~np.isnan(w)
    t = np.where(known, np.arange(1, n + 1.0), np.nan)
    dt = t - np.nanmean(t, axis=1, keepdims=True)
    dx = w - np.nanmean(w, axis=1, keepdims=True)
    stt, stx, sxx = (np.nansum(a, axis=1) for a in (dt * dt, dt * dx, dx * dx))
    slope = stx / stt
    square = stx * stx / (stt * sxx)
    return slope, np.where(std(x, n) <= 2e-5, np.nan, square), dx[:, -1] - slope * dt[:, -1]


def corr(x, y, n):
    both = np.isfinite(x) & np.isfinite(y)
    a, b = windows(np.where(both, x, np.nan), n), windows(np.where(both, y, np.nan), n)
    da = a - np.nanmean(a, axis=1, keepdims=True)
    db = b - np.nanmean(b, axis=1, keepdims=True)
    value = np.nansum(da * db, axis=1) / np.sqrt(np.nansum(da * da, axis=1) * np.nansum(db * db, axis=1))
    # qlib's rule for columns that do not move.
    return np.where((std(x, n) <= 2e-5) | (std(y, n) <= 2e-5), np.nan, value)


def rank(x, n):
    w = windows(x, n)
    last = w[:, -1:]
    below, equal = (w < last).sum(axis=1), (w == last).sum(axis=1)
    return (below + (equal + 1) / 2) / (~np.isnan(w)).sum(axis=1)


def place(x, n, largest):
    """Place of the extreme among the bars there are, the oldest 1."""
    w = windows(x, n)
    filled = np.where(np.isnan(w), -np.inf if largest else np.inf, w)
    at = filled.argmax(axis=1) if largest else filled.argmin(axis=1)
    return at + 1.0 - np.maximum(n - 1 - np.arange(len(x)), 0)


def alpha158(o, h, l, c, v):
    out = {}
    span = h - l + 1e-12
    upper, lower = np.maximum(o, c), np.minimum(o, c)
    out["KMID"], out["KLEN"], out["KMID2"] = (c - o) / o, (h - l) / o, (c - o) / span
    out["KUP"], out["KUP2"] = (h - upper) / o, (h - upper) / span
    out["KLOW"], out["KLOW2"] = (lower - l) / o, (lower - l) / span
    out["KSFT"], out["KSFT2"] = (2 * c - h - l) / o, (2 * c - h - l) / span
    out["OPEN0"], out["HIGH0"], out["LOW0"], out["VWAP0"] = o / c, h / c, l / c, (h + l + c) / 3 / c
    before, volume_before = ref(c, 1), ref(v, 1)
    up, down = (c > before).astype(float), (c < before).astype(float)
    weighted = np.abs(c / before - 1) * v
    log_volume, volume_change = np.log(v + 1), np.log(v / volume_before + 1)

    def gains(x, x_before, n):
        rise, fall = total(np.maximum(x - x_before, 0), n), total(np.maximum(x_before - x, 0), n)
        path = total(np.abs(x - x_before), n) + 1e-12
        return rise / path, fall / path, (rise - fall) / path

    columns = {
        "ROC": lambda n: ref(c, n) / c, "MA": lambda n: mean(c, n) / c, "STD": lambda n: std(c, n) / c,
        "BETA": lambda n: trend(c, n)[0] / c, "RSQR": lambda n: trend(c, n)[1], "RESI": lambda n: trend(c, n)[2] / c,
        "MAX": lambda n: np.nanmax(windows(h, n), axis=1) / c, "MIN": lambda n: np.nanmin(windows(l, n), axis=1) / c,
        "QTLU": lambda n: np.nanquantile(windows(c, n), 0.8, axis=1) / c,
        "QTLD": lambda n: np.nanquantile(windows(c, n), 0.2, axis=1) / c,
        "RANK": lambda n: rank(c, n),
        "RSV": lambda n: (c - np.nanmin(windows(l, n), axis=1))
        / (np.nanmax(windows(h, n), axis=1) - np.nanmin(windows(l, n), axis=1) + 1e-12),
        "IMAX": lambda n: place(h, n, True) / n, "IMIN": lambda n: place(l, n, False) / n,
        "IMXD": lambda n: (place(h, n, True) - place(l, n, False)) / n,
        "CORR": lambda n: corr(c, log_volume, n), "CORD": lambda n: corr(c / before, volume_change, n),
        "CNTP": lambda n: mean(up, n), "CNTN": lambda n: mean(down, n), "CNTD": lambda n: mean(up, n) - mean(down, n),
        "SUMP": lambda n: gains(c, before, n)[0], "SUMN": lambda n: gains(c, before, n)[1],
        "SUMD": lambda n: gains(c, before, n)[2],
        "VMA": lambda n: mean(v, n) / (v + 1e-12), "VSTD": lambda n: std(v, n) / (v + 1e-12),
        "WVMA": lambda n: std(weighted, n) / (mean(weighted, n) + 1e-12),
        "VSUMP": lambda n: gains(v, volume_before, n)[0], "VSUMN": lambda n: gains(v, volume_before, n)[1],
        "VSUMD": lambda n: gains(v, volume_before, n)[2],
    }
    for name, column in columns.items():
        for n in WINDOWS:
            out[f"{name}{n}"] = column(n)
    return pd.DataFrame(out)


def alpha360(o, h, l, c, v):
    prices = {"CLOSE": c, "OPEN": o, "HIGH": h, "LOW": l, "VWAP": (h + l + c) / 3}
    out = {f"{name}{k}": ref(x, k) / c for name, x in prices.items() for k in range(59, -1, -1)}
    out |= {f"VOLUME{k}": ref(v, k) / (v + 1e-12) for k in range(59, -1, -1)}
    return pd.DataFrame(out)
