"""The same import by polars: typed, sorted, with session and the instant of knowing, one zstd file a symbol.

    python peers/frames/import_polars.py FOLDER
"""

import json
import pathlib
import shutil
import sys
import time

import polars as pl


def main():
    folder = pathlib.Path(sys.argv[1])
    out = folder / "polars"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    began = time.perf_counter()
    frame = pl.read_csv(folder / "minutes.csv", schema_overrides={
        "symbol": pl.String, "ts": pl.String, "open": pl.Float64, "high": pl.Float64, "low": pl.Float64,
        "close": pl.Float64, "volume": pl.Float64,
    })
    start = pl.col("ts").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").dt.replace_time_zone("UTC")
    frame = frame.with_columns(start.alias("start")).drop("ts")
    end = pl.col("start") + pl.duration(minutes=1)
    frame = frame.with_columns(session=pl.col("start").dt.date(), event_time=end, known_at=end)
    frame = frame.sort("symbol", "start")
    # A bar that is there twice is to be noticed, as on our side.
    twice = (frame["symbol"].eq(frame["symbol"].shift(1)) & frame["start"].eq(frame["start"].shift(1))).sum()
    if twice:
        raise SystemExit(f"{twice} bars are there twice")
    for (symbol,), rows in frame.partition_by("symbol", as_dict=True, maintain_order=True).items():
        rows.write_parquet(out / f"{symbol}.parquet", compression="zstd", compression_level=3)
    seconds = time.perf_counter() - began
    back = pl.concat([pl.read_parquet(file) for file in sorted(out.glob("*.parquet"))])
    print(json.dumps({
        "timings": {"import": seconds},
        "figures": {"rows": back.height, "symbols": back["symbol"].n_unique(), "close": back["close"].sum(),
                    "volume": back["volume"].sum()},
        "bytes": sum(file.stat().st_size for file in out.glob("*.parquet")),
        "versions": {"polars": pl.__version__},
    }))


if __name__ == "__main__":
    main()
