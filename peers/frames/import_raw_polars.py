"""The same raw files by polars.

    python peers/frames/import_raw_polars.py FOLDER
"""

import json
import pathlib
import shutil
import sys
import time

import polars as pl

PRICES = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}
MARKET = {"OPEN_PRICE": "open", "HIGH_PRICE": "high", "LOW_PRICE": "low", "CLOSE_PRICE": "close", "TTL_TRD_QNTY": "volume"}
KEEP = ["symbol", "date", "open", "high", "low", "close", "volume"]


def numbers(names):
    return [pl.col(name).str.strip_chars().cast(pl.Float64).alias(to) for name, to in names.items()]


def vendor(file):
    frame = pl.read_csv(file, infer_schema=False)
    return frame.select(pl.col("Symbol").alias("symbol"), pl.col("Date").str.to_date("%Y-%m-%d").alias("date"), *numbers(PRICES))


def market(file):
    frame = pl.read_csv(file, infer_schema=False)
    frame = frame.rename({name: name.strip() for name in frame.columns}).filter(pl.col("SERIES").str.strip_chars() == "EQ")
    date = pl.col("DATE1").str.strip_chars().str.to_date("%d-%b-%Y").alias("date")
    return frame.select(pl.col("SYMBOL").str.strip_chars().alias("symbol"), date, *numbers(MARKET))


def minutes(file):
    frame = pl.read_csv(file, infer_schema=False)
    # Both exports mean UTC; one writes it.
    date = pl.col("time").str.slice(0, 19).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").dt.replace_time_zone("UTC")
    names = {name: name for name in ("open", "high", "low", "close", "volume")}
    return frame.select(pl.lit("USDCOP").alias("symbol"), date.alias("date"), *numbers(names))


def main():
    folder = pathlib.Path(sys.argv[1])
    out = folder / "polars"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    began = time.perf_counter()
    for kind, read in (("vendor", vendor), ("market", market), ("minutes", minutes)):
        frames = [read(file) for file in sorted((folder / kind).iterdir())]
        pl.concat(frames).select(KEEP).sort("symbol", "date").write_parquet(
            out / f"{kind}.parquet", compression="zstd", compression_level=3)
    seconds = time.perf_counter() - began
    figures = {}
    for kind in ("vendor", "market", "minutes"):
        back = pl.read_parquet(out / f"{kind}.parquet")
        figures |= {f"{kind}_rows": back.height, f"{kind}_close": back["close"].sum()}
    print(json.dumps({"timings": {"import": seconds}, "figures": figures, "versions": {"polars": pl.__version__}}))


if __name__ == "__main__":
    main()
