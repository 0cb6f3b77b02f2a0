//! `proofmark data`: symbols, checks, coverage, export, merging.

use std::path::{Path, PathBuf};

use proofmark_app::data::{self, FileCheck, PlainFormat, QualityReport, Scope, Selection};
use proofmark_app::error::{AppError, Result};
use proofmark_app::ingest;
use proofmark_app::workspace::Workspace;
use proofmark_market::Interval;
use proofmark_units::Symbol;
use serde_json::json;

use super::report::save;
use super::{from_caller, market, snapshots};
use crate::args::data::{CheckArgs, DataCommand, ExportArgs, ExportFormat};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn dispatch(root: &Path, command: DataCommand, quiet: bool) -> Result<Output> {
    match command {
        DataCommand::Symbols => symbols(&Workspace::open(root)?),
        DataCommand::Tables => super::seed::tables(&Workspace::open(root)?),
        DataCommand::Seed(command) => super::seed::dispatch(root, command, quiet),
        DataCommand::Sources => super::signals::sources(),
        DataCommand::Signals { to } => {
            super::signals::matrix(&Workspace::open(root)?, to.map(|to| from_caller(root, &to)).as_deref())
        }
        DataCommand::View(args) => super::signals::view(&Workspace::open(root)?, root, args),
        DataCommand::Sentiment(command) => super::sentiment::dispatch(root, command, quiet),
        DataCommand::Check(args) => check(root, *args),
        DataCommand::Actions { calendar, declared, store, to } => {
            let declared = declared.map(|file| from_caller(root, &file));
            market::actions(&Workspace::open(root)?, &calendar, declared.as_deref(), store, to.as_deref())
        }
        DataCommand::Freshness { calendar, bars, series } => {
            market::freshness(&Workspace::open(root)?, &calendar, bars, series)
        }
        DataCommand::Universe { pipeline, on } => {
            market::universe(&Workspace::open(root)?, &from_caller(root, &pipeline), on)
        }
        DataCommand::Regimes(args) => market::regimes(&Workspace::open(root)?, root, &args, quiet),
        DataCommand::Context(args) => super::context::context(&Workspace::open(root)?, root, &args, quiet),
        DataCommand::Export(args) => export(&Workspace::open(root)?, root, &args, quiet),
        DataCommand::Align(args) => super::align::align(root, *args, quiet),
        DataCommand::Compact => compact(&Workspace::open(root)?),
        DataCommand::Snapshot(command) => snapshots::dispatch(&Workspace::open(root)?, command),
        DataCommand::Coverage { calendar, to } => coverage(&Workspace::open(root)?, &calendar, to.as_deref()),
        DataCommand::Sql(args) => super::sql::sql(root, &args),
        DataCommand::Books(args) => super::books::books(root, *args, quiet),
        DataCommand::Options(args) => super::options::options(root, *args, quiet),
    }
}

fn symbols(workspace: &Workspace) -> Result<Output> {
    let list = data::symbols(workspace)?;
    let mut rows = vec![["symbol", "interval", "first", "last", "bars", "source"].map(String::from).to_vec()];
    for s in &list {
        rows.push(vec![
            s.symbol.to_string(),
            s.interval.to_string(),
            s.first.to_string(),
            s.last.to_string(),
            s.bars.to_string(),
            s.source.clone(),
        ]);
    }
    let text = if list.is_empty() {
        "The lake is empty. `proofmark ingest --help` shows how to fill it.".to_owned()
    } else {
        table(&rows)
    };
    Ok(Output::new(&json!({ "symbols": list }), text))
}

fn check(root: &Path, args: CheckArgs) -> Result<Output> {
    let strict = args.strict;
    let to = args.to.as_ref().map(|to| from_caller(root, to));
    let (report, folder) = if args.files.is_empty() {
        let workspace = Workspace::open(root)?;
        let calendar = args.calendar.as_deref().unwrap_or("XNSE");
        let folder = to.unwrap_or_else(|| workspace.root().join("reports"));
        (data::check(&workspace, &Scope::whole(calendar))?, Some(folder))
    } else {
        let files: Vec<PathBuf> = args.files.iter().map(|f| from_caller(root, f)).collect();
        let request = FileCheck {
            reading: ingest::Request {
                symbol: args.symbol,
                columns: args.columns,
                date_format: args.date_format,
                zone: args.zone,
                ..ingest::Request::default()
            },
            calendar: args.calendar,
            session: args.session,
            against: args.against.map(|file| from_caller(root, &file)),
            tolerance: args.tolerance,
        };
        if let Some(target) = args.repair_to {
            return repair(&files, &target, &request);
        }
        // A file can be looked at outside a workspace; reports then go where they are asked to.
        let reports = root.join("proofmark.toml").is_file().then(|| root.join("reports"));
        (data::check_files(root, &files, &request)?, to.or(reports))
    };
    let mut text = quality_text(&report);
    if let Some(folder) = folder {
        save(&folder, "quality", &report, &data::quality_page(&report), &mut text)?;
    }
    let refused = strict && report.open_errors > 0;
    if refused {
        text.push_str(&format!("Strict: {} open errors.\n", report.open_errors));
    }
    Ok(Output::new(&report, text).exit(u8::from(refused)))
}

fn quality_text(report: &QualityReport) -> String {
    let mut text = String::new();
    for file in &report.files {
        text.push_str(&format!("{} was read with {}\n", file.file, file.columns));
        for note in &file.notes {
            text.push_str(&format!("  {note}\n"));
        }
    }
    let head = ["check", "severity", "action", "findings", "waived", "symbols", "sample"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for r in &report.rules {
        rows.push(vec![
            r.rule.clone(),
            r.severity.clone(),
            r.action.clone(),
            r.count.to_string(),
            r.waived.to_string(),
            r.symbols.to_string(),
            r.samples.first().cloned().unwrap_or_default(),
        ]);
    }
    text.push_str(&table(&rows));
    text.push_str(&format!(
        "\n{} bars in {} symbols; {} rows set aside by declared rules; {} open errors.\n",
        report.bars, report.symbols, report.set_aside, report.open_errors
    ));
    for line in report.expired.iter().chain(&report.unreadable) {
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn repair(files: &[PathBuf], target: &Path, request: &FileCheck) -> Result<Output> {
    let [file] = files else {
        return Err(AppError::input("a repair takes one file").hint("name the one that is to be copied"));
    };
    let report = data::repair_zone(file, target, request)?;
    let mut text = String::new();
    for shift in &report.shifts {
        let left = report.superseded.get(&shift.symbol).map_or(0, Vec::len);
        text.push_str(&format!(
            "{}: {} rows moved by {:+} s; {left} of them left out, since the right bar was there.\n",
            shift.symbol,
            shift.rows.len(),
            shift.shift_seconds
        ));
    }
    text.push_str(&format!("{} rows in {}; lineage in {}.lineage.json\n", report.rows, report.to, report.to));
    Ok(Output::new(&report, text))
}

fn coverage(workspace: &Workspace, calendar: &str, to: Option<&Path>) -> Result<Output> {
    let report = data::coverage(workspace, calendar)?;
    let head = [
        "symbol",
        "interval",
        "first",
        "last",
        "observed",
        "expected",
        "share",
        "bars",
        "of",
        "holes by likely cause",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    for s in &report.symbols {
        let mut causes: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for hole in &s.holes {
            *causes.entry(hole.cause).or_default() += hole.sessions;
        }
        let causes: Vec<String> = causes.iter().map(|(cause, n)| format!("{cause} {n}")).collect();
        rows.push(vec![
            s.symbol.to_string(),
            s.interval.to_string(),
            s.first.to_string(),
            s.last.to_string(),
            s.observed.to_string(),
            s.expected.to_string(),
            format!("{:.4}", s.fraction),
            s.bars.observed.to_string(),
            s.bars.expected.to_string(),
            causes.join(", "),
        ]);
    }
    let mut text = table(&rows);
    let folder = to.map_or_else(|| workspace.root().join("reports"), Path::to_owned);
    save(&folder, "coverage", &report, &data::coverage_page(&report), &mut text)?;
    Ok(Output::new(&report, text))
}

fn export(workspace: &Workspace, root: &Path, args: &ExportArgs, quiet: bool) -> Result<Output> {
    let selection = Selection { symbols: args.symbols.clone(), as_of: args.as_of, interval: args.interval };
    let to = from_caller(root, &args.to);
    let format = match args.format {
        ExportFormat::Parquet => PlainFormat::Parquet,
        ExportFormat::Csv => PlainFormat::Csv,
        ExportFormat::Sqlite if args.interval != Interval::Day1 => {
            return Err(AppError::input("a SQLite file of the market schema holds daily bars")
                .hint("export bars of other intervals with `--format parquet` or `--format csv`"));
        }
        ExportFormat::Sqlite => return export_sqlite(workspace, &selection, &to, quiet),
    };
    let exported = data::export(workspace, &selection, format, &to, &Terminal::new(quiet))?;
    let known = exported.as_of.map_or_else(|| "so far".to_owned(), |at| format!("at {at}"));
    let mut text = format!(
        "{} bars of {} symbols in `{}`, as known {known}: raw rows, before any quality rule.\n",
        exported.rows,
        exported.files.len(),
        to.display()
    );
    if !exported.without_rows.is_empty() {
        let names: Vec<&str> = exported.without_rows.iter().map(Symbol::as_str).collect();
        text.push_str(&format!("Nothing was known then of {}.\n", names.join(", ")));
    }
    Ok(Output::new(&exported, text))
}

fn export_sqlite(workspace: &Workspace, selection: &Selection, to: &Path, quiet: bool) -> Result<Output> {
    let exported = data::export_sqlite(workspace, selection, to, &Terminal::new(quiet))?;
    let known = exported.as_of.map_or_else(|| "so far".to_owned(), |at| format!("at {at}"));
    let mut text = format!(
        "{} bars of {} symbols, {} dated values, {} corporate actions and {} listings in `{}`, as known {known}.\n",
        exported.bars,
        exported.symbols,
        exported.observations,
        exported.corporate_actions,
        exported.listings,
        to.display()
    );
    if exported.left_out > 0 {
        text.push_str(&format!(
            "{} rows break the schema's keys or checks and were left out:\n",
            exported.left_out
        ));
        for row in &exported.samples {
            text.push_str(&format!("  {} {}: {}\n", row.symbol, row.date, row.rule));
        }
    }
    Ok(Output::new(&exported, text))
}

fn compact(workspace: &Workspace) -> Result<Output> {
    let report = data::compact(workspace)?;
    let mut text = format!(
        "{} files of {} bytes are now {} files of {} bytes; {} were removed.\n",
        report.files_before, report.bytes_before, report.files_after, report.bytes_after, report.removed
    );
    if report.kept_for_snapshots > 0 {
        text.push_str(&format!(
            "{} merged files stay, since snapshots name them.\n",
            report.kept_for_snapshots
        ));
    }
    Ok(Output::new(&report, text))
}
