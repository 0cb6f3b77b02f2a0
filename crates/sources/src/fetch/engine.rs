//! Doing a plan: chunk after chunk, each one kept before the next is asked for.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_units::{Date, DateSpan, Symbol};

use super::{
    ChunkStore, Coverage, Delivered, FetchLog, Flaw, FlawRule, Instrument, LogEntry, Plan, Row, Series,
    Source, StoreError, Stored,
};
use crate::net::{Client, Counts, FetchError};

/// A source with the place where its chunks are kept.
#[derive(Debug)]
pub struct Job<'a, S> {
    /// Who delivers.
    pub source: &'a S,
    /// Where chunks are kept.
    pub store: &'a ChunkStore,
    /// Where each is logged.
    pub log: &'a FetchLog,
}

/// Where a fetch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Chunks finished, failed ones included.
    pub done: u64,
    /// Chunks of the plan.
    pub total: u64,
}

/// A chunk that could not be fetched.
#[derive(Debug)]
pub struct Failure {
    /// The instrument.
    pub symbol: Symbol,
    /// The days.
    pub span: DateSpan,
    /// Why.
    pub error: FetchError,
}

/// What a fetch did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Chunks fetched.
    pub fetched: u64,
    /// Chunks of the plan that were not tried, because a failure ended the job.
    pub not_tried: u64,
    /// Rows kept.
    pub rows: u64,
    /// Rows left out.
    pub flaws: u64,
    /// Requests, retries and waiting.
    pub counts: Counts,
    /// Days asked for of which the vendor has no row, by instrument: before its listing, a halt, or a hole.
    pub empty_days: Vec<(Symbol, Vec<Date>)>,
    /// What failed.
    pub failures: Vec<Failure>,
}

/// Which days that are there are asked for once more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refetch {
    /// None.
    #[default]
    Nothing,
    /// Days with fewer rows than this: a vendor that was cut off, or that filled a hole later. A day that stays short is asked
    /// for every time.
    Below(u32),
    /// All.
    All,
}

impl<S: Source> Job<'_, S> {
    fn series(&self, instrument: &Instrument) -> Series {
        let (vendor, dataset) = self.source.caps().folder;
        Series { vendor, dataset, instrument: instrument.clone() }
    }

    /// Plans `days` of `instruments`: those that are not there, and of those that are what `refetch` says.
    ///
    /// # Errors
    /// The store or the log cannot be read.
    pub fn plan(
        &self,
        instruments: &[Instrument],
        days: Vec<Date>,
        session_minutes: u32,
        keys: usize,
        today: Date,
        refetch: Refetch,
    ) -> Result<Plan, StoreError> {
        let caps = self.source.caps();
        let mut held = Vec::with_capacity(instruments.len());
        for instrument in instruments {
            let coverage = match refetch {
                Refetch::Nothing => self.store.coverage(&self.series(instrument))?,
                Refetch::Below(rows) => self.full_days(instrument, &days, rows)?,
                Refetch::All => Coverage::default(),
            };
            held.push((instrument.clone(), coverage));
        }
        let spent = self.log.requests_on(today, caps.folder.0)?;
        Ok(Plan::new(&caps, self.source.rows_per_day(session_minutes), days, held, keys, spent))
    }

    /// Days that are there with at least `rows` rows each.
    fn full_days(&self, instrument: &Instrument, days: &[Date], rows: u32) -> Result<Coverage, StoreError> {
        let held = self.store.coverage(&self.series(instrument))?;
        let mut full = Coverage::default();
        let (Some(start), Some(end)) = (days.first(), days.last()) else { return Ok(full) };
        let mut counts: BTreeMap<Date, u32> = BTreeMap::new();
        for row in self.read(instrument, DateSpan { start: *start, end: *end })?.rows {
            *counts.entry(row.date()).or_default() += 1;
        }
        let enough = |day: &Date| counts.get(day).copied().unwrap_or(0) >= rows;
        for day in days.iter().filter(|day| held.contains(**day) && enough(day)) {
            full.add(DateSpan { start: *day, end: *day });
        }
        Ok(full)
    }

    /// Does `plan`. A failed chunk is listed and the next one is tried, unless no other could fare better.
    ///
    /// # Errors
    /// [`StoreError`] only: what was fetched cannot be kept.
    pub fn run(
        &self,
        client: &mut Client<'_>,
        plan: &Plan,
        progress: &dyn Fn(Progress),
    ) -> Result<Outcome, StoreError> {
        let total = plan.chunks() as u64;
        let mut outcome = Outcome::default();
        client.already_spent(plan.spent_today);
        let before = client.counts();
        let mut done = 0;
        let mut ended = false;
        for series in &plan.series {
            if series.chunks.is_empty() && !plan.days.is_empty() {
                self.log_cached(client, plan, &series.instrument)?;
            }
            let mut empty = Vec::new();
            for chunk in &series.chunks {
                if ended {
                    outcome.not_tried += 1;
                    continue;
                }
                ended = self.chunk(client, plan, &series.instrument, chunk.span, &mut outcome, &mut empty)?;
                done += 1;
                progress(Progress { done, total });
            }
            if !empty.is_empty() {
                outcome.empty_days.push((series.instrument.symbol.clone(), empty));
            }
        }
        let after = client.counts();
        outcome.counts = Counts {
            requests: after.requests - before.requests,
            retries: after.retries - before.retries,
            waited: after.waited - before.waited,
        };
        Ok(outcome)
    }

    /// What the store holds of `instrument` for the days of `span`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(&self, instrument: &Instrument, span: DateSpan) -> Result<Stored<S::Row>, StoreError> {
        self.store.read(&self.series(instrument), span)
    }

    /// Fetches one chunk, in halves when the vendor cut it at its cap. Whether the job must end.
    fn chunk(
        &self,
        client: &mut Client<'_>,
        plan: &Plan,
        instrument: &Instrument,
        span: DateSpan,
        outcome: &mut Outcome,
        empty: &mut Vec<Date>,
    ) -> Result<bool, StoreError> {
        let from = plan.days.partition_point(|day| *day < span.start);
        let to = plan.days.partition_point(|day| *day <= span.end);
        let days = &plan.days[from..to];
        let before = client.counts();
        let caps = self.source.caps();
        let fetched = self.source.fetch(client, instrument, span).map(|rows| tidy(rows, days, span));
        let after = client.counts();
        let mut entry = LogEntry {
            timestamp: client.now(),
            vendor: plan.vendor.clone(),
            dataset: plan.dataset.clone(),
            symbol: instrument.symbol.clone(),
            chunk: span,
            source: "api".into(),
            status: "success".into(),
            rows: 0,
            requests: after.requests - before.requests,
            retries: after.retries - before.retries,
            flaws: 0,
            days_without_rows: 0,
            error: None,
        };
        let error = match fetched {
            Ok(tidied) if caps.pages || !tidied.at_cap(&caps, plan.rows_per_day, days.len()) => {
                let Tidied { delivered, mut empty_days, .. } = tidied;
                if !caps.row_each_day {
                    empty_days.clear();
                }
                entry.rows = delivered.rows.len() as u64;
                entry.flaws = delivered.flaws.len() as u64;
                entry.days_without_rows = empty_days.len() as u64;
                self.store.put(&self.series(instrument), span, &delivered, client.now())?;
                self.log.add(&entry)?;
                outcome.fetched += 1;
                outcome.rows += entry.rows;
                outcome.flaws += entry.flaws;
                empty.extend(empty_days);
                return Ok(false);
            }
            Ok(_) => FetchError::CutAtCap {
                vendor: caps.vendor,
                cap: caps.rows_per_request,
                what: format!("`{}` {}, {span}", instrument.code, caps.folder.1),
            },
            Err(error) => error,
        };
        entry.status = "failed".into();
        entry.error = Some(error.to_string());
        self.log.add(&entry)?;
        if matches!(error, FetchError::CutAtCap { .. }) && days.len() > 1 {
            let (left, right) = days.split_at(days.len() / 2);
            for half in [left, right] {
                let span = DateSpan { start: half[0], end: half[half.len() - 1] };
                if self.chunk(client, plan, instrument, span, outcome, empty)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let ends = error.ends_the_job();
        outcome.failures.push(Failure { symbol: instrument.symbol.clone(), span, error });
        Ok(ends)
    }

    fn log_cached(
        &self,
        client: &Client<'_>,
        plan: &Plan,
        instrument: &Instrument,
    ) -> Result<(), StoreError> {
        let chunk = DateSpan { start: plan.days[0], end: plan.days[plan.days.len() - 1] };
        self.log.add(&LogEntry {
            timestamp: client.now(),
            vendor: plan.vendor.clone(),
            dataset: plan.dataset.clone(),
            symbol: instrument.symbol.clone(),
            chunk,
            source: "cache".into(),
            status: "cached".into(),
            rows: 0,
            requests: 0,
            retries: 0,
            flaws: 0,
            days_without_rows: 0,
            error: None,
        })
    }
}

/// A chunk in order, without repetitions.
struct Tidied<R> {
    delivered: Delivered<R>,
    /// Days asked for of which there is no row.
    empty_days: Vec<Date>,
    /// Days asked for of which there is not even a row that cannot be read.
    silent_days: usize,
}

impl<R> Tidied<R> {
    /// Whether the vendor may have had more rows than it gave. As many rows as its cap are whole only if they are
    /// exactly those of the days asked for.
    fn at_cap(&self, caps: &super::Caps, rows_per_day: u32, days: usize) -> bool {
        let whole = days as u64 * u64::from(rows_per_day);
        let seen = self.delivered.seen;
        seen >= u64::from(caps.rows_per_request) && (seen != whole || self.silent_days > 0)
    }
}

/// Sorts rows, lists repeated ones and those outside of the span. Rows that differ at one time are both kept: which
/// of them is right is for the quality rules to say.
fn tidy<R: Row>(mut delivered: Delivered<R>, days: &[Date], span: DateSpan) -> Tidied<R> {
    // Rows and flaws share one count, in the order of the reply.
    let flawed: BTreeSet<u64> = delivered.flaws.iter().map(|flaw| flaw.row).collect();
    let numbers = (1..).filter(|number| !flawed.contains(number));
    let mut rows: Vec<(u64, R)> = numbers.zip(std::mem::take(&mut delivered.rows)).collect();
    rows.sort_by_key(|(_, row)| (row.date(), row.order()));
    let mut kept: Vec<R> = Vec::with_capacity(rows.len());
    for (number, row) in rows {
        let date = row.date();
        let flaw = |rule, detail: String| Flaw { rule, row: number, date: Some(date), detail };
        if !span.contains(date) {
            delivered.flaws.push(flaw(FlawRule::OutsideRequest, format!("{date} is not in {span}")));
        } else if kept.iter().rev().take_while(|k| k.order() == row.order()).any(|k| *k == row) {
            delivered.flaws.push(flaw(FlawRule::DuplicateRow, "the same row came before".into()));
        } else {
            kept.push(row);
        }
    }
    delivered.flaws.sort_by_key(|flaw| flaw.row);
    let held: BTreeSet<Date> = kept.iter().map(Row::date).collect();
    let told: BTreeSet<Date> = delivered.flaws.iter().filter_map(|flaw| flaw.date).collect();
    let last = delivered.complete_to.unwrap_or(span.end);
    let empty_days: Vec<Date> =
        days.iter().copied().filter(|day| *day <= last && !held.contains(day)).collect();
    let silent_days = empty_days.iter().filter(|day| !told.contains(day)).count();
    delivered.rows = kept;
    Tidied { delivered, empty_days, silent_days }
}
