//! Pricing of options: European by closed formulas, American by a tree, implied volatility, forwards by put-call parity,
//! and what a chain of quotes says about one expiry.
//!
//! Conventions. Years are what the caller says they are; [`years_act_365`] counts calendar days over 365. Rates and
//! dividend yields are continuous, per year. Volatility is per square root of a year, a fraction (0.2 is 20 %). Greeks are
//! derivatives in those units: vega per 1.00 of volatility, theta per year, rho per 1.00 of rate.

mod american;
mod black;
mod curve;
mod implied;
mod normal;
mod parity;
mod smile;

pub use american::{American, TREE_STEPS};
pub use black::{BadOption, Black76, BlackScholes, Greeks, Right};
pub use curve::{BadCurve, DiscountCurve};
pub use implied::NoVolatility;
pub use parity::{NoForward, ParityFit, StrikePair, fit_parity};
pub use smile::{Smile, SmilePoint, smile};

use proofmark_units::Date;

/// Calendar days from `from` to `to` over 365 (ACT/365 fixed); below zero once `to` has passed.
pub fn years_act_365(from: Date, to: Date) -> f64 {
    f64::from(to.days() - from.days()) / 365.0
}
