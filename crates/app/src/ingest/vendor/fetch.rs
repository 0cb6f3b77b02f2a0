//! One range from one vendor: plan, fetch, store.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::time::Duration;

use proofmark_lake::facts::{Fact, FundingPayment};
use proofmark_lake::{Delivery, Observation, Table};
use proofmark_market::{Calendar, Interval};
use proofmark_sources::fetch::{
    Article, Candle, ChunkStore, FetchLog, Instrument, Job, Outcome, Plan, Reading, Source, StoreError,
    Stored,
};
use proofmark_sources::net::{Client, HttpTransport, Pace as _, Secret};
use proofmark_units::{Date, DateSpan, Instant, Seed};

use super::news::fact;
use super::{DaysWithoutRows, FailedChunk, Fetched, VendorReport, VendorRequest, log, network, store};
use crate::clock::{self, Wall};
use crate::data::{calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::ingest::files::delay;
use crate::ingest::placed::{Ends, Placed, intraday_bar};
use crate::ingest::summary::{Account, Summary};
use crate::progress::{Reporter, Silent, Work};
use crate::workspace::Workspace;

/// A session's bar is taken for final so long after its close.
const FINAL_AFTER_SECONDS: i64 = 1_800;
/// No reply may take longer, or be larger.
const TIMEOUT: Duration = Duration::from_secs(30);
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// What every vendor's fetch shares.
pub(super) struct Fetch<'a> {
    pub(super) ws: &'a Workspace,
    pub(super) request: VendorRequest,
    reporter: &'a dyn Reporter,
    calendar: Calendar,
    store: ChunkStore,
    log: FetchLog,
    now: Instant,
    start: Date,
}

/// The day on which the lake's rows of the instruments in `table` end, the earliest of these: an update asks from there on. The day itself
/// is asked for again unless it was fetched, since it may have been restated.
fn last_held(ws: &Workspace, request: &VendorRequest, table: Table) -> Result<Date> {
    let lake = open_lake(ws)?;
    let last = |instrument: &Instrument| {
        let held = lake.span_of(table, &instrument.symbol);
        held.map(|span| span.end).ok_or_else(|| {
            AppError::input(format!("the lake has nothing of `{}` to go on from", instrument.symbol))
                .hint("name the first day once: `--start-date 2020-01-01`")
        })
    };
    let ends = request.instruments.iter().map(last).collect::<Result<Vec<Date>>>()?;
    Ok(ends.into_iter().min().unwrap_or(Date::from_days(0)))
}

/// Whether what is needed to ask is there.
type Ready<'r> = &'r dyn Fn() -> Result<()>;

pub(super) fn transport() -> HttpTransport {
    HttpTransport::new(TIMEOUT, MAX_BYTES)
}

/// A client for `source`'s vendor. The jitter's seed is the clock: two commands must not wait in step, and no result
/// depends on it.
pub(super) fn client<'t>(
    vendor: &'static str,
    transport: &'t HttpTransport,
    keys: Vec<Secret>,
    limits: &proofmark_sources::net::Limits,
) -> Client<'t> {
    let seed = Seed::root(Wall.now().nanos().unsigned_abs()).child("fetch");
    Client::new(vendor, transport, &Wall, keys, limits, &seed)
}

impl<'a> Fetch<'a> {
    pub(super) fn new(
        ws: &'a Workspace,
        request: &VendorRequest,
        table: Table,
        reporter: &'a dyn Reporter,
    ) -> Result<Self> {
        if request.instruments.is_empty() {
            return Err(AppError::input("no symbol was named")
                .hint("`--symbols NAME`, or `--symbols NAME=CODE` where the vendor calls it otherwise"));
        }
        Ok(Self {
            ws,
            request: request.clone(),
            reporter,
            calendar: calendar(&request.calendar)?,
            store: store(ws),
            log: log(ws),
            now: clock::now(),
            start: match request.start {
                Some(start) => start,
                None => last_held(ws, request, table)?,
            },
        })
    }

    /// Fetches bars of the interval asked for into the lake.
    pub(super) fn bars<S: Source<Row = Candle>>(
        &self,
        source: &S,
        keys: Vec<Secret>,
        ready: Ready<'_>,
    ) -> Result<VendorReport> {
        let mut report = self.run(source, keys, self.sessions()?, ready)?;
        if report.dry_run {
            return Ok(report);
        }
        let delay = delay(self.ws)?;
        let interval = self.request.interval;
        report.stored =
            Some(self.store_each(source, &report.plan, |account, lake, instrument, stored| {
                let name = source.caps().folder;
                let file = std::path::Path::new(name.0);
                let (mut daily, mut intraday) = (Vec::new(), Vec::new());
                let mut ends = Ends::new(&self.calendar, interval);
                for candle in &stored.rows {
                    let row = candle.daily();
                    if !account.placeable(file, &instrument.symbol, row.date) {
                    } else if interval == Interval::Day1 {
                        let close = self.calendar.session_close(row.date);
                        daily.push(row.at(close, close.plus_seconds(delay)));
                    } else {
                        let (session, start) = (candle.session, candle.start);
                        let end = ends.of(session, start);
                        intraday.push(intraday_bar(session, start, end, delay, &row));
                    }
                }
                account.read(stored.rows.len() as u64);
                let symbol = instrument.symbol.clone();
                let placed = match interval {
                    Interval::Day1 => Placed::Daily(vec![(symbol, daily)]),
                    shorter => Placed::Intraday(shorter, vec![(symbol, intraday)]),
                };
                account.store(lake, &[(format!("{}/{}", name.0, name.1), placed)], &Silent)
            })?);
        Ok(report)
    }

    /// Fetches dated values, each with the instant at which it became known.
    pub(super) fn observations<S: Source<Row = Reading>>(
        &self,
        source: &S,
        keys: Vec<Secret>,
        ready: Ready<'_>,
    ) -> Result<VendorReport> {
        let mut report = self.run(source, keys, self.days()?, ready)?;
        if !report.dry_run {
            report.stored = Some(self.store_readings(source, &report.plan, |rows| rows)?);
        }
        Ok(report)
    }

    /// Fetches funding payments and adds up those of each UTC day: the lake holds one value a date.
    pub(super) fn funding<S: Source<Row = Reading>>(&self, source: &S) -> Result<VendorReport> {
        let mut report = self.run(source, Vec::new(), self.days()?, &|| Ok(()))?;
        if !report.dry_run {
            report.stored = Some(self.store_readings(source, &report.plan, by_day)?);
            let payment = |instrument: &Instrument, row: &Reading| FundingPayment {
                symbol: instrument.symbol.clone(),
                event_time: row.known_at,
                known_at: row.known_at,
                rate: row.value,
                interval_hours: None,
            };
            report.payments = Some(self.store_facts(source, &report.plan, payment)?);
            report.notes.push(
                "A date's value is the sum of the funding payments of that UTC day, a fraction of the notional, \
                 known when the day ends; the single payments are in the table `funding`."
                    .to_owned(),
            );
        }
        Ok(report)
    }

    /// Fetches articles, each known from the moment it was fetched.
    pub(super) fn articles<S: Source<Row = Article>>(
        &self,
        source: &S,
        keys: Vec<Secret>,
        ready: Ready<'_>,
    ) -> Result<VendorReport> {
        let mut report = self.run(source, keys, self.days()?, ready)?;
        if !report.dry_run {
            let provider = source.caps().folder.0;
            let article = |instrument: &Instrument, row: &Article| fact(provider, &instrument.symbol, row);
            report.stored = Some(self.store_facts(source, &report.plan, article)?);
        }
        Ok(report)
    }

    /// Brings what the store holds into a table of facts.
    fn store_facts<S: Source, F: Fact>(
        &self,
        source: &S,
        plan: &Plan,
        fact: impl Fn(&Instrument, &S::Row) -> F,
    ) -> Result<Summary> {
        let folder = source.caps().folder;
        self.store_each(source, plan, |account, lake, instrument, stored| {
            account.read(stored.rows.len() as u64);
            let facts: Vec<F> = stored.rows.iter().map(|row| fact(instrument, row)).collect();
            let source = format!("{}/{}", folder.0, folder.1);
            let delivery = Delivery { source, arrived_at: self.now };
            let reports = lake
                .append_facts(&facts, &delivery)
                .map_err(|error| lake_error("failed to store the rows", error))?;
            for report in &reports {
                account.stored(report);
            }
            Ok(())
        })
    }

    fn run<S: Source>(
        &self,
        source: &S,
        keys: Vec<Secret>,
        days: Vec<Date>,
        ready: Ready<'_>,
    ) -> Result<VendorReport> {
        let job = Job { source, store: &self.store, log: &self.log };
        let minutes = session_minutes(self.calendar.id());
        let today = self.now.utc_date();
        let plan = job
            .plan(&self.request.instruments, days, minutes, keys.len(), today, self.request.refetch)
            .map_err(store_error)?;
        let mut report = VendorReport {
            plan,
            dry_run: self.request.dry_run,
            fetched: None,
            stored: None,
            payments: None,
            notes: Vec::new(),
        };
        if self.request.dry_run {
            return Ok(report);
        }
        if report.plan.requests > 0 {
            network(self.ws)?;
            ready()?;
        }
        self.reporter.note(&plan_line(&report.plan));
        let work = Work::begin("fetch", 1, 1, vec![self.reporter]);
        work.expect(report.plan.chunks() as u64);
        let caps = source.caps();
        let transport = transport();
        let mut client = client(caps.vendor, &transport, keys, &caps.limits);
        let outcome = job.run(&mut client, &report.plan, &|_| work.step()).map_err(store_error)?;
        work.end(if outcome.failures.is_empty() { "done" } else { "incomplete" });
        report.fetched = Some(fetched(&outcome));
        Ok(report)
    }

    /// Reads what the store holds of each instrument and lets `put` bring it into the lake and count its rows.
    fn store_each<S: Source>(
        &self,
        source: &S,
        plan: &Plan,
        mut put: impl FnMut(&mut Account, &mut proofmark_lake::Lake, &Instrument, &Stored<S::Row>) -> Result<()>,
    ) -> Result<Summary> {
        let mut account = Account::default();
        let (Some(start), Some(end)) = (plan.days.first(), plan.days.last()) else {
            return Ok(account.finish());
        };
        let span = DateSpan { start: *start, end: *end };
        let mut lake = open_lake(self.ws)?;
        let job = Job { source, store: &self.store, log: &self.log };
        for instrument in &self.request.instruments {
            let stored = job.read(instrument, span).map_err(store_error)?;
            account.read(stored.flaws.len() as u64);
            for (chunk, flaw) in &stored.flaws {
                account.problem(&flaw.problem(chunk, instrument.symbol.as_str()));
            }
            if !stored.rows.is_empty() {
                put(&mut account, &mut lake, instrument, &stored)?;
            }
        }
        Ok(account.finish())
    }

    /// First releases arrive together; each later one of a date restates it from its own instant on. What is older than
    /// the version the lake holds is not delivered again: it would seem to be news.
    fn store_readings<S: Source<Row = Reading>>(
        &self,
        source: &S,
        plan: &Plan,
        shape: impl Fn(Vec<Reading>) -> Vec<Reading>,
    ) -> Result<Summary> {
        let failed = |error| lake_error("failed to store the values", error);
        self.store_each(source, plan, |account, lake, instrument, stored| {
            let series = &instrument.symbol;
            let folder = source.caps().folder;
            let rows = shape(stored.rows.clone());
            account.read(rows.len() as u64);
            let mut newest: BTreeMap<Date, Instant> = BTreeMap::new();
            if lake.series().contains(series) {
                let span = DateSpan { start: plan.days[0], end: plan.days[plan.days.len() - 1] };
                let held = lake.read_observations(series, span, None).map_err(failed)?;
                newest.extend(held.iter().map(|row| (row.date, row.known_at)));
            }
            let mut deliveries: BTreeMap<Option<Instant>, Vec<Observation>> = BTreeMap::new();
            let mut before: Option<Date> = None;
            for Reading { date, known_at, value } in rows {
                let again = before == Some(date) || newest.contains_key(&date);
                before = Some(date);
                if newest.get(&date).is_some_and(|held| *held > known_at) {
                    account.known(1);
                    continue;
                }
                let later = again.then_some(known_at);
                deliveries.entry(later).or_default().push(Observation { date, known_at, value });
            }
            for (later, rows) in deliveries {
                let source = format!("{}/{}", folder.0, folder.1);
                let delivery = Delivery { source, arrived_at: later.unwrap_or_else(clock::now) };
                let report = lake.append_observations(series, &rows, &delivery).map_err(failed)?;
                account.stored(&report);
            }
            Ok(())
        })
    }

    /// Finished sessions of the range.
    fn sessions(&self) -> Result<Vec<Date>> {
        let (start, end) = (self.start, self.end());
        let Some(span) = DateSpan::new(start, end) else { return Err(self.empty(end)) };
        let sessions = self.calendar.sessions_in(span).map_err(|error| {
            AppError::input("the calendar does not cover the dates asked for")
                .hint("choose dates that it covers, or another `--calendar`")
                .because(error)
        })?;
        let last = self.now.plus_seconds(-FINAL_AFTER_SECONDS);
        let finished = sessions.partition_point(|day| self.calendar.session_close(*day) <= last);
        Ok(sessions[..finished].to_vec())
    }

    /// Every finished UTC day of the range.
    fn days(&self) -> Result<Vec<Date>> {
        let (start, end) = (self.start, self.end().min(self.now.utc_date().plus_days(-1)));
        if end < start {
            return Err(self.empty(end));
        }
        Ok((start.days()..=end.days()).map(Date::from_days).collect())
    }

    /// The last day asked for; never after today.
    fn end(&self) -> Date {
        let today = self.now.utc_date();
        self.request.end.map_or(today, |end| end.min(today))
    }

    fn empty(&self, end: Date) -> AppError {
        AppError::input(format!("there is no finished day from {} to {end}", self.start))
            .hint("choose an earlier `--start-date`")
    }
}

/// The sum of each day's payments, known when the day is over.
fn by_day(rows: Vec<Reading>) -> Vec<Reading> {
    rows.chunk_by(|a, b| a.date == b.date)
        .map(|day| Reading {
            date: day[0].date,
            known_at: day[0].date.plus_days(1).midnight_utc(),
            value: day.iter().map(|row| row.value).sum(),
        })
        .collect()
}

/// Minutes of a regular session, for the candle budget; a whole day where it is not known, which only makes chunks
/// smaller.
fn session_minutes(calendar: &str) -> u32 {
    match calendar {
        "XNSE" => 375,
        "XNYS" => 390,
        _ => 1_440,
    }
}

/// A plan in a line.
pub(super) fn plan_line(plan: &Plan) -> String {
    if plan.requests == 0 {
        return format!("Everything asked of {} is there already; no request is needed.", plan.vendor);
    }
    let quota = match plan.requests_per_day {
        Some(per_day) => format!(
            ", {} of {per_day} a day already made today, {} day(s) by the quota",
            plan.spent_today,
            plan.quota_days()
        ),
        None => String::new(),
    };
    format!(
        "{} {}: {} requests in {} chunks for up to {} rows{quota}; about {:.0} s.",
        plan.vendor,
        plan.dataset,
        plan.requests,
        plan.chunks(),
        plan.rows,
        plan.eta_seconds.max(1.0)
    )
}

fn fetched(outcome: &Outcome) -> Fetched {
    let days_without_rows = outcome.empty_days.iter().filter_map(|(symbol, days)| {
        let (first, last) = (*days.first()?, *days.last()?);
        Some(DaysWithoutRows { symbol: symbol.clone(), days: days.len(), first, last })
    });
    let failures = outcome.failures.iter().map(|failure| {
        let mut error = failure.error.to_string();
        let mut below = failure.error.source();
        while let Some(cause) = below {
            error.push_str(&format!(": {cause}"));
            below = cause.source();
        }
        FailedChunk {
            symbol: failure.symbol.clone(),
            start: failure.span.start,
            end: failure.span.end,
            error,
            hint: failure.error.hint(),
        }
    });
    Fetched {
        chunks: outcome.fetched,
        chunks_not_tried: outcome.not_tried,
        rows: outcome.rows,
        rows_left_out: outcome.flaws,
        requests: outcome.counts.requests,
        retries: outcome.counts.retries,
        seconds_waited: outcome.counts.waited.as_secs(),
        days_without_rows: days_without_rows.collect(),
        failures: failures.collect(),
    }
}

pub(super) fn store_error(error: StoreError) -> AppError {
    let hint = error.hint();
    AppError::environment("failed to keep or read what was fetched").hint(hint).because(error)
}
