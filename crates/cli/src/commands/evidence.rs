//! Commands on what the verdict rests on: labels, splits, trials, gates, stress and the certification of the gates.

use std::path::Path;

use proofmark_app::error::{AppError, Result};
use proofmark_app::pipeline::Pipeline;
use proofmark_app::{certify, gates, labels, run, splits, trials, workspace::Workspace};
use serde_json::json;

use super::from_caller;
use crate::args::{CertifyArgs, GatesCommand, LabelsArgs, SplitArgs, SplitKind, StressArgs};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn trials(workspace: &Workspace) -> Result<Output> {
    let list = trials::list(workspace)?;
    let mut rows = vec![["trial", "run", "symbols", "dates", "returns kept"].map(String::from).to_vec()];
    for t in &list {
        rows.push(vec![
            t.key.short(),
            t.run_id.clone(),
            t.symbols.to_string(),
            t.span.to_string(),
            if t.returns_kept { "yes" } else { "no" }.into(),
        ]);
    }
    let text =
        if list.is_empty() { "No trial yet: nothing has been scored here.".to_owned() } else { table(&rows) };
    Ok(Output::new(&json!({ "trials": list }), text))
}

pub(super) fn trial(workspace: &Workspace, key: &str) -> Result<Output> {
    let trial = trials::show(workspace, key)?;
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
    let rows: Vec<Vec<String>> = [
        ("key", trial.listed.key.to_string()),
        ("run", trial.listed.run_id.clone()),
        ("scored", trial.listed.at.to_string()),
        ("dates", trial.listed.span.to_string()),
        ("symbols", trial.names.len().to_string()),
        ("seed", trial.seed.to_string()),
        ("returns kept", if trial.listed.returns_kept { "yes" } else { "no" }.to_owned()),
        ("periods", trial.periods.to_string()),
        ("active mean a year", figure(trial.annual_mean)),
        ("appraisal ratio", figure(trial.appraisal_ratio)),
        ("drawdown of the active return", figure(trial.max_drawdown)),
        ("trials on the same data", trial.lineage.len().to_string()),
    ]
    .map(|(name, value)| vec![name.to_owned(), value])
    .to_vec();
    Ok(Output::new(&trial, table(&rows)))
}

pub(super) fn labels(workspace: &Workspace, root: &Path, args: &LabelsArgs) -> Result<Output> {
    let to = args.to.as_ref().map(|to| from_caller(root, to));
    let report = labels::report(workspace, &from_caller(root, &args.pipeline), to.as_deref())?;
    let mut rows = vec![
        ["", "labels", "class 1", "share", "missing", "without overlap", "worth"].map(String::from).to_vec(),
    ];
    // Years over all names, or names over all years; the whole stands last.
    let shown = report
        .balance
        .iter()
        .filter(|own| if args.by_symbol { own.part == "all" } else { own.symbol.is_none() });
    for own in shown {
        let labels = own.ones + own.zeros;
        let share = if labels == 0 {
            "-".to_owned()
        } else {
            format!("{:.1} %", 100.0 * own.ones as f64 / labels as f64)
        };
        rows.push(vec![
            own.symbol.as_ref().map_or_else(|| own.part.clone(), ToString::to_string),
            labels.to_string(),
            own.ones.to_string(),
            share,
            own.missing.to_string(),
            format!("{:.0}", own.independent),
            format!("{:.0}", own.effective),
        ]);
    }
    let mut text = format!(
        "{} labels, each over at most {} bars; unit: {}\n{:.0} % of a label is its own within its name, {:.0} % where other names \
         count too.\n\n{}\nWithout overlap: how many labels would cover the same bars side by side. Worth: the effective number when \
         each weighs as much as is its own.\n",
        report.labels,
        report.horizon,
        report.unit,
        100.0 * report.uniqueness_by_symbol,
        100.0 * report.uniqueness_of_all,
        table(&rows)
    );
    if let Some(to) = to {
        text.push_str(&format!("\nwritten: {}\n", to.display()));
    }
    Ok(Output::new(&report, text))
}

pub(super) fn explain_split(workspace: &Workspace, root: &Path, args: &SplitArgs) -> Result<Output> {
    let kind = match args.kind {
        SplitKind::WalkForward => splits::Kind::WalkForward,
        SplitKind::KFold => splits::Kind::KFold { folds: args.folds },
        SplitKind::Nested => splits::Kind::Nested { folds: args.folds },
        SplitKind::Combinatorial => {
            splits::Kind::Combinatorial { groups: args.groups, test_groups: args.test_groups }
        }
    };
    let plan = splits::explain(workspace, &from_caller(root, &args.pipeline), kind)?;
    let text = plan.text(72, args.show).to_string();
    Ok(Output::new(&plan, text))
}

pub(super) fn gates(root: &Path, command: &GatesCommand) -> Result<Output> {
    let all = gates::all();
    match command {
        GatesCommand::List => {
            let rows: Vec<Vec<String>> = all.iter().map(|g| vec![g.gate.clone(), g.doc.clone()]).collect();
            Ok(Output::new(&json!({ "gates": all }), table(&rows)))
        }
        GatesCommand::Explain { policy: Some(name), .. } if name != "default" => {
            let (policy, rules) = gates::of_policy(name, root)?;
            let mut text = format!("{}\n  {}\n\n", policy.name, policy.about);
            for own in &policy.rules {
                let critical = if own.critical { ", critical" } else { "" };
                text.push_str(&format!(
                    "{}{critical}\n  {}\n  unit: {}\n  {}\n  source: {}\n\n",
                    own.id,
                    own.text(),
                    own.unit,
                    own.reason,
                    own.source
                ));
            }
            text.push_str("Judged beside the default policy: it can lower a verdict and never raise it.\n");
            Ok(Output::new(&json!({ "policy": policy.name, "rules": rules }), text))
        }
        GatesCommand::Explain { gate, .. } => {
            let chosen: Vec<_> =
                all.into_iter().filter(|g| gate.as_ref().is_none_or(|name| *name == g.gate)).collect();
            if chosen.is_empty() {
                return Err(AppError::input(format!("there is no gate `{}`", gate.as_deref().unwrap_or("")))
                    .hint("`proofmark gates list` names them"));
            }
            let mut text = String::new();
            for gate in &chosen {
                text.push_str(&format!("{}\n  {}\n", gate.gate, gate.doc));
                for explained in &gate.thresholds {
                    let t = &explained.threshold;
                    text.push_str(&format!(
                        "  {} = {} {}\n    {}\n    source: {}\n",
                        explained.path, t.value, t.unit, t.reason, t.source
                    ));
                }
                text.push('\n');
            }
            Ok(Output::new(&json!({ "gates": chosen }), text))
        }
    }
}

pub(super) fn stress(workspace: &Workspace, args: &StressArgs) -> Result<Output> {
    let record = run::stress::replay_one(workspace, &args.run, &args.scenario)?;
    let json = serde_json::to_value(&record)
        .map_err(|e| AppError::bug("a scenario's record does not serialise").because(e))?;
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    Ok(Output::new(&json, text))
}

pub(super) fn certify(root: &Path, args: CertifyArgs, quiet: bool) -> Result<Output> {
    if args.list {
        let all = certify::families();
        let rows: Vec<Vec<String>> = all
            .iter()
            .map(|(name, kind, doc)| {
                let kind = if *kind == certify::Kind::Bad { "known bad" } else { "known good" };
                vec![(*name).to_owned(), kind.to_owned(), (*doc).to_owned()]
            })
            .collect();
        let json: Vec<_> = all.iter().map(|(n, k, d)| json!({ "family": n, "kind": k, "doc": d })).collect();
        return Ok(Output::new(&json!({ "families": json }), table(&rows)));
    }
    let folder = from_caller(root, &args.to);
    let real = match &args.real {
        Some(path) => Some((Workspace::open(root)?, Pipeline::read(&from_caller(root, path))?)),
        None => None,
    };
    let request = certify::CertifyRequest {
        real,
        families: args.families,
        worlds: args.worlds,
        workers: args.workers,
        clean_pipelines: args.clean_pipelines,
    };
    let report = certify::certify(&folder, &request, &[&Terminal::new(quiet)])?;
    let mut text = std::fs::read_to_string(folder.join("certification.md")).unwrap_or_default();
    text.push_str(&match (report.above_bound.is_empty(), report.unfinished.is_empty()) {
        (true, true) => "\nEvery family without skill is bounded at 1 %.\n".to_owned(),
        (_, false) => "\nNot complete: run it again without --families and --worlds to finish.\n".to_owned(),
        (false, true) => format!("\nABOVE 1 %: {}\n", report.above_bound.join(", ")),
    });
    Ok(Output::new(&report, text).exit(u8::from(!report.above_bound.is_empty())))
}
