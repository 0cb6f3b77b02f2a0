//! What the rules and checks say, as one report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proofmark_lake::checks::{CHECKS, Check, CheckContext, Series, SeriesReport, scan};
use proofmark_lake::quality::{Action, RULES, Severity};
use proofmark_lake::{CleanOptions, CleanOutcome, Lake, Table, clean};
use proofmark_market::Interval;
use proofmark_units::{Date, DateSpan, Symbol};
use rayon::prelude::*;
use serde::Serialize;

use super::waivers::Waivers;
use super::{calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::ingest::FileRead;
use crate::workspace::Workspace;

/// Samples kept of each rule; all findings are counted.
const SAMPLES: usize = 5;

/// Checks of daily bars whose finding a cleaning rule of another name reports already.
const COVERED: &[&str] = &["duplicate_stamp"];

/// What the rules and checks say of bars, in the lake or in files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityReport {
    /// What was looked at: `the lake`, or file names.
    pub of: String,
    /// The calendar they were held against.
    pub calendar: Option<String>,
    /// Every rule and check, also those that found nothing.
    pub rules: Vec<RuleReport>,
    /// Bars looked at that stay.
    pub bars: usize,
    /// Symbols looked at.
    pub symbols: usize,
    /// Rows that rules set aside; they stay in the lake.
    pub set_aside: usize,
    /// Findings of severity `error` that nobody waived.
    pub open_errors: usize,
    /// Findings that a named person waived.
    pub waived: usize,
    /// Waivers that ran out, in words.
    pub expired: Vec<String>,
    /// How each file was understood.
    pub files: Vec<FileRead>,
    /// Rows of files that could not be read, in words; the first of each file.
    pub unreadable: Vec<String>,
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
    /// What to do about it.
    pub hint: String,
    /// Findings in all symbols.
    pub count: usize,
    /// Findings that a named person waived.
    pub waived: usize,
    /// Symbols with a finding.
    pub symbols: usize,
    /// Findings by symbol.
    pub by_symbol: BTreeMap<Symbol, usize>,
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

/// Which bars of the lake are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Exchange calendar.
    pub calendar: String,
    /// These symbols; all when empty.
    pub symbols: Vec<Symbol>,
    /// These dates; all when `None`.
    pub span: Option<DateSpan>,
    /// Which rules act.
    pub cleaning: CleanOptions,
    /// Bars shorter than a session too.
    pub intraday: bool,
}

impl Scope {
    /// Everything, by the default rules.
    pub fn whole(calendar: &str) -> Self {
        let cleaning = CleanOptions::default();
        Self { calendar: calendar.to_owned(), symbols: Vec::new(), span: None, cleaning, intraday: true }
    }
}

/// Applies every quality rule and every check to bars of the lake, changing nothing.
///
/// # Errors
/// The calendar or the waivers cannot be used, or the lake is empty or cannot be read.
pub fn check(ws: &Workspace, scope: &Scope) -> Result<QualityReport> {
    look(&open_lake(ws)?, ws.root(), scope)
}

/// Refuses data with open errors: findings of severity `error`, set aside or not, that nobody waived.
///
/// # Errors
/// There are some; they are named. Otherwise as [`check`].
pub(crate) fn refuse_open_errors(lake: &Lake, root: &Path, scope: &Scope) -> Result<()> {
    let report = look(lake, root, scope)?;
    let named: Vec<String> = report
        .rules
        .iter()
        .filter(|rule| rule.severity == "error" && rule.count > rule.waived)
        .map(|rule| {
            let sample = rule.samples.first().cloned().unwrap_or_default();
            format!("{} ({} open; {sample})", rule.rule, rule.count - rule.waived)
        })
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    Err(AppError::input(format!("`data.strict` refuses {} open errors: {}", report.open_errors, named.join(", ")))
        .hint("`proofmark data check` lists them; mend the source, or waive by name with reason and expiry in `waivers.toml`"))
}

fn look(lake: &Lake, root: &Path, scope: &Scope) -> Result<QualityReport> {
    let calendar = calendar(&scope.calendar)?;
    let now = crate::clock::now();
    let waivers = Waivers::read(root, now.utc_date())?;
    let wanted = |symbol: &Symbol| scope.symbols.is_empty() || scope.symbols.contains(symbol);
    let symbols: Vec<Symbol> = lake.symbols().into_iter().filter(wanted).collect();
    let read = |symbol: &Symbol| {
        let Some(span) = scope.span.or_else(|| lake.span(symbol)) else { return Ok(None) };
        let rows = lake
            .read_bars(symbol, span, None)
            .map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))?;
        let series = Series::of_daily(symbol.clone(), &rows);
        Ok((!rows.is_empty()).then(|| (clean(symbol, &rows, &calendar, &scope.cleaning), series)))
    };
    let read: Result<Vec<Option<(CleanOutcome, Series)>>> = symbols.par_iter().map(read).collect();
    let (outcomes, series): (Vec<CleanOutcome>, Vec<Series>) = read?.into_iter().flatten().unzip();
    let intraday = intraday(lake, scope)?;
    if outcomes.is_empty() && intraday.is_empty() {
        return Err(AppError::input("the lake holds no bars")
            .hint("fill it first: `proofmark ingest --help` shows how"));
    }
    let newest = outcomes.iter().filter_map(|o| o.coverage.map(|c| c.last.midnight_utc())).max();
    let newest = newest.max(intraday.iter().filter_map(Series::newest).max());
    let context =
        CheckContext { calendar: Some(&calendar), now: Some(now), newest, ..CheckContext::default() };
    let (of_daily, of_intraday) = (scan(&series, &context), scan(&intraday, &context));
    let mut rules: Vec<RuleReport> = RULES
        .iter()
        .map(|rule| {
            let mut found = Found::default();
            for outcome in &outcomes {
                if let Some(findings) = outcome.findings.iter().find(|f| f.id == rule.id()) {
                    let samples = findings.samples().iter().map(|f| format!("{}: {}", f.date, f.detail));
                    found.add(outcome.bars.symbol(), findings.findings.len(), samples.collect());
                }
            }
            found.add_checks(rule.id(), &of_intraday);
            found.report(rule.id(), rule.doc(), rule.hint(), rule.severity(), rule.action(), &waivers)
        })
        .collect();
    for check in CHECKS.iter().filter(|check| !RULES.iter().any(|rule| rule.id() == check.id)) {
        let daily = of_daily.iter().filter(|_| !COVERED.contains(&check.id));
        rules.push(of_check(check, daily.chain(&of_intraday), &waivers));
    }
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
    let mut report = QualityReport::new("the lake".to_owned(), rules, &waivers);
    report.calendar = Some(calendar.id().to_owned());
    let shorter: usize = intraday.iter().map(Series::len).sum();
    report.bars = shorter + outcomes.iter().map(|outcome| outcome.bars.len()).sum::<usize>();
    report.symbols = symbols_of(&outcomes, &intraday);
    report.set_aside = outcomes.iter().map(CleanOutcome::rows_dropped).sum();
    report.coverage = coverage.collect();
    Ok(report)
}

/// Bars shorter than a session, which no cleaning rule judges yet.
fn intraday(lake: &Lake, scope: &Scope) -> Result<Vec<Series>> {
    let mut list = Vec::new();
    let shorter = |interval: &Interval| scope.intraday && *interval != Interval::Day1;
    for interval in lake.intervals().into_iter().filter(shorter) {
        let names = lake.names(Table::Intraday(interval));
        let wanted = names.par_iter().filter(|s| scope.symbols.is_empty() || scope.symbols.contains(s));
        let read = wanted.map(|symbol| {
            let span = scope.span.unwrap_or(DateSpan::EVERY);
            let rows = lake
                .read_intraday(interval, symbol, span, None)
                .map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))?;
            Ok(Series::of_intraday(symbol.clone(), &rows))
        });
        let read: Result<Vec<Series>> = read.collect();
        list.extend(read?.into_iter().filter(|series| !series.is_empty()));
    }
    Ok(list)
}

fn symbols_of(outcomes: &[CleanOutcome], intraday: &[Series]) -> usize {
    let daily = outcomes.iter().map(|outcome| outcome.bars.symbol());
    daily.chain(intraday.iter().map(|series| &series.symbol)).collect::<BTreeSet<_>>().len()
}

/// The row of the report for a check, from what it found in each series.
pub(super) fn of_check<'a>(
    check: &Check,
    reports: impl IntoIterator<Item = &'a SeriesReport>,
    waivers: &Waivers,
) -> RuleReport {
    let mut found = Found::default();
    found.add_checks(check.id, reports);
    found.report(check.id, check.doc, check.hint, check.severity, Action::Flag, waivers)
}

/// Findings of one rule, gathered over symbols.
#[derive(Default)]
pub(super) struct Found {
    by_symbol: BTreeMap<Symbol, usize>,
    samples: Vec<(Symbol, Vec<String>)>,
}

impl Found {
    pub(super) fn add(&mut self, symbol: &Symbol, count: usize, samples: Vec<String>) {
        *self.by_symbol.entry(symbol.clone()).or_default() += count;
        self.samples.push((symbol.clone(), samples));
    }

    /// What check `id` found in each series.
    fn add_checks<'a>(&mut self, id: &str, reports: impl IntoIterator<Item = &'a SeriesReport>) {
        for series in reports {
            if let Some(findings) = series.findings.iter().find(|f| f.id == id) {
                let samples =
                    findings.samples.iter().map(|s| format!("{} (row {}): {}", s.at, s.row, s.detail));
                self.add(&series.symbol, findings.count, samples.collect());
            }
        }
    }

    pub(super) fn report(
        self,
        id: &str,
        doc: &str,
        hint: &str,
        level: Severity,
        done: Action,
        waivers: &Waivers,
    ) -> RuleReport {
        let waived = self.by_symbol.iter().filter(|(symbol, _)| waivers.covers(id, symbol));
        let nth = |n: usize| {
            self.samples.iter().filter_map(move |(symbol, list)| Some(format!("{symbol} {}", list.get(n)?)))
        };
        RuleReport {
            rule: id.to_owned(),
            doc: doc.to_owned(),
            severity: severity(level).to_owned(),
            action: action(done).to_owned(),
            hint: hint.to_owned(),
            count: self.by_symbol.values().sum(),
            waived: waived.map(|(_, count)| count).sum(),
            symbols: self.by_symbol.len(),
            samples: (0..SAMPLES).flat_map(nth).take(SAMPLES).collect(),
            by_symbol: self.by_symbol,
        }
    }
}

impl QualityReport {
    /// The account over `rules`; what only the caller knows is still empty.
    pub(super) fn new(of: String, rules: Vec<RuleReport>, waivers: &Waivers) -> Self {
        let errors = rules.iter().filter(|rule| rule.severity == "error");
        let expired = waivers.expired.iter().map(|w| {
            let symbol = w.symbol.as_ref().map_or(String::new(), |symbol| format!(" of {symbol}"));
            format!("the waiver of `{}`{symbol} by {} expired on {}", w.check, w.by, w.expires)
        });
        Self {
            of,
            calendar: None,
            open_errors: errors.map(|rule| rule.count - rule.waived).sum(),
            waived: rules.iter().map(|rule| rule.waived).sum(),
            expired: expired.collect(),
            rules,
            bars: 0,
            symbols: 0,
            set_aside: 0,
            files: Vec::new(),
            unreadable: Vec::new(),
            coverage: BTreeMap::new(),
        }
    }
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
