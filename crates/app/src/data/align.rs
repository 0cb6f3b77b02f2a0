//! The cross-asset view: bars of many names on one calendar, as a long table and a dense tensor.

mod beside;
mod folder;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proofmark_features::schema_digest;
use proofmark_lake::facts::Listing;
use proofmark_lake::{CleanOptions, Lake, Table, clean};
use proofmark_market::align::{AlignSpec, AlignedView, Listed, ViewCoverage, align as on_sessions};
use proofmark_market::{BarRow, Bars, Calendar};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::beside::AlignedSeries;
pub use self::folder::{Change, PlannedFile};
use super::{Selection, calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::pipeline::FeatureSpec;
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// What is to be aligned, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignRequest {
    /// Symbols, and the instant as of which the lake is read.
    pub selection: Selection,
    /// Calendar whose sessions are the rows.
    pub calendar: String,
    /// First session; that of the first bar when absent.
    pub start: Option<Date>,
    /// Last session; that of the last bar when absent.
    pub end: Option<Date>,
    /// Fields, filling and returns.
    pub spec: AlignSpec,
    /// Least overlap of each name's dates with the calendar, a fraction of the dates that either has.
    pub min_overlap: f64,
    /// Series of observations, one column each; with `{symbol}` in it one series a name.
    pub observations: Vec<String>,
    /// Days from the end of the date an observation describes to the close, at most; `None` for any.
    pub max_age_days: Option<u32>,
    /// Features of the bars: a set, expressions, or neither.
    pub features: FeatureSpec,
    /// Refuse names of which a quality rule set rows aside.
    pub strict: bool,
    /// Threads; 0 means one a core.
    pub jobs: usize,
}

/// What to do with the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Look whether it can be made.
    Check,
    /// Say what would be written.
    Plan,
    /// Write it; an earlier view in that folder is replaced only with `overwrite`.
    Write {
        /// Whether an earlier view may be replaced.
        overwrite: bool,
    },
}

/// What one name brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlignedName {
    /// Rows as known then, before any rule.
    pub rows: u64,
    /// Rows that declared rules set aside.
    pub set_aside: u64,
    /// First date left.
    pub first: Option<Date>,
    /// Last date left.
    pub last: Option<Date>,
    /// Declared last session.
    pub last_session: Option<Date>,
    /// Dates that name and calendar share, of those that either has between the name's first and last: a fraction.
    pub overlap: f64,
    /// Digest of the rows, both times included.
    pub digest: Digest,
}

/// A view, its papers, and what became of its files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Aligned {
    /// How it was made: `manifest.json` of the folder, without the list of files.
    pub papers: AlignPapers,
    /// How much of it was observed, filled, or is too old.
    pub coverage: ViewCoverage,
    /// Its files and what changes; empty for a mere check.
    pub files: Vec<PlannedFile>,
    /// Whether files were written.
    pub written: bool,
}

/// How a view was made: nothing here depends on when or where.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlignPapers {
    /// Layout version of the folder.
    pub format: u32,
    /// The calendar.
    pub calendar: String,
    /// First and last session.
    pub span: DateSpan,
    /// The instant as of which the lake was read; `null` for everything known so far.
    pub as_of: Option<Instant>,
    /// Sessions, names and columns.
    pub shape: [usize; 3],
    /// The columns, in order.
    pub columns: Vec<String>,
    /// Sessions that a level is carried, at most.
    pub fill_limit: usize,
    /// Whether sessions without a bar count as 0 units traded.
    pub zero_volume: bool,
    /// Least overlap that was asked for.
    pub min_overlap: f64,
    /// By name.
    pub names: BTreeMap<Symbol, AlignedName>,
    /// Days that an observation is looked at, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u32>,
    /// Schema of the features beside the bars; their formulas are part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Digest>,
    /// Series behind the columns beside the bars.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub series: BTreeMap<Symbol, AlignedSeries>,
}

/// Layout version of the folder that this program writes.
const FORMAT: u32 = 1;

/// Makes the view of `request`; writes it into `to` as `doing` says.
///
/// Bars are those that the declared quality rules leave, at the prices that were delivered: splits are not taken out, so a
/// return across one is a split.
///
/// # Errors
/// No such symbol or calendar, a name whose dates are not the calendar's, no session in the span, a folder that holds
/// something else or an earlier view, or a lake that cannot be read.
pub fn align(
    ws: &Workspace,
    request: &AlignRequest,
    to: Option<&Path>,
    doing: Doing,
    reporter: &dyn Reporter,
) -> Result<Aligned> {
    if !(0.0..=1.0).contains(&request.min_overlap) {
        return Err(AppError::input(format!("the least overlap {} is no share", request.min_overlap))
            .hint("`--min-overlap` takes 0 to 1"));
    }
    if request.spec.fields.is_empty() {
        return Err(AppError::input("no field was named").hint("`--fields close,volume` names two"));
    }
    let lake = open_lake(ws)?;
    let symbols = request.selection.symbols(&lake)?;
    let calendar = calendar(&request.calendar)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.jobs).build().map_err(|error| {
        AppError::environment(format!("cannot start {} threads", request.jobs))
            .hint("name fewer with `--jobs`")
            .because(error)
    })?;
    let work = Work::begin("align", 1, 1, vec![reporter]);
    work.expect(symbols.len() as u64 + 1);
    let one = |symbol: &Symbol| {
        let read = read(&lake, request, &calendar, symbol);
        work.step();
        read
    };
    let names = pool.install(|| symbols.par_iter().map(one).collect::<Result<Vec<_>>>());
    let made = names.and_then(|names| {
        let (view, mut papers) = view(request, &calendar, &names)?;
        let (mut columns, series) = beside::columns(&lake, request, &calendar, &view)?;
        if let Some(named) = beside::named(&request.features)? {
            papers.features = Some(schema_digest(&named.all()));
            columns.extend(beside::features(&named.all(), &view, &names)?);
        }
        let view = if columns.is_empty() { view } else { view.beside(&columns) };
        papers.max_age_days = request.max_age_days.filter(|_| !series.is_empty());
        (papers.series, papers.shape, papers.columns) = (series, view.shape(), view.columns.clone());
        let coverage = ViewCoverage::of(&view);
        let files = match (to, doing) {
            (_, Doing::Check) | (None, _) => Vec::new(),
            (Some(to), _) => folder::write(ws, to, doing, &view, &papers, &coverage)?,
        };
        work.step();
        let written = matches!(doing, Doing::Write { .. }) && files.iter().any(|f| f.change != Change::Same);
        Ok(Aligned { papers, coverage, files, written })
    });
    work.end(if made.is_ok() { "done" } else { "failed" });
    made
}

/// One name's bars as the rules left them.
struct Name {
    bars: Bars,
    papers: AlignedName,
}

fn read(lake: &Lake, request: &AlignRequest, calendar: &Calendar, symbol: &Symbol) -> Result<Name> {
    let rows = request.selection.bars(lake, symbol)?;
    let inside = |date: Date| {
        request.start.is_none_or(|start| date >= start) && request.end.is_none_or(|end| date <= end)
    };
    let rows: Vec<BarRow> = rows.into_iter().filter(|row| inside(row.date)).collect();
    let cleaned = clean(symbol, &rows, calendar, &CleanOptions::default());
    let bars = &cleaned.bars;
    let papers = AlignedName {
        rows: rows.len() as u64,
        set_aside: cleaned.rows_dropped() as u64,
        first: bars.dates().first().copied(),
        last: bars.dates().last().copied(),
        last_session: last_session(lake, symbol, request.selection.as_of)?,
        overlap: overlap(&rows, calendar),
        digest: digest(&rows),
    };
    Ok(Name { bars: cleaned.bars, papers })
}

/// The end of the newest declared listing, once that is known.
fn last_session(lake: &Lake, symbol: &Symbol, as_of: Option<Instant>) -> Result<Option<Date>> {
    if lake.names(Table::Listings).binary_search(symbol).is_err() {
        return Ok(None);
    }
    let listings = lake
        .read_facts::<Listing>(symbol, DateSpan::EVERY, as_of)
        .map_err(|error| lake_error(&format!("failed to read the listings of `{symbol}`"), error))?;
    Ok(listings.last().and_then(|listing| listing.last_session))
}

/// Dates shared with the calendar, of those that either has inside its range; 0 where the name has none there.
fn overlap(rows: &[BarRow], calendar: &Calendar) -> f64 {
    let own: BTreeSet<Date> =
        rows.iter().map(|row| row.date).filter(|d| calendar.range().contains(*d)).collect();
    let span = own.first().zip(own.last()).and_then(|(first, last)| DateSpan::new(*first, *last));
    let sessions = span.and_then(|span| calendar.sessions_in(span).ok()).unwrap_or_default();
    let shared = sessions.iter().filter(|date| own.contains(date)).count();
    let either = own.len() + sessions.len() - shared;
    if either == 0 { 0.0 } else { shared as f64 / either as f64 }
}

fn digest(rows: &[BarRow]) -> Digest {
    let times =
        |pick: fn(&BarRow) -> i64| -> Vec<u8> { rows.iter().flat_map(|r| pick(r).to_le_bytes()).collect() };
    let numbers: Vec<f64> = rows.iter().flat_map(|r| [r.open, r.high, r.low, r.close, r.volume]).collect();
    let parts = [
        times(|r| i64::from(r.date.days())),
        times(|r| r.event_time.nanos()),
        times(|r| r.known_at.nanos()),
        Digest::of_f64s(&numbers).as_bytes().to_vec(),
    ];
    Digest::of_parts(parts.iter().map(Vec::as_slice))
}

fn view(request: &AlignRequest, calendar: &Calendar, names: &[Name]) -> Result<(AlignedView, AlignPapers)> {
    let strangers: Vec<String> = names
        .iter()
        .filter(|name| name.papers.overlap < request.min_overlap)
        .map(|name| format!("{} ({:.2})", name.bars.symbol(), name.papers.overlap))
        .collect();
    if !strangers.is_empty() {
        let (shown, more) = (strangers.len().min(8), strangers.len().saturating_sub(8));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        return Err(AppError::input(format!(
            "{} of {} names share less than {} of their dates with calendar `{}`: {}{more}",
            strangers.len(),
            names.len(),
            request.min_overlap,
            request.calendar,
            strangers[..shown].join(", ")
        ))
        .hint("leave them out, choose their calendar, or lower `--min-overlap`"));
    }
    let faulty = names.iter().find(|name| request.strict && name.papers.set_aside > 0);
    if let Some(Name { bars, papers }) = faulty {
        return Err(AppError::input(format!(
            "quality rules set {} of {} rows of `{}` aside",
            papers.set_aside,
            papers.rows,
            bars.symbol()
        ))
        .hint(
            "`proofmark data check` lists them; mend the data, leave the name out, or leave `--strict` out",
        ));
    }
    let first = names.iter().filter_map(|name| name.papers.first).min();
    let last = names.iter().filter_map(|name| name.papers.last).max();
    let span = request.start.or(first).zip(request.end.or(last)).and_then(|(a, b)| DateSpan::new(a, b));
    let nothing =
        || AppError::input("no bar is left in the span").hint("check the dates and `proofmark data check`");
    let span = span.filter(|_| first.is_some()).ok_or_else(nothing)?;
    let sessions = calendar.sessions_in(span).map_err(|error| {
        AppError::input(format!("calendar `{}` does not cover {span}", request.calendar))
            .hint("check `--start-date` and `--end-date`")
            .because(error)
    })?;
    let listed: Vec<Listed<'_>> = names
        .iter()
        .map(|name| Listed { bars: &name.bars, last_session: name.papers.last_session })
        .collect();
    let view = on_sessions(sessions, &listed, &request.spec);
    let papers = AlignPapers {
        format: FORMAT,
        calendar: request.calendar.clone(),
        span,
        as_of: request.selection.as_of,
        shape: view.shape(),
        columns: view.columns.clone(),
        fill_limit: request.spec.fill_limit,
        zero_volume: request.spec.zero_volume,
        min_overlap: request.min_overlap,
        names: names.iter().map(|name| (name.bars.symbol().clone(), name.papers.clone())).collect(),
        max_age_days: None,
        features: None,
        series: BTreeMap::new(),
    };
    Ok((view, papers))
}
