//! Platt scaling: log-odds that mean what they say.

use serde::{Deserialize, Serialize};

use crate::link::sigmoid;
use crate::{Matrix, Model, PredictError};

/// Slope below which one slice's evidence would erase or invert the model's order; the fit is held here.
const SLOPE_MIN: f64 = 0.05;
const ITERATIONS_MAX: usize = 100;
const GRADIENT_MAX: f64 = 1e-9;

/// Calibrated log-odds = `slope * log_odds + intercept`.
///
/// Platt, "Probabilistic Outputs for Support Vector Machines" (1999), with the smoothed targets (N+ + 1) / (N+ + 2)
/// and 1 / (N- + 2), fitted as Lin, Lin and Weng, "A Note on Platt's Probabilistic Outputs" (Machine Learning, 2007).
/// The slope is kept at 0.05 or above, so the order of the model's scores is never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    slope: f64,
    intercept: f64,
    rows: usize,
    /// Whether the slope stands at its bound because the slice asked for less.
    slope_held: bool,
}

/// A calibration could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlattError {
    /// Scores and outcomes differ in number, or there are none.
    #[error("{scores} scores and {outcomes} outcomes to calibrate on")]
    LengthMismatch {
        /// Log-odds given.
        scores: usize,
        /// Outcomes given.
        outcomes: usize,
    },
    /// An outcome is neither 0 nor 1, or a score is not finite.
    #[error("row {row} of the calibration slice has score {score} and outcome {outcome}")]
    BadRow {
        /// Zero-based row.
        row: usize,
        /// Its log-odds.
        score: f64,
        /// Its outcome.
        outcome: f64,
    },
    /// All outcomes are equal.
    #[error("all {rows} outcomes of the calibration slice are {value}")]
    SingleClass {
        /// Rows of the slice.
        rows: usize,
        /// The one outcome.
        value: f64,
    },
    /// Newton's method did not reach its tolerance.
    #[error("calibration did not converge, largest gradient {gradient:e}")]
    NotConverged {
        /// Largest absolute gradient at the end.
        gradient: f64,
    },
}

impl Platt {
    /// Fits slope and intercept on a slice that no part of the model has seen.
    ///
    /// - `log_odds`: the model's log-odds, finite.
    /// - `outcome`: 0 or 1, one per score.
    ///
    /// # Errors
    /// [`PlattError`]; with both classes present only `NotConverged` is left, for scores of absurd size.
    pub fn fit(log_odds: &[f64], outcome: &[f64]) -> Result<Self, PlattError> {
        let rows = log_odds.len();
        if rows != outcome.len() || rows == 0 {
            return Err(PlattError::LengthMismatch { scores: rows, outcomes: outcome.len() });
        }
        let bad = |i: &usize| !log_odds[*i].is_finite() || (outcome[*i] != 0.0 && outcome[*i] != 1.0);
        if let Some(row) = (0..rows).find(bad) {
            return Err(PlattError::BadRow { row, score: log_odds[row], outcome: outcome[row] });
        }
        let positives: f64 = outcome.iter().sum();
        let negatives = rows as f64 - positives;
        if positives == 0.0 || negatives == 0.0 {
            return Err(PlattError::SingleClass { rows, value: outcome[0] });
        }
        let high = (positives + 1.0) / (positives + 2.0);
        let low = 1.0 / (negatives + 2.0);
        let target: Vec<f64> = outcome.iter().map(|y| if *y == 1.0 { high } else { low }).collect();
        let base = ((positives + 1.0) / (negatives + 1.0)).ln();
        // Scores of a weak model lie close together: standardised, the two directions are equally well determined.
        let n = rows as f64;
        let mean = log_odds.iter().sum::<f64>() / n;
        let deviation = (log_odds.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        let unit = if deviation > 1e-12 * mean.abs().max(1.0) { deviation } else { 0.0 };
        let z: Vec<f64> = log_odds.iter().map(|x| if unit > 0.0 { (x - mean) / unit } else { 0.0 }).collect();
        let fitted = |[slope, intercept]: [f64; 2], slope_held| {
            // Equal scores have no slope; 1 leaves them as they are.
            let slope = if unit > 0.0 { slope / unit } else { 1.0 };
            Self { slope, intercept: intercept - slope * mean, rows, slope_held }
        };
        if unit > 0.0 {
            let line = minimise(&z, &target, [0.0, base], true)?;
            if line[0] >= SLOPE_MIN * unit {
                return Ok(fitted(line, false));
            }
        }
        let held = minimise(&z, &target, [SLOPE_MIN * unit, base], false)?;
        let mut held = fitted(held, unit > 0.0);
        held.slope = held.slope.max(SLOPE_MIN);
        Ok(held)
    }

    /// Calibrated probability of one log-odds.
    pub fn apply(&self, log_odds: f64) -> f64 {
        sigmoid(self.slope * log_odds + self.intercept)
    }

    /// Factor on the log-odds; 1 leaves them alone, below 1 means the model was over-confident.
    pub const fn slope(&self) -> f64 {
        self.slope
    }

    /// Added to the scaled log-odds.
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Rows of the calibration slice.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the slope stands at its lower bound.
    pub const fn slope_held(&self) -> bool {
        self.slope_held
    }

    pub(crate) fn defect(&self) -> Option<String> {
        let sound = self.slope.is_finite() && self.slope >= SLOPE_MIN && self.intercept.is_finite();
        (!sound).then(|| "the calibration is not a rising line".to_owned())
    }
}

/// First and second derivatives of the mean cross-entropy of `slope * x + intercept`.
struct Derivatives {
    gradient: [f64; 2],
    /// d2/dslope2, d2/dslope dintercept, d2/dintercept2.
    hessian: [f64; 3],
}

impl Derivatives {
    fn at([slope, intercept]: [f64; 2], x: &[f64], target: &[f64], free_slope: bool) -> Self {
        let mut sums = [0.0; 5];
        for (x, t) in x.iter().zip(target) {
            let p = sigmoid(slope * x + intercept);
            let (d1, d2) = (p - t, p * (1.0 - p));
            for (sum, term) in sums.iter_mut().zip([x * d1, d1, x * x * d2, x * d2, d2]) {
                *sum += term;
            }
        }
        let [ga, gb, haa, hab, hbb] = sums.map(|sum| sum / x.len() as f64);
        let ga = if free_slope { ga } else { 0.0 };
        Self { gradient: [ga, gb], hessian: [haa + 1e-12, hab, hbb + 1e-12] }
    }

    fn largest(&self) -> f64 {
        self.gradient[0].abs().max(self.gradient[1].abs())
    }

    fn length(&self) -> f64 {
        self.gradient[0].hypot(self.gradient[1])
    }

    fn newton_step(&self, free_slope: bool) -> [f64; 2] {
        let ([ga, gb], [haa, hab, hbb]) = (self.gradient, self.hessian);
        if free_slope {
            let determinant = haa * hbb - hab * hab;
            [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant]
        } else {
            [0.0, gb / hbb]
        }
    }
}

/// Newton's method on mean cross-entropy, steps halved until the gradient shrinks; without `free_slope` only the
/// intercept moves.
fn minimise(x: &[f64], target: &[f64], start: [f64; 2], free_slope: bool) -> Result<[f64; 2], PlattError> {
    let mut at = start;
    let mut here = Derivatives::at(at, x, target, free_slope);
    for _ in 0..ITERATIONS_MAX {
        if here.largest() <= GRADIENT_MAX {
            return Ok(at);
        }
        let step = here.newton_step(free_slope);
        let mut size = 1.0;
        loop {
            let trial = [at[0] - size * step[0], at[1] - size * step[1]];
            let there = Derivatives::at(trial, x, target, free_slope);
            if there.length() < here.length() {
                (at, here) = (trial, there);
                break;
            }
            size *= 0.5;
            if size < 1e-10 {
                return close_enough(at, here.largest());
            }
        }
    }
    close_enough(at, here.largest())
}

/// Where the gradient no longer resolves progress, what rounding allows is accepted.
fn close_enough(at: [f64; 2], gradient: f64) -> Result<[f64; 2], PlattError> {
    if gradient <= 1e-6 { Ok(at) } else { Err(PlattError::NotConverged { gradient }) }
}

/// A model with its calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// The model.
    pub model: Model,
    /// The calibration of its log-odds.
    pub platt: Platt,
}

impl Calibrated {
    /// Calibrated probability of class 1 for each row.
    ///
    /// # Errors
    /// As [`Model::log_odds`].
    pub fn predict(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        let mut scores = self.model.log_odds(x)?;
        for score in &mut scores {
            *score = self.platt.apply(*score);
        }
        Ok(scores)
    }

    /// The model's effective parameters with those of the calibration.
    pub fn effective_parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "model": self.model.effective_parameters(),
            "calibration": {
                "slope": self.platt.slope,
                "intercept": self.platt.intercept,
                "rows": self.platt.rows,
                "slope_held": self.platt.slope_held,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 rows at each of 41 scores from -2 to 2, as many of class 1 as `sigmoid(a * x + b)` says, rounded.
    fn slice(a: f64, b: f64) -> (Vec<f64>, Vec<f64>) {
        let rows = |step: i32| {
            let x = f64::from(step) * 0.1;
            let ones = (200.0 * sigmoid(a * x + b)).round() as usize;
            (0..200).map(move |k| (x, if k < ones { 1.0 } else { 0.0 }))
        };
        (-20..=20).flat_map(rows).unzip()
    }

    #[test]
    fn a_planted_line_is_found() {
        let (x, y) = slice(0.6, -0.4);
        let platt = Platt::fit(&x, &y).unwrap();
        assert!((platt.slope - 0.6).abs() < 0.01, "{platt:?}");
        assert!((platt.intercept + 0.4).abs() < 0.01, "{platt:?}");
    }

    #[test]
    fn mean_probability_equals_the_smoothed_base_rate() {
        let (x, y) = slice(1.5, 0.3);
        let platt = Platt::fit(&x, &y).unwrap();
        let positives: f64 = y.iter().sum();
        let (n, negatives) = (y.len() as f64, y.len() as f64 - positives);
        let smoothed = positives * (positives + 1.0) / (positives + 2.0) + negatives / (negatives + 2.0);
        let mean = x.iter().map(|x| platt.apply(*x)).sum::<f64>() / n;
        assert!((mean - smoothed / n).abs() < 1e-8);
    }

    #[test]
    fn an_inverted_slice_flattens_but_never_flips() {
        let (x, y) = slice(-1.0, 0.0);
        let platt = Platt::fit(&x, &y).unwrap();
        assert!(platt.slope_held() && platt.slope() == SLOPE_MIN);
        assert!(platt.apply(1.0) > platt.apply(-1.0));
    }

    #[test]
    fn scores_that_lie_close_together_are_no_obstacle() {
        let (x, y) = slice(0.6, -0.4);
        let squeezed: Vec<f64> = x.iter().map(|x| 3.0 + x * 1e-7).collect();
        let (wide, narrow) = (Platt::fit(&x, &y).unwrap(), Platt::fit(&squeezed, &y).unwrap());
        for (x, s) in x.iter().zip(&squeezed) {
            assert!((wide.apply(*x) - narrow.apply(*s)).abs() < 1e-6);
        }
        let equal = Platt::fit(&vec![0.7; y.len()], &y).unwrap();
        assert_eq!(equal.slope(), 1.0);
        let base = y.iter().sum::<f64>() / y.len() as f64;
        assert!((equal.apply(0.7) - base).abs() < 1e-3);
    }

    #[test]
    fn one_class_is_refused() {
        let error = Platt::fit(&[0.1, 0.2], &[1.0, 1.0]).unwrap_err();
        assert_eq!(error, PlattError::SingleClass { rows: 2, value: 1.0 });
        assert!(matches!(Platt::fit(&[0.1], &[0.5]), Err(PlattError::BadRow { row: 0, .. })));
        assert!(matches!(Platt::fit(&[], &[]), Err(PlattError::LengthMismatch { .. })));
    }
}
