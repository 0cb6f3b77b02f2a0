//! When a rule decides, enters and leaves: known ahead from the calendar.

use proofmark_units::{Date, Instant};

use super::definition::{ForecastPipeline, RuleSpec};
use super::series::Series;
use crate::error::{AppError, Result};

/// One decision of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    /// Row of the last session whose close it knows.
    pub(super) row: usize,
    /// First session traded.
    pub(super) date: Date,
    /// Last session traded.
    pub(super) last: Date,
    /// Sessions from the first to the last.
    pub(super) sessions: u32,
    /// When the entry is sent.
    pub(super) enter: Instant,
    /// When the order at the last close is sent.
    pub(super) leave: Instant,
}

/// Which decisions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that are over before the bars end.
    Over,
    /// Those too that are under way, and the one for the session after the last bar.
    UpToNext,
}

/// The rule's decisions out of sample, ascending.
pub(super) fn decisions(
    pipeline: &ForecastPipeline,
    series: &Series,
    wanted: Wanted,
) -> Result<Vec<Decision>> {
    let found = decisions_from(pipeline, series, pipeline.data.first_test, wanted);
    if found.is_empty() {
        return Err(AppError::input(format!(
            "no session is left to trade from `data.first_test` ({}) on",
            pipeline.data.first_test
        ))
        .hint("bring more data, or move `data.first_test` earlier"));
    }
    Ok(found)
}

/// The rule's decisions whose first session is `from` or later, ascending.
pub(super) fn decisions_from(
    pipeline: &ForecastPipeline,
    series: &Series,
    from: Date,
    wanted: Wanted,
) -> Vec<Decision> {
    let dates = series.dates();
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    // Sessions after the last bar too: a week that the bars end in is not over.
    let sessions: Vec<Date> = series.calendar.sessions().iter().copied().filter(|d| d >= first).collect();
    let next = series.calendar.next_session(*last).unwrap_or(*last);
    let keep = |date: Date, end: Date| match wanted {
        Wanted::Over => end <= *last,
        Wanted::UpToNext => date <= next,
    };
    let spans: Vec<(Date, Date, u32)> = match pipeline.strategy.rule {
        RuleSpec::SmartSimple(_) => sessions
            .chunk_by(|a, b| a.iso_week() == b.iso_week())
            .map(|week| (week[0], week[week.len() - 1], week.len() as u32))
            .collect(),
        RuleSpec::VolatilityTrail(_) => sessions.iter().map(|date| (*date, *date, 1)).collect(),
    };
    let mut found: Vec<Decision> = spans
        .into_iter()
        .filter(|(date, end, _)| *date >= from && keep(*date, *end))
        .filter_map(|(date, last, sessions)| decision(pipeline, series, date, last, sessions))
        .collect();
    // A session without a bar brought no news: what was sent for it is sent again for the next one.
    found.reverse();
    found.dedup_by_key(|decision| decision.row);
    found.reverse();
    found
}

fn decision(
    pipeline: &ForecastPipeline,
    series: &Series,
    date: Date,
    last: Date,
    sessions: u32,
) -> Option<Decision> {
    let row = series.dates().partition_point(|d| *d < date).checked_sub(1)?;
    let enter = series.bars.known_ats()[row];
    let leave = match pipeline.data.interval {
        None => {
            let before_last = series.dates().partition_point(|d| *d < last).checked_sub(1)?;
            series.bars.known_ats()[before_last.max(row)]
        }
        // The order at the last close is sent when the bar before the last one of the session ends.
        Some(interval) => match pipeline.data.last_order() {
            Some(seconds) => last.midnight_utc().plus_seconds(seconds),
            None => {
                let bar = i64::from(interval.minutes()?) * 60;
                series.calendar.session_close(last).plus_seconds(-bar)
            }
        },
    };
    Some(Decision { row, date, last, sessions, enter, leave })
}
