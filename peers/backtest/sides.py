"""What bench programs of the crossing averages wrote, and the figures that both sides print."""

import json

import numpy as np


def read(folder):
    """Open, high, low, close, volume as rows of one array, and the settings."""
    columns = np.fromfile(folder / "bars.f64").reshape(5, -1)
    return columns, json.loads((folder / "settings.json").read_text())


def figures(bars, fills, equity, costs):
    return {"bars": int(bars), "fills": int(fills), "final_equity": float(equity), "costs": float(costs)}
