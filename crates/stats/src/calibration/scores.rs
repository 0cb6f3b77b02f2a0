//! Scores of probabilities: Brier, its skill, log loss.

use super::{squared, valid};
use crate::moments::sum_of;

/// Probabilities closer than this to 0 or 1 are moved there for the logarithm.
const LOG_FLOOR: f64 = 1e-15;

/// Mean squared difference of probability and outcome: Brier (1950), Monthly Weather Review 78(1), equation 2, halved.
pub fn brier(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    valid(probabilities, outcomes).then(|| {
        sum_of(probabilities.iter().zip(outcomes).map(|(p, y)| squared(*p, *y))) / outcomes.len() as f64
    })
}

/// 1 - Brier / Brier of the constant `base_rate` (the training share of positives): above 0 is better than the
/// constant.
pub fn brier_skill(probabilities: &[f64], outcomes: &[bool], base_rate: f64) -> Option<f64> {
    let reference = brier(&vec![base_rate; outcomes.len()], outcomes)?;
    let score = brier(probabilities, outcomes)?;
    (reference > 0.0).then(|| 1.0 - score / reference)
}

/// Mean negative log likelihood in nats; probabilities are kept 1e-15 away from 0 and 1.
pub fn log_loss(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    valid(probabilities, outcomes).then(|| {
        let loss =
            |(p, y): (&f64, &bool)| -(if *y { *p } else { 1.0 - p }).clamp(LOG_FLOOR, 1.0 - LOG_FLOOR).ln();
        sum_of(probabilities.iter().zip(outcomes).map(loss)) / outcomes.len() as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let (p, y) = ([0.8, 0.4, 0.1], [true, false, false]);
        assert!((brier(&p, &y).unwrap() - 0.07).abs() < 1e-15); // (0.04 + 0.16 + 0.01) / 3
        assert!((brier_skill(&p, &y, 0.5).unwrap() - (1.0 - 0.07 / 0.25)).abs() < 1e-15);
        let expected = -(0.8_f64.ln() + 0.6_f64.ln() + 0.9_f64.ln()) / 3.0;
        assert!((log_loss(&p, &y).unwrap() - expected).abs() < 1e-15);
        assert!(log_loss(&[0.0], &[true]).unwrap() < 35.0);
        assert_eq!(brier(&[0.5], &[true, false]), None);
        assert_eq!(brier(&[1.5], &[true]), None);
        assert_eq!(brier_skill(&[0.5], &[true], 1.0), None);
    }
}
