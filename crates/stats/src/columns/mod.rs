//! What a feature's values look like before anyone looks at what followed: gaps, stale and wild values, persistence, and drift
//! between two spans.
//!
//! Grids are time-major, `width` names a row, NaN where there is no value.

mod change;
mod grid;
mod persistence;
mod profile;

pub use change::{ColumnDrift, column_drift};
pub use grid::{Coverage, Grid};
pub use persistence::{Persistence, persistence};
pub use profile::{OUTLIER_SCORE, Profile, profile};
