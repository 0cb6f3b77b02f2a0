//! Pre-trade limits: what a book holds and what it would like to hold, in; what it may hold, and why, out.
//!
//! [`check`] is a pure function of current weights, proposed weights, [`MarketState`] and [`Limits`]. Weights
//! are signed market values as fractions of equity (0.1 = 10 % long, -0.1 = 10 % short).
//!
//! A move from a current weight to a proposed one splits into a *reduction* (towards zero, or to zero where
//! the sign flips) and an *addition* (the rest). The book that takes every reduction and no addition is the
//! *kept* book. Limits refuse additions; a limit that even the kept book breaks cuts it further. For every
//! name, on every input:
//!
//! - `|approved| <= |proposed|`, and the sign of `approved` is that of `proposed` or zero;
//! - a proposed reduction is never made smaller;
//! - every limit in mode `clip` holds for the approved book, in the arithmetic in which it was measured;
//! - checking the approved book again returns it bit for bit.
//!
//! [`guards`] hold what has to be remembered between checks: breakers, guardrails, latches.

mod config;
mod decision;
pub mod guards;
mod path;
mod project;
mod rule;
mod rules;
mod state;

pub use config::{
    ByName, BySector, Cap, Concentration, DrawdownLadder, DrawdownStep, FactorCaps, LimitConfigError, Limits,
    LowConfidence, Method, Mode, Participation, StaleData, TailCap,
};
pub use decision::{Decision, Outcome, Subject};
pub use project::check;
pub use state::{
    Covariance, Factor, ForecastQuality, LimitError, MarketState, NameState, Scenarios, Standing,
};

/// The ids of all rules in the order in which they are judged.
pub fn rule_ids() -> Vec<&'static str> {
    rules::RULES.iter().map(|rule| rule.id()).collect()
}
