//! Dates against the exchange's sessions.

use proofmark_units::Date;

use super::{Check, CheckContext, Hit, View};
use crate::quality::Severity;

/// Bars on closed dates.
pub(super) const OFF_CALENDAR: Check = Check {
    id: "off_calendar",
    doc: "The exchange was closed on the bar's date (only with a calendar, and inside its range).",
    severity: Severity::Error,
    hint: "leave the bars out, or check the calendar and the zone if there are many",
    find: |view, context| {
        let Some(calendar) = context.calendar else { return Vec::new() };
        let closed =
            |date: Date| calendar.range().contains(date) && calendar.sessions().binary_search(&date).is_err();
        view.days
            .iter()
            .filter(|day| closed(view.clock[day.start].0))
            .map(|day| Hit { row: day.start, rows: day.len(), value: 0.0 })
            .collect()
    },
    describe: |view, hit| {
        format!(
            "{} was no session; {} bars, close {}",
            view.clock[hit.row].0,
            hit.rows,
            view.close()[hit.row]
        )
    },
};

/// Saturdays and Sundays of a market that does not trade on all of them.
pub(super) const WEEKEND_BAR: Check = Check {
    id: "weekend_bar",
    doc: "A bar is dated Saturday or Sunday in a series that lacks most Saturdays or most Sundays (only without a calendar): a special session, or a trading day that is cut by another zone.",
    severity: Severity::Info,
    hint: "give the calendar with `--calendar`, or the zone that cuts the trading day",
    find: |view, context| {
        if context.calendar.is_some() {
            return Vec::new();
        }
        let weekday = |day: &std::ops::Range<usize>| view.clock[day.start].0.weekday();
        let count = |wanted: u32| view.days.iter().filter(|day| weekday(day) == wanted).count();
        let fewest = count(5).min(count(6));
        if fewest * 10 >= view.days.len() {
            return Vec::new();
        }
        view.days
            .iter()
            .filter(|day| weekday(day) >= 5)
            .map(|day| Hit { row: day.start, rows: day.len(), value: f64::from(weekday(day)) })
            .collect()
    },
    describe: |view, hit| {
        let name = if hit.value == 5.0 { "Saturday" } else { "Sunday" };
        format!("{} is a {name}", view.clock[hit.row].0)
    },
};

/// Per hole between neighbouring dates: the row after it, and the sessions in it.
fn holes(view: &View<'_>, context: &CheckContext<'_>) -> Vec<(usize, usize)> {
    let Some(calendar) = context.calendar else { return Vec::new() };
    let sessions = calendar.sessions();
    view.days
        .windows(2)
        .filter_map(|pair| {
            let (before, after) = (view.clock[pair[0].start].0, view.clock[pair[1].start].0);
            let from = sessions.partition_point(|session| *session <= before);
            let to = sessions.partition_point(|session| *session < after);
            (from < to).then_some((pair[1].start, to - from))
        })
        .collect()
}

/// Sessions without a bar.
pub(super) const MISSING_SESSION: Check = Check {
    id: "missing_session",
    doc: "Sessions of the calendar between two bars have none. The value is how many.",
    severity: Severity::Info,
    hint: "`proofmark data coverage` tells the likely cause of each hole; fetch what the vendor has",
    find: |view, context| {
        let hole = |(row, sessions): (usize, usize)| Hit { row, rows: 0, value: sessions as f64 };
        holes(view, context).into_iter().map(hole).collect()
    },
    describe: |view, hit| {
        let (before, after) = (view.clock[hit.row - 1].0, view.clock[hit.row].0);
        format!("{} session(s) missing between {before} and {after}", hit.value)
    },
};

/// Longest hole that is not reported, sessions.
const LONGEST: usize = 20;

/// Longest hole that is not reported where there is no calendar, days.
const LONGEST_DAYS: i32 = 14;

/// Long holes.
pub(super) const SESSION_GAP: Check = Check {
    id: "session_gap",
    doc: "More than 20 sessions in a row (without a calendar: more than 14 days) have no bar: windows that span the gap are not what they seem. The value is how many.",
    severity: Severity::Warning,
    hint: "fetch the span anew, or start the series after it",
    find: |view, context| {
        if context.calendar.is_some() {
            let long = holes(view, context).into_iter().filter(|(_, sessions)| *sessions > LONGEST);
            return long.map(|(row, sessions)| Hit { row, rows: 0, value: sessions as f64 }).collect();
        }
        let days = |pair: &[std::ops::Range<usize>]| {
            view.clock[pair[1].start].0.days() - view.clock[pair[0].start].0.days() - 1
        };
        view.days
            .windows(2)
            .filter(|pair| days(pair) > LONGEST_DAYS)
            .map(|pair| Hit { row: pair[1].start, rows: 0, value: f64::from(days(pair)) })
            .collect()
    },
    describe: |view, hit| {
        let (before, after) = (view.clock[hit.row - 1].0, view.clock[hit.row].0);
        format!("nothing between {before} and {after}: {} missing", hit.value)
    },
};
