//! The account of one ingest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use proofmark_lake::{Delivery, IngestReport, Lake};
use proofmark_sources::{ReadOutcome, RowProblem};
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use super::placed::Placed;
use crate::error::Result;
use crate::progress::{Reporter, Unit, Work};

/// Samples kept of each rule; all are counted.
const SAMPLES: usize = 5;

/// The rule for rows whose date no calendar could place and no timestamp of the lake could hold.
const DATE_OUT_OF_RANGE: &str = "date_out_of_range";

/// Dates that a bar may carry, 1900-01-01 to 2199-12-31; nanoseconds in 64 bits end in 2262.
const PLACEABLE: DateSpan = DateSpan { start: DateSpan::EVERY.start, end: Date::from_days(84_005) };

/// What one ingest did. `rows_read` = added + known + restated + not asked + aggregated + problems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Data rows seen, readable or not.
    pub rows_read: u64,
    /// Rows of dates that the lake did not hold.
    pub rows_added: u64,
    /// Rows that the lake held already, with the same values.
    pub rows_known: u64,
    /// Rows of held dates with other values: stored as a later version, the earlier one stays.
    pub rows_restated: u64,
    /// Rows of symbols that were not asked for.
    pub rows_not_asked: u64,
    /// Intraday rows that went into the daily bar of another row.
    pub rows_aggregated: u64,
    /// How each file was understood: what was guessed is said.
    pub files: Vec<FileRead>,
    /// Symbols (or the series) with a row in this ingest, ascending.
    pub symbols: Vec<Symbol>,
    /// Rows that could not be read, by rule.
    pub problems: Vec<Problem>,
}

/// How one file was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRead {
    /// The file's name.
    pub file: String,
    /// The column behind each role, as `close=CLOSE_PRICE`.
    pub columns: String,
    /// What a reader should know: where the date came from, tickers that follow one another.
    pub notes: Vec<String>,
}

impl FileRead {
    pub(crate) fn of(file: String, outcome: &ReadOutcome) -> Self {
        let mut notes = Vec::new();
        if let Some(date) = outcome.date_of_file {
            notes.push(format!("no date column: every row is dated {date}, as the options or the name say"));
        }
        notes.extend(tickers_in_turn(outcome));
        Self { file, columns: outcome.columns.to_string(), notes }
    }
}

/// Tickers that follow one another without overlap look like one company renamed.
fn tickers_in_turn(outcome: &ReadOutcome) -> Option<String> {
    if !(2..=6).contains(&outcome.bars.len()) {
        return None;
    }
    let mut spans: Vec<(Date, Date, &Symbol)> = Vec::new();
    for (symbol, rows) in &outcome.bars {
        let dates = || rows.iter().map(|row| row.date);
        spans.push((dates().min()?, dates().max()?, symbol));
    }
    spans.sort();
    if !spans.windows(2).all(|pair| pair[0].1 < pair[1].0) {
        return None;
    }
    let turns: Vec<String> = spans.iter().map(|(_, last, symbol)| format!("{symbol} to {last}")).collect();
    Some(format!(
        "tickers follow one another: {}; if they are one share, `--symbol NAME` stores them as one",
        turns.join(", ")
    ))
}

/// Rows that one rule found unreadable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Rule id.
    pub rule: String,
    /// What the rule means.
    pub doc: String,
    /// Rows it names.
    pub count: u64,
    /// The first of them.
    pub samples: Vec<Sample>,
}

/// One row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The file, as it was named.
    pub file: PathBuf,
    /// One-based data row (the header does not count); absent when the row was refused after reading.
    pub row: Option<u64>,
    /// One-based line of a text file.
    pub line: Option<u64>,
    /// The symbol as written, where one could be read.
    pub symbol: Option<String>,
    /// The date, where one could be read.
    pub date: Option<Date>,
    /// The offending text and column.
    pub detail: String,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(row) = self.row {
            write!(f, " row {row}")?;
        }
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        if let Some(symbol) = &self.symbol {
            write!(f, ", {symbol}")?;
        }
        if let Some(date) = self.date {
            write!(f, ", {date}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

fn doc(rule: &str) -> &'static str {
    match rule {
        "bad_number" => "a price or volume that is not a number",
        "bad_date" => "a date that cannot be read",
        "missing_value" => "a needed value is empty",
        "bad_symbol" => "the symbol is no valid name",
        "bad_text" => "the text is not UTF-8",
        "short_row" => "the row ends too early",
        "duplicate_row" => "the vendor sent the same row twice; one is kept",
        "conflicting_row" => "rows of one key that differ; none is kept, since none can be trusted",
        "unknown_asset" => "a symbol that the file's own `assets` does not name",
        "known_before_event" => "a row that was known before it happened",
        "outside_request" => "a row of a day that was not asked for",
        "future_stamp" => "a time that has not come yet",
        "footer" => "a line below the table, not a row",
        DATE_OUT_OF_RANGE => "a date before 1900 or after 2199, surely misread",
        _ => "the row cannot be read",
    }
}

/// Collects the account while files are read and stored.
#[derive(Debug, Default)]
pub(super) struct Account {
    summary: Summary,
    symbols: BTreeSet<Symbol>,
    problems: BTreeMap<&'static str, (u64, Vec<Sample>)>,
}

impl Account {
    pub(super) fn read(&mut self, rows: u64) {
        self.summary.rows_read += rows;
    }

    pub(super) const fn rows_read(&self) -> u64 {
        self.summary.rows_read
    }

    /// Rows that the lake holds already and that are not delivered again.
    pub(super) fn known(&mut self, rows: usize) {
        self.summary.rows_known += rows as u64;
    }

    pub(super) fn not_asked(&mut self, rows: usize) {
        self.summary.rows_not_asked += rows as u64;
    }

    pub(super) fn file(&mut self, file: FileRead) {
        self.summary.files.push(file);
    }

    pub(super) fn aggregated(&mut self, rows: usize) {
        self.summary.rows_aggregated += rows as u64;
    }

    /// Rows that were told as two versions each, beyond those read.
    pub(super) fn split(&mut self, rows: usize) {
        self.summary.rows_read += rows as u64;
    }

    pub(super) fn problem(&mut self, problem: &RowProblem) {
        let RowProblem { rule, file, row, line, symbol, date, detail } = problem.clone();
        self.list(rule, Sample { file, row: Some(row), line, symbol, date, detail });
    }

    /// Whether the lake can hold `date`; lists the row if not.
    pub(super) fn placeable(&mut self, file: &Path, symbol: &Symbol, date: Date) -> bool {
        let inside = PLACEABLE.contains(date);
        if !inside {
            let sample = Sample {
                file: file.to_owned(),
                row: None,
                line: None,
                symbol: Some(symbol.to_string()),
                date: Some(date),
                detail: "the date lies outside 1900 to 2199".to_owned(),
            };
            self.list(DATE_OUT_OF_RANGE, sample);
        }
        inside
    }

    fn list(&mut self, rule: &'static str, sample: Sample) {
        let (count, samples) = self.problems.entry(rule).or_default();
        *count += 1;
        if samples.len() < SAMPLES {
            samples.push(sample);
        }
    }

    /// Stores the bars of several sources in their order and counts what the lake made of them. Daily ones arrive together:
    /// a file for each symbol and day would be thousands.
    pub(super) fn store(
        &mut self,
        lake: &mut Lake,
        bars: &[(String, Placed)],
        reporter: &dyn Reporter,
    ) -> Result<()> {
        let rows = bars.iter().map(|(_, placed)| placed.rows() as u64).sum();
        let work = Work::begin_counting((Unit::Rows, rows), "store", 2, 2, vec![reporter]);
        let meter = |rows| work.advance(rows);
        let arrived_at = crate::clock::now();
        let failed = |error| crate::data::lake_error("failed to store the bars", error);
        let delivery = |source: &str| Delivery { source: source.to_owned(), arrived_at };
        let mut daily = Vec::new();
        for (source, placed) in bars {
            match placed {
                Placed::Daily(batches) => daily.push((delivery(source), &batches[..])),
                Placed::Intraday(interval, batches) => {
                    let reports = lake.append_intraday_metered(*interval, batches, &delivery(source), &meter);
                    reports.map_err(failed)?.iter().for_each(|report| self.stored(report));
                }
            }
        }
        let reports = lake.append_many_metered(&daily, &meter).map_err(failed)?;
        reports.iter().for_each(|report| self.stored(report));
        work.end("done");
        Ok(())
    }

    pub(super) fn stored(&mut self, report: &IngestReport) {
        self.summary.rows_restated += report.rows_restated;
        self.summary.rows_added += report.rows_added - report.rows_restated;
        self.summary.rows_known += report.rows_unchanged;
        self.symbols.insert(report.symbol.clone());
    }

    pub(super) fn finish(mut self) -> Summary {
        self.summary.symbols = self.symbols.into_iter().collect();
        self.summary.problems = self
            .problems
            .into_iter()
            .map(|(rule, (count, samples))| Problem {
                rule: rule.to_owned(),
                doc: doc(rule).to_owned(),
                count,
                samples,
            })
            .collect();
        self.summary
    }
}
