//! Ordinary least squares by QR with Newey-West covariance.

use faer::Mat;
use faer::prelude::*;
use serde::Serialize;

use super::hac::{bartlett, student_upper_tail};
use super::{RegressionError, check_series};
use crate::moments::{mean, sd, sum_of};

/// A column whose part outside the span of the earlier ones is below this share of its norm counts as dependent.
const RANK_TOLERANCE: f64 = 1e-7;
/// Residuals below this share of the dependent series are rounding of an exact fit.
const EXACT_FIT: f64 = 1e-11;

/// One estimated coefficient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coefficient {
    /// Least-squares estimate.
    pub estimate: f64,
    /// Newey-West standard error; 0 when the fit is exact.
    pub std_error: f64,
    /// Estimate over standard error; `None` when the fit is exact.
    pub t: Option<f64>,
    /// Two-sided p, Student t with n - k degrees of freedom; `None` when the fit is exact.
    pub p_two_sided: Option<f64>,
}

/// A fitted regression with intercept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regression {
    /// The constant.
    pub intercept: Coefficient,
    /// Slope of each column in the order given; `None` where the column was dropped.
    pub slopes: Vec<Option<Coefficient>>,
    /// Columns dropped, ascending: constant, or a linear combination of the intercept and earlier columns.
    pub dropped: Vec<usize>,
    /// Dependent value minus fitted value per row; exactly 0 throughout when the fit is exact.
    pub residuals: Vec<f64>,
    /// Share of the variance about the mean that is explained; `None` when the dependent series is constant.
    pub r2: Option<f64>,
    /// Observations.
    pub n: usize,
    /// Observations minus parameters kept.
    pub degrees_of_freedom: usize,
    /// Lag of the Bartlett kernel; 0 is White's covariance.
    pub lag: usize,
}

impl Regression {
    /// Probability of an intercept t at least this large when the true intercept is 0; `None` when the fit is exact.
    pub fn intercept_p_one_sided(&self) -> Option<f64> {
        student_upper_tail(self.intercept.t?, self.degrees_of_freedom as f64)
    }
}

/// Regression of `y` on an intercept and `columns` with Newey-West covariance (Bartlett kernel, no small-sample factor).
///
/// Newey & West (1987), Econometrica 55(3), 703-708. Columns are centred and scaled before the QR decomposition, so
/// badly scaled regressors lose no digits.
///
/// # Errors
/// Columns of another length, non-finite values, n not above the number of columns + 1, or a lag that reaches n.
pub fn ols_hac(y: &[f64], columns: &[&[f64]], lag: usize) -> Result<Regression, RegressionError> {
    let n = y.len();
    check(y, columns)?;
    if lag >= n {
        return Err(RegressionError::Lag { lag, n });
    }
    let fit = Fit::new(y, columns)?;
    let k = fit.kept.len() + 1;
    let map = fit.coefficient_map();
    let scores = Mat::from_fn(n, k, |t, j| fit.q[(t, j)] * fit.residuals[t]);
    let mut meat = scores.transpose() * &scores;
    for l in 1..=lag {
        let cross = scores.get(l.., ..).transpose() * scores.get(..n - l, ..);
        meat += Scale(bartlett(l, lag)) * (&cross + cross.transpose());
    }
    let covariance = &map * &meat * map.transpose();
    let degrees_of_freedom = n - k;
    let coefficient = |j: usize, estimate: f64| {
        let std_error = covariance[(j, j)].max(0.0).sqrt();
        let t = (!fit.exact && std_error > 0.0).then(|| estimate / std_error);
        let p_two_sided = t
            .and_then(|t| student_upper_tail(t.abs(), degrees_of_freedom as f64))
            .map(|p| (2.0 * p).min(1.0));
        Coefficient { estimate, std_error, t, p_two_sided }
    };
    let mut slopes = vec![None; columns.len()];
    for (j, column) in fit.kept.iter().enumerate() {
        slopes[*column] = Some(coefficient(j + 1, fit.slopes[j]));
    }
    let total = sum_of(y.iter().map(|v| (v - fit.y_mean) * (v - fit.y_mean)));
    let unexplained = sum_of(fit.residuals.iter().map(|e| e * e));
    let r2 = (sd(y).unwrap_or(0.0) > 0.0).then(|| (1.0 - unexplained / total).clamp(0.0, 1.0));
    Ok(Regression {
        intercept: coefficient(0, fit.intercept),
        slopes,
        dropped: (0..columns.len()).filter(|c| !fit.kept.contains(c)).collect(),
        residuals: fit.residuals,
        r2,
        n,
        degrees_of_freedom,
        lag,
    })
}

/// Slopes only, for rolling fits: one entry per column, `None` where dropped.
pub(crate) fn ols_slopes(y: &[f64], columns: &[&[f64]]) -> Result<Vec<Option<f64>>, RegressionError> {
    check(y, columns)?;
    let fit = Fit::new(y, columns)?;
    let mut slopes = vec![None; columns.len()];
    for (column, slope) in fit.kept.iter().zip(&fit.slopes) {
        slopes[*column] = Some(*slope);
    }
    Ok(slopes)
}

fn check(y: &[f64], columns: &[&[f64]]) -> Result<(), RegressionError> {
    let n = y.len();
    for (column, values) in columns.iter().enumerate() {
        if values.len() != n {
            return Err(RegressionError::Length { column, expected: n, found: values.len() });
        }
        check_series(values, Some(column))?;
    }
    check_series(y, None)?;
    let parameters = columns.len() + 1;
    if n <= parameters { Err(RegressionError::TooFew { n, parameters }) } else { Ok(()) }
}

/// A column centred to mean 0 and scaled to norm 1.
struct Standardised {
    mean: f64,
    norm: f64,
    values: Vec<f64>,
}

impl Standardised {
    /// `None` for a constant column, which the intercept already spans.
    fn new(column: &[f64]) -> Option<Self> {
        let mean = mean(column)?;
        let spread = sd(column)?;
        let norm = spread * ((column.len() - 1) as f64).sqrt();
        (norm > 0.0).then(|| Self { mean, norm, values: column.iter().map(|v| (v - mean) / norm).collect() })
    }
}

struct Fit {
    /// Positions of the columns kept, ascending.
    kept: Vec<usize>,
    scaled: Vec<Standardised>,
    /// Orthonormal columns, the intercept's direction first.
    q: Mat<f64>,
    r: Mat<f64>,
    y_mean: f64,
    intercept: f64,
    slopes: Vec<f64>,
    residuals: Vec<f64>,
    exact: bool,
}

impl Fit {
    fn new(y: &[f64], columns: &[&[f64]]) -> Result<Self, RegressionError> {
        let n = y.len();
        let mut kept = Vec::new();
        let mut scaled = Vec::new();
        for (i, column) in columns.iter().enumerate() {
            if let Some(standardised) = Standardised::new(column) {
                kept.push(i);
                scaled.push(standardised);
            }
        }
        let root = (n as f64).sqrt().recip();
        // Every column has norm 1, so a small diagonal entry of R marks a column that the earlier ones span.
        let (q, r) = loop {
            let design =
                Mat::from_fn(n, kept.len() + 1, |t, j| if j == 0 { root } else { scaled[j - 1].values[t] });
            let qr = design.qr();
            let r = qr.thin_R();
            match (1..=kept.len()).find(|j| r[(*j, *j)].abs() < RANK_TOLERANCE) {
                Some(j) => {
                    kept.remove(j - 1);
                    scaled.remove(j - 1);
                }
                None => break (qr.compute_thin_Q(), r.to_owned()),
            }
        };
        let y_mean = mean(y).ok_or(RegressionError::NotFinite { column: None, row: 0 })?;
        let centred: Vec<f64> = y.iter().map(|v| v - y_mean).collect();
        let k = kept.len() + 1;
        let projection = Mat::from_fn(k, 1, |j, _| sum_of((0..n).map(|t| q[(t, j)] * centred[t])));
        let mut gamma = projection.clone();
        r.solve_upper_triangular_in_place(&mut gamma);
        let mut residuals: Vec<f64> = (0..n)
            .map(|t| centred[t] - (0..k).map(|j| q[(t, j)] * projection[(j, 0)]).sum::<f64>())
            .collect();
        let slopes: Vec<f64> = scaled.iter().enumerate().map(|(j, s)| gamma[(j + 1, 0)] / s.norm).collect();
        let shift = sum_of(slopes.iter().zip(&scaled).map(|(b, s)| b * s.mean));
        let mut intercept = y_mean + gamma[(0, 0)] * root - shift;
        let rms = |values: &[f64]| (sum_of(values.iter().map(|v| v * v)) / n as f64).sqrt();
        let exact = rms(&residuals) <= EXACT_FIT * rms(y);
        if exact {
            residuals.fill(0.0);
            if intercept.abs() <= EXACT_FIT * rms(y) {
                intercept = 0.0;
            }
        }
        Ok(Self { kept, scaled, q, r, y_mean, intercept, slopes, residuals, exact })
    }

    /// The matrix that takes the score's covariance to that of (intercept, slopes): coefficients = map * Q'y.
    fn coefficient_map(&self) -> Mat<f64> {
        let k = self.kept.len() + 1;
        let mut inverse = Mat::<f64>::identity(k, k);
        self.r.solve_upper_triangular_in_place(&mut inverse);
        let root = (self.residuals.len() as f64).sqrt().recip();
        let unscale = Mat::from_fn(k, k, |i, j| match (i, j) {
            (0, 0) => root,
            (0, j) => -self.scaled[j - 1].mean / self.scaled[j - 1].norm,
            (i, j) if i == j => self.scaled[j - 1].norm.recip(),
            _ => 0.0,
        });
        unscale * inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_by_hand() {
        // y on x = 0, 1, 2, 3: slope 0.6, intercept 0.6, residuals 0.4, -0.2, -0.8, 0.6.
        let (x, y) = ([0.0, 1.0, 2.0, 3.0], [1.0, 1.0, 1.0, 3.0]);
        let fit = ols_hac(&y, &[&x], 0).unwrap();
        let slope = fit.slopes[0].as_ref().unwrap();
        assert!((slope.estimate - 0.6).abs() < 1e-14);
        assert!((fit.intercept.estimate - 0.6).abs() < 1e-14);
        for (e, expected) in fit.residuals.iter().zip([0.4, -0.2, -0.8, 0.6]) {
            assert!((e - expected).abs() < 1e-14);
        }
        assert!((fit.r2.unwrap() - 0.6).abs() < 1e-14); // 1 - 1.2/3
        // White: sum((x - 1.5)^2 e^2) / 5^2 = (2.25 * 0.16 + 0.25 * 0.04 + 0.25 * 0.64 + 2.25 * 0.36) / 25.
        assert!((slope.std_error - (1.34_f64 / 25.0).sqrt()).abs() < 1e-14);
    }

    #[test]
    fn dependent_columns_are_dropped_in_order_and_named() {
        let x: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.7).sin()).collect();
        let z: Vec<f64> = (0..40).map(|i| (f64::from(i) * 1.3).cos()).collect();
        let mix: Vec<f64> = x.iter().zip(&z).map(|(a, b)| 3.0 + 0.5 * a - 2.0 * b).collect();
        let y: Vec<f64> = (0..40).map(|i| (f64::from(i * i) * 0.11).sin()).collect();
        let constant = [0.1; 40];
        let fit = ols_hac(&y, &[&x, &constant, &x, &z, &mix], 3).unwrap();
        assert_eq!(fit.dropped, [1, 2, 4]);
        let clean = ols_hac(&y, &[&x, &z], 3).unwrap();
        assert_eq!(fit.residuals, clean.residuals);
        assert_eq!(fit.slopes[3], clean.slopes[1]);
        assert_eq!(fit.degrees_of_freedom, 37);
    }

    #[test]
    fn an_exact_fit_has_no_error_and_no_t() {
        let x: Vec<f64> = (0..50).map(|i| 0.01 * (f64::from(i) * 0.9).sin() + 1e-4).collect();
        let fit = ols_hac(&x, &[&x], 5).unwrap();
        assert!(fit.residuals.iter().all(|e| *e == 0.0));
        assert_eq!((fit.intercept.estimate, fit.intercept.t, fit.r2), (0.0, None, Some(1.0)));
        let idle = ols_hac(&[0.0; 50], &[&x], 5).unwrap();
        assert_eq!((idle.intercept.estimate, idle.r2), (0.0, None));
    }

    #[test]
    fn bad_input_is_named() {
        let x = [1.0, 2.0, 4.0];
        assert_eq!(
            ols_hac(&[1.0, 2.0], &[&x], 0),
            Err(RegressionError::Length { column: 0, expected: 2, found: 3 })
        );
        assert_eq!(ols_hac(&[1.0, 2.0], &[], 2), Err(RegressionError::Lag { lag: 2, n: 2 }));
        assert_eq!(ols_hac(&x[..2], &[&x[..2]], 0), Err(RegressionError::TooFew { n: 2, parameters: 2 }));
        assert_eq!(
            ols_hac(&x, &[&[0.0, f64::NAN, 1.0]], 0),
            Err(RegressionError::NotFinite { column: Some(0), row: 1 })
        );
    }
}
