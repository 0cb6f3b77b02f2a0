//! The market around an instrument: how it moves with a benchmark, how many names take part, what releases surprise, and which
//! regime a level is in.
//!
//! Series are slices by session, one value a row, NaN where nothing was known at the close: whoever joins a series to sessions
//! decides by its known-at times what that is. Row `t` of a result reads rows up to `t` alone, and a missing value stays
//! missing.
//!
//! To add a feature, write its function and a [`CrossMarketFeature`] in `registry.rs`.

mod breadth;
mod curve;
mod regime;
mod registry;
mod relation;
mod surprise;

pub use breadth::{Breadth, breadth};
pub use curve::{change, yield_slope};
pub use regime::{RegimeRule, level_percentile, percentile_regime};
pub use registry::{CROSS_MARKET_FEATURES, CrossMarketFeature, CrossMarketValue};
pub use relation::{Relation, rolling_relation};
pub use surprise::{Expectation, Release, Surprise, SurpriseError, SurpriseRule, surprises};
