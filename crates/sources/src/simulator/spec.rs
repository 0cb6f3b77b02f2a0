//! Which world to make.

use proofmark_market::Calendar;
use proofmark_units::{Date, DateSpan, Instant, Seed};
use serde::{Deserialize, Serialize};

/// Signal strength of the demo's `edge` world.
///
/// Measured on 24 symbols and 14 years, seeds 1 to 8 (`measure_strength` in the tests of `features`): rank information
/// coefficient of the true expected return against the 5-session open-to-open return 0.120 to 0.136, mean 0.126; a
/// weekly top fifth of it at 11 bp a side has an active net Sharpe of 1.9 to 2.4, mean 2.1.
pub const EDGE_STRENGTH: f64 = 0.18;

/// What is planted in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// Nothing: drift and factors, no link from any feature to later returns.
    Null,
    /// A signal inside the shipped features predicts the next session's return.
    Edge,
    /// Nothing but a column that knows tomorrow's return ([`super::World::leak_column`]).
    Leak,
    /// The signal, and one market-wide fall of 35 %.
    Crash,
}

impl Scenario {
    pub(super) const fn has_signal(self) -> bool {
        matches!(self, Self::Edge | Self::Crash)
    }
}

/// Everything a world depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldSpec {
    /// What is planted.
    pub scenario: Scenario,
    /// Number of symbols, 1 to 999.
    pub symbols: usize,
    /// Sessions, strictly ascending; at least 2.
    pub sessions: Vec<Date>,
    /// When each session closes.
    pub closes: Vec<Instant>,
    /// Expected return of the next session per unit of signal, in units of the symbol's daily volatility; finite.
    /// Without effect in [`Scenario::Null`] and [`Scenario::Leak`].
    pub strength: f64,
    /// Root of every draw.
    pub seed: Seed,
}

/// A world that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot simulate a market: {what}")]
pub struct WorldSpecError {
    /// What is wrong.
    pub what: String,
}

impl WorldSpec {
    /// A world on the sessions of `calendar` inside `span`.
    pub fn on_calendar(
        scenario: Scenario,
        symbols: usize,
        calendar: &Calendar,
        span: DateSpan,
        strength: f64,
        seed: Seed,
    ) -> Self {
        let sessions: Vec<Date> = calendar.sessions().iter().copied().filter(|d| span.contains(*d)).collect();
        let closes = sessions.iter().map(|date| calendar.session_close(*date)).collect();
        Self { scenario, symbols, sessions, closes, strength, seed }
    }

    pub(super) fn check(&self) -> Result<(), WorldSpecError> {
        let problem = if !(1..=999).contains(&self.symbols) {
            Some(format!("{} symbols; there must be 1 to 999", self.symbols))
        } else if self.sessions.len() < 2 {
            Some(format!("{} sessions; there must be at least 2", self.sessions.len()))
        } else if self.closes.len() != self.sessions.len() {
            Some(format!("{} sessions but {} closing times", self.sessions.len(), self.closes.len()))
        } else if let Some(pair) = self.sessions.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(format!("session {} does not come after {}", pair[1], pair[0]))
        } else if !self.strength.is_finite() {
            Some(format!("strength {} is not a finite number", self.strength))
        } else {
            None
        };
        problem.map_or(Ok(()), |what| Err(WorldSpecError { what }))
    }
}
