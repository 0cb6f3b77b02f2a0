//! Target weights over whole columns: by hand, against the event engine, on hostile input.

mod by_hand;
mod parity;
mod refused;

use proofmark_execution::engine::Instrument;
use proofmark_units::Instant;

/// Ends of so many minutes.
fn minutes(n: usize) -> Vec<Instant> {
    (1..=n as i64).map(crate::engine::minute).collect()
}

/// A share in lots of `lot`.
fn share(name: &str, lot: f64) -> Instrument {
    Instrument { lot, ..crate::engine::share(name) }
}
