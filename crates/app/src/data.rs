//! Looking at the lake and at files: which symbols there are, what is wrong with them, what is missing.

mod actions;
mod align;
pub mod books;
mod check;
mod context;
mod coverage;
pub(crate) mod derived;
mod export;
mod export_sqlite;
mod file;
mod freshness;
pub mod options;
mod page;
mod prices;
mod regimes;
mod seed;
mod signals;
mod snapshots;
mod universe;
mod view;
mod waivers;
pub(crate) mod within;

use std::collections::BTreeSet;

use proofmark_lake::{CleanOptions, CompactReport, Lake, LakeError, Table, TableInfo, clean};
use proofmark_market::{BarRow, Calendar, Interval};
use proofmark_units::{Date, DateSpan, Symbol};
use rayon::prelude::*;
use serde::Serialize;

pub use self::actions::{
    ACTION_COLUMNS, ActionsOverview, action_row, actions, actions_page, disagreement, store_actions,
};
pub use self::align::{
    AlignPapers, AlignRequest, Aligned, AlignedName, AlignedSeries, Change, Doing, PlannedFile, align,
};
pub(crate) use self::check::refuse_open_errors;
pub use self::check::{CoverageReport, QualityReport, RuleReport, Scope, check};
pub use self::context::{ContextReport, ContextRequest, ContextSeries, StoredSeries, context};
pub use self::coverage::{Bars, CoverageOverview, HoleReport, SymbolCoverage, YearReport, coverage};
pub use self::export::{Exported, ExportedFile, PlainFormat, Selection, export};
pub use self::export_sqlite::{ExportedSqlite, export_sqlite};
pub use self::file::{FileCheck, RepairReport, check_files, repair_zone};
pub use self::freshness::{Age, Freshness, freshness};
pub use self::page::{coverage_page, quality_page};
pub use self::regimes::{RegimeRequest, RegimesReport, SymbolRegimes, regimes};
pub use self::seed::{SeedInfo, SeedRestored, SeedTable, back_up, restore};
pub use self::signals::{Signal, SignalMatrix, YearOfSignal, signals, signals_page};
pub use self::snapshots::{
    SnapshotCheck, SnapshotInfo, SnapshotOrder, snapshot, snapshots, take_snapshot, verify_snapshot,
};
pub use self::universe::{MemberChange, MembersOn, UniverseOverview, universe};
pub use self::view::{View, ViewColumn, ViewRequest, view};
pub use self::waivers::Waiver;
use crate::error::{AppError, Result};
use crate::workspace::Workspace;
pub use proofmark_features::regimes::{Parameters, RegimeFit};

/// One symbol of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SymbolInfo {
    /// Its name.
    pub symbol: Symbol,
    /// How long its bars last.
    pub interval: Interval,
    /// First bar.
    pub first: Date,
    /// Last bar.
    pub last: Date,
    /// Rows as last delivered, before any rule.
    pub bars: usize,
    /// Where they came from; several sources are joined with `, `.
    pub source: String,
}

/// Every symbol with bars, ascending; daily bars first.
///
/// # Errors
/// The lake cannot be read.
pub fn symbols(ws: &Workspace) -> Result<Vec<SymbolInfo>> {
    let lake = open_lake(ws)?;
    let mut list = Vec::new();
    for interval in lake.intervals() {
        let table = Table::bars(interval);
        for symbol in lake.names(table) {
            let Some(span) = lake.span_of(table, &symbol) else { continue };
            let bars = match interval {
                Interval::Day1 => lake.read_bars(&symbol, span, None).map(|rows| rows.len()),
                shorter => lake.read_intraday(shorter, &symbol, span, None).map(|rows| rows.len()),
            };
            let bars =
                bars.map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))?;
            let files = lake.files().iter().filter(|file| file.table == table && file.symbol == symbol);
            let sources: BTreeSet<&str> = files.flat_map(|file| file.sources()).collect();
            let source = sources.into_iter().collect::<Vec<_>>().join(", ");
            list.push(SymbolInfo { symbol, interval, first: span.start, last: span.end, bars, source });
        }
    }
    Ok(list)
}

/// Every table of the lake, the empty ones too, with its rows counted.
///
/// # Errors
/// The lake cannot be read.
pub fn tables(ws: &Workspace) -> Result<Vec<TableInfo>> {
    open_lake(ws)?.tables().map_err(|error| lake_error("failed to count the lake's rows", error))
}

/// Merges the small files of each symbol and series; every read and every snapshot gives the same bits as before.
///
/// # Errors
/// The lake or a snapshot's record cannot be read, or the lake cannot be written; it reads as before then.
pub fn compact(ws: &Workspace) -> Result<CompactReport> {
    open_lake(ws)?.compact().map_err(|error| {
        let hint = error.hint();
        AppError::environment("failed to compact the lake").hint(hint).because(error)
    })
}

/// Clean bars of the symbols that `wanted` picks, in prices as traded: price jumps stay, since whoever asks looks for splits.
pub(crate) fn as_traded(
    lake: &Lake,
    calendar: &Calendar,
    wanted: impl Fn(&Symbol) -> bool,
) -> Result<Vec<proofmark_market::Bars>> {
    let options = CleanOptions { set_aside_before_breaks: false, ..CleanOptions::default() };
    let symbols: Vec<Symbol> = lake.symbols().into_iter().filter(wanted).collect();
    let bars = |symbol: &Symbol| -> Result<Option<proofmark_market::Bars>> {
        Ok(raw_bars(lake, symbol)?.map(|(_, rows)| clean(symbol, &rows, calendar, &options).bars))
    };
    let bars: Vec<Option<proofmark_market::Bars>> = symbols.par_iter().map(bars).collect::<Result<_>>()?;
    Ok(bars.into_iter().flatten().filter(|bars| !bars.is_empty()).collect())
}

fn raw_bars(lake: &Lake, symbol: &Symbol) -> Result<Option<(DateSpan, Vec<BarRow>)>> {
    let Some(span) = lake.span(symbol) else { return Ok(None) };
    let rows = lake
        .read_bars(symbol, span, None)
        .map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))?;
    Ok(Some((span, rows)))
}

/// The shipped calendar of that name.
pub(crate) fn calendar(id: &str) -> Result<Calendar> {
    Calendar::named(id).map_err(|error| {
        AppError::input(format!("calendar `{id}` cannot be used"))
            .hint("`XNSE`, `XNYS`, `XBOG`, `24/7` and `24/5` are shipped")
            .because(error)
    })
}

/// The workspace's lake.
pub(crate) fn open_lake(ws: &Workspace) -> Result<Lake> {
    Lake::open(ws.lake()).map_err(|error| lake_error("failed to open the lake", error))
}

/// A failed lake operation in words, with the lake's own hint.
pub(crate) fn lake_error(doing: &str, error: LakeError) -> AppError {
    let kind =
        if matches!(error, LakeError::Unknown { .. }) { AppError::input } else { AppError::environment };
    kind(doing.to_owned()).hint(error.hint()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest;

    fn scope(calendar: &str) -> Scope {
        Scope::whole(calendar)
    }

    #[test]
    fn the_rules_report_what_they_set_aside_and_the_lake_stays_as_delivered() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        assert_eq!(check(&ws, &scope("XNSE")).unwrap_err().exit_code(), 2);
        assert!(symbols(&ws).unwrap().is_empty());
        let mut text = String::from("date,open,high,low,close,volume\n");
        for (day, close) in [(3, 100), (4, 101), (6, 100), (8, 102)] {
            text.push_str(&format!("2024-01-0{day},100,103,99,{close},1{day}\n"));
        }
        let files = [folder.path().join("AAA.csv"), folder.path().join("BBB.csv")];
        for file in &files {
            std::fs::write(file, &text).unwrap();
        }
        let request = ingest::Request { calendar: "XNSE".into(), ..ingest::Request::default() };
        ingest::csv(&ws, &files, &request, &crate::progress::Silent).unwrap();
        let report = check(&ws, &scope("XNSE")).unwrap();
        assert!(report.rules.len() > proofmark_lake::quality::RULES.len());
        let rule = report.rules.iter().find(|r| r.rule == "off_calendar").unwrap();
        assert_eq!((rule.count, rule.symbols, rule.action.as_str()), (2, 2, "drop_row"));
        assert!(rule.samples[0].starts_with("AAA 2024-01-06") && rule.samples[1].starts_with("BBB"));
        assert_eq!((report.bars, report.symbols, report.set_aside), (6, 2, 2));
        // Every error that a rule found stays open until a named person waives it, for a while.
        assert_eq!((report.open_errors, report.waived), (2, 0));
        let waive = |expires: &str| {
            let text = format!(
                "[[waiver]]\ncheck = \"off_calendar\"\nsymbol = \"AAA\"\nby = \"R. Rao\"\nreason = \"known test row\"\nexpires = \"{expires}\"\n"
            );
            std::fs::write(folder.path().join("waivers.toml"), text).unwrap();
            check(&ws, &scope("XNSE"))
        };
        let waived = waive("2099-12-31").unwrap();
        assert_eq!((waived.open_errors, waived.waived, waived.expired.len()), (1, 1, 0));
        let expired = waive("2001-01-01").unwrap();
        assert_eq!((expired.open_errors, expired.waived, expired.expired.len()), (2, 0, 1));
        std::fs::write(
            folder.path().join("waivers.toml"),
            "[[waiver]]\ncheck = \"off_calender\"\nby = \"R\"\nreason = \"x\"\nexpires = \"2099-12-31\"\n",
        )
        .unwrap();
        assert!(check(&ws, &scope("XNSE")).unwrap_err().hint_text().unwrap().contains("off_calendar"));
        std::fs::remove_file(folder.path().join("waivers.toml")).unwrap();
        let coverage = &report.coverage[&"AAA".parse::<Symbol>().unwrap()];
        assert_eq!((coverage.observed, coverage.expected), (3, 4), "2024-01-05 is missing");
        let list = symbols(&ws).unwrap();
        assert_eq!((list.len(), list[0].bars, list[0].source.as_str()), (2, 4, "AAA.csv"));
        assert!(check(&ws, &scope("XLON")).unwrap_err().hint_text().unwrap().contains("XNSE"));
    }
}
