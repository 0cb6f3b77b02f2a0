//! The files of the lake, read by programs that know nothing of it.

use super::{Comparison, Near, Ours};

pub(super) const COMPARISONS: &[Comparison] = &[Comparison {
    name: "lake",
    title: "The lake's own files and exported ones, read by pandas, polars and DuckDB",
    work: "100 simulated symbols x 2,500 days in two deliveries, every seventh bar restated later, 2 % of volumes \
               unknown: rows in all files, and rows and sums as known before the restatement and now. The peers are given \
               the folder and nothing of this product; the time is that of the fastest of them.",
    group: "lake",
    script: "lake/readers.py",
    ours: Ours::Program("bench_lake"),
    agree: &[
        ("pandas_rows", Near::Absolute(0.0)),
        ("pandas_then_rows", Near::Absolute(0.0)),
        ("pandas_then_close", Near::Relative(1e-12)),
        ("pandas_then_volume", Near::Absolute(0.0)),
        ("pandas_now_close", Near::Relative(1e-12)),
        ("pandas_plain_rows", Near::Absolute(0.0)),
        ("pandas_plain_close", Near::Relative(1e-12)),
        ("pandas_plain_unknown_volumes", Near::Absolute(0.0)),
        ("polars_rows", Near::Absolute(0.0)),
        ("polars_then_rows", Near::Absolute(0.0)),
        ("polars_then_close", Near::Relative(1e-12)),
        ("polars_then_volume", Near::Absolute(0.0)),
        ("polars_now_close", Near::Relative(1e-12)),
        ("polars_plain_rows", Near::Absolute(0.0)),
        ("polars_plain_close", Near::Relative(1e-12)),
        ("polars_plain_unknown_volumes", Near::Absolute(0.0)),
        ("duckdb_rows", Near::Absolute(0.0)),
        ("duckdb_then_rows", Near::Absolute(0.0)),
        ("duckdb_then_close", Near::Relative(1e-12)),
        ("duckdb_then_volume", Near::Absolute(0.0)),
        ("duckdb_now_close", Near::Relative(1e-12)),
        ("duckdb_plain_rows", Near::Absolute(0.0)),
        ("duckdb_plain_close", Near::Relative(1e-12)),
        ("duckdb_plain_unknown_volumes", Near::Absolute(0.0)),
    ],
    stages: &["read"],
    turns: 3,
    threads: 2,
}];
