//! Simulators of the field on one rule.

use super::{Comparison, Near, Ours};

const EVENTS_WORK: &str = "Long one unit while the average of 10 closes is above that of 50, flat otherwise, on simulated minute bars; \
    decided at a close, filled at the next open, 2 basis points of value a side. Ours is the event engine bar by bar: orders, a \
    limit on gross exposure, at most a tenth of a bar's volume, costs, equity and the accounting identity at each step. Prices \
    are whole numbers, so that every side finds the same crossings, and a bar opens where the one before closed: a peer that \
    fills at the close it decided on fills at the same price.";

const FAST_WORK: &str = "Long one unit while the average of 10 closes is above that of 50, flat otherwise, on simulated minute bars; \
    decided at a close, filled at the next open, 2 basis points of value a side. Both sides compute averages, fills and equity \
    at each bar from columns. The peer's first call compiles, so it is made before the timed one.";

const CROSS: &[(&str, Near)] = &[
    ("bars", Near::Absolute(0.0)),
    ("fills", Near::Absolute(0.0)),
    ("final_equity", Near::Relative(1e-9)),
    ("costs", Near::Relative(1e-9)),
];

const fn cross(
    name: &'static str,
    title: &'static str,
    work: &'static str,
    (group, script): (&'static str, &'static str),
    program: &'static str,
    (turns, threads): (usize, usize),
) -> Comparison {
    let ours = Ours::Program(program);
    Comparison { name, title, work, group, script, ours, agree: CROSS, stages: &["backtest"], turns, threads }
}

const VECTORBT: (&str, &str) = ("backtest", "backtest/cross_vectorbt.py");

pub(super) const COMPARISONS: &[Comparison] = &[
    cross(
        "events_vectorbt",
        "A two-average rule on 5,000,000 bars, event engine against vectorbt",
        EVENTS_WORK,
        VECTORBT,
        "bench_events_5m",
        (3, 1),
    ),
    cross(
        "events_backtesting",
        "A two-average rule on 1,000,000 bars, event engine against backtesting.py",
        EVENTS_WORK,
        ("backtest", "backtest/cross_backtesting.py"),
        "bench_events_1m",
        (3, 1),
    ),
    cross(
        "events_nautilus",
        "A two-average rule on 1,000,000 bars, event engine against NautilusTrader",
        EVENTS_WORK,
        ("nautilus", "nautilus/cross_nautilus.py"),
        "bench_events_1m",
        (1, 1),
    ),
    Comparison {
        stages: &["wall"],
        ..cross(
            "events_first_result",
            "A two-average rule on 1,000 bars from the start of the process, against vectorbt",
            EVENTS_WORK,
            VECTORBT,
            "bench_events_1k",
            (5, 1),
        )
    },
    cross(
        "fast_vectorbt_1m",
        "A two-average rule on 1,000,000 bars, fast path against vectorbt",
        FAST_WORK,
        VECTORBT,
        "bench_fast_1m",
        (5, 1),
    ),
    cross(
        "fast_vectorbt",
        "A two-average rule on 5,000,000 bars, fast path against vectorbt",
        FAST_WORK,
        VECTORBT,
        "bench_fast_5m",
        (5, 1),
    ),
    cross(
        "fast_vectorbt_2",
        "A two-average rule on 5,000,000 bars, fast path against vectorbt, two threads",
        FAST_WORK,
        VECTORBT,
        "bench_fast_5m",
        (5, 2),
    ),
    Comparison {
        name: "sweep_vectorbt",
        title: "1,000 pairs of windows on 100,000 bars, against vectorbt",
        work: "20 short windows with 50 long ones, each as the rule of the two averages: fills and final equity of every pair, as \
               sums and as sums weighted by place. The peer computes an average once a window and takes 100 pairs at a time.",
        group: "backtest",
        script: "backtest/sweep_vectorbt.py",
        ours: Ours::Program("bench_sweep"),
        agree: &[
            ("bars", Near::Absolute(0.0)),
            ("variants", Near::Absolute(0.0)),
            ("fills", Near::Absolute(0.0)),
            ("fills_weighted", Near::Absolute(0.0)),
            ("final_equity", Near::Relative(1e-9)),
        ],
        stages: &["sweep"],
        turns: 3,
        threads: 2,
    },
];
