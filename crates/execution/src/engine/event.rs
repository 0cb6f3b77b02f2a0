//! What the market tells the engine.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::InstrumentId;

/// What was traded between two instants; it is known at the end, the time of its step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// When it began: an order must be active by then to fill at its open.
    pub opened: Instant,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded.
    pub volume: f64,
}

impl Bar {
    /// Finite positive prices, the high and the low outermost, volume not negative.
    pub fn is_valid(&self) -> bool {
        self.low > 0.0
            && self.high < f64::INFINITY
            && self.low <= self.open
            && self.low <= self.close
            && self.open <= self.high
            && self.close <= self.high
            && self.volume >= 0.0
    }

    /// One price and nothing traded: a quote without a market, as on a session locked at its price limit.
    pub fn is_locked(&self) -> bool {
        self.high == self.low && self.volume == 0.0
    }
}

/// The best bid and offer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Highest price bid.
    pub bid: f64,
    /// Units bid at it.
    pub bid_size: f64,
    /// Lowest price asked.
    pub ask: f64,
    /// Units asked at it.
    pub ask_size: f64,
}

impl Quote {
    /// Finite positive prices that do not cross, sizes not negative.
    pub fn is_valid(&self) -> bool {
        self.bid > 0.0
            && self.ask < f64::INFINITY
            && self.bid <= self.ask
            && self.bid_size >= 0.0
            && self.ask_size >= 0.0
    }
}

/// One thing that became known at the time of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A finished bar.
    Bar(InstrumentId, Bar),
    /// A new best bid and offer.
    Quote(InstrumentId, Quote),
    /// Trading stops (`true`) or starts again.
    Halt(InstrumentId, bool),
    /// Each unit held before this step's bar becomes so many.
    Split(InstrumentId, f64),
    /// Money per unit to who held it before this step's bar; who is short pays it.
    Dividend(InstrumentId, f64),
    /// Longs pay this fraction of their notional, shorts receive it.
    Funding(InstrumentId, f64),
    /// What one unit of the currency (by its place in the account) is worth in the account's first currency.
    Rate(u32, f64),
    /// The session of all instruments ends with this step.
    SessionEnd,
}
