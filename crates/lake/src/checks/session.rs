//! Times of day of intraday bars.

use std::collections::BTreeMap;

use super::view::time_of_day;
use super::{Check, Hit, View};
use crate::quality::Severity;

/// Stamps off the bars' own rhythm.
pub(super) const OFF_CADENCE: Check = Check {
    id: "off_cadence",
    doc: "The time of day is not on the grid of the commonest distance between bars.",
    severity: Severity::Warning,
    hint: "floor stamps to the bar size if they are times of the last trade; otherwise leave the bars out",
    find: |view, _| {
        let Some(size) = view.bar_size.filter(|size| *size > 0) else { return Vec::new() };
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for (_, time) in &view.clock {
            *counts.entry(time % size).or_default() += 1;
        }
        let Some((usual, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return Vec::new() };
        let off = |row: &usize| view.clock[*row].1 % size != usual;
        (0..view.len()).filter(off).map(|row| Hit::one(row, (view.clock[row].1 % size) as f64)).collect()
    },
    describe: |view, hit| {
        let size = view.bar_size.unwrap_or(0) / 1_000_000_000;
        format!("{} s past the grid of {size} s", hit.value / 1e9)
    },
};

/// Bars outside the session.
pub(super) const OFF_SESSION: Check = Check {
    id: "off_session",
    doc: "The bar opens outside the session: the one given, else the times of day that have a bar on at least a fifth of the dates (not for markets open over 20 hours).",
    severity: Severity::Warning,
    hint: "pre-market and closing bars can be left out by time; a block of hours points to a zone: see `time_zone_mix`",
    find: |view, _| {
        let Some((first, last)) = view.session else { return Vec::new() };
        outside(view, first, last).map(|row| Hit::one(row, view.clock[row].1 as f64)).collect()
    },
    describe: |view, hit| {
        let (first, last) = view.session.unwrap_or((0, 0));
        let (open, end) = (time_of_day(first), time_of_day(last));
        format!("{} is outside {open} to {end}", time_of_day(hit.value as i64))
    },
};

/// Rows whose time of day lies outside the session.
pub(super) fn outside<'a>(view: &'a View<'_>, first: i64, last: i64) -> impl Iterator<Item = usize> + 'a {
    (0..view.len()).filter(move |row| !(first..=last).contains(&view.clock[*row].1))
}

/// Share of dates that must have the commonest number of bars for it to be expected.
const COMMON: f64 = 0.3;

/// Dates with too few bars.
pub(super) const SHORT_SESSION: Check = Check {
    id: "short_session",
    doc: "The date has fewer bars than the commonest number, where at least 30 % of the dates have it; the first and last date are left out. The value is the number of bars.",
    severity: Severity::Info,
    hint: "a half day or a halt if the whole market lacks them; otherwise fetch the date anew",
    find: |view, _| {
        let Some(expected) = usual_count(view) else { return Vec::new() };
        let inner = view.days.iter().take(view.days.len() - 1).skip(1);
        inner
            .filter(|day| day.len() < expected)
            .map(|day| Hit { row: day.start, rows: 0, value: day.len() as f64 })
            .collect()
    },
    describe: |view, hit| {
        let expected = usual_count(view).unwrap_or(0);
        format!("{} has {} of {expected} bars", view.clock[hit.row].0, hit.value)
    },
};

fn usual_count(view: &View<'_>) -> Option<usize> {
    if view.bar_size.is_none() || view.days.len() < 5 {
        return None;
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for day in &view.days {
        *counts.entry(day.len()).or_default() += 1;
    }
    let (bars, dates) = counts.into_iter().max_by_key(|(bars, dates)| (*dates, *bars))?;
    (dates as f64 >= COMMON * view.days.len() as f64).then_some(bars)
}
