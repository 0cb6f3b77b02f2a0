//! Bars shorter than a session.

use proofmark_units::{Date, Instant};

/// One intraday bar as its source delivered it; prices may be wild, that is for the checks to find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntradayBar {
    /// The exchange session it belongs to.
    pub session: Date,
    /// When it begins: two bars of one start are versions of one fact.
    pub start: Instant,
    /// When it ends, the latest instant of a trade inside.
    pub event_time: Instant,
    /// First instant a subscriber could have read it; never before `event_time`.
    pub known_at: Instant,
    /// First traded price, in the instrument's currency.
    pub open: f64,
    /// Highest traded price.
    pub high: f64,
    /// Lowest traded price.
    pub low: f64,
    /// Last traded price.
    pub close: f64,
    /// Units traded; NaN where the source gives none.
    pub volume: f64,
    /// Money traded, in the unit of the source; NaN where it gives none.
    pub turnover: f64,
}
