//! Turns the bars of one instrument into feature columns; used unchanged by training, backtest and serving.
//!
//! Invariant: no label is visible here, and there is no file, clock, network, thread or generator: the same bars give
//! the same columns, bit for bit.
//! Invariant: row `t` of a column depends on bars `0..=t` only; [`check_prefix_invariance`] proves it per feature.
//!
//! To add a feature, write an [`Indicator`] in the file of its family (or implement [`Feature`]) and add it to a list
//! in `set.rs`.

mod chunk;
mod context;
mod direction;
mod feature;
mod kernels;
mod momentum;
mod prefix;
pub mod regimes;
mod set;
mod trend;
mod volatility;
mod volume;

pub use chunk::Chunk;
pub use context::{ContextColumn, ContextValues};
pub use feature::{Feature, Indicator, Kernel, LOOK_BACK_WEIGHT};
pub use prefix::{PrefixViolation, check_prefix_invariance};
pub use set::{
    FEATURE_SETS, FeatureColumns, TEACHER15, compute_set, feature_set, schema_digest, set_look_back,
};
