//! Whether the mean of a series stayed where it was.

use serde::Serialize;

use crate::moments::{mean, sum_of};
use crate::normal;
use crate::regression::{RegressionError, hac_mean};
use crate::tails;

/// Which path is held against which boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CusumBoundary {
    /// Deviations from the overall mean against a constant boundary.
    Ols,
    /// Recursive residuals against a boundary that widens along the sample.
    Recursive,
}

/// A test that the mean of a series is constant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cusum {
    /// Observations.
    pub n: usize,
    /// Largest excursion in units of the boundary.
    pub statistic: f64,
    /// Where it is reached: the row of the series, the most likely place of a break.
    pub row: usize,
    /// Probability of an excursion at least as large when the mean is constant.
    pub p: f64,
    /// Long-run standard deviation per row that scaled the path.
    pub long_run_sd: f64,
    /// Lag of the Bartlett kernel behind it.
    pub lag: usize,
    /// Path and boundary.
    pub boundary: CusumBoundary,
}

/// The largest partial sum of deviations from the mean, over the long-run standard deviation times the root of n.
///
/// Ploberger & Kraemer (1992), Econometrica 60(2), 271-285: in the limit the supremum of a Brownian bridge, critical
/// values 1.22, 1.36 and 1.63 at 10, 5 and 1 %; the long-run variance is Newey & West's (1987) with `lag`, since
/// theirs is that of uncorrelated errors. Blind to breaks near both ends, and a break also raises the variance: the
/// test errs to silence.
///
/// # Errors
/// As [`hac_mean`]; a series without spread is `TooFew`.
pub fn ols_cusum(series: &[f64], lag: usize) -> Result<Cusum, RegressionError> {
    let (mean, long_run_sd) = level_and_spread(series, lag)?;
    let n = series.len();
    let deviations = series.iter().map(|v| v - mean);
    let scale = long_run_sd * (n as f64).sqrt();
    let (statistic, row) = largest(deviations.scan(0.0, |sum, d| {
        *sum += d;
        Some(*sum / scale)
    }));
    let p = tails::brownian_bridge(statistic);
    Ok(Cusum { n, statistic, row, p, long_run_sd, lag, boundary: CusumBoundary::Ols })
}

/// The largest partial sum of one-step prediction errors of the running mean, over the boundary 1 + 2 t.
///
/// Brown, Durbin & Evans (1975), JRSS B 37(2), 149-192, section 2.3: recursive residuals w_r = (y_r - mean of the
/// earlier) sqrt((r - 1) / r), boundary a (1 + 2 t) in units of the root of n - 1, critical a 0.850, 0.948 and 1.143
/// at 10, 5 and 1 %. Its p is the chance that Brownian motion crosses either line, crossings of both subtracted to
/// second order. Long-run variance of the deviations as in [`ols_cusum`]. Sees early breaks better than late ones.
///
/// # Errors
/// As [`ols_cusum`].
pub fn recursive_cusum(series: &[f64], lag: usize) -> Result<Cusum, RegressionError> {
    let (_, long_run_sd) = level_and_spread(series, lag)?;
    let n = series.len();
    let steps = (n - 1) as f64;
    let scale = long_run_sd * steps.sqrt();
    let (mut earlier, mut path) = (series[0], 0.0);
    let (statistic, row) = largest(series.iter().enumerate().map(|(r, value)| {
        if r == 0 {
            return 0.0;
        }
        let seen = r as f64;
        path += (value - earlier / seen) * (seen / (seen + 1.0)).sqrt();
        earlier += value;
        path / scale / (1.0 + 2.0 * seen / steps)
    }));
    let p = line_crossing(statistic);
    Ok(Cusum { n, statistic, row, p, long_run_sd, lag, boundary: CusumBoundary::Recursive })
}

fn level_and_spread(series: &[f64], lag: usize) -> Result<(f64, f64), RegressionError> {
    let n = series.len();
    let found = hac_mean(series, lag)?;
    let mean = mean(series).ok_or(RegressionError::NotFinite { column: None, row: 0 })?;
    if found.std_error > 0.0 {
        Ok((mean, found.std_error * (n as f64).sqrt()))
    } else {
        Err(RegressionError::TooFew { n, parameters: 1 })
    }
}

/// Largest absolute value and its row.
fn largest(path: impl Iterator<Item = f64>) -> (f64, usize) {
    path.enumerate()
        .fold((0.0, 0), |(most, at), (row, v)| if v.abs() > most { (v.abs(), row) } else { (most, at) })
}

/// P(Brownian motion leaves +-a (1 + 2 t) before t = 1).
fn line_crossing(a: f64) -> f64 {
    // Below 0.3 terms beyond second order count; the probability is above 0.9 there and bounded by 1 at a = 0.
    if a < 0.3 {
        return 1.0 - 0.1464 * a;
    }
    let both = [
        normal::upper_tail(3.0 * a),
        (-4.0 * a * a).exp() * (normal::cdf(a) + normal::cdf(5.0 * a) - 1.0),
        -(-16.0 * a * a).exp() * normal::upper_tail(a),
    ];
    (2.0 * sum_of(both.into_iter())).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: i32) -> Vec<f64> {
        (0..n).map(|i| (f64::from(i * i) * 0.77).sin()).collect()
    }

    #[test]
    fn published_critical_values() {
        // Brown, Durbin & Evans (1975), p. 154.
        for (a, p) in [(0.850, 0.10), (0.948, 0.05), (1.143, 0.01)] {
            assert!((line_crossing(a) - p).abs() < 4e-4, "{a}: {}", line_crossing(a));
        }
        // Ploberger & Kraemer (1992), table of the supremum of a Brownian bridge.
        for (x, p) in [(1.22, 0.10), (1.36, 0.05), (1.63, 0.01)] {
            assert!((tails::brownian_bridge(x) - p).abs() < 3e-3);
        }
        assert!(line_crossing(0.0) == 1.0 && (line_crossing(0.3) - 0.956).abs() < 0.01);
    }

    #[test]
    fn statistics_by_hand() {
        // Mean 2.5, deviations -1.5, -0.5, 0.5, 1.5; population variance 1.25; sums -1.5, -2, -1.5, 0.
        let series = [1.0, 2.0, 3.0, 4.0];
        let found = ols_cusum(&series, 0).unwrap();
        assert!((found.statistic - 2.0 / (1.25_f64.sqrt() * 2.0)).abs() < 1e-12);
        assert_eq!(found.row, 1);
        // Recursive residuals 1 sqrt(1/2), 1.5 sqrt(2/3), 2 sqrt(3/4) after 1, 2, 3 of 3 steps.
        let sums = [0.5_f64.sqrt(), 0.5_f64.sqrt() + 1.5 * (2.0_f64 / 3.0).sqrt()];
        let all = sums[1] + 2.0 * 0.75_f64.sqrt();
        let path = [sums[0] / (1.0 + 2.0 / 3.0), sums[1] / (1.0 + 4.0 / 3.0), all / 3.0];
        let expected = path.iter().copied().fold(0.0, f64::max) / (1.25_f64.sqrt() * 3.0_f64.sqrt());
        let found = recursive_cusum(&series, 0).unwrap();
        assert!((found.statistic - expected).abs() < 1e-12 && found.row == 3, "{found:?}");
    }

    #[test]
    fn a_break_is_seen_where_it_is() {
        let mut series = noise(600);
        let (calm, early) = (ols_cusum(&series, 5).unwrap(), recursive_cusum(&series, 5).unwrap());
        assert!(calm.p > 0.1 && early.p > 0.1, "{calm:?} {early:?}");
        series[350..].iter_mut().for_each(|v| *v += 0.5);
        let (found, early) = (ols_cusum(&series, 5).unwrap(), recursive_cusum(&series, 5).unwrap());
        assert!(found.p < 1e-4 && found.row.abs_diff(349) < 15, "{found:?}");
        assert!(early.p < 0.01, "{early:?}");
        assert!(ols_cusum(&[1.0; 30], 2).is_err());
        assert!(recursive_cusum(&[1.0, f64::NAN, 2.0], 0).is_err());
    }
}
