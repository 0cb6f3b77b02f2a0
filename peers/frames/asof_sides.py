"""Both sides of the as-of join, as bench_asof wrote them, and the figures of what was joined."""

import json

import numpy as np

MODULUS = 2_147_483_647


def read(folder):
    """Decisions (time, key), facts (time, key, value) and the largest age."""
    now, key = np.fromfile(folder / "decisions.f64").reshape(2, -1)
    known, known_key, value = np.fromfile(folder / "facts.f64").reshape(3, -1)
    max_age = json.loads((folder / "settings.json").read_text())["max_age"]
    decisions = {"t": now.astype(np.int64), "k": key.astype(np.uint32)}
    facts = {"t": known.astype(np.int64), "k": known_key.astype(np.uint32), "v": value}
    return decisions, facts, max_age


def figures(values):
    """`values`: one a decision in its order, NaN where nothing was found."""
    there = ~np.isnan(values)
    row = (np.arange(values.size, dtype=np.int64) + 1) % 1_000
    weighted = (values[there].astype(np.int64) * row[there] % MODULUS).sum() % MODULUS
    return {"rows": int(values.size), "found": int(there.sum()), "sum": float(values[there].sum()),
            "weighted": int(weighted)}
