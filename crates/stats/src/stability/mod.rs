//! Whether a result holds over time, across regimes and beside its own parameters.

mod bound;
mod cusum;
mod neighbourhood;
mod subperiods;

pub use bound::{LowerBound, StabilityBound, stability_bound};
pub use cusum::{Cusum, CusumBoundary, ols_cusum, recursive_cusum};
pub use neighbourhood::{Neighbourhood, neighbourhood};
pub use subperiods::{StabilityError, Subperiod, subperiods};
