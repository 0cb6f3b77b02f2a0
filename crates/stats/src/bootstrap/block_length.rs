//! Automatic block length.

use serde::Serialize;

use crate::moments::{mean, sd};
use crate::regression::autocovariance;

/// Estimated optimal mean block lengths, in periods, at least 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OptimalBlockLength {
    /// For the stationary bootstrap.
    pub stationary: f64,
    /// For the circular block bootstrap.
    pub circular: f64,
}

/// The automatic block length for the variance of a mean; `None` below 10 values, with NaN or without spread.
///
/// Politis & White (2004), Econometric Reviews 23(1), 53-70, section 3, with the constant of the stationary bootstrap as
/// corrected by Patton, Politis & White (2009), Econometric Reviews 28(4), 372-375. The lag beyond which correlations are
/// negligible, its guard bands and the cap min(3 sqrt n, n/3) follow `arch.bootstrap.optimal_block_length`; unlike there
/// the result is not below 1, since a block shorter than one observation means independent draws.
pub fn optimal_block_length(series: &[f64]) -> Option<OptimalBlockLength> {
    let n = series.len();
    if n < 10 || sd(series)? == 0.0 {
        return None;
    }
    let mean = mean(series)?;
    let centred: Vec<f64> = series.iter().map(|v| v - mean).collect();
    let size = n as f64;
    let longest = (3.0 * size.sqrt()).min(size / 3.0).ceil();
    let quiet_run = 5.max(size.log10() as usize);
    let most_lags = (size.sqrt().ceil() as usize + quiet_run).min(n - 2);
    let threshold = 2.0 * (size.log10() / size).sqrt();

    let mut covariances = Vec::with_capacity(most_lags + 1);
    let mut correlations = Vec::with_capacity(most_lags + 1);
    let mut negligible_after = None;
    for lag in 0..=most_lags {
        let covariance = autocovariance(&centred, lag);
        let squares = |part: &[f64]| part.iter().map(|v| v * v).sum::<f64>();
        let scale = (squares(&centred[lag + 1..]) * squares(&centred[..n - lag - 1])).sqrt();
        covariances.push(covariance);
        correlations.push(if scale > 0.0 { (covariance * size).abs() / scale } else { f64::INFINITY });
        if negligible_after.is_none()
            && lag >= quiet_run
            && correlations[lag - quiet_run..lag].iter().all(|c| *c < threshold)
        {
            negligible_after = Some(lag - quiet_run);
        }
    }
    let band = negligible_after.map_or(most_lags, |m| (2 * m.max(1)).min(most_lags));
    let (mut slope, mut long_run) = (0.0, covariances[0]);
    for (k, covariance) in covariances.iter().enumerate().take(band + 1).skip(1) {
        // The flat-top window of Politis & Romano (1995).
        let share = k as f64 / band as f64;
        let weight = if share <= 0.5 { 1.0 } else { 2.0 * (1.0 - share) };
        slope += 2.0 * weight * k as f64 * covariance;
        long_run += 2.0 * weight * covariance;
    }
    let length = |constant: f64| {
        let optimal = (2.0 * slope * slope / (constant * long_run * long_run)).cbrt() * size.cbrt();
        // A vanishing long-run variance leaves no finite optimum: take the longest block that is allowed.
        if optimal.is_finite() { optimal.clamp(1.0, longest) } else { longest }
    };
    Some(OptimalBlockLength { stationary: length(2.0), circular: length(4.0 / 3.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_asks_for_longer_blocks_and_the_cap_holds() {
        let smooth: Vec<f64> = (0..400).map(|i| (f64::from(i) / 40.0).sin()).collect();
        let rough: Vec<f64> = (0..400).map(|i| (f64::from(i * i) * 0.77).sin()).collect();
        let (long, short) = (optimal_block_length(&smooth).unwrap(), optimal_block_length(&rough).unwrap());
        assert!(long.stationary > 5.0 * short.stationary);
        assert!(long.stationary <= 60.0 && short.stationary >= 1.0);
    }

    #[test]
    fn constants_short_series_and_nan_have_none() {
        assert_eq!(optimal_block_length(&[0.1; 50]), None);
        assert_eq!(optimal_block_length(&[1.0, 2.0, 3.0]), None);
        let mut series = vec![0.5; 50];
        series[3] = f64::NAN;
        assert_eq!(optimal_block_length(&series), None);
    }
}
