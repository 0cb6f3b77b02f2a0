//! The lower tail of returns and how gains weigh against losses.

use crate::moments::{mean, quantile, sum_of};

/// Mean of the returns at or below their `q`-quantile (linear interpolation); `None` when empty, with NaN or `q`
/// outside 0 to 1.
///
/// The sample form of Acerbi & Tasche (2002), Journal of Banking & Finance 26(7), 1487-1503, without splitting the
/// value at the edge. A return, so a loss is negative; [`quantile`] itself is the historical value at risk.
pub fn expected_shortfall(returns: &[f64], q: f64) -> Option<f64> {
    let edge = quantile(returns, q)?;
    let tail: Vec<f64> = returns.iter().copied().filter(|r| *r <= edge).collect();
    mean(&tail)
}

/// Sum of gains above `threshold` over sum of losses below it; `None` when empty, with NaN or without losses.
///
/// Keating & Shadwick (2002), "A Universal Performance Measure", Journal of Performance Measurement 6(3), 59-84.
pub fn omega(returns: &[f64], threshold: f64) -> Option<f64> {
    mean(returns)?;
    let side = |sign: f64| sum_of(returns.iter().map(|r| (sign * (r - threshold)).max(0.0)));
    let (gains, losses) = (side(1.0), side(-1.0));
    let ratio = gains / losses;
    (losses > 0.0 && ratio.is_finite()).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let returns = [0.01, -0.02, 0.03, 0.0, -0.01];
        assert_eq!(expected_shortfall(&returns, 0.05), Some(-0.02));
        assert!((expected_shortfall(&returns, 0.3).unwrap() + 0.015).abs() < 1e-15);
        assert!((omega(&returns, 0.0).unwrap() - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!(omega(&[0.1, 0.2], 0.0), None);
        assert_eq!(expected_shortfall(&[], 0.05), None);
        assert_eq!(expected_shortfall(&returns, 1.5), None);
    }
}
