//! What a Brier score is made of.

use serde::Serialize;

use super::reliability::equal_mass_groups;
use super::{squared, valid};
use crate::moments::sum_of;

/// The terms of a Brier score: reliability - resolution + uncertainty + within-bin variance - within-bin covariance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrierDecomposition {
    /// The score itself, which the terms add up to exactly.
    pub brier: f64,
    /// Squared gap of mean probability and observed rate, by group; 0 when calibrated.
    pub reliability: f64,
    /// Squared distance of the groups' rates from the overall one; 0 without skill.
    pub resolution: f64,
    /// Variance of the outcomes.
    pub uncertainty: f64,
    /// Variance of probabilities inside the groups.
    pub within_variance: f64,
    /// Twice the covariance of probabilities and outcomes inside the groups.
    pub within_covariance: f64,
    /// Groups used.
    pub groups: usize,
}

impl BrierDecomposition {
    /// Resolution with what happens inside the groups: brier = reliability - this + uncertainty.
    pub fn generalised_resolution(&self) -> f64 {
        self.resolution - self.within_variance + self.within_covariance
    }
}

/// The decomposition of the Brier score over groups of about equal size, equal probabilities together; `None` for 0
/// bins.
///
/// Murphy (1973), Journal of Applied Meteorology 12(4), 595-600, with the two within-bin terms of Stephenson, Coelho
/// & Jolliffe (2008), Weather and Forecasting 23(4), 752-757, which make the sum exact when a group holds different
/// probabilities. Reliability and resolution of a finite sample are both too large by about groups / n times the
/// uncertainty.
pub fn brier_decomposition(
    probabilities: &[f64],
    outcomes: &[bool],
    bins: usize,
) -> Option<BrierDecomposition> {
    if !valid(probabilities, outcomes) || bins == 0 {
        return None;
    }
    let n = outcomes.len() as f64;
    let outcome = |i: usize| f64::from(u8::from(outcomes[i]));
    let base = outcomes.iter().filter(|y| **y).count() as f64 / n;
    let groups = equal_mass_groups(probabilities, bins);
    let (mut reliability, mut resolution, mut variance, mut covariance) = (0.0, 0.0, 0.0, 0.0);
    for rows in &groups {
        let size = rows.len() as f64;
        let p = sum_of(rows.iter().map(|i| probabilities[*i])) / size;
        let o = sum_of(rows.iter().map(|i| outcome(*i))) / size;
        reliability += size * (p - o).powi(2);
        resolution += size * (o - base).powi(2);
        variance += sum_of(rows.iter().map(|i| (probabilities[*i] - p).powi(2)));
        covariance += 2.0 * sum_of(rows.iter().map(|i| (probabilities[*i] - p) * (outcome(*i) - o)));
    }
    Some(BrierDecomposition {
        brier: sum_of(probabilities.iter().zip(outcomes).map(|(p, y)| squared(*p, *y))) / n,
        reliability: reliability / n,
        resolution: resolution / n,
        uncertainty: base * (1.0 - base),
        within_variance: variance / n,
        within_covariance: covariance / n,
        groups: groups.len(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        // Groups {0.1, 0.3} with outcomes 0, 1 and {0.7, 0.9} with 1, 1; base rate 0.75.
        let found = brier_decomposition(&[0.1, 0.3, 0.7, 0.9], &[false, true, true, true], 2).unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        close(found.reliability, (0.3_f64.powi(2) + 0.2_f64.powi(2)) / 2.0);
        close(found.resolution, 0.0625);
        close(found.uncertainty, 0.1875);
        close(found.within_variance, 0.01);
        close(found.within_covariance, 2.0 * (0.1 * 0.5 + 0.1 * 0.5) / 4.0);
        assert_eq!((found.groups, brier_decomposition(&[0.5], &[true], 0)), (2, None));
    }

    proptest! {
        #[test]
        fn the_terms_add_up(
            rows in prop::collection::vec((0.0_f64..=1.0, any::<bool>()), 1..200),
            bins in 1_usize..12,
        ) {
            let (p, y): (Vec<f64>, Vec<bool>) = rows.into_iter().unzip();
            let d = brier_decomposition(&p, &y, bins).unwrap();
            let sum = d.reliability - d.generalised_resolution() + d.uncertainty;
            prop_assert!((sum - d.brier).abs() < 1e-12, "{:?}", d);
            prop_assert!(d.reliability >= 0.0 && d.resolution >= 0.0 && d.within_variance >= 0.0);
            prop_assert_eq!(d.brier, super::super::brier(&p, &y).unwrap());
        }
    }
}
