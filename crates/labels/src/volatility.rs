//! Volatilities known at the decision: the units of labels.

/// A volatility at or below this is rounding, not movement.
const FLAT: f64 = 1e-9;

/// Sample standard deviation (n - 1) of the last `window` close-to-close log returns at each bar; NaN before there are
/// that many. Computed afresh in every window: nothing older than the window can matter.
pub(crate) fn trailing_sigma(close: &[f64], window: usize) -> Vec<f64> {
    let returns: Vec<f64> = close.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let mut sigma = vec![f64::NAN; close.len()];
    if window < 2 {
        return sigma;
    }
    for (k, part) in returns.windows(window).enumerate() {
        let mean = part.iter().sum::<f64>() / window as f64;
        let squares: f64 = part.iter().map(|r| (r - mean) * (r - mean)).sum();
        sigma[k + window] = (squares / (window - 1) as f64).sqrt();
    }
    sigma
}

/// Exponentially weighted standard deviation of the simple close-to-close returns at each bar, weights
/// `(1 - 2 / (span + 1))^age`, corrected for bias; NaN before there are `span` returns.
///
/// The daily volatility of López de Prado (2018), snippet 3.1, which is the `ewm(span).std()` of pandas. Here it waits for
/// `span` returns, since a standard deviation of two returns is no unit. The sums are those of weighted deviations from a
/// running mean (West 1979), so a long history does not cancel.
pub(crate) fn daily_volatility(close: &[f64], span: usize) -> Vec<f64> {
    let keep = 1.0 - 2.0 / (span as f64 + 1.0);
    let mut sigma = vec![f64::NAN; close.len()];
    let (mut mean, mut squares, mut weight, mut weight_of_squares) = (0.0, 0.0, 0.0, 0.0);
    for (k, pair) in close.windows(2).enumerate() {
        let value = pair[1] / pair[0] - 1.0;
        (weight, weight_of_squares) = (keep * weight + 1.0, keep * keep * weight_of_squares + 1.0);
        let off = value - mean;
        mean += off / weight;
        squares = keep * squares + off * (value - mean);
        if k + 1 >= span.max(2) {
            sigma[k + 1] = (squares / (weight - weight_of_squares / weight)).sqrt();
        }
    }
    sigma
}

/// `sigma * factor` of each bar; NaN where there is no unit to measure in: a history that is flat or not yet long enough.
pub(crate) fn units(sigma: &[f64], factor: f64) -> Vec<f64> {
    sigma.iter().map(|sigma| if *sigma > FLAT { sigma * factor } else { f64::NAN }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_volatility_by_hand() {
        // Returns 0.1, 0 and 0.2; span 3 keeps half: weights 1/4, 1/2, 1 of sum 7/4, of squares 21/16.
        let sigma = daily_volatility(&[100.0, 110.0, 110.0, 132.0], 3);
        assert!(sigma[..3].iter().all(|s| s.is_nan()));
        let mean = (0.25 * 0.1 + 0.2) / 1.75;
        let squares: f64 = [(0.25, 0.1), (0.5, 0.0), (1.0, 0.2)]
            .iter()
            .map(|(w, r): &(f64, f64)| w * (r - mean).powi(2))
            .sum();
        let want = (squares / (1.75 - 1.3125 / 1.75)).sqrt();
        assert!((sigma[3] - want).abs() < 1e-15, "{} {want}", sigma[3]);
    }

    #[test]
    fn a_flat_history_is_no_unit() {
        assert!(units(&daily_volatility(&[5.0; 9], 2), 1.0).iter().all(|unit| unit.is_nan()));
        assert!(daily_volatility(&[], 2).is_empty());
    }
}
