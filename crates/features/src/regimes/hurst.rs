//! Hurst regime: whether log returns tend to go on or to turn, by rescaled range. The gate of forecast pipelines asks the same.

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Symbol};

use super::RegimeSpecError;
use super::rule::{Labelled, Levels, MIDDLE, Rule, at_least, require};

pub(super) struct Hurst {
    pub(super) returns: usize,
    pub(super) min_returns: usize,
    pub(super) shortest: usize,
    pub(super) longest: usize,
    pub(super) mean_reverting: f64,
    pub(super) trending: f64,
    pub(super) unbiased: bool,
}

impl Rule for Hurst {
    fn name(&self) -> &'static str {
        "hurst_regime"
    }
    fn values(&self) -> &'static [&'static str] {
        &["mean_reverting", "indeterminate", "trending"]
    }
    fn unknown(&self) -> &'static str {
        "hurst_unknown"
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        at_least(self.shortest, 3, "shortest", "at least 3")?;
        at_least(self.longest, self.shortest.saturating_add(1), "longest", "above `shortest`")?;
        at_least(self.min_returns, self.longest, "min_returns", "at least `longest`")?;
        at_least(self.returns, self.min_returns, "returns", "at least `min_returns`")?;
        let (low, high) = (self.mean_reverting, self.trending);
        require(low > 0.0 && low < 1.0, "mean_reverting", low, "between 0 and 1")?;
        require(high >= low && high < 1.0, "trending", high, "at least `mean_reverting` and below 1")
    }

    fn label(&self, bars: &[Bars], _: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        bars.iter().map(|bars| Ok(self.of(bars.close()).into())).collect()
    }
}

impl Hurst {
    fn of(&self, close: &[f64]) -> Levels {
        let returns: Vec<f64> = close.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
        let level = |t: usize| {
            let part = &returns[t.saturating_sub(self.returns)..t];
            if part.len() < self.min_returns {
                return None;
            }
            let exponent = hurst_exponent(part, self.shortest..=self.longest, self.unbiased)?;
            Some(if exponent > self.trending {
                MIDDLE + 1
            } else if exponent < self.mean_reverting {
                0
            } else {
                MIDDLE
            })
        };
        (0..close.len()).map(level).collect()
    }
}

/// The Hurst exponent of `values`, in [0, 1]: the slope of the log of the mean rescaled range of non-overlapping chunks on
/// the log of their length, over `lengths`. 0.5 for independent values.
///
/// Hurst (1951), Transactions of the American Society of Civil Engineers 116; the standard deviation of a chunk is that of
/// the population. Short chunks push the slope up, independent values giving about 0.6 for lengths 10 to 20; `unbiased` takes
/// off the slope that independent normal values would have ([`expected_rescaled_range`]) and adds one half. `None` where
/// fewer than two lengths have a chunk that moves.
pub fn hurst_exponent(
    values: &[f64],
    lengths: std::ops::RangeInclusive<usize>,
    unbiased: bool,
) -> Option<f64> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for length in lengths.filter(|length| *length >= 2) {
        let ranges = values.chunks_exact(length).filter_map(rescaled_range);
        let (sum, count) = ranges.fold((0.0, 0_usize), |(sum, count), range| (sum + range, count + 1));
        if count > 0 {
            let bias = if unbiased { expected_rescaled_range(length).ln() } else { 0.0 };
            points.push(((length as f64).ln(), (sum / count as f64).ln() - bias));
        }
    }
    if points.len() < 2 {
        return None;
    }
    let n = points.len() as f64;
    let (mean_x, mean_y) =
        (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let xy: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let xx: f64 = points.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    let base = if unbiased { 0.5 } else { 0.0 };
    Some((base + xy / xx).clamp(0.0, 1.0))
}

/// Range of the cumulated deviations from the mean over the standard deviation; `None` where nothing moves.
fn rescaled_range(chunk: &[f64]) -> Option<f64> {
    let n = chunk.len() as f64;
    let mean = chunk.iter().sum::<f64>() / n;
    let (mut level, mut lowest, mut highest, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0);
    for value in chunk {
        let off = value - mean;
        level += off;
        (lowest, highest) = (lowest.min(level), highest.max(level));
        squares += off * off;
    }
    let deviation = (squares / n).sqrt();
    // Below this the deviation is the rounding of the mean.
    (deviation > 1e-12 * mean.abs().max(1e-3)).then(|| (highest - lowest) / deviation)
}

/// Expected rescaled range of `n` independent normal values, `n` at least 2: Anis & Lloyd (1976), Biometrika 63(1), 111-116.
pub fn expected_rescaled_range(n: usize) -> f64 {
    // gamma((n - 1) / 2) / gamma(n / 2), by its recursion from n = 2, where it is the root of pi.
    let ratio = (2..n).fold(std::f64::consts::PI.sqrt(), |ratio, n| 2.0 / ((n - 1) as f64 * ratio));
    let sum: f64 = (1..n).map(|r| ((n - r) as f64 / r as f64).sqrt()).sum();
    ratio / std::f64::consts::PI.sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 1, 2, 6: mean 3, cumulated -2, -3, 0, population variance 14/3.
        let range = rescaled_range(&[1.0, 2.0, 6.0]).unwrap();
        assert!((range - 3.0 / (14.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!(rescaled_range(&[0.1; 10]).is_none());
        // Two values always have 1; three have (2 / pi) (sqrt 2 + sqrt 1/2).
        assert!((expected_rescaled_range(2) - 1.0).abs() < 1e-15);
        let three = 2.0 / std::f64::consts::PI * (2.0_f64.sqrt() + 0.5_f64.sqrt());
        assert!((expected_rescaled_range(3) - three).abs() < 1e-14);
    }

    #[test]
    fn a_line_persists_and_a_zigzag_turns() {
        let line: Vec<f64> = (0..60).map(f64::from).collect();
        assert!(hurst_exponent(&line, 10..=20, false).unwrap() > 0.9);
        let zigzag: Vec<f64> = (0..60).map(|k| if k % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!(hurst_exponent(&zigzag, 10..=20, false).unwrap() < 0.2);
        assert_eq!(hurst_exponent(&[0.0; 60], 10..=20, true), None);
        assert_eq!(hurst_exponent(&line, 100..=200, false), None);
    }
}
