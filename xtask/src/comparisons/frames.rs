//! Joins, imports and scans, against libraries of data frames.

use super::{Comparison, Near, Ours};

const ASOF_WORK: &str = "2,000,000 decisions and 2,000,000 facts of 1,000 series, both sorted by time: to each decision the newest \
    fact of its series that was known by then and is not older than 600,000 units, its value written out. Every value is \
    compared, by count, sum and a sum weighted by row. Ours uses one thread of the two.";

/// Counts and sums over every joined value.
const ASOF: &[(&str, Near)] = &[
    ("rows", Near::Absolute(0.0)),
    ("found", Near::Absolute(0.0)),
    ("sum", Near::Absolute(0.0)),
    ("weighted", Near::Absolute(0.0)),
];

const IMPORT_WORK: &str = "One CSV file of 5,000,000 simulated minute bars (50 symbols, 280 MB): stamps and numbers read, session \
    and both times added, rows sorted and looked through for repeated bars, one zstd file of level 3 a symbol. Ours also \
    lists every row it cannot read, syncs each file to disk and writes digests and a manifest. Rows and sums are those of the \
    files read back.";

const IMPORT: &[(&str, Near)] = &[
    ("rows", Near::Absolute(0.0)),
    ("symbols", Near::Absolute(0.0)),
    ("close", Near::Relative(1e-9)),
    ("volume", Near::Relative(1e-9)),
];

const IMPORT_RAW_WORK: &str = "The gzipped CSV files as vendors delivered them: 8 shares with 15 columns each, 4 whole-market days of \
    the NSE with padded fields and dates such as 21-Aug-2026 (series EQ only), 2 five-minute exports of USD/COP, one with line \
    ends of three characters: 198,000 rows, sorted and written as zstd files of level 3. Ours writes one file a symbol, some \
    2,500 of them, synced, where the peer writes one a kind. Rows and sums are those of the files read back.";

const IMPORT_RAW: &[(&str, Near)] = &[
    ("vendor_rows", Near::Absolute(0.0)),
    ("vendor_close", Near::Relative(1e-9)),
    ("market_rows", Near::Absolute(0.0)),
    ("market_close", Near::Relative(1e-9)),
    ("minutes_rows", Near::Absolute(0.0)),
    ("minutes_close", Near::Relative(1e-9)),
];

const SCAN_WORK: &str = "5,000,000 simulated minute bars of 50 symbols in memory, some 500 defects planted. Ours runs all 26 checks \
    and keeps samples; the peer counts five of them: order of prices, positive prices, missing prices, repeated stamps, \
    negative volume. The five counts are compared.";

const SCAN: &[(&str, Near)] = &[
    ("rows", Near::Absolute(0.0)),
    ("ohlc_order", Near::Absolute(0.0)),
    ("positive_finite_price", Near::Absolute(0.0)),
    ("missing_price", Near::Absolute(0.0)),
    ("duplicate_stamp", Near::Absolute(0.0)),
    ("negative_volume", Near::Absolute(0.0)),
];

pub(super) const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "asof_polars",
        title: "As-of join of 2,000,000 x 2,000,000 rows, against polars",
        work: ASOF_WORK,
        group: "frames",
        script: "frames/asof_polars.py",
        ours: Ours::Program("bench_asof"),
        agree: ASOF,
        stages: &["join"],
        turns: 5,
        threads: 2,
    },
    Comparison {
        name: "asof_duckdb",
        title: "As-of join of 2,000,000 x 2,000,000 rows, against DuckDB",
        work: ASOF_WORK,
        group: "frames",
        script: "frames/asof_duckdb.py",
        ours: Ours::Program("bench_asof"),
        agree: ASOF,
        stages: &["join"],
        turns: 5,
        threads: 2,
    },
    Comparison {
        name: "import_polars",
        title: "Import of 5,000,000 minute bars, against polars",
        work: IMPORT_WORK,
        group: "frames",
        script: "frames/import_polars.py",
        ours: Ours::Program("bench_import"),
        agree: IMPORT,
        stages: &["import"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "import_duckdb",
        title: "Import of 5,000,000 minute bars, against DuckDB",
        work: IMPORT_WORK,
        group: "frames",
        script: "frames/import_duckdb.py",
        ours: Ours::Program("bench_import"),
        agree: IMPORT,
        stages: &["import"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "import_raw_polars",
        title: "Import of 14 raw vendor files, against polars",
        work: IMPORT_RAW_WORK,
        group: "frames",
        script: "frames/import_raw_polars.py",
        ours: Ours::RealFiles("bench_import_raw"),
        agree: IMPORT_RAW,
        stages: &["import"],
        turns: 5,
        threads: 2,
    },
    Comparison {
        name: "import_raw_duckdb",
        title: "Import of 14 raw vendor files, against DuckDB",
        work: IMPORT_RAW_WORK,
        group: "frames",
        script: "frames/import_raw_duckdb.py",
        ours: Ours::RealFiles("bench_import_raw"),
        agree: IMPORT_RAW,
        stages: &["import"],
        turns: 5,
        threads: 2,
    },
    Comparison {
        name: "scan_polars",
        title: "Quality scan of 5,000,000 minute bars, against polars",
        work: SCAN_WORK,
        group: "frames",
        script: "frames/scan_polars.py",
        ours: Ours::Program("bench_scan"),
        agree: SCAN,
        stages: &["scan"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "scan_duckdb",
        title: "Quality scan of 5,000,000 minute bars, against DuckDB",
        work: SCAN_WORK,
        group: "frames",
        script: "frames/scan_duckdb.py",
        ours: Ours::Program("bench_scan"),
        agree: SCAN,
        stages: &["scan"],
        turns: 3,
        threads: 2,
    },
];
