"""The same raw files by DuckDB.

    python peers/frames/import_raw_duckdb.py FOLDER
"""

import json
import os
import pathlib
import shutil
import sys
import time

import duckdb

READ = "read_csv('{folder}/{kind}/*.csv.gz', header = true, all_varchar = true, delim = ',', strict_mode = false)"
SELECT = {
    "vendor": """SELECT "Symbol" AS symbol, CAST("Date" AS DATE) AS date, {numbers} FROM {read}""",
    "market": """SELECT trim("SYMBOL") AS symbol, CAST(strptime(trim("DATE1"), '%d-%b-%Y') AS DATE) AS date, {numbers}
                 FROM {read} WHERE trim("SERIES") = 'EQ'""",
    "minutes": """SELECT 'USDCOP' AS symbol, CAST(left(time, 19) AS TIMESTAMP) AS date, {numbers} FROM {read}""",
}
NAMES = {
    "vendor": ["Open", "High", "Low", "Close", "Volume"],
    "market": ["OPEN_PRICE", "HIGH_PRICE", "LOW_PRICE", "CLOSE_PRICE", "TTL_TRD_QNTY"],
    "minutes": ["open", "high", "low", "close", "volume"],
}
ROLES = ["open", "high", "low", "close", "volume"]


def main():
    folder = pathlib.Path(sys.argv[1])
    out = folder / "duckdb"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    con = duckdb.connect()
    con.execute(f"SET threads = {os.environ.get('OMP_NUM_THREADS', '2')}")
    began = time.perf_counter()
    for kind, select in SELECT.items():
        numbers = ", ".join(f'CAST(trim("{name}") AS DOUBLE) AS {role}' for name, role in zip(NAMES[kind], ROLES))
        query = select.format(numbers=numbers, read=READ.format(folder=folder, kind=kind))
        con.execute(f"COPY ({query} ORDER BY symbol, date) TO '{out}/{kind}.parquet' "
                    "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)")
    seconds = time.perf_counter() - began
    figures = {}
    for kind in SELECT:
        (rows, close), = con.sql(f"SELECT count(*), sum(close) FROM '{out}/{kind}.parquet'").fetchall()
        figures |= {f"{kind}_rows": rows, f"{kind}_close": close}
    print(json.dumps({"timings": {"import": seconds}, "figures": figures, "versions": {"duckdb": duckdb.__version__}}))


if __name__ == "__main__":
    main()
