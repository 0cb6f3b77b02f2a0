//! Forward-looking targets on a panel, each with the span of dates whose prices it reads.
//!
//! Invariant: a decision at session `t` knows `t`'s close; its label starts at the first price that could be traded
//! afterwards, the open of the symbol's own next bar. [`LabelGrid::start`] and [`LabelGrid::end`] say what a label
//! reads, so that purging follows from data. Volatility used as a *unit* comes from bars up to `t`.

mod balance;
mod barrier;
mod grid;
mod horizon;
mod meta;
mod ranked;
mod rule;
mod scaled_barrier;
mod series;
mod spec;
mod trend_scan;
mod volatility;
pub mod weights;

pub use balance::{ClassBalance, Weighting, class_balance};
pub use barrier::{BarrierExit, Barriers, ExitReason, Side, first_touch};
pub use grid::{LabelGrid, label_grid};
pub use meta::{MetaLabelError, MetaLabelSpec, meta_label_grid};
pub use ranked::quantile_bucket;
pub use series::DELISTED_AFTER_SESSIONS;
pub use spec::{LabelSpec, LabelSpecError};
pub use trend_scan::strongest_trend;
