//! Looking at the lake: which symbols it holds, and what the quality rules say of them.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_lake::quality::{Action, RULES, Severity};
use proofmark_lake::{CleanOptions, CleanOutcome, Lake, LakeError, Table, clean};
use proofmark_market::{BarRow, Calendar};
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// Samples kept of each rule; all findings are counted.
const SAMPLES: usize = 5;

/// One symbol of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SymbolInfo {
    /// Its name.
    pub symbol: Symbol,
    /// First bar.
    pub first: Date,
    /// Last bar.
    pub last: Date,
    /// Rows as last delivered, before any rule.
    pub bars: usize,
    /// Where they came from; several sources are joined with `, `.
    pub source: String,
}

/// What the quality rules say of every symbol of the lake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckReport {
    /// The calendar they were held against.
    pub calendar: String,
    /// Every rule, in the order of application, also those that found nothing.
    pub rules: Vec<RuleReport>,
    /// Bars that stay.
    pub bars: usize,
    /// Symbols looked at.
    pub symbols: usize,
    /// Rows that rules set aside; they stay in the lake.
    pub set_aside: usize,
    /// Sessions there and expected, of each symbol that keeps a bar.
    pub coverage: BTreeMap<Symbol, CoverageReport>,
}

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// Rule id.
    pub rule: String,
    /// What it finds and does.
    pub doc: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// `drop_row` or `flag`.
    pub action: String,
    /// Findings in all symbols.
    pub count: usize,
    /// Symbols with a finding.
    pub symbols: usize,
    /// The first findings, the first of each symbol before the second of any.
    pub samples: Vec<String>,
}

/// Sessions there against sessions expected between a symbol's first and last bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageReport {
    /// First bar.
    pub first: Date,
    /// Last bar.
    pub last: Date,
    /// Sessions with a bar.
    pub observed: u64,
    /// Sessions of the calendar.
    pub expected: u64,
    /// Observed over expected, 0 to 1.
    pub fraction: f64,
}

/// Every symbol with bars, ascending.
///
/// # Errors
/// The lake cannot be read.
pub fn symbols(ws: &Workspace) -> Result<Vec<SymbolInfo>> {
    let lake = open_lake(ws)?;
    let mut list = Vec::new();
    for symbol in lake.symbols() {
        let Some((span, rows)) = raw_bars(&lake, &symbol)? else { continue };
        let files = lake.files().iter().filter(|file| file.table == Table::Bars && file.symbol == symbol);
        let sources: BTreeSet<&str> = files.map(|file| file.source.as_str()).collect();
        let source = sources.into_iter().collect::<Vec<_>>().join(", ");
        list.push(SymbolInfo { symbol, first: span.start, last: span.end, bars: rows.len(), source });
    }
    Ok(list)
}

/// Applies every quality rule to every symbol, changing nothing.
///
/// # Errors
/// The calendar is unknown, or the lake is empty or cannot be read.
pub fn check(ws: &Workspace, calendar: &str) -> Result<CheckReport> {
    let outcomes = cleaned(ws, calendar)?;
    let rules = RULES
        .iter()
        .map(|rule| {
            let found: Vec<_> = outcomes
                .iter()
                .filter_map(|outcome| {
                    let findings = outcome.findings.iter().find(|f| f.id == rule.id())?;
                    Some((outcome.bars.symbol(), findings))
                })
                .collect();
            let nth =
                |n: usize| found.iter().filter_map(move |(symbol, f)| Some((symbol, f.findings.get(n)?)));
            let samples = (0..SAMPLES).flat_map(nth).take(SAMPLES);
            RuleReport {
                rule: rule.id().to_owned(),
                doc: rule.doc().to_owned(),
                severity: severity(rule.severity()).to_owned(),
                action: action(rule.action()).to_owned(),
                count: found.iter().map(|(_, f)| f.findings.len()).sum(),
                symbols: found.len(),
                samples: samples.map(|(symbol, f)| format!("{symbol} {}: {}", f.date, f.detail)).collect(),
            }
        })
        .collect();
    let coverage = outcomes.iter().filter_map(|outcome| {
        let c = outcome.coverage?;
        let report = CoverageReport {
            first: c.first,
            last: c.last,
            observed: c.observed,
            expected: c.expected,
            fraction: c.fraction(),
        };
        Some((outcome.bars.symbol().clone(), report))
    });
    Ok(CheckReport {
        calendar: calendar.to_owned(),
        rules,
        bars: outcomes.iter().map(|outcome| outcome.bars.len()).sum(),
        symbols: outcomes.len(),
        set_aside: outcomes.iter().map(CleanOutcome::rows_dropped).sum(),
        coverage: coverage.collect(),
    })
}

/// Every symbol's clean bars by the default rules, ascending by symbol.
pub(crate) fn cleaned(ws: &Workspace, calendar_id: &str) -> Result<Vec<CleanOutcome>> {
    let calendar = calendar(calendar_id)?;
    let lake = open_lake(ws)?;
    let options = CleanOptions::default();
    let mut outcomes = Vec::new();
    for symbol in lake.symbols() {
        let Some((_, rows)) = raw_bars(&lake, &symbol)? else { continue };
        outcomes.push(clean(&symbol, &rows, &calendar, &options));
    }
    if outcomes.is_empty() {
        return Err(AppError::input("the lake holds no bars")
            .hint("fill it first: `proofmark ingest --help` shows how"));
    }
    Ok(outcomes)
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

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::DropRow => "drop_row",
        Action::Flag => "flag",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest;

    #[test]
    fn the_rules_report_what_they_set_aside_and_the_lake_stays_as_delivered() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        assert_eq!(check(&ws, "XNSE").unwrap_err().exit_code(), 2);
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
        ingest::csv(&ws, &files, &request).unwrap();
        let report = check(&ws, "XNSE").unwrap();
        assert_eq!(report.rules.len(), RULES.len());
        let rule = report.rules.iter().find(|r| r.rule == "off_calendar").unwrap();
        assert_eq!((rule.count, rule.symbols, rule.action.as_str()), (2, 2, "drop_row"));
        assert!(rule.samples[0].starts_with("AAA 2024-01-06") && rule.samples[1].starts_with("BBB"));
        assert_eq!((report.bars, report.symbols, report.set_aside), (6, 2, 2));
        let coverage = &report.coverage[&"AAA".parse::<Symbol>().unwrap()];
        assert_eq!((coverage.observed, coverage.expected), (3, 4), "2024-01-05 is missing");
        let list = symbols(&ws).unwrap();
        assert_eq!((list.len(), list[0].bars, list[0].source.as_str()), (2, 4, "AAA.csv"));
        assert!(check(&ws, "XLON").unwrap_err().hint_text().unwrap().contains("XNSE"));
    }
}
