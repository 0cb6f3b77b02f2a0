//! The likely cause of each hole, from what the rest of the market did.

use std::collections::BTreeMap;

use proofmark_market::Calendar;
use proofmark_units::{Date, Symbol};
use serde::{Deserialize, Serialize};

/// Bars of one symbol, as far as coverage cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Market {
    /// The symbol.
    pub symbol: Symbol,
    /// Where its bars come from; symbols of one source share its holes.
    pub source: String,
    /// Dates with a bar, ascending.
    pub dates: Vec<Date>,
    /// First and last date of its listing, where known; its first and last bar otherwise.
    pub listing: Option<(Date, Date)>,
}

/// Why sessions are likely missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// One session that nobody traded, by any source: the calendar is probably wrong about it.
    HolidayMismatch,
    /// Before the symbol's first bar; not expected.
    PreListing,
    /// After the symbol's last bar, while its source goes on: delisted, merged or renamed; not expected.
    Ended,
    /// The history starts where a vendor's limit of rows would cut it; not expected.
    VendorCap,
    /// The market traded and this name did not.
    Halt,
    /// No symbol of the source has the session: the source lost it.
    WholeMarket,
    /// None of these.
    Unknown,
}

/// Consecutive sessions without a bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hole {
    /// The symbol.
    pub symbol: Symbol,
    /// First missing session.
    pub first: Date,
    /// Last missing session.
    pub last: Date,
    /// Sessions missing.
    pub sessions: usize,
    /// The likely cause.
    pub cause: Cause,
    /// What speaks for it.
    pub because: String,
}

/// Share of the listed names that must trade for the market to count as open.
const OPEN: f64 = 0.5;

/// Share of the listed names of a source at or below which all of it is missing.
const LOST: f64 = 0.05;

/// Sessions after which two names with the same hole speak for the source, not for halts.
const SHARED: usize = 5;

/// Symbols with the same number of bars that speak for a cap.
const CAPPED: usize = 3;

/// Every hole of every symbol, ascending by symbol and date, cut where the cause changes.
pub fn holes(market: &[Market], calendar: &Calendar) -> Vec<Hole> {
    let presence = Presence::of(market, calendar);
    let mut inner: Vec<Vec<(usize, usize)>> = Vec::with_capacity(market.len());
    let mut same: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for name in market {
        let runs = presence.runs(name);
        runs.iter()
            .filter(|(from, to)| to - from >= SHARED)
            .for_each(|run| *same.entry(*run).or_default() += 1);
        inner.push(runs);
    }
    let caps = caps(market);
    let mut out = Vec::new();
    for (name, runs) in market.iter().zip(inner) {
        let Some((first, last)) = presence.span(name) else { continue };
        let Some((source_first, source_last)) = presence.source_span(&name.source) else { continue };
        let hole = |from: usize, to: usize, cause, because| Hole {
            symbol: name.symbol.clone(),
            first: presence.sessions[from],
            last: presence.sessions[to - 1],
            sessions: to - from,
            cause,
            because,
        };
        if source_first < first {
            let (cause, because) = match caps.get(&name.dates.len()) {
                Some(n) => (Cause::VendorCap, format!("{n} symbols have exactly {} bars", name.dates.len())),
                None => (Cause::PreListing, "before the first bar".to_owned()),
            };
            out.push(hole(source_first, first, cause, because));
        }
        for (from, to) in runs {
            let shared = same.get(&(from, to)).copied().unwrap_or(0);
            let mut start = from;
            while start < to {
                let (cause, because) = presence.judge(name, start, shared);
                let mut end = start + 1;
                while end < to && presence.judge(name, end, shared).0 == cause {
                    end += 1;
                }
                // Several sessions in a row are no slip of a calendar.
                let lost = cause == Cause::HolidayMismatch && end - start > 1;
                let because =
                    if lost { format!("no source has these {} sessions", end - start) } else { because };
                out.push(hole(start, end, if lost { Cause::WholeMarket } else { cause }, because));
                start = end;
            }
        }
        if last < source_last {
            let because = format!("`{}` goes on to {}", name.source, presence.sessions[source_last]);
            out.push(hole(last + 1, source_last + 1, Cause::Ended, because));
        }
    }
    out
}

/// Round numbers of bars that several symbols share.
fn caps(market: &[Market]) -> BTreeMap<usize, usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for name in market {
        *counts.entry(name.dates.len()).or_default() += 1;
    }
    counts.retain(|bars, symbols| *bars >= 100 && *bars % 100 == 0 && *symbols >= CAPPED);
    counts
}

/// Per session: how many names of each source were listed, and how many have a bar.
struct Presence<'a> {
    sessions: &'a [Date],
    /// By source: listed and present names of each session.
    counts: BTreeMap<&'a str, Vec<(u32, u32)>>,
}

impl<'a> Presence<'a> {
    fn of(market: &'a [Market], calendar: &'a Calendar) -> Self {
        let sessions = calendar.sessions();
        let mut presence = Self { sessions, counts: BTreeMap::new() };
        for name in market {
            let Some((first, last)) = presence.span(name) else { continue };
            let counts = presence.counts.entry(&name.source).or_insert_with(|| vec![(0, 0); sessions.len()]);
            counts[first..=last].iter_mut().for_each(|(listed, _)| *listed += 1);
            for date in &name.dates {
                if let Ok(session) = sessions.binary_search(date) {
                    counts[session].1 += 1;
                }
            }
        }
        presence
    }

    /// First and last session at which a bar is expected.
    fn span(&self, name: &Market) -> Option<(usize, usize)> {
        let bounds = name.listing.or(name.dates.first().copied().zip(name.dates.last().copied()))?;
        let first = self.sessions.partition_point(|session| *session < bounds.0);
        let after = self.sessions.partition_point(|session| *session <= bounds.1);
        (first < after).then(|| (first, after - 1))
    }

    fn source_span(&self, source: &str) -> Option<(usize, usize)> {
        let counts = self.counts.get(source)?;
        Some((counts.iter().position(|c| c.1 > 0)?, counts.iter().rposition(|c| c.1 > 0)?))
    }

    /// Runs of sessions, end excluded, inside the symbol's span that have no bar.
    fn runs(&self, name: &Market) -> Vec<(usize, usize)> {
        let Some((first, last)) = self.span(name) else { return Vec::new() };
        let missing = |session: usize| name.dates.binary_search(&self.sessions[session]).is_err();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for session in (first..=last).filter(|session| missing(*session)) {
            match runs.last_mut().filter(|(_, end)| *end == session) {
                Some((_, end)) => *end = session + 1,
                None => runs.push((session, session + 1)),
            }
        }
        runs
    }

    fn judge(&self, name: &Market, session: usize, shared: usize) -> (Cause, String) {
        let (listed, present) = self.counts.get(name.source.as_str()).map_or((0, 0), |c| c[session]);
        let elsewhere: u32 = self
            .counts
            .iter()
            .filter(|(source, _)| **source != name.source)
            .map(|(_, counts)| counts[session].1)
            .sum();
        let share = if listed == 0 { 0.0 } else { f64::from(present) / f64::from(listed) };
        let told = format!("{present} of {listed} names of `{}` have a bar", name.source);
        if listed >= 2 && share <= LOST {
            return if elsewhere > 0 {
                (Cause::WholeMarket, format!("{told}, {elsewhere} of other sources do"))
            } else {
                (Cause::HolidayMismatch, format!("{told}, and none of another source"))
            };
        }
        if listed >= 2 && share >= OPEN {
            return if shared >= 2 {
                (
                    Cause::Unknown,
                    format!("{told}, and {shared} names share this very hole: rather the source"),
                )
            } else {
                (Cause::Halt, told)
            };
        }
        if listed < 2 && elsewhere > 0 {
            return (
                Cause::Unknown,
                format!("`{}` has no other name; {elsewhere} of other sources have a bar", name.source),
            );
        }
        (Cause::Unknown, told)
    }
}
