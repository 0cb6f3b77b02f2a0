//! Intervals of performance measures by block resampling.
//!
//! Measured share of worlds whose nominal 95 % interval held the truth (500 normal returns, 399 draws, 2,000 worlds,
//! binomial error 0.5 points; two books for the last two rows):
//!
//! | measure | studentised, stationary | studentised, circular | percentile, stationary |
//! |---|---|---|---|
//! | Sharpe ratio | 95.5 % | 95.0 % | 95.6 % |
//! | Sortino ratio | 94.0 % | 94.2 % | 94.1 % |
//! | hit rate | 94.5 % | 94.2 % | 94.5 % |
//! | growth rate | 94.5 % | - | 94.8 % |
//! | alpha | 95.3 % | - | 94.7 % |
//! | appraisal ratio | 94.2 % | - | 94.1 % |
//!
//! Measures of the path: the percentile interval of one path held the drawdown of another independent path in 87 %
//! and its Calmar ratio in 85 % of worlds, since the path's own mean is off by its standard error. Take it as too
//! narrow. 10,000 draws of 2,520 returns in blocks of 5 take 0.2 to 0.4 seconds on two busy cores, an appraisal ratio
//! over three books 0.7.

use proofmark_units::Seed;
use serde::Serialize;

use super::functions::{Downside, Mean, Ratio};
use super::path::{log_growth, paths};
use super::scheme::BlockScheme;
use super::smooth::{Resampled, resample};
use super::{BootstrapError, Interval, StationaryBootstrap};
use crate::moments::{mean, sd};
use crate::performance;
use crate::regression::RegressionError;

/// A measure of one series of simple returns per period, in annual units where a year is named.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Measure {
    /// Annualised mean over standard deviation.
    Sharpe {
        /// Periods in a year.
        periods_per_year: f64,
    },
    /// Annualised mean above a target over downside deviation, as [`performance::sortino`].
    Sortino {
        /// Target return per period.
        target: f64,
        /// Periods in a year.
        periods_per_year: f64,
    },
    /// Compound annual growth rate.
    Cagr {
        /// Periods in a year.
        periods_per_year: f64,
    },
    /// Share of periods with a return above zero.
    HitRate,
    /// Largest fall of compounded wealth below its running maximum.
    MaxDrawdown,
    /// Compound annual growth rate over maximum drawdown.
    Calmar {
        /// Periods in a year.
        periods_per_year: f64,
    },
}

/// A measure with its resampled intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureInterval {
    /// Observations.
    pub n: usize,
    /// The measure on the data.
    pub value: f64,
    /// Standard error by the delta method under the resampling; `None` for a measure of the path.
    pub std_error: Option<f64>,
    /// Equal-tailed bootstrap-t interval; `None` without a standard error or when a tail of the draws has no spread.
    pub studentised: Option<Interval>,
    /// Basic interval 2 value - quantiles, inside the measure's range; `None` for a measure of the path, whose draws
    /// do not centre on the value, or when a tail of the draws is undefined.
    pub basic: Option<Interval>,
    /// Percentile interval; `None` when a tail of the draws is undefined.
    pub percentile: Option<Interval>,
    /// How blocks were cut.
    pub scheme: BlockScheme,
    /// (Mean) block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
    /// Draws in which the measure does not exist; they count as infinitely high.
    pub undefined_draws: usize,
}

impl MeasureInterval {
    /// The studentised interval, or the percentile one of a measure without a standard error.
    pub fn interval(&self) -> Option<Interval> {
        if self.std_error.is_some() { self.studentised } else { self.percentile }
    }
}

/// Why a measure has no interval.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// The series could not be resampled.
    #[error("the returns cannot be resampled")]
    Bootstrap(#[from] BootstrapError),
    /// The candidate could not be regressed on its books.
    #[error("the candidate cannot be regressed on its books")]
    Regression(#[from] RegressionError),
    /// The measure does not exist on the data, such as a Calmar ratio without a fall or wealth below zero.
    #[error("the measure does not exist for these returns")]
    Undefined,
}

/// Draws on the scale they were resampled on, and how to bring them to the measure's own.
pub(super) struct Scale<'a> {
    /// Monotone map from the resampled scale to that of the measure.
    pub(super) map: &'a dyn Fn(f64) -> f64,
    /// Slope of the map at the value.
    pub(super) slope: f64,
    /// Least and largest value the measure can take.
    pub(super) range: (f64, f64),
}

pub(super) fn intervals(
    n: usize,
    resampled: &Resampled,
    scale: &Scale<'_>,
    scheme: BlockScheme,
    settings: &StationaryBootstrap,
) -> MeasureInterval {
    let value = resampled.value;
    let bounds = |low: f64, high: f64| {
        let inside = |v: f64| (scale.map)(v).clamp(scale.range.0, scale.range.1);
        let (low, high) = (inside(low), inside(high));
        (low.is_finite() && high.is_finite()).then_some(Interval { low, high, level: settings.level })
    };
    let tails = settings.tails(&resampled.values);
    MeasureInterval {
        n,
        value: (scale.map)(value),
        std_error: resampled.std_error.map(|error| error * scale.slope),
        studentised: resampled.std_error.and_then(|error| {
            let (low, high) = settings.tails(&resampled.ts)?;
            bounds(value - high * error, value - low * error)
        }),
        basic: tails
            .filter(|_| resampled.std_error.is_some())
            .and_then(|(low, high)| bounds(2.0 * value - high, 2.0 * value - low)),
        percentile: tails.and_then(|(low, high)| bounds(low, high)),
        scheme,
        block_length: resampled.block,
        draws: settings.draws,
        undefined_draws: resampled.values.iter().filter(|v| !v.is_finite()).count(),
    }
}

pub(super) fn check_year(periods_per_year: f64) -> Result<(), BootstrapError> {
    if periods_per_year > 0.0 && periods_per_year.is_finite() {
        Ok(())
    } else {
        Err(BootstrapError::Setting { name: "periods_per_year", value: periods_per_year })
    }
}

/// `measure` of `returns` with its intervals over block-resampled series of the same length.
///
/// Sharpe, Sortino, growth and hit rate are functions of means: their draws cost one look-up per block, and they have
/// a bootstrap-t interval (Goetze & Kuensch 1996, Annals of Statistics 24(5), 1914-1933). The block length is the
/// automatic one of the measure's influence, at least `settings.min_block`.
///
/// Drawdown and Calmar depend on the path and have no standard error. Their percentile interval says what another
/// path of this length from the same returns would show; it is no confidence interval of a parameter.
///
/// # Errors
/// A series that cannot be resampled, settings out of range, or a measure that does not exist on the data.
pub fn measure_interval(
    returns: &[f64],
    measure: Measure,
    scheme: BlockScheme,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<MeasureInterval, MeasureError> {
    settings.block(returns)?;
    let n = returns.len();
    let size = n as f64;
    let (mean, sd) = mean(returns).zip(sd(returns)).ok_or(BootstrapError::NoSpread)?;
    match measure {
        Measure::Sharpe { periods_per_year } => {
            check_year(periods_per_year)?;
            let spread = sd * ((size - 1.0) / size).sqrt();
            let rows: Vec<f64> = returns
                .iter()
                .flat_map(|r| {
                    let z = (r - mean) / spread;
                    [z, z * z - 1.0]
                })
                .collect();
            let ratio = Ratio { level: mean / spread };
            let resampled = resample(&rows, &ratio, scheme, settings, seed)?;
            // Draws divide by n, the measure by n - 1.
            let year = (periods_per_year * (size - 1.0) / size).sqrt();
            Ok(intervals(n, &resampled, &linear(year, &|v| v * year), scheme, settings))
        }
        Measure::Sortino { target, periods_per_year } => {
            check_year(periods_per_year)?;
            let rows: Vec<f64> = returns
                .iter()
                .flat_map(|r| {
                    let excess = (r - target) / sd;
                    [excess, excess.min(0.0).powi(2)]
                })
                .collect();
            let year = periods_per_year.sqrt();
            let resampled = resample(&rows, &Downside, scheme, settings, seed)?;
            Ok(intervals(n, &resampled, &linear(year, &|v| v * year), scheme, settings))
        }
        Measure::Cagr { periods_per_year } => {
            check_year(periods_per_year)?;
            let growth = log_growth(returns)?;
            if growth.iter().any(|g| g.is_infinite()) {
                return Err(MeasureError::Undefined);
            }
            let resampled = resample(&growth, &Mean, scheme, settings, seed)?;
            let map = |g: f64| (periods_per_year * g).exp() - 1.0;
            let slope = periods_per_year * (1.0 + map(resampled.value));
            let scale = Scale { map: &map, slope, range: (-1.0, f64::INFINITY) };
            Ok(intervals(n, &resampled, &scale, scheme, settings))
        }
        Measure::HitRate => {
            let hits: Vec<f64> = returns.iter().map(|r| f64::from(u8::from(*r > 0.0))).collect();
            let resampled = resample(&hits, &Mean, scheme, settings, seed)?;
            let scale = Scale { map: &|v| v, slope: 1.0, range: (0.0, 1.0) };
            Ok(intervals(n, &resampled, &scale, scheme, settings))
        }
        Measure::MaxDrawdown => {
            let value = performance::max_drawdown(returns).ok_or(MeasureError::Undefined)?.depth;
            let resampled = paths(returns, value, scheme, settings, seed, |_, depth| Some(depth))?;
            let scale = Scale { map: &|v| v, slope: 1.0, range: (0.0, 1.0) };
            Ok(intervals(n, &resampled, &scale, scheme, settings))
        }
        Measure::Calmar { periods_per_year } => {
            check_year(periods_per_year)?;
            let value = performance::calmar(returns, periods_per_year).ok_or(MeasureError::Undefined)?;
            let resampled = paths(returns, value, scheme, settings, seed, |growth, depth| {
                let ratio = ((growth * periods_per_year / size).exp() - 1.0) / depth;
                (depth > 0.0 && ratio.is_finite()).then_some(ratio)
            })?;
            Ok(intervals(n, &resampled, &linear(1.0, &|v| v), scheme, settings))
        }
    }
}

pub(super) fn linear<'a>(slope: f64, map: &'a dyn Fn(f64) -> f64) -> Scale<'a> {
    Scale { map, slope, range: (f64::NEG_INFINITY, f64::INFINITY) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::sharpe_interval;

    fn series(n: u32) -> Vec<f64> {
        (0..n).map(|i| 0.0008 + 0.01 * (f64::from(i * i) * 0.77).sin()).collect()
    }

    fn run(measure: Measure) -> MeasureInterval {
        let settings = StationaryBootstrap { draws: 2000, ..StationaryBootstrap::default() };
        measure_interval(&series(700), measure, BlockScheme::Stationary, &settings, Seed::root(4)).unwrap()
    }

    #[test]
    fn values_are_those_of_the_plain_measures() {
        let returns = series(700);
        let year = 252.0;
        for (measure, expected) in [
            (
                Measure::Sharpe { periods_per_year: year },
                performance::sharpe_per_period(&returns).unwrap() * year.sqrt(),
            ),
            (
                Measure::Sortino { target: 0.0002, periods_per_year: year },
                performance::sortino(&returns, 0.0002, year).unwrap(),
            ),
            (Measure::Cagr { periods_per_year: year }, performance::cagr(&returns, year).unwrap()),
            (Measure::HitRate, performance::hit_rate(&returns).unwrap()),
            (Measure::MaxDrawdown, performance::max_drawdown(&returns).unwrap().depth),
            (Measure::Calmar { periods_per_year: year }, performance::calmar(&returns, year).unwrap()),
        ] {
            let found = run(measure);
            assert!(
                (found.value - expected).abs() < 1e-9 * expected.abs(),
                "{measure:?}: {found:?} {expected}"
            );
            let interval = found.interval().unwrap();
            assert!(interval.low < interval.high, "{found:?}");
            assert_eq!(found.undefined_draws, 0);
            assert_eq!(
                found.std_error.is_none(),
                matches!(measure, Measure::MaxDrawdown | Measure::Calmar { .. })
            );
        }
    }

    #[test]
    fn the_sharpe_interval_is_that_of_its_own_function() {
        let returns = series(700);
        let settings = StationaryBootstrap { draws: 4000, min_block: 6.0, level: 0.95 };
        let own = sharpe_interval(&returns, &settings, Seed::root(9)).unwrap();
        let measure = Measure::Sharpe { periods_per_year: 1.0 };
        let found =
            measure_interval(&returns, measure, BlockScheme::Stationary, &settings, Seed::root(9)).unwrap();
        assert_eq!((own.block_length, found.block_length), (6.0, 6.0));
        for (a, b) in [
            (own.sharpe, found.value),
            (own.std_error, found.std_error.unwrap()),
            (own.studentised.unwrap().low, found.studentised.unwrap().low),
            (own.studentised.unwrap().high, found.studentised.unwrap().high),
            (own.percentile.unwrap().high, found.percentile.unwrap().high),
        ] {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn both_schemes_agree_and_circular_lengths_are_whole() {
        let settings = StationaryBootstrap { draws: 4000, min_block: 4.2, level: 0.95 };
        let measure = Measure::Sharpe { periods_per_year: 252.0 };
        let of = |scheme| measure_interval(&series(700), measure, scheme, &settings, Seed::root(2)).unwrap();
        let (stationary, circular) = (of(BlockScheme::Stationary), of(BlockScheme::Circular));
        assert_eq!((circular.block_length, stationary.value), (5.0, circular.value));
        let width = |m: &MeasureInterval| m.studentised.map(|i| i.high - i.low).unwrap();
        assert!((width(&stationary) / width(&circular) - 1.0).abs() < 0.15, "{stationary:?} {circular:?}");
    }

    #[test]
    fn total_losses_and_rising_paths() {
        let settings = StationaryBootstrap { draws: 200, ..StationaryBootstrap::default() };
        let run = |returns: &[f64], measure| {
            measure_interval(returns, measure, BlockScheme::Stationary, &settings, Seed::root(2))
        };
        let mut lost = series(100);
        lost[40] = -1.0;
        assert_eq!(run(&lost, Measure::Cagr { periods_per_year: 252.0 }), Err(MeasureError::Undefined));
        assert_eq!(run(&lost, Measure::MaxDrawdown).unwrap().percentile.unwrap().high, 1.0);
        let rising: Vec<f64> = series(100).iter().map(|r| r.abs() + 1e-4).collect();
        assert_eq!(run(&rising, Measure::Calmar { periods_per_year: 252.0 }), Err(MeasureError::Undefined));
        assert!(run(&rising, Measure::Sortino { target: 0.0, periods_per_year: 252.0 }).is_err());
        assert_eq!(run(&rising, Measure::HitRate), Err(BootstrapError::NoSpread.into()));
        assert!(run(&lost, Measure::Sharpe { periods_per_year: 0.0 }).is_err());
        assert!(run(&[0.1; 10], Measure::MaxDrawdown).is_err());
    }
}
