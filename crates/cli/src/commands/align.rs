//! `proofmark data align`: the cross-asset view, and how much of it is there.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_app::data::{self, AlignRequest, Aligned, Change, Doing, Selection};
use proofmark_app::error::{AppError, Result};
use proofmark_app::pipeline::FeatureSpec;
use proofmark_app::run::read_symbols_file;
use proofmark_app::workspace::{Workspace, write};
use proofmark_market::Interval;
use proofmark_market::align::{AlignSpec, Counts};

use super::from_caller;
use crate::args::align::AlignArgs;
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn align(root: &Path, args: AlignArgs, quiet: bool) -> Result<Output> {
    let workspace = Workspace::open(root)?;
    let symbols = match &args.symbols_file {
        Some(file) => read_symbols_file(&from_caller(root, file))?,
        None => args.symbols,
    };
    let doing = match (args.check_only, args.dry_run) {
        (true, _) => Doing::Check,
        (false, true) => Doing::Plan,
        (false, false) => Doing::Write { overwrite: args.overwrite },
    };
    let mut expressions = BTreeMap::new();
    for (name, text) in args.expression {
        if expressions.insert(name.clone(), text).is_some() {
            return Err(
                AppError::input(format!("two expressions are called `{name}`")).hint("give one another name")
            );
        }
    }
    let request = AlignRequest {
        selection: Selection { symbols, as_of: args.as_of, interval: Interval::Day1 },
        calendar: args.calendar,
        start: args.start_date,
        end: args.end_date,
        spec: AlignSpec {
            fields: args.fields,
            fill_limit: args.fill_limit,
            returns: !args.no_returns,
            zero_volume: args.zero_volume,
        },
        min_overlap: args.min_overlap,
        observations: args.observations,
        max_age_days: args.max_age,
        features: FeatureSpec { set: args.features, expressions },
        strict: args.strict,
        jobs: args.jobs,
    };
    let to = args.to.as_ref().map(|to| from_caller(root, to));
    let view = data::align(&workspace, &request, to.as_deref(), doing, &Terminal::new(quiet))?;
    let mut text = shown(&view, doing);
    if let Some(report) = &args.report {
        let report = from_caller(root, report);
        let json = serde_json::to_vec_pretty(&view)
            .map_err(|error| AppError::bug("a view's papers do not serialise").because(error))?;
        write(&report, &json)?;
        text.push_str(&format!("\nWritten: {}\n", report.display()));
    }
    Ok(Output::new(&view, text))
}

fn shown(view: &Aligned, doing: Doing) -> String {
    let papers = &view.papers;
    let [sessions, symbols, columns] = papers.shape;
    let mut text = format!(
        "{sessions} sessions of {} in {}, {symbols} names, {columns} columns: {}\n\n",
        papers.calendar,
        papers.span,
        papers.columns.join(", ")
    );
    let share = |share: Option<f64>| share.map_or_else(|| "none".to_owned(), |share| format!("{share:.4}"));
    let row = |name: String, counts: &Counts| {
        vec![
            name,
            counts.expected.to_string(),
            share(counts.raw_coverage),
            share(counts.filled_share),
            share(counts.stale_share),
        ]
    };
    let head = ["field", "listed sessions", "observed", "filled", "too old"];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(view.coverage.fields.iter().map(|field| row(field.field.clone(), &field.overall)));
    rows.push(row("all".to_owned(), &view.coverage.overall));
    text.push_str(&table(&rows));
    if doing != Doing::Check {
        let mut rows = vec![["file", "bytes", "sha256", "change"].map(String::from).to_vec()];
        for file in &view.files {
            let change = match file.change {
                Change::New => "new",
                Change::Changed => "other bytes",
                Change::Same => "the same bytes",
            };
            rows.push(vec![
                file.file.clone(),
                file.bytes.to_string(),
                file.digest.short(),
                change.to_owned(),
            ]);
        }
        text.push_str(&format!("\n{}", table(&rows)));
    }
    text.push_str(match (doing, view.written) {
        (Doing::Check, _) => "\nIt can be made; nothing was written.\n",
        (Doing::Plan, _) => "\nA dry run: nothing was written.\n",
        (Doing::Write { .. }, true) => "\nWritten. docs/ALIGNMENT.md says how to read the files.\n",
        (Doing::Write { .. }, false) => "\nThe folder holds this very view already.\n",
    });
    text
}
