//! Measures and tests on slices: performance, active returns, bootstrap, deflation, ranks and skill, calibration,
//! stability, power, drift.
//!
//! Conventions: returns are simple returns per period as fractions, probabilities lie in 0 to 1, grids are time-major
//! (`cell = row * width + column`) with NaN where there is no value. No measure or test returns NaN: what cannot be
//! computed is `None` or a typed error (plain arithmetic, `normal::cdf` or `moments::sum`, passes a NaN through). Sums run in a fixed order, and resampling is split into numbered seeded streams, so results
//! do not depend on the number of threads.

pub mod active;
pub mod auc;
pub mod autocorrelation;
pub mod binomial;
pub mod bootstrap;
pub mod calibration;
pub mod clusters;
pub mod columns;
pub mod comparison;
pub mod covariance;
pub mod drift;
pub mod forecasts;
pub mod holdout;
pub mod moments;
pub mod multiple;
pub mod normal;
pub mod performance;
pub mod power;
pub mod rank;
pub mod regression;
pub mod selection;
pub mod sharpe;
pub mod shift;
pub mod skill;
pub mod stability;
mod tails;
