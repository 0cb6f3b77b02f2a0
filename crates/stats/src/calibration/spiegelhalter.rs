//! Whether probabilities are too bold or too timid for what happened.

use proofmark_units::Date;
use serde::Serialize;

use super::{by_date, valid};
use crate::moments::sum_of;
use crate::normal;
use crate::regression::hac_mean;

/// A calibration statistic that is standard normal for calibrated probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationZ {
    /// Above 0: outcomes are worse for the forecaster than the probabilities say.
    pub z: f64,
    /// Two-sided p.
    pub p: f64,
}

impl CalibrationZ {
    fn new(z: f64) -> Option<Self> {
        z.is_finite().then(|| Self { z, p: (2.0 * normal::upper_tail(z.abs())).min(1.0) })
    }
}

fn term(probability: f64, outcome: bool) -> f64 {
    (f64::from(u8::from(outcome)) - probability) * (1.0 - 2.0 * probability)
}

/// Observed minus expected Brier score over its standard error under calibration; rows must be independent.
///
/// Spiegelhalter (1986), Statistics in Medicine 5(5), 421-433: sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)).
/// It sees boldness, not a shift at p = 1/2. Labels that overlap or names that move together make it reject far too
/// often: use [`calibration_z_by_date`] there. `None` also when every probability is 0, 1/2 or 1.
pub fn spiegelhalter_z(probabilities: &[f64], outcomes: &[bool]) -> Option<CalibrationZ> {
    if !valid(probabilities, outcomes) {
        return None;
    }
    let excess = sum_of(probabilities.iter().zip(outcomes).map(|(p, y)| term(*p, *y)));
    let variance = sum_of(probabilities.iter().map(|p| (1.0 - 2.0 * p).powi(2) * p * (1.0 - p)));
    if variance > 0.0 { CalibrationZ::new(excess / variance.sqrt()) } else { None }
}

/// The same sum with its error from the daily sums, Newey-West with `lag` dates; rows of a date may move together.
///
/// Newey & West (1987), Econometrica 55(3), 703-708. `dates` gives the date of each row, ascending; choose `lag` by
/// [`crate::regression::newey_west_lag`] of the label horizon. `None` for rows that do not fit together, or as for
/// [`hac_mean`].
pub fn calibration_z_by_date(
    dates: &[Date],
    probabilities: &[f64],
    outcomes: &[bool],
    lag: usize,
) -> Option<CalibrationZ> {
    let days = by_date(dates, probabilities, outcomes).ok()?;
    let sums: Vec<f64> =
        days.into_iter().map(|rows| sum_of(rows.map(|i| term(probabilities[i], outcomes[i])))).collect();
    CalibrationZ::new(hac_mean(&sums, lag).ok()?.t?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // (1 - 0.8)(-0.6) + (0 - 0.3)(0.4) = -0.24; variance 0.36 * 0.16 + 0.16 * 0.21 = 0.0912.
        let found = spiegelhalter_z(&[0.8, 0.3], &[true, false]).unwrap();
        assert!((found.z + 0.24 / 0.0912_f64.sqrt()).abs() < 1e-12);
        assert!((found.p - 2.0 * normal::upper_tail(found.z.abs())).abs() < 1e-15);
        assert_eq!(spiegelhalter_z(&[0.5, 1.0], &[true, true]), None);
        assert_eq!(spiegelhalter_z(&[0.5], &[true, true]), None);
    }

    #[test]
    fn bold_forecasts_are_seen_by_both() {
        let dates: Vec<Date> = (0..800).map(|i| Date::from_days(i / 2)).collect();
        let bold: Vec<f64> = (0..800).map(|i| if i % 2 == 0 { 0.9 } else { 0.1 }).collect();
        let y: Vec<bool> = (0..800).map(|i| if i % 2 == 0 { i % 5 != 0 } else { i % 7 < 2 }).collect();
        let (plain, dated) =
            (spiegelhalter_z(&bold, &y).unwrap(), calibration_z_by_date(&dates, &bold, &y, 5).unwrap());
        assert!(plain.z > 4.0 && dated.z > 4.0 && plain.p < 1e-4, "{plain:?} {dated:?}");
        assert_eq!(calibration_z_by_date(&dates[1..], &bold, &y, 5), None);
    }
}
