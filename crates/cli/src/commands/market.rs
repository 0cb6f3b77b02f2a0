//! `proofmark data actions|universe|freshness|regimes`: what the lake says of the market, not of its own state.

use std::path::Path;

use proofmark_app::data::{self, Parameters, RegimeFit, RegimeRequest, RegimesReport};
use proofmark_app::error::Result;
use proofmark_app::workspace::Workspace;
use proofmark_units::{Date, Symbol};

use super::from_caller;
use super::report::save;
use crate::args::data::RegimesArgs;
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn actions(
    workspace: &Workspace,
    calendar: &str,
    declared: Option<&Path>,
    store: bool,
    to: Option<&Path>,
) -> Result<Output> {
    let mut report = data::actions(workspace, calendar, declared)?;
    if store {
        report.stored = Some(data::store_actions(workspace, &report)?);
    }
    let mut text = if report.actions.is_empty() {
        format!("No gap of a split's size in {} bars of {} symbols.\n", report.bars, report.symbols)
    } else {
        let mut rows = vec![data::ACTION_COLUMNS.map(String::from).to_vec()];
        rows.extend(report.actions.iter().map(data::action_row));
        table(&rows)
    };
    for finding in &report.disagreements {
        text.push_str(&format!("{}\n", data::disagreement(finding)));
    }
    let folder = to.map_or_else(|| workspace.root().join("reports"), Path::to_owned);
    save(&folder, "actions", &report, &data::actions_page(&report), &mut text)?;
    if let Some(stored) = report.stored {
        text.push_str(&format!("{stored} actions are new in the lake's table `corporate_actions`.\n"));
    }
    text.push_str("`data.adjust = \"splits\"` in a pipeline takes splits out of its prices.\n");
    Ok(Output::new(&report, text))
}

pub(super) fn freshness(workspace: &Workspace, calendar: &str, bars: usize, series: usize) -> Result<Output> {
    let report = data::freshness(workspace, calendar, bars, series)?;
    let mut rows = vec![["kind", "name", "last", "age", "limit", ""].map(String::from).to_vec()];
    for age in &report.names {
        rows.push(vec![
            age.kind.clone(),
            age.name.to_string(),
            age.last.to_string(),
            age.age.to_string(),
            age.limit.to_string(),
            if age.stale { "stale".to_owned() } else { String::new() },
        ]);
    }
    let mut text = table(&rows);
    text.push_str(&format!(
        "\n{} of {} are stale on {}. Ages: finished sessions for bars, days for series.\n",
        report.stale,
        report.names.len(),
        report.today
    ));
    Ok(Output::new(&report, text).exit(u8::from(report.stale > 0)))
}

pub(super) fn universe(workspace: &Workspace, pipeline: &Path, on: Option<Date>) -> Result<Output> {
    let report = data::universe(workspace, pipeline, on)?;
    let mut text = format!("{}: {}.\n\n", report.pipeline, report.papers);
    let list = |symbols: &[Symbol]| {
        let names: Vec<&str> = symbols.iter().take(6).map(Symbol::as_str).collect();
        let more = symbols.len().saturating_sub(names.len());
        if more > 0 { format!("{} and {more} more", names.join(" ")) } else { names.join(" ") }
    };
    let mut rows = vec![["from", "members", "joined", "left"].map(String::from).to_vec()];
    for change in &report.changes {
        rows.push(vec![
            change.from.to_string(),
            change.members.to_string(),
            list(&change.joined),
            list(&change.left),
        ]);
    }
    text.push_str(&table(&rows));
    for (group, symbols) in &report.groups {
        let symbols: Vec<Symbol> = symbols.iter().cloned().collect();
        text.push_str(&format!("\n{group} ({}): {}", symbols.len(), list(&symbols)));
    }
    if !report.groups.is_empty() {
        let none = if report.ungrouped.is_empty() { "none".to_owned() } else { list(&report.ungrouped) };
        text.push_str(&format!("\nwithout a group: {none}\n"));
    }
    if let Some(on) = &report.on {
        let names: Vec<&str> = on.members.iter().map(Symbol::as_str).collect();
        text.push_str(&format!("\n{} members on {}: {}\n", names.len(), on.date, names.join(" ")));
    }
    if !report.pauses.is_empty() {
        text.push_str(&format!(
            "\n{} spans in which nothing is decided about a name: a split that was not known yet.\n",
            report.pauses.len()
        ));
    }
    Ok(Output::new(&report, text))
}

pub(super) fn regimes(ws: &Workspace, root: &Path, args: &RegimesArgs, quiet: bool) -> Result<Output> {
    let to = args.to.as_ref().map(|to| from_caller(root, to));
    let request = RegimeRequest {
        spec: &from_caller(root, &args.spec),
        symbols: args.symbols.clone(),
        calendar: args.calendar.clone(),
        store_as: args.store_as.clone(),
        to: to.as_deref(),
    };
    let report = data::regimes(ws, &request, &Terminal::new(quiet))?;
    let head = ["symbol"]
        .into_iter()
        .chain(report.values.iter().copied())
        .chain(["unknown", "changes", "last", "then"]);
    let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    for own in &report.symbols {
        let counts = own.bars.iter().chain([&own.unknown, &own.changes]).map(usize::to_string);
        let last = own.last.map_or_else(|| "-".to_owned(), |date| date.to_string());
        let now = own.now.unwrap_or("-").to_owned();
        rows.push(std::iter::once(own.symbol.to_string()).chain(counts).chain([last, now]).collect());
    }
    let mut text = format!("{}, spec {}\n\n{}", report.name, report.spec.short(), table(&rows));
    for own in &report.unlabelled {
        text.push_str(&format!("{}: {}\n", own.symbol, own.reason));
    }
    text.push_str(&fits(&report));
    if let Some(file) = &report.written {
        text.push_str(&format!("\nWritten: {file}\n"));
    }
    if let Some(prefix) = &args.store_as {
        let stored: u64 = report.symbols.iter().filter_map(|own| own.stored).sum();
        text.push_str(&format!("\n{stored} rows stored in the series {prefix}.SYMBOL\n"));
    }
    Ok(Output::new(&report, text))
}

/// The newest fit of each name; `--json` has all of them.
fn fits(report: &RegimesReport) -> String {
    let head = ["symbol", "fits", "newest on", "values", "parameters"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    for own in report.fits.chunk_by(|a, b| a.symbol == b.symbol) {
        let Some(RegimeFit { symbol, fit }) = own.last() else { continue };
        let (count, values) = (own.len().to_string(), fit.values.to_string());
        rows.push(vec![
            symbol.to_string(),
            count,
            fit.fitted_on.to_string(),
            values,
            parameters(&fit.parameters),
        ]);
    }
    if rows.len() == 1 { String::new() } else { format!("\n{}", table(&rows)) }
}

fn parameters(parameters: &Parameters) -> String {
    let bound = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}"));
    match parameters {
        Parameters::Bounds { low_up_to, high_from } => {
            format!("low up to {}, high from {}", bound(*low_up_to), bound(*high_from))
        }
        Parameters::Hmm { transition, mean, variance, .. } => {
            let state = |i: usize| {
                let (mean, sd, stays) = (mean[i], variance[i].sqrt(), transition[i][i]);
                format!("state_{i}: mean {mean:.6}, sd {sd:.6}, stays {stays:.4}")
            };
            (0..mean.len()).map(state).collect::<Vec<_>>().join("; ")
        }
    }
}
