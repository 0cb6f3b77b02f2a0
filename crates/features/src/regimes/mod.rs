//! Regimes: what state a market was in, by labellers that know nothing later than the bar they label.
//!
//! A [`RegimeSpec`] names a [`Labeller`] and a minimum dwell; [`label_regimes`] makes a [`RegimeTable`] of one row a bar.
//! A bar without enough history is `..._unknown`, never a guess. The table carries the digest of its spec, and
//! [`RegimeTable::check`] refuses one made by another.
//!
//! Invariant: appending bars changes no earlier row, bit for bit. What is fitted is fitted on a stated span or again and again
//! ([`Refit`]), and only bars after those that were read are labelled. Shuffling the instruments changes nothing.
//!
//! To add a labeller, write its file with a `Rule` and add a variant of [`Labeller`] and its line in `spec.rs`.

mod bands;
mod change_point;
mod dwell;
mod fit;
mod hmm;
mod hurst;
mod liquidity;
mod percentile;
mod refit;
mod rotation;
mod rule;
mod run_length;
mod sectors;
mod spec;
mod table;
mod trend;
mod volatility;

pub use bands::Bands;
pub use fit::{Fit, Parameters, RegimeFit};
pub use hmm::{FitError, FitOptions, Fitted, GaussianHmm};
pub use hurst::{expected_rescaled_range, hurst_exponent};
pub use percentile::History;
pub use refit::Refit;
pub use run_length::{NormalGamma, RunLengths};
pub use sectors::Sectors;
pub use spec::{Labeller, RegimeSpec, RegimeSpecError};
pub use table::{RegimeError, RegimeRow, RegimeTable, StaleRegimes, Unlabelled, label_regimes};
