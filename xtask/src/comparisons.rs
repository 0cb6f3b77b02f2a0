//! What is compared with whom: one entry per comparison.

mod backtest;

/// How near a figure must be to the peer's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Near {
    /// `|ours - peer| <= tolerance`.
    Absolute(f64),
    /// `|ours - peer| <= tolerance * |peer|`.
    Relative(f64),
}

impl std::fmt::Display for Near {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absolute(0.0) => write!(f, "equal"),
            Self::Absolute(tolerance) => write!(f, "within {tolerance:e}"),
            Self::Relative(tolerance) => write!(f, "within {tolerance:e} of it"),
        }
    }
}

impl Near {
    pub(crate) fn agrees(self, ours: f64, peer: f64) -> bool {
        let distance = (ours - peer).abs();
        match self {
            Self::Absolute(tolerance) => distance <= tolerance,
            Self::Relative(tolerance) => distance <= tolerance * peer.abs(),
        }
    }
}

/// Our side of a comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ours {
    /// A program of the package `benches`: `<program> input FOLDER` writes what both sides read, `<program> run FOLDER`
    /// does the work.
    Program(&'static str),
    /// As [`Program`](Self::Program), on files below `../shared/data`, which `input` finds in the environment variable
    /// `SHARED_DATA`.
    RealFiles(&'static str),
    /// The product itself on a shipped pipeline and a file of the real data.
    Pipeline {
        /// Name under `pipelines/`, without `.toml`.
        pipeline: &'static str,
        /// Below `../shared/data`.
        data: &'static str,
    },
}

/// One comparison with one peer.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What both sides do, for the table.
    pub(crate) work: &'static str,
    /// Folder of `peers/` whose requirements the peer needs.
    pub(crate) group: &'static str,
    /// Below `peers/`.
    pub(crate) script: &'static str,
    pub(crate) ours: Ours,
    /// Figures that must agree before a time is printed.
    pub(crate) agree: &'static [(&'static str, Near)],
    /// Stages that are timed; `wall` is the whole process.
    pub(crate) stages: &'static [&'static str],
    /// Turns of each side, alternating; the best is printed.
    pub(crate) turns: usize,
    /// Threads of each side.
    pub(crate) threads: usize,
}

/// Counts, rows and paths of combinatorial purged splits.
const COMBINATORIAL: &[(&str, Near)] = &[
    ("of_10_test_3_splits", Near::Absolute(0.0)),
    ("of_10_test_3_paths", Near::Absolute(0.0)),
    ("of_10_test_3_train_rows", Near::Absolute(0.0)),
    ("of_10_test_3_train_sum", Near::Absolute(0.0)),
    ("of_10_test_3_test_sum", Near::Absolute(0.0)),
    ("of_10_test_3_path_sum", Near::Absolute(0.0)),
    ("of_12_test_6_splits", Near::Absolute(0.0)),
    ("of_12_test_6_paths", Near::Absolute(0.0)),
    ("of_12_test_6_train_rows", Near::Absolute(0.0)),
    ("of_12_test_6_train_sum", Near::Absolute(0.0)),
    ("of_12_test_6_test_sum", Near::Absolute(0.0)),
    ("of_12_test_6_path_sum", Near::Absolute(0.0)),
];

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

const ALPHA158_WORK: &str = "qlib's 158 columns (windows 5 to 60) over simulated daily bars, 50 symbols x 5,000, rounded to \
    single precision as qlib stores them; `$vwap` is the mean of high, low and close. Every value after the first 60 rows of \
    a symbol is compared, both sides keeping single precision: within 1e-4 of its column's standard deviation (1e-3 for WVMA and CORD, whose inner products and \
    quotients qlib rounds too), or the column counts as far.";

const ALPHA158_MINUTES_WORK: &str = "The same 158 columns over 5,000,000 simulated bars, 100,000 of each of 50 symbols: \
    790,000,000 cells.";

const ALPHA158: &[(&str, Near)] =
    &[("columns", Near::Absolute(0.0)), ("cells", Near::Absolute(0.0)), ("far_columns", Near::Absolute(0.0))];

const REPLAY_WORK: &str = "A simulated stream of levels and prints, in memory on both sides, through a book (`book`), and the same with a \
    strategy that every 100 ms keeps one lot at the best price of each side, takes it back when that has moved and waits 1.2 ms for each \
    message (`orders`). Final book by level, orders, fills, traded value and the position at each wake are compared. The peer runs its \
    vector book, the risk-averse queue and whole fills, compiled by numba before the clock starts; it keeps two books, one of the market \
    and one as the trader knows it, which one clock makes one here. Ours books every fill in the engine's account.";

/// Every comparison, in the order of the page.
pub(crate) fn all() -> impl Iterator<Item = &'static Comparison> {
    COMPARISONS.iter().chain(backtest::COMPARISONS)
}

const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "indicators",
        title: "15 indicators on 1,000,000 bars, against TA-Lib",
        work: "The teacher's 15 features from one symbol's simulated bars, one thread. The peer computes the 15 \
               underlying TA-Lib indicators, timed; our stationary forms are rebuilt from them, untimed, and compared \
               column by column after the warm-up.",
        group: "talib",
        script: "talib/indicators.py",
        ours: Ours::Program("bench_features"),
        agree: &[
            ("bars", Near::Absolute(0.0)),
            ("columns", Near::Absolute(0.0)),
            ("largest_difference", Near::Absolute(1e-6)),
        ],
        stages: &["compute"],
        turns: 5,
        threads: 1,
    },
    Comparison {
        name: "talib",
        title: "TA-Lib's functions on 1,000,000 bars, against TA-Lib's C library",
        work: "The outputs of the set `talib` that the peer has too, 213 of 180 functions, from one symbol's simulated bars \
               with TA-Lib's default parameters, one thread. The peer calls its C library through TA-Lib's Python wheel, each \
               function once, and keeps every column, as ours does. Every seventh row is compared, in units of its column's mean \
               size; `sets` compares every row of fewer bars.",
        group: "features",
        script: "features/talib_set.py",
        ours: Ours::Program("bench_talib"),
        agree: &[
            ("bars", Near::Absolute(0.0)),
            ("columns", Near::Absolute(0.0)),
            ("largest_difference", Near::Absolute(1e-9)),
        ],
        stages: &["compute"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "talipp_incremental",
        title: "14 indicators bar by bar on 200,000 bars, against talipp",
        work: "SMA, EMA, WMA, RSI, MACD, Bollinger bands, ROC, ATR, ADX with both directions, fast stochastic, CCI, Williams \
               %R, OBV and accumulation/distribution, 21 columns, one simulated bar after the other. Ours are the \
               operators of the expression language in one program. Every value after the first 2,000 bars, when the other \
               start of talipp's averages has decayed, is compared in units of its column's mean size; `values_unlike_batch` \
               counts our values that differ by a bit from those of all bars at once.",
        group: "talipp",
        script: "talipp/incremental.py",
        ours: Ours::Program("bench_incremental"),
        agree: &[
            ("bars", Near::Absolute(0.0)),
            ("columns", Near::Absolute(0.0)),
            ("largest_difference", Near::Absolute(1e-9)),
            ("values_unlike_batch", Near::Absolute(0.0)),
        ],
        stages: &["updates"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "alpha158_qlib",
        title: "Alpha158 on 50 symbols x 5,000 bars, against qlib",
        work: ALPHA158_WORK,
        group: "features",
        script: "features/alpha158_qlib.py",
        ours: Ours::Program("bench_alpha158"),
        agree: ALPHA158,
        stages: &["compute"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "alpha158_polars",
        title: "Alpha158 on 50 symbols x 5,000 bars, against polars",
        work: ALPHA158_WORK,
        group: "features",
        script: "features/alpha158_polars.py",
        ours: Ours::Program("bench_alpha158"),
        agree: ALPHA158,
        stages: &["compute"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "alpha158_minutes_qlib",
        title: "Alpha158 on 5,000,000 bars, against qlib",
        work: ALPHA158_MINUTES_WORK,
        group: "features",
        script: "features/alpha158_qlib.py",
        ours: Ours::Program("bench_alpha158_minutes"),
        agree: ALPHA158,
        stages: &["compute"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "alpha158_minutes_polars",
        title: "Alpha158 on 5,000,000 bars, against polars",
        work: ALPHA158_MINUTES_WORK,
        group: "features",
        script: "features/alpha158_polars.py",
        ours: Ours::Program("bench_alpha158_minutes"),
        agree: ALPHA158,
        stages: &["compute"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "alpha101",
        title: "The 101 alphas on panels of 12 names, against the paper's formulas in NumPy and pandas",
        work: "The 100 shipped alphas, those that need groups included, over three panels: the latest 1,000 daily bars of 12 \
               shares of the US and of 12 of India, and four years of 12 simulated names with delistings. The peer writes the \
               appendix of the paper again with its windows as they stand there, once for comparing and again with the \
               last digits of each sum drawn anew: a cell that changes then hangs on rounding and is not compared. An alpha is \
               apart if any other cell is further than 1e-9 of its column's mean size.",
        group: "features",
        script: "features/alpha101.py",
        ours: Ours::RealFiles("bench_alpha101"),
        agree: &[
            ("panels", Near::Absolute(0.0)),
            ("rows", Near::Absolute(0.0)),
            ("alphas", Near::Absolute(0.0)),
            ("alphas_apart", Near::Absolute(0.0)),
            ("alphas_of_rounding", Near::Absolute(0.0)),
        ],
        stages: &["compute"],
        turns: 1,
        threads: 2,
    },
    Comparison {
        name: "sets",
        title: "Alpha158, Alpha360 and TA-Lib's functions, against their formulas, qlib and TA-Lib",
        work: "The 158, 360 and 261 columns on the latest 3,000 daily bars of 4 shares of the US and 4 of India, rounded to \
               the 32 bits that qlib stores. The peer recomputes both factor sets in 64 bits from their formulas, runs \
               qlib's own expression engine in 32 bits, and calls TA-Lib's Python wheel for the 213 outputs it has. \
               Timed are our 779 columns and the 518 of \
               qlib's engine. Figures are the largest distance of any value, in units of its column's mean size.",
        group: "features",
        script: "features/sets.py",
        ours: Ours::RealFiles("bench_sets"),
        agree: &[
            ("names", Near::Absolute(0.0)),
            ("bars", Near::Absolute(0.0)),
            ("alpha158_formulas", Near::Absolute(1e-9)),
            ("alpha360_formulas", Near::Absolute(1e-9)),
            ("alpha158_qlib", Near::Absolute(1e-4)),
            // Five columns hold volumes over that of a day without trade: some 1e18, in 32 bits.
            ("alpha360_qlib", Near::Absolute(2e-4)),
            ("talib", Near::Absolute(1e-12)),
        ],
        stages: &["compute"],
        turns: 1,
        threads: 1,
    },
    Comparison {
        name: "trees",
        title: "Gradient-boosted trees, against LightGBM",
        work: "100,000 training and 50,000 hold-out rows x 15 simulated columns with a weak non-linear signal; 100 trees \
               x 31 leaves, rate 0.05, 128 bins, at least 200 rows a leaf, one thread (our fits are single-threaded and run \
               beside each other).",
        group: "trees",
        script: "trees/boosting.py",
        ours: Ours::Program("bench_trees"),
        agree: &[
            ("rows", Near::Absolute(0.0)),
            ("auc", Near::Absolute(0.01)),
            ("log_loss", Near::Absolute(0.005)),
        ],
        stages: &["fit", "predict"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "zoo",
        title: "Regressions on 20,000 x 15, against scikit-learn, XGBoost, LightGBM and CatBoost",
        work: "Ridge, Bayesian ridge and ARD on standardised inputs, two of which nearly repeat each other: intercepts, \
               coefficients, predictions of 20,000 new rows and their deviations, as sums weighted by place. 100 trees each \
               depth-wise (depth 5) against XGBoost, leaf-wise (31 leaves) against LightGBM, symmetric (depth 6) against \
               CatBoost without ordered boosting; out-of-sample R2 of each and of its blend with the ridge regression. \
               Timed is fitting, on one thread.",
        group: "zoo",
        script: "zoo/models.py",
        ours: Ours::Program("bench_zoo"),
        agree: &[
            ("rows", Near::Absolute(0.0)),
            ("ridge_intercept", Near::Relative(1e-8)),
            ("ridge_coefficients", Near::Relative(1e-8)),
            ("ridge_predicted", Near::Relative(1e-8)),
            ("bayesian_ridge_intercept", Near::Relative(1e-6)),
            ("bayesian_ridge_coefficients", Near::Relative(1e-6)),
            ("bayesian_ridge_predicted", Near::Relative(1e-6)),
            ("bayesian_ridge_std", Near::Relative(1e-6)),
            ("ard_intercept", Near::Relative(1e-6)),
            ("ard_coefficients", Near::Relative(1e-6)),
            ("ard_predicted", Near::Relative(1e-6)),
            ("ard_std", Near::Relative(1e-6)),
            // Bins are cut elsewhere, so trees are near, not equal: over five draws of the input the difference had both
            // signs and a size of up to 0.0055.
            ("depthwise_r2", Near::Absolute(0.01)),
            ("leafwise_r2", Near::Absolute(0.01)),
            ("symmetric_r2", Near::Absolute(0.01)),
            ("hybrid_depthwise_r2", Near::Absolute(0.01)),
            ("hybrid_leafwise_r2", Near::Absolute(0.01)),
            ("hybrid_symmetric_r2", Near::Absolute(0.01)),
        ],
        stages: &["ridge", "bayesian_ridge", "ard", "depthwise", "leafwise", "symmetric"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "statistics",
        title: "Tests and measures, against arch, statsmodels, SciPy and scikit-learn",
        work: "2,520 simulated daily returns with mild autocorrelation and fat tails: regression with Newey-West errors, \
               automatic block length, stationary bootstrap with 10,000 draws, moments, AUC, Spearman, Brier score.",
        group: "stats",
        script: "stats/measures.py",
        ours: Ours::Program("bench_stats"),
        agree: &[
            ("hac_alpha", Near::Relative(1e-9)),
            ("hac_beta", Near::Relative(1e-9)),
            ("hac_t_alpha", Near::Relative(1e-8)),
            ("block_length", Near::Relative(1e-6)),
            ("bootstrap_sd_of_mean", Near::Relative(0.03)),
            ("skewness", Near::Relative(1e-9)),
            ("kurtosis", Near::Relative(1e-9)),
            ("auc", Near::Absolute(1e-12)),
            ("spearman", Near::Absolute(1e-12)),
            ("brier", Near::Absolute(1e-12)),
            ("rank_ic", Near::Absolute(1e-12)),
            ("rank_ic_t", Near::Relative(1e-8)),
            ("pearson_ic", Near::Absolute(1e-12)),
            ("ks_distance", Near::Absolute(1e-12)),
            // Ours is the corrected limit, the peer's the exact distribution.
            ("ks_p", Near::Absolute(0.02)),
        ],
        stages: &["bootstrap"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "comparison",
        title: "Tests over many strategies, against arch and NumPy",
        work: "Superior predictive ability of 200 simulated models x 2,520 days by 1,000 draws of the stationary bootstrap \
               with mean block 10; probability of backtest overfitting of 100 trials over the 12,870 halves of 16 blocks, \
               with degradation and dominance. arch does not studentise, so it is given models already divided by their \
               standard errors, untimed; the overfitting peer is NumPy on block sums.",
        group: "stats",
        script: "stats/comparison.py",
        ours: Ours::Program("bench_comparison"),
        agree: &[
            ("spa_best_t", Near::Relative(1e-9)),
            // Four standard errors of the difference of two shares of 1,000 draws each.
            ("spa_lower", Near::Absolute(0.09)),
            ("spa_consistent", Near::Absolute(0.09)),
            ("spa_upper", Near::Absolute(0.09)),
            ("pbo_halves", Near::Absolute(0.0)),
            ("pbo", Near::Absolute(1e-12)),
            ("pbo_loss", Near::Absolute(1e-12)),
            ("pbo_slope", Near::Relative(1e-8)),
            ("pbo_r2", Near::Relative(1e-8)),
            ("pbo_over_mean", Near::Absolute(1e-10)),
            ("pbo_over_all_first", Near::Absolute(1e-10)),
            ("pbo_over_all_second", Near::Absolute(1e-10)),
        ],
        stages: &["spa", "pbo"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "gates",
        title: "The whole gate suite on one candidate, against arch, statsmodels, SciPy and NumPy",
        work: "24 simulated names x 2,520 sessions, a weekly top-fifth book with a weak planted skill, 20 other trials on the \
               lineage, 10,000 draws behind every p and 1,000 behind an interval of a Sharpe ratio. Ours: the candidate's books at the declared and at twice the costs, its null \
               books and naive rules, every test of the suite and every gate of the default policy. The peer is given the books' \
               returns and makes the tests alone: regressions with Newey-West errors, studentised stationary bootstrap of the \
               active mean, percentile intervals of the Sharpe ratios, deflation by clusters, rank IC, the test against each \
               rival, PBO. Drawing against a rival ends early on our side once p is seen to exceed 5 %.",
        group: "stats",
        script: "stats/gates.py",
        ours: Ours::Program("bench_gates"),
        agree: &[
            ("periods", Near::Absolute(0.0)),
            ("t_hac", Near::Relative(1e-7)),
            // Four standard errors of the difference of two shares of 10,000 draws each, where p is below a quarter.
            ("p_bootstrap", Near::Absolute(0.025)),
            ("mean_interval_width", Near::Relative(0.04)),
            ("appraisal_ratio", Near::Relative(1e-8)),
            // Studentised here, percentile there; four standard errors of two widths of 1,000 draws each.
            ("appraisal_interval_width", Near::Relative(0.17)),
            ("psr", Near::Absolute(1e-8)),
            ("trials_effective", Near::Absolute(0.0)),
            ("dsr", Near::Absolute(1e-8)),
            ("rank_ic", Near::Absolute(1e-10)),
            ("rank_ic_p", Near::Absolute(1e-8)),
            ("rivals", Near::Absolute(0.0)),
            ("p_against_rivals", Near::Absolute(0.03)),
            ("pbo", Near::Absolute(1e-12)),
            ("active_mean_at_2x", Near::Absolute(1e-10)),
            ("max_drawdown", Near::Absolute(1e-12)),
            ("sharpe", Near::Relative(1e-8)),
            ("sharpe_interval_width", Near::Relative(0.17)),
        ],
        stages: &["suite"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "measures",
        title: "Measures of a record, against quantstats",
        work: "20 measures of 5,040 simulated daily returns with fat tails, negative skew and one session in ten without a \
               position, and of their benchmark. Where quantstats follows another convention its figure is turned into ours; \
               docs/PARITY.md lists how.",
        group: "quantstats",
        script: "quantstats/record.py",
        ours: Ours::Program("bench_measures"),
        agree: &[
            ("total_return", Near::Relative(1e-10)),
            ("cagr", Near::Relative(1e-10)),
            ("volatility", Near::Relative(1e-12)),
            ("sharpe", Near::Relative(1e-11)),
            ("sortino", Near::Relative(1e-11)),
            ("calmar", Near::Relative(1e-9)),
            ("omega", Near::Relative(1e-11)),
            ("max_drawdown", Near::Relative(1e-10)),
            ("hit_rate", Near::Absolute(1e-12)),
            ("skewness", Near::Relative(1e-9)),
            ("kurtosis", Near::Relative(1e-9)),
            ("expected_shortfall", Near::Relative(1e-11)),
            ("quantile", Near::Relative(1e-11)),
            ("best", Near::Absolute(0.0)),
            ("worst", Near::Absolute(0.0)),
            ("psr", Near::Absolute(1e-4)),
            ("alpha", Near::Relative(1e-9)),
            ("beta", Near::Relative(1e-10)),
            ("r2", Near::Relative(1e-9)),
            ("information_ratio", Near::Relative(1e-10)),
        ],
        stages: &["measures"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "replay",
        title: "12,000,000 order-book events, against hftbacktest",
        work: REPLAY_WORK,
        group: "replay",
        script: "replay/books.py",
        ours: Ours::Program("bench_replay"),
        agree: &[
            ("events", Near::Absolute(0.0)),
            ("bid_levels", Near::Absolute(0.0)),
            ("ask_levels", Near::Absolute(0.0)),
            ("best_bid", Near::Absolute(0.0)),
            ("best_ask", Near::Absolute(0.0)),
            ("book_sum", Near::Absolute(0.0)),
            ("wakes", Near::Absolute(0.0)),
            ("orders_sent", Near::Absolute(0.0)),
            ("fills", Near::Absolute(0.0)),
            ("value", Near::Relative(1e-9)),
            ("position", Near::Absolute(0.0)),
            ("positions_sum", Near::Absolute(0.0)),
        ],
        stages: &["book", "orders"],
        turns: 3,
        threads: 1,
    },
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
    Comparison {
        name: "labels",
        title: "Trend scanning, uniqueness and sequential draws, against NumPy",
        work: "50,000 labels of a random walk: the horizon of 5 to 20 steps with the largest t; average uniqueness of spans of \
               5 to 20 bars; 2,000 sequential draws by given uniform numbers, and the probabilities after them. The peer is \
               vectorised over labels and looks at all of them again in each draw.",
        group: "labels",
        script: "labels/labels.py",
        ours: Ours::Program("bench_labels"),
        agree: &[
            ("labels", Near::Absolute(0.0)),
            ("horizons", Near::Absolute(0.0)),
            ("t", Near::Relative(1e-9)),
            ("t_weighted", Near::Relative(1e-9)),
            ("uniqueness", Near::Relative(1e-9)),
            ("uniqueness_weighted", Near::Relative(1e-9)),
            ("drawn", Near::Absolute(0.0)),
            ("probabilities", Near::Relative(1e-9)),
        ],
        stages: &["trends", "uniqueness", "sequential"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "splits",
        title: "Combinatorial purged splits, against skfolio",
        work: "5,040 daily rows, labels of 5 sessions, embargo 2, look-back 20: all 120 splits of 10 groups with 3 tested \
               and all 924 of 12 with 6 tested, training and test rows written out, and the path of every tested group. \
               Ours derives what to leave out from each row's label and feature window; the peer is told the same in \
               numbers of rows.",
        group: "splits",
        script: "splits/cpcv.py",
        ours: Ours::Program("bench_splits"),
        agree: COMBINATORIAL,
        stages: &["splits"],
        turns: 5,
        threads: 1,
    },
    Comparison {
        name: "purged_splits",
        title: "Combinatorial purged splits, against purgedcv",
        work: "5,040 daily rows, labels of 5 sessions, embargo 2, look-back 20: all 120 splits of 10 groups with 3 tested \
               and all 924 of 12 with 6 tested, training and test rows written out; untimed, the path of every tested group. \
               Ours derives what to leave out from each row's label and feature window; the peer is told the same in \
               days, its labels' intervals being half-open.",
        group: "splits",
        script: "splits/purged.py",
        ours: Ours::Program("bench_splits"),
        agree: COMBINATORIAL,
        stages: &["splits"],
        turns: 1,
        threads: 1,
    },
    Comparison {
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
    },
    Comparison {
        name: "nse_swing",
        title: "The main job on 42 NSE symbols x 20 years, against plain Python",
        work: "Cleaning, 15 features, labels, yearly walk-forward from 2008 with 4 cross-fit teacher blocks (100 trees x \
               31 leaves), student and calibration, books at both costs, evidence with 10,000 draws, stress retraining. \
               The peer is pandas, LightGBM and scikit-learn with an ordinary day loop for the book. Ours also writes, \
               digests and signs off every artefact. The two differ in trees, indicators' smoothing seeds and rounding, \
               so sizes must match and skill must be near, not equal.",
        group: "trees",
        script: "main_job/nse_swing.py",
        ours: Ours::Pipeline {
            pipeline: "nse_swing",
            data: "india/nse_nifty50_daily_split_adjusted_2000_2024.parquet",
        },
        agree: &[
            ("symbols", Near::Absolute(0.0)),
            ("folds", Near::Absolute(0.0)),
            ("dataset_rows", Near::Relative(0.03)),
            ("rank_ic", Near::Absolute(0.02)),
        ],
        stages: &["wall"],
        turns: 1,
        threads: 2,
    },
];

#[test]
fn tolerances_are_inclusive_and_nan_never_agrees() {
    assert!(Near::Absolute(0.0).agrees(3.0, 3.0) && !Near::Absolute(0.5).agrees(1.0, 1.6));
    assert!(Near::Relative(0.1).agrees(-1.05, -1.0) && !Near::Relative(0.1).agrees(1.0, -1.0));
    assert!(!Near::Absolute(1.0).agrees(f64::NAN, 0.0));
}

#[test]
fn every_comparison_has_its_peer_in_the_checkout() {
    let root = crate::root();
    for comparison in all() {
        assert!(root.join("peers").join(comparison.script).is_file(), "{}", comparison.script);
        assert!(
            root.join("peers").join(comparison.group).join("requirements.txt").is_file(),
            "{}",
            comparison.group
        );
        assert!(!comparison.agree.is_empty() && comparison.turns > 0, "{}", comparison.name);
    }
}
