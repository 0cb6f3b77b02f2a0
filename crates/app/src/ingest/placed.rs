//! Rows of a file in the sessions of a calendar, with the two times that a file cannot know.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_market::{BarRow, Calendar, Interval, IntradayBar};
use proofmark_sources::{Clocks, RawRow};
use proofmark_units::{Date, Instant, Symbol, Zone};
use rayon::prelude::*;

use super::daily::{ToDailyError, to_daily};
use super::files::{Request, zone};
use super::summary::Account;
use crate::error::{AppError, Result};

/// Bars as the lake stores them.
pub(super) enum Placed {
    /// One a session.
    Daily(Vec<(Symbol, Vec<BarRow>)>),
    /// Several a session.
    Intraday(Interval, Vec<(Symbol, Vec<IntradayBar>)>),
}

impl Placed {
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Daily(batches) => batches.iter().map(|(_, rows)| rows.len()).sum(),
            Self::Intraday(_, batches) => batches.iter().map(|(_, rows)| rows.len()).sum(),
        }
    }
}

/// What places the rows of one file.
pub(super) struct Placing<'a> {
    pub(super) file: &'a Path,
    pub(super) request: &'a Request,
    pub(super) calendar: &'a Calendar,
    /// The vendor's delay after the end of a bar, in seconds.
    pub(super) delay: i64,
}

impl Placing<'_> {
    /// Rows of the symbols asked for, known from the end of their bar and the vendor's delay on.
    pub(super) fn bars(
        &self,
        bars: BTreeMap<Symbol, Vec<RawRow>>,
        intraday: bool,
        account: &mut Account,
    ) -> Result<Placed> {
        let mut wanted = Vec::with_capacity(bars.len());
        for (symbol, mut rows) in bars {
            if self.request.wants(symbol.as_str()) {
                rows.retain(|row| account.placeable(self.file, &symbol, row.date));
                wanted.push((symbol, rows));
            } else {
                account.not_asked(rows.len());
            }
        }
        if !intraday {
            let place = |(symbol, rows): (Symbol, Vec<RawRow>)| (symbol, self.daily(&rows));
            return Ok(Placed::Daily(wanted.into_par_iter().map(place).collect()));
        }
        let zone = zone(self.request.zone.as_deref())?;
        if self.request.to_daily {
            let batches = wanted.into_iter().map(|(symbol, rows)| {
                let days = self.sessions(&symbol, &rows, zone.as_ref())?;
                account.aggregated(rows.len() - days.len());
                Ok((symbol, self.daily(&days)))
            });
            return batches.collect::<Result<_>>().map(Placed::Daily);
        }
        self.intraday(wanted, zone.as_ref())
    }

    fn daily(&self, rows: &[RawRow]) -> Vec<BarRow> {
        let place = |row: &RawRow| {
            let close = self.calendar.session_close(row.date);
            row.at(close, close.plus_seconds(self.delay))
        };
        rows.iter().map(place).collect()
    }

    /// One bar a session of intraday rows.
    fn sessions(&self, symbol: &Symbol, rows: &[RawRow], zone: Option<&Zone>) -> Result<Vec<RawRow>> {
        let name = self.file.display();
        let Some(zone) = zone else {
            return Err(AppError::input(format!("`{name}` cannot be cut into sessions without a time zone"))
                .hint("name the exchange's with `--zone`, such as `--zone UTC`, `--zone +05:30` or `--zone Asia/Kolkata`"));
        };
        to_daily(rows, zone).map_err(|error| {
            let hint = match &error {
                ToDailyError::Twice(_) => {
                    "`proofmark data check FILE --zone ZONE` lists them, and what can mend them"
                }
                ToDailyError::NoTime(_) | ToDailyError::Stamp(_) => "check `--zone` and `--date-format`",
            };
            AppError::input(format!("the bars of `{symbol}` in `{name}` cannot be cut into sessions"))
                .hint(hint)
                .because(error)
        })
    }

    fn intraday(&self, bars: Vec<(Symbol, Vec<RawRow>)>, zone: Option<&Zone>) -> Result<Placed> {
        let stamps: Vec<Vec<Stamp>> =
            bars.par_iter().map(|(symbol, rows)| self.stamps(symbol, rows, zone)).collect::<Result<_>>()?;
        let interval = match self.request.interval {
            Some(interval) => interval,
            None => told_by(&stamps).ok_or_else(|| {
                let intervals = Interval::INTRADAY.map(Interval::id).join(", ");
                AppError::input(format!(
                    "the stamps of `{}` do not tell how long a bar lasts",
                    self.file.display()
                ))
                .hint(format!(
                    "say it with `--interval`: {intervals}; or make one bar a session with `--to-daily`"
                ))
            })?,
        };
        let length = 60 * i64::from(interval.minutes().unwrap_or(0));
        let early = if self.request.stamped_at_end { length } else { 0 };
        let batch = |((symbol, rows), stamps): ((Symbol, Vec<RawRow>), Vec<Stamp>)| {
            let mut ends = Ends::new(self.calendar, interval);
            let place = |((at, offset), row): (&Stamp, &RawRow)| {
                let start = at.plus_seconds(-early);
                let session = start.plus_seconds(*offset).utc_date();
                intraday_bar(session, start, ends.of(session, start), self.delay, row)
            };
            (symbol, stamps.iter().zip(&rows).map(place).collect())
        };
        Ok(Placed::Intraday(interval, bars.into_par_iter().zip(stamps).map(batch).collect()))
    }

    fn stamps(&self, symbol: &Symbol, rows: &[RawRow], zone: Option<&Zone>) -> Result<Vec<Stamp>> {
        let mut clocks = Clocks::new(zone);
        let stamp = |row: &RawRow| {
            let time = row.time.ok_or_else(|| self.unplaced(symbol, row.date))?;
            clocks.place(row.date, time).map_err(|error| {
                self.unplaced(symbol, row.date)
                    .hint("name the zone they are written in with `--zone`, such as `--zone UTC`, `--zone +05:30` or `--zone Asia/Kolkata`")
                    .because(error)
            })
        };
        rows.iter().map(stamp).collect()
    }

    fn unplaced(&self, symbol: &Symbol, date: Date) -> AppError {
        let name = self.file.display();
        AppError::input(format!("a stamp of `{symbol}` on {date} in `{name}` names no instant")).hint(
            "a file is intraday where one date has several rows; every row of it then needs a time of day",
        )
    }
}

/// An instant, and what the clocks are ahead of UTC then, seconds.
type Stamp = (Instant, i64);

/// When bars end: after their length, or with the regular session that they begin in.
pub(super) struct Ends<'a> {
    calendar: &'a Calendar,
    seconds: i64,
    /// The session asked for last, and its close: neighbours share it.
    last: Option<(Date, Instant)>,
}

impl<'a> Ends<'a> {
    pub(super) fn new(calendar: &'a Calendar, interval: Interval) -> Self {
        Self { calendar, seconds: 60 * i64::from(interval.minutes().unwrap_or(0)), last: None }
    }

    /// The end of the bar of `session` that begins at `start`.
    pub(super) fn of(&mut self, session: Date, start: Instant) -> Instant {
        let close = match self.last {
            Some((date, close)) if date == session => close,
            _ => self.calendar.session_close(session),
        };
        self.last = Some((session, close));
        let full = start.plus_seconds(self.seconds);
        if start < close { full.min(close) } else { full }
    }
}

/// The bar of `row` with its times, known so many seconds after its end.
pub(super) fn intraday_bar(
    session: Date,
    start: Instant,
    event_time: Instant,
    delay: i64,
    row: &RawRow,
) -> IntradayBar {
    let RawRow { open, high, low, close, volume, turnover, .. } = *row;
    let known_at = event_time.plus_seconds(delay);
    IntradayBar { session, start, event_time, known_at, open, high, low, close, volume, turnover }
}

/// The commonest distance of neighbours, if bars may last so long.
fn told_by(stamps: &[Vec<Stamp>]) -> Option<Interval> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for rows in stamps {
        let apart = |pair: &[Stamp]| pair[1].0.nanos() - pair[0].0.nanos();
        let mut pairs = rows.windows(2).map(apart).peekable();
        while let Some(apart) = pairs.next() {
            let mut run = 1;
            while pairs.next_if_eq(&apart).is_some() {
                run += 1;
            }
            if apart > 0 {
                *counts.entry(apart).or_default() += run;
            }
        }
    }
    // Of two that are as common the shorter one: a longer distance is a gap.
    let (apart, _) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    let lasts =
        |interval: &Interval| interval.minutes().map(|m| i64::from(m) * 60_000_000_000) == Some(apart);
    Interval::INTRADAY.into_iter().find(lasts)
}
