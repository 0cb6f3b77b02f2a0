//! A series in ascending order with what several checks need, computed once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proofmark_units::{Date, Instant};

use super::{CheckContext, Label, Series};

pub(super) const DAY: i64 = 86_400_000_000_000;

/// Ascending bars of a series; equal stamps keep the order of delivery.
#[derive(Debug)]
pub struct View<'a> {
    pub(super) delivered: &'a Series,
    bars: Cow<'a, Series>,
    /// Delivered row of each ascending row; `None` when they are the same.
    order: Option<Vec<usize>>,
    /// Typical size of a close-to-close return (fraction): 1.4826 times the median of the non-zero ones, which is the
    /// standard deviation of normal returns; `None` with fewer than 20 of them.
    pub(super) scale: Option<f64>,
    /// Date of each bar by the clocks of the context's zone, and nanoseconds since its midnight.
    pub(super) clock: Vec<(Date, i64)>,
    /// Commonest distance between neighbours on one date, nanoseconds; `None` for daily bars.
    pub(super) bar_size: Option<i64>,
    /// Ranges of ascending rows that share a date.
    pub(super) days: Vec<std::ops::Range<usize>>,
    /// First and last usual time of day; `None` for daily bars and markets that never close.
    pub(super) session: Option<(i64, i64)>,
}

impl<'a> View<'a> {
    /// Sorts if need be and measures.
    pub fn of(series: &'a Series, context: &CheckContext<'_>) -> Self {
        let (bars, order) = ascending(series);
        let clock: Vec<(Date, i64)> = bars
            .at
            .iter()
            .map(|at| match context.zone {
                Some(zone) if series.label == Label::Open => zone.local(*at),
                _ => (at.utc_date(), at.nanos().rem_euclid(DAY)),
            })
            .collect();
        let mut days = Vec::new();
        let mut from = 0;
        for day in clock.chunk_by(|a, b| a.0 == b.0) {
            days.push(from..from + day.len());
            from += day.len();
        }
        let bar_size = (series.label == Label::Open).then(|| bar_size(&clock)).flatten();
        let session =
            bar_size.and_then(|size| context.session.or_else(|| usual_session(&clock, days.len(), size)));
        let scale = typical_return(&bars.close);
        Self { delivered: series, bars, order, scale, clock, bar_size, days, session }
    }

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.bars.len()
    }
    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }
    /// Stamps, ascending.
    pub fn at(&self) -> &[Instant] {
        &self.bars.at
    }
    /// Row of the delivered series behind ascending row `row`.
    pub fn delivered_row(&self, row: usize) -> usize {
        self.order.as_ref().map_or(row, |order| order[row])
    }

    pub(super) fn open(&self) -> &[f64] {
        &self.bars.open
    }
    pub(super) fn high(&self) -> &[f64] {
        &self.bars.high
    }
    pub(super) fn low(&self) -> &[f64] {
        &self.bars.low
    }
    pub(super) fn close(&self) -> &[f64] {
        &self.bars.close
    }
    pub(super) fn volume(&self) -> &[f64] {
        &self.bars.volume
    }
    pub(super) fn turnover(&self) -> &[f64] {
        &self.bars.turnover
    }
    pub(super) fn is_daily(&self) -> bool {
        self.delivered.label == Label::Session
    }
    /// Open, high, low, close of a row.
    pub(super) fn prices(&self, row: usize) -> [f64; 4] {
        [self.open()[row], self.high()[row], self.low()[row], self.close()[row]]
    }
}

fn ascending(series: &Series) -> (Cow<'_, Series>, Option<Vec<usize>>) {
    if series.at.is_sorted() {
        return (Cow::Borrowed(series), None);
    }
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by_key(|row| series.at[*row]);
    let bars = order.iter().map(|row| series.bar(*row));
    (Cow::Owned(Series::new(series.symbol.clone(), series.label, bars)), Some(order))
}

fn bar_size(clock: &[(Date, i64)]) -> Option<i64> {
    // The first hundred thousand bars tell the size as well as all of them.
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in clock[..clock.len().min(100_000)].windows(2) {
        if pair[0].0 == pair[1].0 && pair[0].1 < pair[1].1 {
            *counts.entry(pair[1].1 - pair[0].1).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(size, count)| (*count, -size)).map(|(size, _)| size)
}

/// Share of dates on which a time of day must have a bar to belong to the usual session.
const USUAL: f64 = 0.20;

fn usual_session(clock: &[(Date, i64)], days: usize, size: i64) -> Option<(i64, i64)> {
    let slots = usize::try_from(DAY / size.max(1_000_000_000)).unwrap_or(1);
    let mut counts = vec![0_usize; slots + 1];
    for (_, time) in clock {
        let slot = usize::try_from(time / size.max(1_000_000_000)).unwrap_or(0);
        counts[slot.min(slots)] += 1;
    }
    let least = ((days as f64 * USUAL).ceil() as usize).max(1);
    let first = counts.iter().position(|count| *count >= least)?;
    let last = counts.iter().rposition(|count| *count >= least)?;
    // A market that trades most of the day has no session to be outside of.
    let nanos = |slot: usize| i64::try_from(slot).map_or(0, |slot| slot * size.max(1_000_000_000));
    (nanos(last) - nanos(first) < 20 * 3_600_000_000_000).then(|| (nanos(first), nanos(last) + size - 1))
}

fn typical_return(close: &[f64]) -> Option<f64> {
    let mut sizes: Vec<f64> = close
        .windows(2)
        .map(|pair| (pair[1] / pair[0] - 1.0).abs())
        .filter(|size| *size > 0.0 && size.is_finite())
        .collect();
    if sizes.len() < 20 {
        return None;
    }
    let middle = sizes.len() / 2;
    Some(1.4826 * *sizes.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// A fraction as people read it.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:+.1} %", fraction * 100.0)
}

/// A time of day as people read it.
pub(super) fn time_of_day(nanos: i64) -> String {
    let minutes = nanos / 60_000_000_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
