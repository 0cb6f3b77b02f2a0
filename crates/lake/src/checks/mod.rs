//! Checks: what can be wrong with bars as they stand, daily or intraday, found without changing a row.
//!
//! [`crate::quality::RULES`] decide which daily rows of the lake a run may use. A check decides nothing: it names rows of
//! any [`Series`], with a severity, sample rows and a hint how to mend them. Adding one is a constant in its family's
//! file and a line in [`CHECKS`]. Checks need only the columns, so a file can be looked at before it is stored.

mod calendar;
mod flat;
mod order;
mod prices;
mod repair;
mod scale;
mod series;
mod session;
mod spike;
mod stamps;
mod ticks;
mod two;
mod units;
mod view;
mod volume;
mod zone;

use rayon::prelude::*;
use serde::Serialize;

use proofmark_market::Calendar;
use proofmark_units::{Instant, Symbol, Zone};

use crate::quality::Severity;
pub use repair::{Repaired, ShiftRepair};
pub use series::{Label, Series, StampedBar};
pub use two::{COMPARISONS, Comparison, Difference, compare};
pub use view::View;

/// Every check, in the order of the report.
pub const CHECKS: &[&Check] = &[
    &order::UNSORTED,
    &order::DUPLICATE_STAMP,
    &prices::MISSING_PRICE,
    &prices::POSITIVE_FINITE_PRICE,
    &prices::OHLC_ORDER,
    &volume::NEGATIVE_VOLUME,
    &volume::ZERO_VOLUME,
    &units::TURNOVER_UNIT,
    &units::VOLUME_UNIT_CHANGE,
    &scale::SCALE_ERROR,
    &scale::UNIT_CHANGE,
    &spike::BAD_TICK,
    &spike::OUTLIER_RETURN,
    &flat::FROZEN_RUN,
    &flat::FLAT_BARS,
    &ticks::OFF_TICK,
    &calendar::OFF_CALENDAR,
    &calendar::WEEKEND_BAR,
    &calendar::MISSING_SESSION,
    &calendar::SESSION_GAP,
    &session::OFF_CADENCE,
    &session::OFF_SESSION,
    &session::SHORT_SESSION,
    &zone::TIME_ZONE_MIX,
    &stamps::FUTURE_STAMP,
    &stamps::STALE_SERIES,
];

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Stable name, `snake_case`.
    pub id: &'static str,
    /// What it finds, with its thresholds.
    pub doc: &'static str,
    /// How much a finding matters.
    pub severity: Severity,
    /// What to do about it.
    pub hint: &'static str,
    pub(crate) find: fn(&View<'_>, &CheckContext<'_>) -> Vec<Hit>,
    pub(crate) describe: fn(&View<'_>, &Hit) -> String,
}

/// What a check may know besides the bars; what is `None` is not checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckContext<'a> {
    /// The exchange's sessions.
    pub calendar: Option<&'a Calendar>,
    /// The exchange's clocks, for times of day; UTC when not given.
    pub zone: Option<&'a Zone>,
    /// First and last time of day at which a bar of the session may open, nanoseconds since midnight of `zone`; learned
    /// from the bars when not given.
    pub session: Option<(i64, i64)>,
    /// Stamps after it lie in the future.
    pub now: Option<Instant>,
    /// The newest stamp of everything delivered together.
    pub newest: Option<Instant>,
}

/// Consecutive bars that one check names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// First bar, an index into the ascending bars of the view.
    pub row: usize,
    /// Bars named; 0 when what is named is absent (a missing session before `row`).
    pub rows: usize,
    /// What the check measured: a factor, a return, a count, a shift in nanoseconds.
    pub value: f64,
}

impl Hit {
    pub(crate) const fn one(row: usize, value: f64) -> Self {
        Self { row, rows: 1, value }
    }
}

/// What one check found in one series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckFindings {
    /// The check.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Findings.
    pub count: usize,
    /// Bars named by them together.
    pub bars: usize,
    /// The first findings, at most five.
    pub samples: Vec<Sample>,
    /// Every finding.
    #[serde(skip)]
    pub hits: Vec<Hit>,
}

/// One finding, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// One-based row of the series as delivered.
    pub row: usize,
    /// The bar's stamp.
    pub at: Instant,
    /// What was seen.
    pub detail: String,
}

/// What all checks found in one series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesReport {
    /// The symbol.
    pub symbol: Symbol,
    /// Bars looked at.
    pub bars: usize,
    /// First and last stamp; `None` without a bar.
    pub span: Option<(Instant, Instant)>,
    /// Checks that found something, in the order of [`CHECKS`].
    pub findings: Vec<CheckFindings>,
}

/// Samples kept of each check and series.
const SAMPLES: usize = 5;

/// Applies every check to every series. Reports come in the order of `series`, whatever the number of threads.
pub fn scan(series: &[Series], context: &CheckContext<'_>) -> Vec<SeriesReport> {
    series.par_iter().map(|series| scan_one(series, context)).collect()
}

fn scan_one(series: &Series, context: &CheckContext<'_>) -> SeriesReport {
    let view = View::of(series, context);
    let run = |check: &&Check| {
        let hits = (check.find)(&view, context);
        if hits.is_empty() {
            return None;
        }
        let sample = |hit: &Hit| {
            let row = hit.row.min(view.len().saturating_sub(1));
            Sample {
                row: view.delivered_row(row) + 1,
                at: view.at()[row],
                detail: (check.describe)(&view, hit),
            }
        };
        Some(CheckFindings {
            id: check.id,
            severity: check.severity,
            count: hits.len(),
            bars: hits.iter().map(|hit| hit.rows).sum(),
            samples: hits.iter().take(SAMPLES).map(sample).collect(),
            hits,
        })
    };
    let findings: Vec<Option<CheckFindings>> = CHECKS.par_iter().map(run).collect();
    let span = view.at().first().copied().zip(view.at().last().copied());
    SeriesReport {
        symbol: series.symbol.clone(),
        bars: series.len(),
        span,
        findings: findings.into_iter().flatten().collect(),
    }
}
