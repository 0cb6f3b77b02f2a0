"""Five of our checks in DuckDB, over the same bars.

    python peers/frames/scan_duckdb.py FOLDER
"""

import json
import os
import pathlib
import sys
import time

import duckdb
import numpy as np
import pyarrow as pa

NAMES = ["symbol", "start", "open", "high", "low", "close", "volume"]
QUERY = """
    SELECT count(*) AS rows,
           count_if(low > open OR low > close OR open > high OR close > high OR low > high) AS ohlc_order,
           count_if(open <= 0 OR high <= 0 OR low <= 0 OR close <= 0 OR isinf(open) OR isinf(high) OR isinf(low)
                    OR isinf(close)) AS positive_finite_price,
           count_if(open IS NULL OR high IS NULL OR low IS NULL OR close IS NULL) AS missing_price,
           count_if(again) AS duplicate_stamp,
           count_if(volume < 0 OR isinf(volume)) AS negative_volume
    FROM (SELECT *, lag(start) OVER (PARTITION BY symbol ORDER BY start) = start AS again FROM bars)
"""


def main():
    columns = np.fromfile(pathlib.Path(sys.argv[1]) / "bars.f64").reshape(len(NAMES), -1)
    con = duckdb.connect()
    con.execute(f"SET threads = {os.environ.get('OMP_NUM_THREADS', '2')}")
    given = pa.table({name: pa.array(column, from_pandas=True) for name, column in zip(NAMES, columns)})
    con.execute("CREATE TABLE bars AS SELECT * FROM given")
    began = time.perf_counter()
    result = con.sql(QUERY)
    (values,) = result.fetchall()
    seconds = time.perf_counter() - began
    print(json.dumps({"timings": {"scan": seconds}, "figures": dict(zip(result.columns, values)),
                      "versions": {"duckdb": duckdb.__version__}}))


if __name__ == "__main__":
    main()
