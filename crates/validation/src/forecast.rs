//! Whether the forecast distributions of returns mean what they say, and what they know that simpler ones do not.

use proofmark_lifecycle::{Evidence, Interval};
use proofmark_stats::calibration::{PitBins, crps_quantiles, pit_moments_by_date};
use proofmark_stats::moments::sum;
use proofmark_stats::regression::{HacRatio, RegressionError, hac_ratio, newey_west_lag};
use proofmark_training::{FORECAST_LEVELS, FORECAST_ROWS_MIN, ReturnForecast};

use crate::record::{Recorder, normal_interval};

/// What a record is called, and its unit.
type Named = (&'static str, &'static str);

const COVERAGE: Named = ("coverage", "share");
const COVERAGE_50: Named = ("coverage_50", "share");
const WIDTH: Named = ("interval_width", "fraction");
const PIT: Named = ("pit_p", "p");
const CRPS: Named = ("crps", "fraction");
const CRPS_CLIMATOLOGY: Named = ("crps_climatology", "fraction");
const CRPS_SKILL: Named = ("crps_skill", "ratio");
const CRPS_WITHOUT_SCORE: Named = ("crps_without_score", "fraction");
const CRPS_SKILL_OF_SCORE: Named = ("crps_skill_of_score", "ratio");

/// In the order of the reports.
const RECORDS: [Named; 9] = [
    COVERAGE,
    COVERAGE_50,
    WIDTH,
    PIT,
    CRPS,
    CRPS_CLIMATOLOGY,
    CRPS_SKILL,
    CRPS_WITHOUT_SCORE,
    CRPS_SKILL_OF_SCORE,
];

/// Bins of the histogram of transforms; the quantiles cut twice as many.
const BINS: usize = 10;

/// Positions in [`FORECAST_LEVELS`] of 5 % and 95 %, and of the quartiles.
const CENTRAL_90: [usize; 2] = [0, 18];
const CENTRAL_50: [usize; 2] = [4, 14];

/// An outcome this near to a quantile, in units, equals it: returns at a barrier differ by rounding alone.
const TIE: f64 = 1e-9;

const NOT_FOR_GATES: &str = "level and spread of the transforms, Newey-West over daily sums; not for gates: quantiles estimated on one short slice a fold are taken as the truth";

/// Scores and returns of one span, time-major, NaN where there is nothing.
#[derive(Debug, Clone, Copy)]
pub struct ForecastInput<'a> {
    /// Of each date the forecast of the fold that tests it, if it has one.
    pub forecasts: &'a [Option<&'a ReturnForecast>],
    /// Probabilities that the forecasts are conditioned on.
    pub scores: &'a [f64],
    /// Forward returns, fractions.
    pub forward: &'a [f64],
    /// Units of the returns, fractions above 0 known at the decision.
    pub unit: &'a [f64],
    /// Names a row.
    pub width: usize,
    /// Label horizon in sessions.
    pub horizon: usize,
}

/// Sums over the rows of one date.
struct Day {
    rows: f64,
    inside_90: f64,
    inside_50: f64,
    width_90: f64,
    /// Of the forecast, of the one without the score, of climatology.
    crps: [f64; 3],
    pit: PitBins,
}

/// Coverage of the central 90 % and 50 %, width, uniformity of the transforms, CRPS and its skill over climatology and
/// over volatility alone: `<name>.coverage`, `.pit_p`, `.crps` and so on, and `<name>.pit.<bin>`.
///
/// Intervals are Newey-West over daily sums. They are for the forecasts as they are: what the quantiles owe to the
/// short slice they were estimated on is inside the figures and not in the intervals.
pub fn forecast_evidence(recorder: &Recorder, name: &str, input: &ForecastInput<'_>) -> Vec<Evidence> {
    let days: Vec<Day> = (0..input.forecasts.len()).filter_map(|t| day(input, t)).collect();
    let lag = newey_west_lag(days.len(), input.horizon);
    let series = |of: &dyn Fn(&Day) -> f64| -> Vec<f64> { days.iter().map(of).collect() };
    let rows = series(&|d| d.rows);
    let n = sum(&rows) as usize;
    let per_row = |of: &dyn Fn(&Day) -> f64| hac_ratio(&series(of), &rows, lag);
    if let Err(error) = per_row(&|d| d.inside_90) {
        let fitted = input.forecasts.iter().any(Option::is_some);
        return match fitted {
            true => missing(recorder, name, &RECORDS, error),
            false => missing(
                recorder,
                name,
                &RECORDS,
                format!(
                    "no calibration slice has {FORECAST_ROWS_MIN} rows with a return to form quantiles from"
                ),
            ),
        };
    }
    let skill_over = |k: usize| {
        let gain = series(&|d: &Day| d.crps[k] - d.crps[0]);
        hac_ratio(&gain, &series(&|d| d.crps[k]), lag)
    };
    let without = input.forecasts.iter().filter(|forecast| forecast.is_none()).count();
    let dates = match without {
        0 => format!("{} dates", days.len()),
        _ => format!(
            "{} dates; {without} more have no forecast, their calibration slice is too short",
            days.len()
        ),
    };
    let estimate = |(what, unit): Named, found: &Result<HacRatio, RegressionError>, note: String| {
        let label = format!("{name}.{what}");
        let HacRatio { ratio, std_error, n_effective, .. } = match found {
            Ok(found) => *found,
            Err(error) => return recorder.missing(label, unit, error),
        };
        let bounds = normal_interval(ratio, std_error, "Newey-West over dates");
        let share = |i: Interval| Interval { low: i.low.max(0.0), high: i.high.min(1.0), ..i };
        let bounds = if unit == "share" { bounds.map(share) } else { bounds };
        let record = recorder.record(label, ratio, unit, n).with_interval(bounds).with_note(note);
        n_effective.into_iter().fold(record, Evidence::with_n_effective)
    };
    let promised = |share: f64| {
        format!(
            "{share} when right; where returns pile up on an end of the interval (barriers) it holds more; {dates}"
        )
    };
    let pit: Vec<PitBins> = days.iter().map(|d| d.pit.clone()).collect();
    let pit_label = format!("{name}.{}", PIT.0);
    let mut out = vec![
        estimate(COVERAGE, &per_row(&|d| d.inside_90), promised(0.9)),
        estimate(COVERAGE_50, &per_row(&|d| d.inside_50), promised(0.5)),
        estimate(WIDTH, &per_row(&|d| d.width_90), "mean width of the central 90 %".to_owned()),
        match pit_moments_by_date(&pit, lag) {
            Some(found) => recorder.record(pit_label, found.p, PIT.1, n).with_note(NOT_FOR_GATES),
            None => recorder.missing(pit_label, PIT.1, "the transforms have no spread, or dates are too few"),
        },
        estimate(CRPS, &per_row(&|d| d.crps[0]), format!("{} quantiles", FORECAST_LEVELS.len())),
        estimate(
            CRPS_CLIMATOLOGY,
            &per_row(&|d| d.crps[2]),
            "quantiles of all returns of the same calibration slices, whatever name, unit and score"
                .to_owned(),
        ),
        estimate(CRPS_SKILL, &skill_over(2), "most of it is knowing how volatile each name is".to_owned()),
        estimate(CRPS_WITHOUT_SCORE, &per_row(&|d| d.crps[1]), "the forecast whatever the score".to_owned()),
        estimate(
            CRPS_SKILL_OF_SCORE,
            &skill_over(1),
            "smaller groups cost precision: a score without skill shows a little less than 0".to_owned(),
        ),
    ];
    let total = sum(&rows);
    out.extend((0..BINS).map(|bin| {
        let count = sum(&series(&|d| d.pit.counts[2 * bin] + d.pit.counts[2 * bin + 1]));
        recorder
            .record(format!("{name}.pit.{bin}"), count / total, "share", n)
            .with_note("returns that fell between these tenths of their forecast; 0.1 when right")
    }));
    out
}

/// The main records without values, for a model whose scores no forecast is fitted on: `why` says the reason.
pub fn forecast_missing(recorder: &Recorder, name: &str, why: &str) -> Vec<Evidence> {
    missing(recorder, name, &[COVERAGE, PIT, CRPS], why)
}

fn missing(
    recorder: &Recorder,
    name: &str,
    records: &[(&str, &str)],
    why: impl std::fmt::Display,
) -> Vec<Evidence> {
    let missing = |(what, unit): &(&str, &str)| recorder.missing(format!("{name}.{what}"), unit, &why);
    records.iter().map(missing).collect()
}

/// The rows of date `t` that have a forecast and a return; `None` without one.
fn day(input: &ForecastInput<'_>, t: usize) -> Option<Day> {
    let forecast = input.forecasts[t]?;
    let mut day = Day {
        rows: 0.0,
        inside_90: 0.0,
        inside_50: 0.0,
        width_90: 0.0,
        crps: [0.0; 3],
        pit: PitBins::new(FORECAST_LEVELS.len() + 1),
    };
    let mut returns = Vec::with_capacity(input.width);
    let mut quantiles: [Vec<f64>; 3] = Default::default();
    for cell in t * input.width..(t + 1) * input.width {
        let (score, value, unit) = (input.scores[cell], input.forward[cell], input.unit[cell]);
        if !(value.is_finite() && unit.is_finite() && unit > 0.0) {
            continue;
        }
        let known =
            [&forecast.by_score, &forecast.by_unit, &forecast.climatology].map(|f| f.quantiles(score));
        let [Some(own), Some(by_unit), Some(climatology)] = known else { continue };
        let at = value / unit;
        let inside =
            |[low, high]: [usize; 2]| f64::from(u8::from(at >= own[low] - TIE && at <= own[high] + TIE));
        day.rows += 1.0;
        day.inside_90 += inside(CENTRAL_90);
        day.inside_50 += inside(CENTRAL_50);
        day.width_90 += (own[CENTRAL_90[1]] - own[CENTRAL_90[0]]) * unit;
        day.pit.add(own.partition_point(|q| *q < at - TIE), own.partition_point(|q| *q <= at + TIE));
        returns.push(value);
        for (rows, (row, scale)) in
            quantiles.iter_mut().zip([(own, unit), (by_unit, unit), (climatology, 1.0)])
        {
            rows.extend(row.iter().map(|q| q * scale));
        }
    }
    for (total, rows) in day.crps.iter_mut().zip(&quantiles) {
        *total = crps_quantiles(&FORECAST_LEVELS, rows, &returns)? * day.rows;
    }
    Some(day)
}

#[cfg(test)]
mod tests;
