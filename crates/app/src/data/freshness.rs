//! How old the newest row of each name is, against a limit.

use proofmark_lake::Table;
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use super::{calendar, open_lake};
use crate::clock;
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// Ages of everything in the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// Today, UTC.
    pub today: Date,
    /// Bars by symbol, then series, each ascending by name.
    pub names: Vec<Age>,
    /// How many are older than their limit.
    pub stale: usize,
}

/// The newest row of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Age {
    /// The table of bars, such as `bars` or `bars_5m`, or `series`.
    pub kind: String,
    /// The symbol or series.
    pub name: Symbol,
    /// Date of the newest row.
    pub last: Date,
    /// Days since then on which a row could have come: sessions that are over for bars, calendar days for series.
    pub age: usize,
    /// Most days that are fresh.
    pub limit: usize,
    /// Whether `age` is above `limit`.
    pub stale: bool,
}

/// Compares the newest bar of each symbol with finished sessions of a calendar, and the newest value of each series with
/// today.
///
/// # Errors
/// The calendar cannot be used or does not cover today, or the lake is empty or cannot be read.
pub fn freshness(ws: &Workspace, calendar_id: &str, bars: usize, series: usize) -> Result<Freshness> {
    let (calendar, lake, now) = (calendar(calendar_id)?, open_lake(ws)?, clock::now());
    let today = now.utc_date();
    let age = |kind: &str, name: Symbol, last: Date, age: usize, limit: usize| Age {
        kind: kind.to_owned(),
        name,
        last,
        age,
        limit,
        stale: age > limit,
    };
    let mut names = Vec::new();
    let bars_of = |table: Table| lake.names(table).into_iter().map(move |name| (table, name));
    for (table, symbol) in lake.intervals().into_iter().map(Table::bars).flat_map(bars_of) {
        let Some(span) = lake.span_of(table, &symbol) else { continue };
        let since = DateSpan::new(span.end.plus_days(1), today);
        let sessions = since.map_or_else(|| Ok([].as_slice()), |since| calendar.sessions_in(since));
        let sessions = sessions.map_err(|e| {
            AppError::input(format!("calendar `{calendar_id}` cannot tell how old `{symbol}` is"))
                .hint("choose a calendar that covers today")
                .because(e)
        })?;
        let over = sessions.iter().filter(|day| calendar.session_close(**day) <= now).count();
        names.push(age(&table.name(), symbol, span.end, over, bars));
    }
    for name in lake.series() {
        let Some(span) = lake.series_span(&name) else { continue };
        let days = usize::try_from(today.days() - span.end.days()).unwrap_or(0);
        names.push(age("series", name, span.end, days, series));
    }
    if names.is_empty() {
        return Err(
            AppError::input("the lake is empty").hint("`proofmark ingest --help` shows how to fill it")
        );
    }
    let stale = names.iter().filter(|age| age.stale).count();
    Ok(Freshness { today, names, stale })
}
