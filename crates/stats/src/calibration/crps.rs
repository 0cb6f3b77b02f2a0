//! Continuous ranked probability score of quantile and ensemble forecasts, in units of the outcome.

use crate::moments::sum_of;

/// Loss of the quantile forecast `quantile` at `level` for `outcome`: (level - (1 if y < q, else 0)) (y - q), at
/// least 0.
///
/// Koenker & Bassett (1978), Econometrica 46(1), 33-50. `None` for a level outside 0 to 1 or a value that is not
/// finite.
pub fn pinball(outcome: f64, quantile: f64, level: f64) -> Option<f64> {
    if !(level > 0.0 && level < 1.0 && outcome.is_finite() && quantile.is_finite()) {
        return None;
    }
    let gap = outcome - quantile;
    Some(if gap >= 0.0 { level * gap } else { (level - 1.0) * gap })
}

/// Mean score of quantile forecasts: twice the integral of the pinball loss over levels.
///
/// Gneiting & Raftery (2007), JASA 102, 359-378, section 4.2, and Laio & Tamea (2007), Hydrology and Earth System
/// Sciences 11(4), 1267-1277. `quantiles` holds one row per outcome in the order of `levels`, which ascend strictly
/// inside 0 to 1. Each level stands for the levels nearest to it, so levels (k - 1/2) / K weigh 1/K each; what lies
/// outside the extreme levels is taken as flat. `None` for levels or rows that do not fit, no outcome, or values that
/// are not finite.
pub fn crps_quantiles(levels: &[f64], quantiles: &[f64], outcomes: &[f64]) -> Option<f64> {
    let k = levels.len();
    if k == 0 || outcomes.is_empty() || quantiles.len() != k * outcomes.len() {
        return None;
    }
    let inside = levels.iter().all(|l| *l > 0.0 && *l < 1.0);
    if !inside || !levels.windows(2).all(|w| w[0] < w[1]) {
        return None;
    }
    let edge = |i: usize| match i {
        0 => 0.0,
        i if i == k => 1.0,
        i => (levels[i - 1] + levels[i]) / 2.0,
    };
    let weights: Vec<f64> = (0..k).map(|i| edge(i + 1) - edge(i)).collect();
    let mut scores = Vec::with_capacity(outcomes.len());
    for (row, y) in quantiles.chunks_exact(k).zip(outcomes) {
        let mut score = 0.0;
        for ((q, level), weight) in row.iter().zip(levels).zip(&weights) {
            score += 2.0 * weight * pinball(*y, *q, *level)?;
        }
        scores.push(score);
    }
    Some(sum_of(scores.iter().copied()) / scores.len() as f64)
}

/// Score of the empirical distribution of `members` for `outcome`: mean |x - y| - mean |x - x'| / 2 over all pairs.
///
/// Gneiting & Raftery (2007), equation 21, in O(m log m). `None` without members or with a value that is not finite.
pub fn crps_ensemble(members: &[f64], outcome: f64) -> Option<f64> {
    ensemble(members, outcome, members.len())
}

/// [`crps_ensemble`] with the pairs' mean over m (m - 1), so that ensembles of different size compare; needs two
/// members.
///
/// Ferro (2014), Quarterly Journal of the Royal Meteorological Society 140, 1917-1923.
pub fn crps_ensemble_fair(members: &[f64], outcome: f64) -> Option<f64> {
    if members.len() < 2 { None } else { ensemble(members, outcome, members.len() - 1) }
}

fn ensemble(members: &[f64], outcome: f64, partners: usize) -> Option<f64> {
    if members.is_empty() || !outcome.is_finite() || !members.iter().all(|x| x.is_finite()) {
        return None;
    }
    let mut sorted = members.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let m = sorted.len() as f64;
    let error = sum_of(sorted.iter().map(|x| (x - outcome).abs())) / m;
    // The sum of |x - x'| over ordered pairs is 2 sum (2i - m + 1) x_(i) with i from 0.
    let pairs = 2.0 * sum_of(sorted.iter().enumerate().map(|(i, x)| (2.0 * i as f64 - m + 1.0) * x));
    let score = error - pairs / (2.0 * m * partners as f64);
    score.is_finite().then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal;

    #[test]
    fn pinball_by_hand() {
        assert!((pinball(1.0, 0.4, 0.9).unwrap() - 0.54).abs() < 1e-15);
        assert!((pinball(0.4, 1.0, 0.9).unwrap() - 0.06).abs() < 1e-15);
        assert_eq!((pinball(1.0, 0.4, 1.0), pinball(f64::NAN, 0.4, 0.5)), (None, None));
    }

    #[test]
    fn ensembles_by_hand() {
        // Members 1, 3 and outcome 2: mean error 1, pairs |1 - 3| in two of four.
        assert!((crps_ensemble(&[3.0, 1.0], 2.0).unwrap() - 0.5).abs() < 1e-15);
        assert!(crps_ensemble_fair(&[3.0, 1.0], 2.0).unwrap().abs() < 1e-15);
        assert_eq!(crps_ensemble(&[5.0], 2.0), Some(3.0)); // one member: the absolute error
        assert_eq!((crps_ensemble(&[], 1.0), crps_ensemble_fair(&[1.0], 1.0)), (None, None));
        assert_eq!(crps_ensemble(&[f64::INFINITY], 1.0), None);
    }

    #[test]
    fn many_quantiles_reach_the_closed_form_of_the_normal() {
        // Gneiting & Raftery (2007), p. 367: y (2 Phi(y) - 1) + 2 phi(y) - 1 / sqrt(pi) for a standard normal.
        let closed = |y: f64| {
            y * (2.0 * normal::cdf(y) - 1.0) + 2.0 * normal::pdf(y) - std::f64::consts::PI.sqrt().recip()
        };
        let levels: Vec<f64> = (0..999).map(|k| (f64::from(k) + 0.5) / 999.0).collect();
        let quantiles: Vec<f64> = levels.iter().map(|l| normal::quantile(*l).unwrap()).collect();
        for y in [-1.3, 0.0, 0.4, 2.5] {
            assert!((crps_quantiles(&levels, &quantiles, &[y]).unwrap() - closed(y)).abs() < 1e-3);
            assert!((crps_ensemble(&quantiles, y).unwrap() - closed(y)).abs() < 1e-3);
        }
        let two = [quantiles.clone(), quantiles].concat();
        let both = crps_quantiles(&levels, &two, &[-1.3, 2.5]).unwrap();
        assert!((both - (closed(-1.3) + closed(2.5)) / 2.0).abs() < 1e-3);
    }

    #[test]
    fn levels_and_rows_are_checked() {
        assert_eq!(crps_quantiles(&[0.5], &[1.0], &[2.0]), Some(1.0)); // twice half the absolute error
        assert_eq!(crps_quantiles(&[0.5, 0.1], &[1.0, 1.0], &[2.0]), None);
        assert_eq!(crps_quantiles(&[0.1, 0.5], &[1.0], &[2.0]), None);
        assert_eq!(crps_quantiles(&[0.1, 1.0], &[1.0, 1.0], &[2.0]), None);
        assert_eq!(crps_quantiles(&[0.5], &[], &[]), None);
    }
}
