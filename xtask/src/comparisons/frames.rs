//! Joins, imports and scans, against libraries of data frames.

use super::{Comparison, Near, Ours};

/// What is done, by which program, and the figures that must agree.
type Work = (&'static str, Ours, &'static [(&'static str, Near)]);

const ASOF: Work = (
    "2,000,000 decisions and 2,000,000 facts of 1,000 series, both sorted by time: to each decision the newest \
    fact of its series that was known by then and is not older than 600,000 units, its value written out. Every value is \
    compared, by count, sum and a sum weighted by row. Ours uses one thread of the two.",
    Ours::Program("bench_asof"),
    &[
        ("rows", Near::Absolute(0.0)),
        ("found", Near::Absolute(0.0)),
        ("sum", Near::Absolute(0.0)),
        ("weighted", Near::Absolute(0.0)),
    ],
);

const IMPORT: Work = (
    "One CSV file of 5,000,000 simulated minute bars (50 symbols, 280 MB): stamps and numbers read, session \
    and both times added, rows sorted and looked through for repeated bars, one zstd file of level 3 a symbol. Ours also \
    lists every row it cannot read, syncs each file to disk and writes digests and a manifest. Rows and sums are those of the \
    files read back.",
    Ours::Program("bench_import"),
    &[
        ("rows", Near::Absolute(0.0)),
        ("symbols", Near::Absolute(0.0)),
        ("close", Near::Relative(1e-9)),
        ("volume", Near::Relative(1e-9)),
    ],
);

const IMPORT_RAW: Work = (
    "The gzipped CSV files as vendors delivered them: 8 shares with 15 columns each, 4 whole-market days of \
    the NSE with padded fields and dates such as 21-Aug-2026 (series EQ only), 2 five-minute exports of USD/COP, one with line \
    ends of three characters: 198,000 rows, sorted and written as zstd files of level 3. Ours writes one file a symbol, some \
    2,500 of them, synced, where the peer writes one a kind. Rows and sums are those of the files read back.",
    Ours::RealFiles("bench_import_raw"),
    &[
        ("vendor_rows", Near::Absolute(0.0)),
        ("vendor_close", Near::Relative(1e-9)),
        ("market_rows", Near::Absolute(0.0)),
        ("market_close", Near::Relative(1e-9)),
        ("minutes_rows", Near::Absolute(0.0)),
        ("minutes_close", Near::Relative(1e-9)),
    ],
);

const SCAN: Work = (
    "5,000,000 simulated minute bars of 50 symbols in memory, some 500 defects planted. Ours runs all 26 checks \
    and keeps samples; the peer counts five of them: order of prices, positive prices, missing prices, repeated stamps, \
    negative volume. The five counts are compared.",
    Ours::Program("bench_scan"),
    &[
        ("rows", Near::Absolute(0.0)),
        ("ohlc_order", Near::Absolute(0.0)),
        ("positive_finite_price", Near::Absolute(0.0)),
        ("missing_price", Near::Absolute(0.0)),
        ("duplicate_stamp", Near::Absolute(0.0)),
        ("negative_volume", Near::Absolute(0.0)),
    ],
);

/// The same work against a peer: what a pair of entries does not share.
const fn against(
    (name, title, script): (&'static str, &'static str, &'static str),
    (work, ours, agree): Work,
    stages: &'static [&'static str],
    turns: usize,
) -> Comparison {
    Comparison { name, title, work, group: "frames", script, ours, agree, stages, turns, threads: 2 }
}

pub(super) const COMPARISONS: &[Comparison] = &[
    against(
        ("asof_polars", "As-of join of 2,000,000 x 2,000,000 rows, against polars", "frames/asof_polars.py"),
        ASOF,
        &["join"],
        5,
    ),
    against(
        ("asof_duckdb", "As-of join of 2,000,000 x 2,000,000 rows, against DuckDB", "frames/asof_duckdb.py"),
        ASOF,
        &["join"],
        5,
    ),
    against(
        ("import_polars", "Import of 5,000,000 minute bars, against polars", "frames/import_polars.py"),
        IMPORT,
        &["import"],
        3,
    ),
    against(
        ("import_duckdb", "Import of 5,000,000 minute bars, against DuckDB", "frames/import_duckdb.py"),
        IMPORT,
        &["import"],
        3,
    ),
    against(
        ("import_raw_polars", "Import of 14 raw vendor files, against polars", "frames/import_raw_polars.py"),
        IMPORT_RAW,
        &["import"],
        5,
    ),
    against(
        ("import_raw_duckdb", "Import of 14 raw vendor files, against DuckDB", "frames/import_raw_duckdb.py"),
        IMPORT_RAW,
        &["import"],
        5,
    ),
    against(
        ("scan_polars", "Quality scan of 5,000,000 minute bars, against polars", "frames/scan_polars.py"),
        SCAN,
        &["scan"],
        3,
    ),
    against(
        ("scan_duckdb", "Quality scan of 5,000,000 minute bars, against DuckDB", "frames/scan_duckdb.py"),
        SCAN,
        &["scan"],
        3,
    ),
];
