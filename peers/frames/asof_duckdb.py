"""The same as-of join by DuckDB's ASOF JOIN, tables in memory.

    python peers/frames/asof_duckdb.py FOLDER
"""

import json
import os
import pathlib
import sys
import time

import duckdb
import numpy as np
import pyarrow as pa
from asof_sides import figures, read

QUERY = """
    SELECT d.row, CASE WHEN d.t - f.t <= {age} THEN f.v END AS v
    FROM decisions d ASOF LEFT JOIN facts f ON d.k = f.k AND d.t >= f.t
"""


def main():
    decisions, facts, max_age = read(pathlib.Path(sys.argv[1]))
    con = duckdb.connect()
    con.execute(f"SET threads = {os.environ.get('OMP_NUM_THREADS', '2')}")
    given = pa.table({**decisions, "row": np.arange(decisions["t"].size)})
    known = pa.table(facts)
    con.execute("CREATE TABLE decisions AS SELECT * FROM given")
    con.execute("CREATE TABLE facts AS SELECT * FROM known")
    began = time.perf_counter()
    joined = con.sql(QUERY.format(age=max_age)).to_arrow_table()
    seconds = time.perf_counter() - began
    # Rows come in any order; putting them back is not timed.
    values = np.full(decisions["t"].size, np.nan)
    values[joined["row"].to_numpy()] = joined["v"].to_numpy(zero_copy_only=False)
    print(json.dumps({
        "timings": {"join": seconds}, "figures": figures(values), "versions": {"duckdb": duckdb.__version__},
    }))


if __name__ == "__main__":
    main()
