//! Brier skill with a block interval.

use proofmark_units::{Date, Seed};
use serde::Serialize;

use super::{OUT_OF_RANGE, brier_skill, by_date, squared};
use crate::bootstrap::{
    BootstrapError, CircularSums, Interval, StationaryBlocks, StationaryBootstrap, draws,
};
use crate::moments::sum_of;

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
/// `dates` gives the date of each row, ascending; the rows of a date stay together. The block length is the automatic
/// one of the daily loss difference, at least `settings.min_block` dates.
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
    if !(0.0..=1.0).contains(&base_rate) {
        return Err(BootstrapError::Rows(OUT_OF_RANGE));
    }
    let (mut losses, mut references) = (Vec::new(), Vec::new());
    for rows in by_date(dates, probabilities, outcomes)? {
        losses.push(sum_of(rows.clone().map(|i| squared(probabilities[i], outcomes[i]))));
        references.push(sum_of(rows.map(|i| squared(base_rate, outcomes[i]))));
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
