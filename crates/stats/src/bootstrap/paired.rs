//! Intervals of active measures: the candidate is resampled together with its books and regressed anew in each draw.

use proofmark_units::Seed;
use serde::Serialize;

use super::measure::{MeasureError, MeasureInterval, check_year, intervals, linear};
use super::scheme::BlockScheme;
use super::smooth::{FunctionOfMeans, resample};
use super::{BootstrapError, MIN_OBSERVATIONS, StationaryBootstrap};
use crate::moments::{mean, sd};
use crate::regression::ols_hac;

/// What a draw leaves of a unit pivot below which the books of that draw are dependent.
const LEAST_PIVOT: f64 = 1e-8;

/// A measure of a candidate against its books, in annual units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum ActiveMeasure {
    /// Regression intercept a year: Jensen (1968), Journal of Finance 23(2), 389-416.
    Alpha {
        /// Periods in a year.
        periods_per_year: f64,
    },
    /// Annualised intercept over residual standard deviation: Treynor & Black (1973), Journal of Business 46(1), 66-86.
    AppraisalRatio {
        /// Periods in a year.
        periods_per_year: f64,
    },
}

/// `measure` of `candidate` over `books` with its intervals; rows are drawn whole, exposures estimated in every draw.
///
/// Value as [`crate::active::active_return`] and [`crate::active::appraisal_ratio`]; books that the earlier ones span
/// are left out as there. The studentised interval uses the influence of the estimate, exposures included: see
/// [`super::measure_interval`].
///
/// # Errors
/// Series that cannot be regressed or resampled, or a candidate that its books explain exactly.
pub fn active_interval(
    candidate: &[f64],
    books: &[&[f64]],
    measure: ActiveMeasure,
    scheme: BlockScheme,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<MeasureInterval, MeasureError> {
    let (ActiveMeasure::Alpha { periods_per_year } | ActiveMeasure::AppraisalRatio { periods_per_year }) =
        measure;
    check_year(periods_per_year)?;
    let n = candidate.len();
    if n < MIN_OBSERVATIONS {
        return Err(BootstrapError::TooFew { n, min: MIN_OBSERVATIONS }.into());
    }
    let fit = ols_hac(candidate, books, 0)?;
    if fit.residuals.iter().all(|e| *e == 0.0) {
        return Err(BootstrapError::NoSpread.into());
    }
    let kept: Vec<&[f64]> =
        books.iter().enumerate().filter(|(i, _)| !fit.dropped.contains(i)).map(|(_, b)| *b).collect();
    let centre_and_spread = |series: &[f64]| {
        mean(series).zip(sd(series)).filter(|(_, sd)| *sd > 0.0).ok_or(BootstrapError::NoSpread)
    };
    let (y_mean, y_sd) = centre_and_spread(candidate)?;
    let books: Vec<(f64, f64)> = kept.iter().map(|b| centre_and_spread(b)).collect::<Result<_, _>>()?;
    let regression = Regression {
        level: y_mean / y_sd,
        origin: books.iter().map(|(mean, sd)| -mean / sd).collect(),
        ratio: matches!(measure, ActiveMeasure::AppraisalRatio { .. }),
    };
    let mut rows = Vec::with_capacity(n * regression.columns());
    let mut x = vec![0.0; kept.len()];
    for (t, value) in candidate.iter().enumerate() {
        let y = (value - y_mean) / y_sd;
        x.iter_mut().zip(&kept).zip(&books).for_each(|((x, b), (mean, sd))| *x = (b[t] - mean) / sd);
        rows.extend([y, y * y]);
        rows.extend(&x);
        rows.extend(x.iter().map(|x| x * y));
        rows.extend((0..x.len()).flat_map(|j| (j..x.len()).map(move |l| (j, l))).map(|(j, l)| x[j] * x[l]));
    }
    let resampled = resample(&rows, &regression, scheme, settings, seed)?;
    let size = n as f64;
    let year = match measure {
        ActiveMeasure::Alpha { periods_per_year } => y_sd * periods_per_year,
        // Draws divide squared residuals by n, the measure by n - 1.
        ActiveMeasure::AppraisalRatio { periods_per_year } => (periods_per_year * (size - 1.0) / size).sqrt(),
    };
    Ok(intervals(n, &resampled, &linear(year, &|v| v * year), scheme, settings))
}

/// Intercept, or intercept over residual spread, from the means of y, y^2, x, x y and the products x_j x_l, j <= l.
///
/// y and x are standardised on the data; the intercept of the raw series is the fit at `origin`, plus `level`.
struct Regression {
    level: f64,
    origin: Vec<f64>,
    ratio: bool,
}

impl FunctionOfMeans for Regression {
    fn columns(&self) -> usize {
        let k = self.origin.len();
        2 + 2 * k + k * (k + 1) / 2
    }

    fn at(&self, means: &[f64], gradient: &mut [f64]) -> Option<f64> {
        let k = self.origin.len();
        let (y, yy) = (means[0], means[1]);
        let (x, xy, products) = (&means[2..2 + k], &means[2 + k..2 + 2 * k], &means[2 + 2 * k..]);
        let mut factor = vec![0.0; k * k];
        let mut at = 0;
        for j in 0..k {
            for l in j..k {
                factor[l * k + j] = products[at] - x[j] * x[l];
                at += 1;
            }
        }
        cholesky(&mut factor, k)?;
        let mut slopes: Vec<f64> = (0..k).map(|j| xy[j] - x[j] * y).collect();
        solve(&factor, &mut slopes);
        let intercept = y - dot(&slopes, x);
        let value = self.level + intercept + dot(&slopes, &self.origin);
        // Weights of the normal equations' rows in the fit at the origin.
        let mut weights: Vec<f64> = (0..k).map(|j| self.origin[j] - x[j]).collect();
        solve(&factor, &mut weights);
        let constant = 1.0 - dot(&weights, x);
        let variance = yy - intercept * y - dot(&slopes, xy);
        if variance.is_nan() || variance <= 1e-12 {
            return None;
        }
        // value (no ratio): df = rows . (d(x'y) - d(x'x) b); variance: at fixed coefficients, since they minimise it.
        let (by_value, by_variance) = if self.ratio {
            (1.0 / variance.sqrt(), -value / (2.0 * variance * variance.sqrt()))
        } else {
            (1.0, 0.0)
        };
        gradient[0] = by_value * constant - by_variance * 2.0 * intercept;
        gradient[1] = by_variance;
        for j in 0..k {
            gradient[2 + j] = -by_value * (constant * slopes[j] + weights[j] * intercept)
                + by_variance * 2.0 * intercept * slopes[j];
            gradient[2 + k + j] = by_value * weights[j] - by_variance * 2.0 * slopes[j];
        }
        let mut at = 2 + 2 * k;
        for j in 0..k {
            for l in j..k {
                let (pair, square) = if j == l {
                    (weights[j] * slopes[j], slopes[j] * slopes[j])
                } else {
                    (weights[j] * slopes[l] + weights[l] * slopes[j], 2.0 * slopes[j] * slopes[l])
                };
                gradient[at] = -by_value * pair + by_variance * square;
                at += 1;
            }
        }
        Some(if self.ratio { value / variance.sqrt() } else { value })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Lower factor in place of a symmetric matrix given by its lower triangle; `None` when it is not positive definite.
fn cholesky(a: &mut [f64], k: usize) -> Option<()> {
    for j in 0..k {
        for i in j..k {
            let inner: f64 = (0..j).map(|m| a[i * k + m] * a[j * k + m]).sum();
            let rest = a[i * k + j] - inner;
            if i == j {
                if rest.is_nan() || rest <= LEAST_PIVOT {
                    return None;
                }
                a[j * k + j] = rest.sqrt();
            } else {
                a[i * k + j] = rest / a[j * k + j];
            }
        }
    }
    Some(())
}

/// Solves with the factor of [`cholesky`], in place.
fn solve(factor: &[f64], b: &mut [f64]) {
    let k = b.len();
    for i in 0..k {
        let inner: f64 = (0..i).map(|m| factor[i * k + m] * b[m]).sum();
        b[i] = (b[i] - inner) / factor[i * k + i];
    }
    for i in (0..k).rev() {
        let inner: f64 = (i + 1..k).map(|m| factor[m * k + i] * b[m]).sum();
        b[i] = (b[i] - inner) / factor[i * k + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::active::{active_return, appraisal_ratio};

    fn wave(n: usize, step: f64) -> Vec<f64> {
        (0..n).map(|i| 0.01 * ((i * i) as f64 * step).sin()).collect()
    }

    #[test]
    fn values_are_those_of_the_active_return() {
        let (first, second, noise) = (wave(500, 0.37), wave(500, 1.91), wave(500, 2.63));
        let second: Vec<f64> = second.iter().zip(&first).map(|(a, b)| 0.0003 + a + 0.5 * b).collect();
        let candidate: Vec<f64> =
            (0..500).map(|i| 0.0004 + 1.3 * first[i] - 0.4 * second[i] + 0.5 * noise[i]).collect();
        let named: [(&str, &[f64]); 3] = [("a", &first), ("again", &first), ("b", &second)];
        let active = active_return(&candidate, &named, 5).unwrap();
        let books: Vec<&[f64]> = named.iter().map(|(_, b)| *b).collect();
        let settings = StationaryBootstrap { draws: 999, ..StationaryBootstrap::default() };
        let run = |measure| {
            active_interval(&candidate, &books, measure, BlockScheme::Stationary, &settings, Seed::root(1))
                .unwrap()
        };
        let alpha = run(ActiveMeasure::Alpha { periods_per_year: 252.0 });
        assert!((alpha.value - 252.0 * active.alpha_per_period).abs() < 1e-12, "{alpha:?}");
        let ratio = run(ActiveMeasure::AppraisalRatio { periods_per_year: 252.0 });
        assert!((ratio.value - appraisal_ratio(&active.series, 252.0).unwrap()).abs() < 1e-9, "{ratio:?}");
        for found in [&alpha, &ratio] {
            let interval = found.interval().unwrap();
            assert!(interval.low < found.value && found.value < interval.high);
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_value() {
        let regression = |ratio| Regression { level: 0.1, origin: vec![0.2, -0.3], ratio };
        // y, y^2, x1, x2, x1 y, x2 y, x1 x1, x1 x2, x2 x2
        let means = [0.05, 1.1, 0.1, -0.2, 0.4, 0.3, 0.9, 0.2, 1.2];
        for ratio in [false, true] {
            let measure = regression(ratio);
            let mut gradient = [0.0; 9];
            measure.at(&means, &mut gradient).unwrap();
            for j in 0..9 {
                let moved = |step: f64| {
                    let mut means = means;
                    means[j] += step;
                    measure.at(&means, &mut [0.0; 9]).unwrap()
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((slope - gradient[j]).abs() < 1e-7, "{ratio} {j}: {slope} {}", gradient[j]);
            }
        }
    }

    #[test]
    fn exact_copies_and_bad_rows_are_errors() {
        let book = wave(100, 0.37);
        let copy: Vec<f64> = book.iter().map(|r| 2.0 * r).collect();
        let settings = StationaryBootstrap { draws: 100, ..StationaryBootstrap::default() };
        let run = |candidate: &[f64], book: &[f64]| {
            let measure = ActiveMeasure::Alpha { periods_per_year: 252.0 };
            active_interval(candidate, &[book], measure, BlockScheme::Circular, &settings, Seed::root(1))
        };
        assert_eq!(run(&copy, &book), Err(BootstrapError::NoSpread.into()));
        assert!(matches!(run(&copy, &book[..50]), Err(MeasureError::Regression(_))));
        assert!(matches!(run(&copy[..5], &book[..5]), Err(MeasureError::Bootstrap(_))));
    }
}
