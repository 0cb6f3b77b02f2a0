//! Calibration of probabilities against outcomes.
//!
//! Probabilities lie in 0 to 1, one outcome each; empty slices, other lengths and values outside give `None`.

use proofmark_units::{Date, Seed};
use serde::Serialize;

use crate::bootstrap::{
    BootstrapError, CircularSums, Interval, StationaryBlocks, StationaryBootstrap, draws,
};
use crate::moments::sum_of;
use crate::normal;

/// Probabilities closer than this to 0 or 1 are moved there for the logarithm.
const LOG_FLOOR: f64 = 1e-15;

fn valid(probabilities: &[f64], outcomes: &[bool]) -> bool {
    !probabilities.is_empty()
        && probabilities.len() == outcomes.len()
        && probabilities.iter().all(|p| (0.0..=1.0).contains(p))
}

fn squared(probability: f64, outcome: bool) -> f64 {
    (probability - f64::from(u8::from(outcome))).powi(2)
}

/// Mean squared difference of probability and outcome: Brier (1950), Monthly Weather Review 78(1), equation 2, halved.
pub fn brier(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    valid(probabilities, outcomes).then(|| {
        sum_of(probabilities.iter().zip(outcomes).map(|(p, y)| squared(*p, *y))) / outcomes.len() as f64
    })
}

/// 1 - Brier / Brier of the constant `base_rate` (the training share of positives): above 0 is better than the constant.
pub fn brier_skill(probabilities: &[f64], outcomes: &[bool], base_rate: f64) -> Option<f64> {
    let reference = brier(&vec![base_rate; outcomes.len()], outcomes)?;
    let score = brier(probabilities, outcomes)?;
    (reference > 0.0).then(|| 1.0 - score / reference)
}

/// Mean negative log likelihood in nats; probabilities are kept 1e-15 away from 0 and 1.
pub fn log_loss(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    valid(probabilities, outcomes).then(|| {
        let loss =
            |(p, y): (&f64, &bool)| -(if *y { *p } else { 1.0 - p }).clamp(LOG_FLOOR, 1.0 - LOG_FLOOR).ln();
        sum_of(probabilities.iter().zip(outcomes).map(loss)) / outcomes.len() as f64
    })
}

/// One group of the reliability diagram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Rows inside.
    pub n: usize,
    /// Mean probability.
    pub mean_probability: f64,
    /// Share of positive outcomes.
    pub observed_rate: f64,
    /// Wilson interval of the observed rate for independent rows; overlapping labels make it too narrow.
    pub interval: Interval,
}

/// Groups of about equal size by ascending probability; equal probabilities stay together, so there may be fewer than
/// `bins`. `None` also for 0 bins or a level outside 0 to 1.
pub fn reliability(
    probabilities: &[f64],
    outcomes: &[bool],
    bins: usize,
    level: f64,
) -> Option<Vec<ReliabilityBin>> {
    if !valid(probabilities, outcomes) || bins == 0 {
        return None;
    }
    let z = normal::quantile(1.0 - (1.0 - level) / 2.0)?;
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let n = order.len();
    let mut groups = Vec::with_capacity(bins);
    let mut start = 0;
    for bin in 1..=bins {
        let mut end = (bin * n / bins).max(start);
        while end > start && end < n && probabilities[order[end]] == probabilities[order[end - 1]] {
            end += 1;
        }
        if end == start {
            continue;
        }
        let rows = &order[start..end];
        let size = rows.len() as f64;
        let hits = rows.iter().filter(|i| outcomes[**i]).count() as f64;
        let (low, high) = wilson(hits / size, size, z);
        groups.push(ReliabilityBin {
            n: rows.len(),
            mean_probability: sum_of(rows.iter().map(|i| probabilities[*i])) / size,
            observed_rate: hits / size,
            interval: Interval { low, high, level },
        });
        start = end;
    }
    Some(groups)
}

/// Wilson (1927), JASA 22, 209-212.
fn wilson(rate: f64, n: f64, z: f64) -> (f64, f64) {
    let scale = 1.0 + z * z / n;
    let centre = (rate + z * z / (2.0 * n)) / scale;
    let half = z / scale * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Expected calibration error: mean absolute gap of probability and observed rate over groups of about equal size.
///
/// Naeini, Cooper & Hauskrecht (2015), AAAI 29, section "Calibration metrics", with equal-mass bins. A constant at the
/// observed rate has 0: it measures calibration, not skill.
pub fn ece(probabilities: &[f64], outcomes: &[bool], bins: usize) -> Option<f64> {
    let groups = reliability(probabilities, outcomes, bins, 0.95)?;
    let gap = |g: &ReliabilityBin| g.n as f64 * (g.mean_probability - g.observed_rate).abs();
    Some(sum_of(groups.iter().map(gap)) / outcomes.len() as f64)
}

/// Brier skill with a block interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrierSkill {
    /// 1 - Brier / Brier of the base rate.
    pub skill: f64,
    /// Percentile interval over resampled dates.
    pub interval: Interval,
    /// Rows.
    pub n: usize,
    /// Dates.
    pub dates: usize,
    /// Mean block length in dates.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// Brier skill against the constant `base_rate`, its interval by the stationary bootstrap over whole dates.
///
/// `dates` gives the date of each row, ascending; the rows of a date stay together. The block length is the automatic one
/// of the daily loss difference, at least `settings.min_block` dates.
///
/// # Errors
/// Rows that do not fit together or are out of range, too few dates, or a loss difference without spread.
pub fn brier_skill_block_interval(
    dates: &[Date],
    probabilities: &[f64],
    outcomes: &[bool],
    base_rate: f64,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<BrierSkill, BootstrapError> {
    if !valid(probabilities, outcomes) || !(0.0..=1.0).contains(&base_rate) {
        return Err(BootstrapError::Rows("probabilities must lie in 0 to 1, one outcome each"));
    }
    if dates.len() != outcomes.len() || !dates.is_sorted() {
        return Err(BootstrapError::Rows("every row needs a date, in ascending order"));
    }
    let (mut losses, mut references) = (Vec::new(), Vec::new());
    let mut row = 0;
    for day in dates.chunk_by(|a, b| a == b) {
        let rows = row..row + day.len();
        losses.push(sum_of(rows.clone().map(|i| squared(probabilities[i], outcomes[i]))));
        references.push(sum_of(rows.map(|i| squared(base_rate, outcomes[i]))));
        row += day.len();
    }
    let gains: Vec<f64> = references.iter().zip(&losses).map(|(r, l)| r - l).collect();
    let block_length = settings.block(&gains)?;
    let count = gains.len();
    let (gain_sums, reference_sums) = (CircularSums::new(&gains), CircularSums::new(&references));
    let blocks = StationaryBlocks::new(count, block_length);
    let mut skills = draws(settings.draws, seed, |rng| {
        let (mut gain, mut reference) = (0.0, 0.0);
        blocks.draw(rng, count, |start, len| {
            gain += gain_sums.block(start, len);
            reference += reference_sums.block(start, len);
        });
        if reference > 0.0 { gain / reference } else { f64::NEG_INFINITY }
    });
    skills.sort_unstable_by(f64::total_cmp);
    let skill = brier_skill(probabilities, outcomes, base_rate).ok_or(BootstrapError::NoSpread)?;
    let (low, high) = settings.tails(&skills).ok_or(BootstrapError::NoSpread)?;
    Ok(BrierSkill {
        skill,
        interval: Interval { low, high, level: settings.level },
        n: outcomes.len(),
        dates: count,
        block_length,
        draws: settings.draws,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let (p, y) = ([0.8, 0.4, 0.1], [true, false, false]);
        assert!((brier(&p, &y).unwrap() - 0.07).abs() < 1e-15); // (0.04 + 0.16 + 0.01) / 3
        assert!((brier_skill(&p, &y, 0.5).unwrap() - (1.0 - 0.07 / 0.25)).abs() < 1e-15);
        let expected = -(0.8_f64.ln() + 0.6_f64.ln() + 0.9_f64.ln()) / 3.0;
        assert!((log_loss(&p, &y).unwrap() - expected).abs() < 1e-15);
        assert!(log_loss(&[0.0], &[true]).unwrap() < 35.0);
        assert_eq!(brier(&[0.5], &[true, false]), None);
        assert_eq!(brier(&[1.5], &[true]), None);
        assert_eq!(brier_skill(&[0.5], &[true], 1.0), None);
    }

    #[test]
    fn a_constant_at_the_base_rate_is_calibrated_without_skill() {
        let y: Vec<bool> = (0..100).map(|i| i % 4 == 0).collect();
        let p = vec![0.25; 100];
        assert_eq!(ece(&p, &y, 10), Some(0.0));
        assert_eq!(reliability(&p, &y, 10, 0.95).unwrap().len(), 1);
        assert_eq!(brier_skill(&p, &y, 0.25), Some(0.0));
    }

    #[test]
    fn reliability_by_hand() {
        let (p, y) = ([0.1, 0.3, 0.7, 0.9], [false, true, true, true]);
        let groups = reliability(&p, &y, 2, 0.95).unwrap();
        assert_eq!(groups.iter().map(|g| (g.n, g.observed_rate)).collect::<Vec<_>>(), [(2, 0.5), (2, 1.0)]);
        // Wilson for 2 of 2 at 95 %: 1 / (1 + z^2 / 2).
        assert!(
            (groups[1].interval.low - 1.0 / (1.0 + 1.959_963_984_540_054_f64.powi(2) / 2.0)).abs() < 1e-12
        );
        assert!((ece(&p, &y, 2).unwrap() - (0.3 + 0.2) / 2.0).abs() < 1e-15);
        assert_eq!(reliability(&p, &y, 0, 0.95), None);
    }

    #[test]
    fn the_interval_holds_the_skill_and_rows_are_checked() {
        let dates: Vec<Date> = (0..600).map(|i| Date::from_days(i / 3)).collect();
        let y: Vec<bool> = (0..600).map(|i| (f64::from(i * i) * 0.77).sin() > 0.0).collect();
        let p: Vec<f64> = (0..600).map(|i| 0.5 + 0.3 * (f64::from(i * i) * 0.77).sin()).collect();
        let settings = StationaryBootstrap { draws: 2000, min_block: 3.0, level: 0.95 };
        let run = |dates: &[Date]| brier_skill_block_interval(dates, &p, &y, 0.5, &settings, Seed::root(4));
        let skill = run(&dates).unwrap();
        assert!(skill.interval.low < skill.skill && skill.skill < skill.interval.high);
        assert!(skill.interval.low > 0.0 && skill.dates == 200 && skill.block_length >= 3.0);
        let backwards: Vec<Date> = dates.iter().rev().copied().collect();
        assert!(matches!(run(&backwards), Err(BootstrapError::Rows(_))));
    }
}
