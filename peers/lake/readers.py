"""The lake's own files and the exported ones, read by pandas, polars and DuckDB.

    python peers/lake/readers.py FOLDER

FOLDER holds settings.json (as_of, microseconds since 1970, UTC), lake/ and plain/. The manifest lists the lake's files: what
it does not list does not exist. A row counts from `known_at` on; of several rows of a symbol and session the last known one
holds. In the lake an unknown volume is NaN, in exported files it is missing.
"""

import json
import pathlib
import sys
import time
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl


def lake_files(lake):
    """Symbol and file; no symbol where several share the file, which then has a column of them."""
    manifest = json.loads((lake / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["table"] == "bars":
            symbol = entry.get("symbol")
            folder = lake / "bars" / "interval=1d" / (f"symbol={symbol}" if symbol else "shared")
            yield symbol, folder / f"part-{entry['digest'][:12]}.parquet"


def with_pandas(files, plain, as_of):
    named = lambda frame, symbol: frame.assign(symbol=symbol) if symbol else frame
    rows = pd.concat([named(pd.read_parquet(path, partitioning=None), symbol) for symbol, path in files])
    held = rows[rows["known_at"] <= pd.Timestamp(as_of, unit="us", tz="UTC")]
    then = held.sort_values("known_at").drop_duplicates(["symbol", "session"], keep="last")
    now = rows.sort_values("known_at").drop_duplicates(["symbol", "session"], keep="last")
    exported = pd.concat([pd.read_parquet(path) for path in plain])
    return [len(rows), len(then), then["close"].sum(), then["volume"].sum(), now["close"].sum(),
            len(exported), exported["close"].sum(), int(exported["volume"].isna().sum())]


def with_polars(files, plain, as_of):
    named = lambda frame, symbol: frame.with_columns(symbol=pl.lit(symbol)) if symbol else frame
    rows = pl.concat([named(pl.read_parquet(path, hive_partitioning=False), symbol) for symbol, path in files], how="diagonal")
    last = lambda frame: frame.sort("known_at").unique(["symbol", "session"], keep="last", maintain_order=True)
    then = last(rows.filter(pl.col("known_at") <= pl.lit(as_of).cast(pl.Datetime("us", "UTC"))))
    now = last(rows)
    exported = pl.read_parquet(plain)
    return [len(rows), len(then), then["close"].sum(), then["volume"].fill_nan(None).sum(), now["close"].sum(),
            len(exported), exported["close"].sum(), exported["volume"].null_count()]


def with_duckdb(files, plain, as_of):
    query = duckdb.connect()
    reads = [f"SELECT * FROM read_parquet({[str(path) for symbol, path in files if bool(symbol) == own]}, {how})"
             for own, how in [(True, "hive_partitioning = true, hive_types_autocast = false"), (False, "hive_partitioning = false")]
             if any(bool(symbol) == own for symbol, _ in files)]
    query.execute("CREATE VIEW bars AS " + " UNION ALL BY NAME ".join(reads))
    known = """SELECT count(*), sum(close), sum(volume) FILTER (NOT isnan(volume)) FROM (
        SELECT * FROM bars WHERE epoch_us(known_at) <= {}
        QUALIFY row_number() OVER (PARTITION BY symbol, session ORDER BY known_at DESC) = 1)"""
    rows = query.execute("SELECT count(*) FROM bars").fetchone()[0]
    then = query.execute(known.format(as_of)).fetchone()
    now = query.execute(known.format(2**62)).fetchone()
    exported = query.execute("SELECT count(*), sum(close), count(*) - count(volume) FROM read_parquet(?)"
                             .replace("?", repr([str(path) for path in plain]))).fetchone()
    return [rows, *then, now[1], *exported]


FIGURES = ["rows", "then_rows", "then_close", "then_volume", "now_close",
           "plain_rows", "plain_close", "plain_unknown_volumes"]


def main():
    folder = pathlib.Path(sys.argv[1])
    as_of = json.loads((folder / "settings.json").read_text())["as_of"]
    files, plain = list(lake_files(folder / "lake")), sorted((folder / "plain").iterdir())
    timings, figures = {}, {}
    for name, read in [("pandas", with_pandas), ("polars", with_polars), ("duckdb", with_duckdb)]:
        began = time.perf_counter()
        values = read(files, plain, as_of)
        timings[name] = time.perf_counter() - began
        figures |= {f"{name}_{figure}": value for figure, value in zip(FIGURES, values, strict=True)}
    timings["read"] = min(timings.values())
    print(json.dumps({
        "timings": timings,
        "figures": figures,
        "versions": {name: version(name) for name in ["pandas", "polars", "duckdb", "pyarrow"]},
    }))


if __name__ == "__main__":
    main()
