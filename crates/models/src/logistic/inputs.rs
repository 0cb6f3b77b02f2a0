//! Inputs of the logistic model: clipped at fitted quantiles, standardised, optionally bent at fitted knots.

use serde::{Deserialize, Serialize};

use super::Basis;

/// Quantiles at which inputs are clipped.
pub(super) const CLIP_QUANTILES: [f64; 2] = [0.01, 0.99];

/// One input column's transformation, fitted on training rows only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    low: f64,
    high: f64,
    mean: f64,
    /// Standard deviation of the clipped column (divisor n); 0 for a constant column, which then contributes nothing.
    deviation: f64,
    /// Ascending, in standardised units; each adds max(0, z - knot).
    knots: Vec<f64>,
    /// Whether some training rows lacked the input and some had it: being missing then has a slope of its own, the last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    indicated: bool,
}

impl Input {
    pub(super) fn fit(column: &[f64], basis: Basis) -> Self {
        let mut work: Vec<f64> = column.iter().copied().filter(|v| !v.is_nan()).collect();
        if work.is_empty() {
            // Never seen: silent, whatever comes later.
            return Self {
                low: 0.0,
                high: 0.0,
                mean: 0.0,
                deviation: 0.0,
                knots: Vec::new(),
                indicated: false,
            };
        }
        let indicated = work.len() < column.len();
        let n = work.len() as f64;
        let [low, high] = CLIP_QUANTILES.map(|q| quantile(&mut work, q));
        let known = || column.iter().filter(|v| !v.is_nan());
        let mean = known().map(|v| v.clamp(low, high)).sum::<f64>() / n;
        let variance = known().map(|v| (v.clamp(low, high) - mean).powi(2)).sum::<f64>() / n;
        let deviation = if high > low { variance.sqrt() } else { 0.0 };
        let mut input = Self { low, high, mean, deviation, knots: Vec::new(), indicated };
        if let Basis::Hinge { knots } = basis
            && deviation > 0.0
        {
            let at = |k: usize| (quantile(&mut work, (k + 1) as f64 / (knots + 1) as f64) - mean) / deviation;
            input.knots = (0..knots).map(at).collect();
            // Knots at the ends or on top of each other would repeat a column.
            let (bottom, top) = (input.scale(low), input.scale(high));
            input.knots.retain(|knot| *knot > bottom && *knot < top);
            input.knots.dedup();
        }
        input
    }

    /// Columns this input becomes.
    pub(super) const fn width(&self) -> usize {
        1 + self.knots.len() + self.indicated as usize
    }

    /// Places where its line bends.
    pub(super) const fn knots(&self) -> usize {
        self.knots.len()
    }

    /// In standardised units; a missing value stands at the mean.
    #[inline]
    fn scale(&self, value: f64) -> f64 {
        if self.deviation > 0.0 && !value.is_nan() {
            (value.clamp(self.low, self.high) - self.mean) / self.deviation
        } else {
            0.0
        }
    }

    /// The design columns of `column`.
    pub(super) fn expand(&self, column: &[f64]) -> Vec<Vec<f64>> {
        let linear: Vec<f64> = column.iter().map(|v| self.scale(*v)).collect();
        let mut columns: Vec<Vec<f64>> =
            self.knots.iter().map(|knot| linear.iter().map(|z| (z - knot).max(0.0)).collect()).collect();
        columns.insert(0, linear);
        if self.indicated {
            columns.push(column.iter().map(|v| f64::from(u8::from(v.is_nan()))).collect());
        }
        columns
    }

    /// Adds this input's contribution under `coefficients` (length [`Self::width`]) to the log-odds.
    pub(super) fn add(&self, column: &[f64], coefficients: &[f64], log_odds: &mut [f64]) {
        for (value, score) in column.iter().zip(log_odds) {
            let z = self.scale(*value);
            let mut sum = coefficients[0] * z;
            for (knot, slope) in self.knots.iter().zip(&coefficients[1..]) {
                sum += slope * (z - knot).max(0.0);
            }
            if self.indicated && value.is_nan() {
                sum += coefficients[1 + self.knots.len()];
            }
            *score += sum;
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        [self.low, self.high, self.mean, self.deviation].iter().chain(&self.knots).all(|v| v.is_finite())
            && self.low <= self.high
    }
}

/// Quantile with linear interpolation between order statistics (Hyndman and Fan, 1996, type 7). Reorders `values`.
fn quantile(values: &mut [f64], q: f64) -> f64 {
    let position = q * (values.len() - 1) as f64;
    let (index, fraction) = (position.floor() as usize, position.fract());
    let (_, low, above) = values.select_nth_unstable_by(index, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    if fraction > 0.0 { low + fraction * (next - low) } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand() {
        let mut values = [4.0, 1.0, 3.0, 2.0, 5.0];
        assert_eq!(quantile(&mut values, 0.5), 3.0);
        assert_eq!(quantile(&mut values, 0.0), 1.0);
        assert_eq!(quantile(&mut values, 1.0), 5.0);
        assert!((quantile(&mut values, 0.1) - 1.4).abs() < 1e-15);
    }

    #[test]
    fn a_spike_is_clipped_and_a_constant_column_is_silent() {
        let mut column: Vec<f64> = (0..200).map(f64::from).collect();
        column[199] = 1e9;
        let input = Input::fit(&column, Basis::Linear);
        assert!(input.high < 200.0);
        assert_eq!(input.scale(1e12), input.scale(input.high));
        let flat = Input::fit(&[3.0; 10], Basis::Hinge { knots: 2 });
        assert_eq!((flat.scale(7.0), flat.width()), (0.0, 1));
    }

    #[test]
    fn a_missing_value_stands_at_the_mean_and_says_so() {
        let mut column: Vec<f64> = (0..=100).map(f64::from).collect();
        let whole = Input::fit(&column, Basis::Hinge { knots: 1 });
        column.extend([f64::NAN; 3]);
        let input = Input::fit(&column, Basis::Hinge { knots: 1 });
        assert_eq!((input.low, input.mean, input.deviation), (whole.low, whole.mean, whole.deviation));
        assert_eq!((whole.width(), input.width(), input.knots()), (2, 3, 1));
        let columns = input.expand(&column);
        assert_eq!((columns[0][102], columns[2][102], columns[2][50]), (0.0, 1.0, 0.0));
        let mut added = [0.0; 2];
        input.add(&[f64::NAN, 50.0], &[1.0, 0.0, 7.0], &mut added);
        assert_eq!(added[0], 7.0);
        // Never missing in training: a missing value is an average one, and there is no slope for it.
        whole.add(&[f64::NAN, 50.0], &[1.0, 0.0], &mut added);
        assert_eq!(added[0], 7.0);
        assert_eq!(Input::fit(&[f64::NAN; 4], Basis::Hinge { knots: 2 }).width(), 1);
    }

    #[test]
    fn hinges_sit_at_the_quantiles() {
        let column: Vec<f64> = (0..=100).map(f64::from).collect();
        let input = Input::fit(&column, Basis::Hinge { knots: 3 });
        let knots: Vec<f64> =
            input.knots.iter().map(|k| (k * input.deviation + input.mean).round()).collect();
        assert_eq!(knots, [25.0, 50.0, 75.0]);
        let columns = input.expand(&column);
        assert_eq!(columns.len(), 4);
        assert_eq!(columns[1][10], 0.0);
        assert!((columns[1][100] * input.deviation - 74.0).abs() < 1e-9); // clipped at the 99 % quantile, 99
    }
}
