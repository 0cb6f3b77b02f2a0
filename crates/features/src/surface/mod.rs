//! What an option chain says: volatility at the money and at constant maturity, skew by delta, term structure, put/call
//! ratios, and exposures from Greeks.
//!
//! Input is a chain whose contracts have implied volatilities, from the one implementation in `proofmark_market::options`.
//! Each expiry has a smile of its own; expiries are never mixed but by interpolation of total variance in time. Nothing is
//! extrapolated: what the quoted strikes and expiries do not enclose is missing.
//!
//! Volatilities are fractions per root of a year, times are years as the chain counts them (calendar days over 365 for 30
//! days). To add a feature, write a line in `registry.rs`.

mod chain;
mod positions;
mod registry;
mod row;
mod term;

pub use chain::{Chain, ChainError, Contract, Expiry};
pub use positions::{Exposure, Positions, exposure, put_call};
pub use registry::{SURFACE_FEATURES, SurfaceFeature};
pub use row::{ExpiryRow, SurfaceRow, surface_row};
pub use term::constant_maturity;
