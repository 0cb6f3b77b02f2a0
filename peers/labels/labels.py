"""Trend scanning, average uniqueness and sequential draws by NumPy.

    python peers/labels/labels.py FOLDER

FOLDER holds settings.json (min_horizon, max_horizon), prices.f64, spans.f64 (first and last positions, one column after
the other) and uniforms.f64, one number a draw. Formulas: Lopez de Prado (2018), chapter 4, and (2019) for trends.
"""

import json
import pathlib
import sys
import time

import numpy as np


def trends(prices, least, most):
    """Per start with `most` steps left: the horizon with the largest absolute t of the slope, and that t."""
    y = np.log(prices)
    starts = len(y) - most
    best_t, best_h = np.zeros(starts), np.zeros(starts, int)
    for horizon in range(least, most + 1):
        x = np.arange(horizon + 1) - horizon / 2
        windows = np.lib.stride_tricks.sliding_window_view(y, horizon + 1)[:starts]
        off = windows - windows.mean(1, keepdims=True)
        xx = x @ x
        slope = off @ x / xx
        residual = ((off - slope[:, None] * x) ** 2).sum(1)
        t = slope / np.sqrt(residual / (horizon - 1) / xx)
        better = np.abs(t) > np.abs(best_t)
        best_t[better], best_h[better] = t[better], horizon
    return best_h, best_t


def covered(first, last, positions):
    change = np.zeros(positions + 1)
    np.add.at(change, first, 1)
    np.add.at(change, last + 1, -1)
    return np.cumsum(change)[:-1]


def means(values, first, last):
    sums = np.concatenate(([0.0], np.cumsum(values)))
    return (sums[last + 1] - sums[first]) / (last + 1 - first)


def sequential(first, last, positions, uniforms):
    """Every draw looks at every label again."""
    count, drawn = np.zeros(positions), []
    for uniform in uniforms:
        unique = means(1 / (1 + count), first, last)
        sums = np.cumsum(unique)
        label = int(np.searchsorted(sums, uniform * sums[-1], "right"))
        drawn.append(label)
        count[first[label]:last[label] + 1] += 1
    unique = means(1 / (1 + count), first, last)
    return np.array(drawn), unique / unique.sum()


def weighted(values):
    return float((np.arange(1, len(values) + 1) * values).sum())


def main():
    folder = pathlib.Path(sys.argv[1])
    settings = json.loads((folder / "settings.json").read_text())
    prices, uniforms = np.fromfile(folder / "prices.f64"), np.fromfile(folder / "uniforms.f64")
    first, last = np.fromfile(folder / "spans.f64").reshape(2, -1).astype(int)
    positions = last.max() + 1
    began = time.perf_counter()
    horizon, t = trends(prices, settings["min_horizon"], settings["max_horizon"])
    trend_seconds = time.perf_counter() - began
    began = time.perf_counter()
    count = covered(first, last, positions)
    unique = means(np.where(count > 0, 1 / np.maximum(count, 1), 0.0), first, last)
    unique_seconds = time.perf_counter() - began
    began = time.perf_counter()
    drawn, probability = sequential(first, last, positions, uniforms)
    sequential_seconds = time.perf_counter() - began
    print(json.dumps({
        "timings": {"trends": trend_seconds, "uniqueness": unique_seconds, "sequential": sequential_seconds},
        "figures": {
            "labels": len(t), "horizons": weighted(horizon), "t": float(np.abs(t).sum()), "t_weighted": weighted(t),
            "uniqueness": float(unique.sum()), "uniqueness_weighted": weighted(unique),
            "drawn": weighted(drawn), "probabilities": weighted(probability),
        },
        "versions": {"numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
