//! The coverage matrix: which observations the lake holds in which year, and what stands behind them.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_market::Calendar;
use proofmark_sources::{ObservationSource, Period};
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use super::{lake_error, open_lake};
use crate::error::Result;
use crate::ingest::listed_sources;
use crate::workspace::Workspace;

/// Every series of the lake by year.
#[derive(Debug, Serialize)]
pub struct SignalMatrix {
    /// Years with a value of any series, ascending.
    pub years: Vec<i32>,
    /// By series, ascending by name.
    pub series: Vec<Signal>,
}

/// One series.
#[derive(Debug, Serialize)]
pub struct Signal {
    /// Its name.
    pub series: Symbol,
    /// The listed source; `None` for a series that was brought in under a name of its own.
    pub source: Option<String>,
    /// Its unit, where the source is listed.
    pub unit: Option<String>,
    /// Calendar days from the end of its period to publication, where the source is listed.
    pub lag_days: Option<i32>,
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
    /// Dates with a value.
    pub dates: u64,
    /// By year: dates with a value.
    pub by_year: BTreeMap<i32, YearOfSignal>,
}

/// One year of one series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct YearOfSignal {
    /// Dates with a value.
    pub observed: u64,
    /// Dates on which one is due between the series' first and last; `None` where the table cannot tell.
    pub expected: Option<u64>,
    /// Due dates with a value, as a fraction.
    pub share: Option<f64>,
}

/// Counts the values of every series in the lake.
///
/// # Errors
/// The lake cannot be read.
pub fn signals(ws: &Workspace) -> Result<SignalMatrix> {
    let sources = listed_sources()?;
    let lake = open_lake(ws)?;
    let mut years = BTreeSet::new();
    let mut series = Vec::new();
    for name in lake.series() {
        let rows = lake
            .read_observations(&name, DateSpan::EVERY, None)
            .map_err(|error| lake_error(&format!("failed to read `{name}`"), error))?;
        let dates: BTreeSet<Date> = rows.iter().map(|row| row.date).collect();
        let (Some(first), Some(last)) = (dates.first().copied(), dates.last().copied()) else { continue };
        let listed =
            sources.iter().find_map(|source| Some((source, source.series.iter().find(|s| s.id == name)?)));
        let due = listed.and_then(|(source, _)| due(source, first, last));
        let mut by_year = BTreeMap::new();
        for year in first.year()..=last.year() {
            let of_year = |dates: &BTreeSet<Date>| dates.iter().filter(|d| d.year() == year).count() as u64;
            let expected = due.as_ref().map(&of_year);
            let met = due.as_ref().map(|due| match listed {
                Some((source, _)) if source.period != Period::Day => of_year(&ends(source.period, &dates)),
                _ => due.iter().filter(|d| d.year() == year && dates.contains(d)).count() as u64,
            });
            let share = met.zip(expected.filter(|e| *e > 0)).map(|(met, due)| met as f64 / due as f64);
            by_year.insert(year, YearOfSignal { observed: of_year(&dates), expected, share });
            years.insert(year);
        }
        series.push(Signal {
            source: listed.map(|(source, _)| source.id.clone()),
            unit: listed.map(|(_, spec)| spec.unit.clone()),
            lag_days: listed.map(|(source, spec)| spec.lag_days.unwrap_or(source.lag_days)),
            series: name,
            first,
            last,
            dates: dates.len() as u64,
            by_year,
        });
    }
    Ok(SignalMatrix { years: years.into_iter().collect(), series })
}

/// The dates on which a value is due: sessions, or ends of months and quarters. `None` for weekly values kept by day and
/// beyond the calendar's range.
fn due(source: &ObservationSource, first: Date, last: Date) -> Option<BTreeSet<Date>> {
    if source.period != Period::Day {
        let every: BTreeSet<Date> = (first.days()..=last.days()).map(Date::from_days).collect();
        return Some(ends(source.period, &every));
    }
    if source.weekly {
        return None;
    }
    let span = DateSpan::new(first, last)?;
    Calendar::named(&source.calendar).ok()?.sessions_in(span).ok().map(|days| days.iter().copied().collect())
}

fn ends(period: Period, dates: &BTreeSet<Date>) -> BTreeSet<Date> {
    dates.iter().map(|date| period.end(*date)).collect()
}

/// The matrix and the table of sources as Markdown.
///
/// # Errors
/// The shipped table is damaged: our bug.
pub fn signals_page(matrix: &SignalMatrix) -> Result<String> {
    let mut out = String::from(
        "# Signals\n\nWritten by `proofmark data signals --to docs/SIGNALS.md`; not edited by hand.\n\n## Coverage\n\n\
         Share of due dates with a value by year, from the series' first date to its last: sessions of the source's calendar, \
         months or quarters. A bare count stands where the table cannot say when a value is due.\n\n",
    );
    if matrix.series.is_empty() {
        out.push_str("The lake holds no observations.\n");
    } else {
        let years: Vec<String> = matrix.years.iter().map(ToString::to_string).collect();
        out.push_str(&format!("| series | source | lag, days | first | last | {} |\n", years.join(" | ")));
        out.push_str(&format!("|---|---|---|---|---|{}\n", "---|".repeat(years.len())));
        for s in &matrix.series {
            let cells: Vec<String> = matrix
                .years
                .iter()
                .map(|year| match s.by_year.get(year) {
                    None => String::new(),
                    Some(YearOfSignal { share: Some(share), .. }) => format!("{share:.2}"),
                    Some(year) => year.observed.to_string(),
                })
                .collect();
            let (source, lag) =
                (s.source.as_deref().unwrap_or("own"), s.lag_days.map_or(String::new(), |d| d.to_string()));
            out.push_str(&format!(
                "| {} | {source} | {lag} | {} | {} | {} |\n",
                s.series,
                s.first,
                s.last,
                cells.join(" | ")
            ));
        }
    }
    out.push_str("\n## Sources\n");
    for source in listed_sources()? {
        let vintage = serde_json::to_value(source.vintage).ok();
        let vintage = vintage.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        out.push_str(&format!(
            "\n### {}: {}\n\nKnown {} days after the end of the {}, at {} in {}; vintage: {vintage}. {} {}\n\n",
            source.id,
            source.title,
            source.lag_days,
            match source.period {
                Period::Day => "day",
                Period::Month => "month",
                Period::Quarter => "quarter",
            },
            source.at,
            source.zone,
            source.revision,
            source.document
        ));
        out.push_str("| series | what | unit |\n|---|---|---|\n");
        for s in &source.series {
            let lag = s.lag_days.map_or(String::new(), |days| format!(" (lag {days} days)"));
            out.push_str(&format!("| {} | {}{lag} | {} |\n", s.id, s.title, s.unit));
        }
    }
    Ok(out)
}
