//! What the planted markets of the tests are made of.

use proofmark_execution::book::{BookConfig, Delisting, Selection, Sizing};
use proofmark_market::BarRow;
use proofmark_units::{Date, Seed};
use rand_chacha::rand_core::Rng;

/// The t-th session.
pub(crate) fn day(t: usize) -> Date {
    Date::from_days(15_000 + t as i32)
}

/// A bar from `open` to `close` that reaches the share `wick` beyond both.
pub(crate) fn row(t: usize, open: f64, close: f64, wick: f64) -> BarRow {
    let event_time = day(t).midnight_utc();
    let (high, low) = (open.max(close) * (1.0 + wick), open.min(close) * (1.0 - wick));
    BarRow { date: day(t), event_time, known_at: event_time, open, high, low, close, volume: 1e7 }
}

/// Uniform numbers from -1/2 to 1/2.
pub(crate) fn uniforms(seed: Seed) -> impl FnMut() -> f64 {
    let mut rng = seed.rng();
    move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}

/// The best `fraction` of the names each week, at equal weights, without exits.
pub(crate) fn weekly_book(fraction: f64, max_weight: f64) -> BookConfig {
    BookConfig {
        capital: 1e6,
        rebalance_every: 5,
        selection: Selection::TopFraction { fraction, hysteresis: None },
        sizing: Sizing::Equal { max_weight },
        stop_loss: None,
        take_profit: None,
        max_hold: None,
        participation: 0.05,
        lot: 1,
        resize_band: 0.25,
        delisting: Delisting::default(),
        periods_per_year: 252.0,
    }
}
