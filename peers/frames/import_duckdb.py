"""The same import by DuckDB: typed, sorted, with session and the instant of knowing, one zstd file a symbol.

    python peers/frames/import_duckdb.py FOLDER
"""

import json
import os
import pathlib
import shutil
import sys
import time

import duckdb

COPY = """
    COPY (
        SELECT symbol, ts AS start, CAST(ts AS DATE) AS session, ts + INTERVAL 1 MINUTE AS event_time,
               ts + INTERVAL 1 MINUTE AS known_at, open, high, low, close, volume
        FROM read_csv('{csv}', header = true, columns = {{'symbol': 'VARCHAR', 'ts': 'TIMESTAMP', 'open': 'DOUBLE',
                      'high': 'DOUBLE', 'low': 'DOUBLE', 'close': 'DOUBLE', 'volume': 'DOUBLE'}})
        ORDER BY symbol, ts
    ) TO '{out}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, PARTITION_BY (symbol))
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    out = folder / "duckdb"
    shutil.rmtree(out, ignore_errors=True)
    con = duckdb.connect()
    con.execute(f"SET threads = {os.environ.get('OMP_NUM_THREADS', '2')}")
    began = time.perf_counter()
    con.execute(COPY.format(csv=folder / "minutes.csv", out=out))
    seconds = time.perf_counter() - began
    rows, symbols, close, volume = con.sql(
        f"SELECT count(*), count(DISTINCT symbol), sum(close), sum(volume) FROM read_parquet('{out}/*/*.parquet')"
    ).fetchall()[0]
    print(json.dumps({
        "timings": {"import": seconds},
        "figures": {"rows": rows, "symbols": symbols, "close": close, "volume": volume},
        "bytes": sum(file.stat().st_size for file in out.rglob("*.parquet")),
        "versions": {"duckdb": duckdb.__version__},
    }))


if __name__ == "__main__":
    main()
