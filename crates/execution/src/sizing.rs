//! How large a position should be: pure functions, one rule a file.
//!
//! A rule gives a real number (shares, or a multiple of equity); [`lots::LotRule`] makes it tradable and says
//! what was lost on the way. No rule falls back to another: an input that it needs and lacks is an error, and
//! the caller decides.

pub mod confidence;
pub mod dynamic_leverage;
pub mod kelly;
pub mod lots;
pub mod optimiser;
pub mod risk_parity;
pub mod risk_per_trade;
pub mod stops;
pub mod volatility_target;

/// A position could not be sized.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SizingError {
    /// An input or a setting is out of range.
    #[error("cannot size: `{what}` is {value}; it must be {rule}")]
    Value {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// No weights keep to all limits.
    #[error("cannot size: the limits {limits} contradict each other; hint: loosen one of them")]
    Infeasible {
        /// Those that do, with their values.
        limits: String,
    },
    /// The solver gave up.
    #[error(
        "cannot size: the optimiser stopped at `{why}`; hint: shrink the covariance or scale the returns"
    )]
    Unsolved {
        /// What it said.
        why: String,
    },
}

fn ensure(ok: bool, what: &'static str, value: f64, rule: &'static str) -> Result<(), SizingError> {
    if ok { Ok(()) } else { Err(SizingError::Value { what, value, rule }) }
}

fn positive(what: &'static str, value: f64) -> Result<(), SizingError> {
    ensure(value.is_finite() && value > 0.0, what, value, "positive and finite")
}

fn share(what: &'static str, value: f64) -> Result<(), SizingError> {
    ensure((0.0..=1.0).contains(&value), what, value, "a fraction in [0, 1]")
}
