//! Skill of scores: information coefficients by lag, hit rate against independence, decisions and their shift nulls.
//!
//! Measured size of this crate's tests on worlds without skill (`tests/it/size_suite.rs`; common correlation 1/2,
//! t(5) shocks, scores of 20-day momentum, labels over 5 overlapping days, Newey-West lag 3 horizons; share with p at
//! or below the level):
//!
//! | test | worlds | 1 % | 5 % |
//! |---|---|---|---|
//! | mean rank IC, 12 names x 750 days | 4,000 | 1.3 % | 6.0 % |
//! | hit rate, one asset x 1,000 days | 6,000 | 1.0 % | 4.6 % |
//! | mean by circular blocks, 500 days, independent; AR(1) 0.2 | 4,000 | 1.1 %; 1.4 % | 5.2 %; 5.9 % |
//! | coverage, 500 outcomes at 5 %: rate (exact) | 6,000 | 0.7 % | 3.8 % |
//! | coverage: independence; conditional (simulated) | 6,000 | 0.6 %; 0.8 % | 2.3 %; 4.6 % |
//! | coverage: rate (chi-squared) | 6,000 | 0.9 % | 5.4 % |
//! | CUSUM, 750 days: OLS; recursive | 6,000 | 0.5 %; 0.8 % | 3.7 %; 4.2 % |
//! | CUSUM of AR(1) 0.2: OLS; recursive | 6,000 | 0.6 %; 0.8 % | 4.0 %; 4.2 % |
//! | uniform transforms, 500: chi-squared; Kolmogorov-Smirnov | 6,000 | 1.1 %; 1.0 % | 5.1 %; 5.3 % |
//! | the same over 5 overlapping days (not for gates) | 6,000 | 21 %; 25 % | 36 %; 40 % |
//! | calibration z by date, 6 names x 750 days | 2,000 | 1.6 % | 6.7 % |
//! | Spiegelhalter z on those rows (not for gates) | 2,000 | 14 % | 27 % |
//! | calibration error, `p_calibrated`, on those rows (not for gates) | 2,000 | 2.3 % | 8.8 % |
//! | forecast quantiles by date, 5 overlapping days x 750 days: transforms; 90 % coverage (not for gates) | 1,500 | 3.3 %; 2.9 % | 9.7 %; 7.3 % |
//! | stability over quarters, five years: Sharpe; mean; positive share | 2,000 | 0.9 %; 1.0 %; 0.4 % | 4.9 %; 4.9 %; 2.6 % |
//! | stability where volatility triples by the year: Sharpe; mean (not for gates) | 2,000 | 0.8 %; 4.3 % | 4.8 %; 12 % |
//!
//! Joint shift nulls: see [`crate::shift`].

mod decay;
mod decisions;
mod hit_rate;
mod shifted;
mod turnover;

pub use decay::{DecayPoint, IcDecayError, IcRatio, LagReturns, ic_decay, ic_ratio};
pub use decisions::{Confusion, DecisionMeasure, DecisionRule, confusion};
pub use hit_rate::{HitRateTest, hit_rate_test};
pub use shifted::{DecisionShiftNull, decision_shift_null};
pub use turnover::{Turnover, quantile_turnover};
