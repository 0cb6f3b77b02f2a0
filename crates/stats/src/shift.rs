//! The null of jointly shifted labels: every name's labels move together along the circle of dates.
//!
//! All names move together, so the dependence across names and along time stays in the null; only the link between what
//! was scored and what followed is cut. Any statistic of scores and labels can be held against it.
//!
//! Measured share of worlds without skill with p at or below 1 % and 5 % (random walks with common correlation 1/2,
//! t(5) shocks, scores of 20-day momentum, labels over 5 days, least shift 60; hit rate, 2,000 and twice 500 worlds,
//! binomial error 0.2 and 0.5, then 0.4 and 1 points):
//!
//! | rows | separated shifts | p <= 1 % | p <= 5 % |
//! |---|---|---|---|
//! | 600 | 9 | 1.9 % | 5.9 % |
//! | 2,520 | 41 | 1.2 % | 6.0 % |
//! | 6,100 | 100 | 0.8 % | 5.4 % |
//!
//! AUC, precision and recall do the same. A short span holds too few separate shifts to tell 1 % from 2 %: below
//! [`MIN_SEPARATED_SHIFTS`] a null is not for gates, which `corroborates_only` says.

use proofmark_units::Seed;
use rand::RngExt;
use rayon::prelude::*;
use serde::Serialize;

use crate::moments::{mean, sd};
use crate::rank::GridShapeError;

/// Separated shifts below which a shift null may support a verdict but not decide it.
pub const MIN_SEPARATED_SHIFTS: usize = 100;

/// Settings of a joint shift null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JointShift {
    /// Least shift in rows, away from 0 in both directions of the circle: max(60, 2 horizons).
    pub min_shift: usize,
    /// Largest number of shifts that are evaluated; when more exist a seeded choice without repetition is taken.
    pub max_draws: usize,
}

impl JointShift {
    /// The least shift for labels of `horizon` rows, at most 1,000 shifts.
    pub fn for_horizon(horizon: usize) -> Self {
        Self { min_shift: 60.max(2 * horizon), max_draws: 1_000 }
    }
}

/// Why a shift null could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JointShiftError {
    /// Score and label grid do not match.
    #[error("the labels cannot be shifted against the scores")]
    Shape(#[from] GridShapeError),
    /// The span holds no shift of the least size, or no draws were allowed.
    #[error("{rows} rows hold no shift of at least {min_shift} rows away from 0")]
    NoShift {
        /// Rows of the grids.
        rows: usize,
        /// Least shift asked.
        min_shift: usize,
    },
    /// Pairs in place, or after every shift, lack one of the two classes.
    #[error("the pairs of score and label do not hold both classes")]
    OneClass,
}

/// What a statistic did over the shifts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShiftNull {
    /// Mean of the statistic over shifts.
    pub mean: f64,
    /// Standard deviation over shifts; `None` with a single one.
    pub sd: Option<f64>,
    /// (1 + shifts with a statistic at least the observed one) / (1 + shifts evaluated).
    pub p: f64,
    /// Shifts evaluated.
    pub shifts: usize,
    /// Shifts at least `min_shift` rows apart from each other and from 0 that the span holds.
    pub separated_shifts: usize,
    /// Whether there are fewer than [`MIN_SEPARATED_SHIFTS`]: the result may corroborate, not decide.
    pub corroborates_only: bool,
    /// Least shift in rows.
    pub min_shift: usize,
}

/// The shifts that are evaluated.
pub(crate) struct ShiftPlan {
    rows: usize,
    min_shift: usize,
    shifts: Vec<usize>,
}

impl ShiftPlan {
    pub(crate) fn new(rows: usize, settings: &JointShift, seed: Seed) -> Result<Self, JointShiftError> {
        let min_shift = settings.min_shift.max(1);
        let shifts = choose_shifts(rows, min_shift, settings.max_draws, seed);
        if shifts.is_empty() {
            return Err(JointShiftError::NoShift { rows, min_shift });
        }
        Ok(Self { rows, min_shift, shifts })
    }

    /// Holds `observed` against `statistic` of each shift in rows; shifts without a value are left out, `None` if all
    /// are.
    pub(crate) fn hold(
        &self,
        observed: f64,
        statistic: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Option<ShiftNull> {
        let null: Vec<f64> = self
            .shifts
            .par_iter()
            .map(|shift| statistic(*shift))
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .collect();
        let mean = mean(&null)?;
        let reached = null.iter().filter(|value| **value >= observed).count();
        let separated_shifts = (self.rows / self.min_shift).saturating_sub(1);
        Some(ShiftNull {
            mean,
            sd: sd(&null),
            p: (1 + reached) as f64 / (1 + null.len()) as f64,
            shifts: null.len(),
            separated_shifts,
            corroborates_only: separated_shifts < MIN_SEPARATED_SHIFTS,
            min_shift: self.min_shift,
        })
    }
}

/// All admissible shifts, or a seeded choice of `most` of them, ascending.
fn choose_shifts(rows: usize, min_shift: usize, most: usize, seed: Seed) -> Vec<usize> {
    let mut shifts: Vec<usize> = (min_shift..(rows + 1).saturating_sub(min_shift)).collect();
    if shifts.len() > most {
        let mut rng = seed.rng();
        for i in 0..most {
            let j = rng.random_range(i..shifts.len());
            shifts.swap(i, j);
        }
        shifts.truncate(most);
        shifts.sort_unstable();
    }
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_keep_their_distance_and_repeat() {
        assert_eq!(choose_shifts(10, 3, 100, Seed::root(1)), [3, 4, 5, 6, 7]);
        assert!(choose_shifts(5, 3, 100, Seed::root(1)).is_empty());
        let some = choose_shifts(1000, 60, 50, Seed::root(1));
        assert_eq!(some.len(), 50);
        assert!(some.windows(2).all(|w| w[0] < w[1]) && some[0] >= 60 && some[49] <= 940);
        assert_eq!(some, choose_shifts(1000, 60, 50, Seed::root(1)));
    }

    #[test]
    fn the_observed_value_is_ranked_among_those_that_exist() {
        let plan = ShiftPlan::new(12, &JointShift { min_shift: 2, max_draws: 99 }, Seed::root(1)).unwrap();
        // Shifts 2 to 10; odd ones have no value; 6, 8 and 10 reach 6.
        let null = plan.hold(6.0, |shift| (shift % 2 == 0).then_some(shift as f64)).unwrap();
        assert_eq!((null.shifts, null.mean, null.p), (5, 6.0, 4.0 / 6.0));
        assert_eq!((null.separated_shifts, null.corroborates_only), (5, true));
        assert_eq!(plan.hold(6.0, |_| None), None);
        assert!(ShiftPlan::new(3, &JointShift { min_shift: 2, max_draws: 9 }, Seed::root(1)).is_err());
    }
}
