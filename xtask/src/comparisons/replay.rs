//! Order-book events through a book, and through a strategy in it.

use super::{Comparison, Near, Ours};

const REPLAY_WORK: &str = "A simulated stream of levels and prints, in memory on both sides, through a book (`book`), and the same with a \
    strategy that every 100 ms keeps one lot at the best price of each side, takes it back when that has moved and waits 1.2 ms for each \
    message (`orders`). Final book by level, orders, fills, traded value and the position at each wake are compared. The peer runs its \
    vector book, the risk-averse queue and whole fills, compiled by numba before the clock starts; it keeps two books, one of the market \
    and one as the trader knows it, which one clock makes one here. Ours books every fill in the engine's account.";

pub(super) const COMPARISONS: &[Comparison] = &[Comparison {
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
}];
