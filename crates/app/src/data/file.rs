//! Checks on files as they are, daily or intraday, before anything is stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proofmark_lake::checks::{
    CHECKS, COMPARISONS, CheckContext, Label, Series, ShiftRepair, StampedBar, compare, scan,
};
use proofmark_lake::durable;
use proofmark_lake::quality::Action;
use proofmark_sources::{Clocks, ReadOptions, ReadOutcome, StampError, read_bars_csv, read_bars_parquet};
use proofmark_units::{Digest, Instant, Symbol, Zone};
use serde::Serialize;

use super::check::{Found, QualityReport, of_check};
use super::waivers::Waivers;
use crate::error::{AppError, Result};
use crate::ingest::{self, FileRead};

/// How files are to be checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileCheck {
    /// How they are read; its zone also gives times of day.
    pub reading: ingest::Request,
    /// Exchange calendar; dates are not held against one when left out.
    pub calendar: Option<String>,
    /// First and last time of day at which a bar may open, `HH:MM`, by the zone's clocks.
    pub session: Option<(String, String)>,
    /// Another file of the same symbols: another interval or another vendor.
    pub against: Option<PathBuf>,
    /// Largest relative difference of prices between the two that is none, a fraction.
    pub tolerance: f64,
}

/// Runs every check over `files`. Waivers are those beside `proofmark.toml` in `root`, if there are any.
///
/// # Errors
/// A file cannot be read; intraday stamps state no offset and no zone was named; the calendar, the session or the
/// waivers cannot be used.
pub fn check_files(root: &Path, files: &[PathBuf], request: &FileCheck) -> Result<QualityReport> {
    let now = crate::clock::now();
    let waivers = Waivers::read(root, now.utc_date())?;
    let zone = ingest::zone(request.reading.zone.as_deref())?;
    let calendar = request.calendar.as_deref().map(super::calendar).transpose()?;
    let session = request.session.as_ref().map(session).transpose()?;
    let mut all = Loaded::default();
    for file in files {
        all.read(file, request, zone.as_ref())?;
    }
    let newest = all.series.iter().filter_map(Series::newest).max();
    let context =
        CheckContext { calendar: calendar.as_ref(), zone: zone.as_ref(), session, now: Some(now), newest };
    let scanned = scan(&all.series, &context);
    let mut rules: Vec<_> = CHECKS.iter().map(|check| of_check(check, &scanned, &waivers)).collect();
    if let Some(against) = &request.against {
        let mut others = Loaded::default();
        others.read(against, request, zone.as_ref())?;
        let mut found: BTreeMap<&str, Found> = COMPARISONS.iter().map(|c| (c.id, Found::default())).collect();
        for series in &all.series {
            let Some(other) = others.series.iter().find(|other| other.symbol == series.symbol) else {
                continue;
            };
            for (comparison, differences) in compare(series, other, &context, request.tolerance) {
                let samples = differences.iter().take(5).map(|d| format!("{}: {}", d.at, d.detail)).collect();
                if let Some(found) = found.get_mut(comparison.id) {
                    found.add(&series.symbol, differences.len(), samples);
                }
            }
        }
        for c in COMPARISONS {
            let found = found.remove(c.id).unwrap_or_default();
            rules.push(found.report(c.id, c.doc, c.hint, c.severity, Action::Flag, &waivers));
        }
        all.files.append(&mut others.files);
    }
    let names: Vec<String> = all.files.iter().map(|file| file.file.clone()).collect();
    let mut report = QualityReport::new(names.join(", "), rules, &waivers);
    report.calendar = request.calendar.clone();
    report.bars = all.series.iter().map(Series::len).sum();
    report.symbols = all.series.len();
    report.files = all.files;
    report.unreadable = all.unreadable;
    Ok(report)
}

/// What a repair did; written beside the new file as `<file>.lineage.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// The transform.
    pub transform: &'static str,
    /// The file it started from.
    pub from: String,
    /// SHA-256 of its bytes.
    pub from_sha256: Digest,
    /// The file it made.
    pub to: String,
    /// SHA-256 of its bytes.
    pub to_sha256: Digest,
    /// What was moved, by symbol.
    pub shifts: Vec<ShiftRepair>,
    /// Moved bars that were left out because the right bar was there already, by symbol.
    pub superseded: BTreeMap<Symbol, Vec<Instant>>,
    /// Rows of the new file.
    pub rows: usize,
}

/// Writes a copy of `file` in which rows of another zone's clock are moved home (`time_zone_mix`), with its lineage. The
/// file itself is not touched.
///
/// # Errors
/// As [`check_files`]; nothing points to another zone; `to` exists or cannot be written.
pub fn repair_zone(file: &Path, to: &Path, request: &FileCheck) -> Result<RepairReport> {
    if to.exists() {
        return Err(AppError::input(format!("`{}` exists", to.display()))
            .hint("name a new file; nothing is replaced"));
    }
    let zone = ingest::zone(request.reading.zone.as_deref())?;
    let session = request.session.as_ref().map(session).transpose()?;
    let mut all = Loaded::default();
    all.read(file, request, zone.as_ref())?;
    let context = CheckContext { zone: zone.as_ref(), session, ..CheckContext::default() };
    let (mut shifts, mut superseded, mut rows) = (Vec::new(), BTreeMap::new(), 0);
    let mut text = String::from("symbol,ts,open,high,low,close,volume\n");
    for series in &all.series {
        let repaired = ShiftRepair::propose(series, &context).map(|proposal| {
            let repaired = proposal.apply(series);
            superseded.insert(series.symbol.clone(), repaired.superseded);
            shifts.push(proposal);
            repaired.series
        });
        let series = repaired.as_ref().unwrap_or(series);
        rows += series.len();
        for row in 0..series.len() {
            let bar = series.bar(row);
            let cell = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
            let [open, high, low, close, volume] =
                [bar.open, bar.high, bar.low, bar.close, bar.volume].map(cell);
            text.push_str(&format!("{},{},{open},{high},{low},{close},{volume}\n", series.symbol, bar.at));
        }
    }
    if shifts.is_empty() {
        return Err(AppError::input(format!("nothing in `{}` points to another time zone", file.display()))
            .hint("`proofmark data check FILE` shows what is wrong with it"));
    }
    let bytes = std::fs::read(file).map_err(|source| AppError::named_file("read", file, source))?;
    let report = RepairReport {
        transform: "time_zone_mix",
        from: name(file),
        from_sha256: Digest::of(&bytes),
        to: name(to),
        to_sha256: Digest::of(text.as_bytes()),
        shifts,
        superseded,
        rows,
    };
    let mut lineage = to.as_os_str().to_owned();
    lineage.push(".lineage.json");
    durable::write_atomically(Path::new(&lineage), &crate::json::bytes(&report)).map_err(AppError::write)?;
    durable::write_atomically(to, text.as_bytes()).map_err(AppError::write)?;
    Ok(report)
}

/// Series of files, and how the files were understood.
#[derive(Default)]
struct Loaded {
    series: Vec<Series>,
    files: Vec<FileRead>,
    unreadable: Vec<String>,
}

impl Loaded {
    fn read(&mut self, file: &Path, request: &FileCheck, zone: Option<&Zone>) -> Result<()> {
        let options = ReadOptions { keep_missing: true, ..ingest::read_options(&request.reading)? };
        let parquet = file.extension().is_some_and(|ending| ending == "parquet" || ending == "pq");
        let read = if parquet { read_bars_parquet(file, &options) } else { read_bars_csv(file, &options) };
        let outcome = read.map_err(|error| ingest::read_error(file, error))?;
        if let Some(first) = outcome.problems.first() {
            self.unreadable.push(format!("{} rows, the first: {first}", outcome.problems.len()));
        }
        self.files.push(FileRead::of(name(file), &outcome));
        self.series.extend(series_of(file, outcome, zone)?);
        Ok(())
    }
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

fn series_of(file: &Path, outcome: ReadOutcome, zone: Option<&Zone>) -> Result<Vec<Series>> {
    let intraday = outcome.is_intraday();
    let label = if intraday { Label::Open } else { Label::Session };
    let mut list = Vec::with_capacity(outcome.bars.len());
    for (symbol, rows) in outcome.bars {
        let mut bars = Vec::with_capacity(rows.len());
        let mut clocks = Clocks::new(zone);
        for row in rows {
            let at = match row.time.filter(|_| intraday) {
                None => row.date.midnight_utc(),
                Some(time) => clocks.place(row.date, time).map_err(|error| stamp_error(file, error))?.0,
            };
            bars.push(StampedBar {
                at,
                open: row.open,
                high: row.high,
                low: row.low,
                close: row.close,
                volume: row.volume,
                turnover: row.turnover,
            });
        }
        list.push(Series::new(symbol, label, bars));
    }
    Ok(list)
}

fn stamp_error(file: &Path, error: StampError) -> AppError {
    AppError::input(format!("the intraday stamps of `{}` name no instants", file.display()))
        .hint("name the zone they are written in with `--zone`, such as `--zone UTC`, `--zone +05:30` or `--zone Asia/Kolkata`")
        .because(error)
}

/// `HH:MM` to `HH:MM` in nanoseconds since midnight; the last minute counts whole.
fn session((open, last): &(String, String)) -> Result<(i64, i64)> {
    let minutes = |text: &str| -> Option<i64> {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
    };
    const MINUTE: i64 = 60_000_000_000;
    match (minutes(open), minutes(last)) {
        (Some(open), Some(last)) if open < last => Ok((open * MINUTE, (last + 1) * MINUTE - 1)),
        _ => Err(AppError::input(format!("`{open}-{last}` is no session"))
            .hint("first and last time of day at which a bar opens, such as `09:15-15:29`")),
    }
}
