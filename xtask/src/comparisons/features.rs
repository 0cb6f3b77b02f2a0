//! Indicators, feature sets and expressions.

use super::{Comparison, Near, Ours};

/// On daily bars, against qlib.
const ALPHA158_DAYS: Comparison = Comparison {
    name: "",
    title: "",
    work: "qlib's 158 columns (windows 5 to 60) over simulated daily bars, 50 symbols x 5,000, rounded to single precision as qlib \
           stores them; `$vwap` is the mean of high, low and close. Both sides keep every column in single precision. Every \
           value after the first 60 rows of a symbol is compared: within 1e-4 of its column's standard deviation (1e-3 for \
           WVMA and CORD, whose inner products and quotients qlib rounds too), or the column counts as far.",
    group: "features",
    script: "features/alpha158_qlib.py",
    ours: Ours::Program("bench_alpha158"),
    agree: &[
        ("columns", Near::Absolute(0.0)),
        ("cells", Near::Absolute(0.0)),
        ("far_columns", Near::Absolute(0.0)),
    ],
    stages: &["compute"],
    turns: 3,
    threads: 2,
};

const ALPHA158_MINUTES: Comparison = Comparison {
    work: "The same 158 columns over 5,000,000 simulated bars, 100,000 of each of 50 symbols: 790,000,000 cells.",
    ours: Ours::Program("bench_alpha158_minutes"),
    ..ALPHA158_DAYS
};

pub(super) const COMPARISONS: &[Comparison] = &[
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
        ..ALPHA158_DAYS
    },
    Comparison {
        name: "alpha158_polars",
        title: "Alpha158 on 50 symbols x 5,000 bars, against polars",
        script: "features/alpha158_polars.py",
        ..ALPHA158_DAYS
    },
    Comparison {
        name: "alpha158_minutes_qlib",
        title: "Alpha158 on 5,000,000 bars, against qlib",
        ..ALPHA158_MINUTES
    },
    Comparison {
        name: "alpha158_minutes_polars",
        title: "Alpha158 on 5,000,000 bars, against polars",
        script: "features/alpha158_polars.py",
        ..ALPHA158_MINUTES
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
];
