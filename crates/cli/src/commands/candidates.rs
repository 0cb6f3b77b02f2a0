//! Reviewing, deciding, verifying and handing over candidates.

use proofmark_app::error::Result;
use proofmark_app::{candidates, workspace::Workspace};
use proofmark_lifecycle::Verdict;
use serde_json::json;

use super::open_file;
use crate::args::{CandidatesCommand, DecisionArgs};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn dispatch(
    open: impl Fn() -> Result<Workspace>,
    command: CandidatesCommand,
    quiet: bool,
) -> Result<Output> {
    // A bundle is checked where there is no workspace: on a reviewer's machine.
    if let CandidatesCommand::Verify { bundle: Some(bundle), public_key: Some(key), .. } = &command {
        return Ok(verified(&candidates::verify_bundle(bundle, key)?));
    }
    let workspace = &open()?;
    let decided = |summary: candidates::Decision| {
        let text = format!("{}: {}\n{}\n", summary.run_id, summary.status, summary.message);
        Ok(Output::new(&summary, text).exit(u8::from(!summary.granted)))
    };
    let actor = |args: &DecisionArgs| candidates::Actor::new(&args.actor, &args.reason);
    match command {
        CandidatesCommand::List { status } => {
            let list = candidates::list(workspace, status.as_deref())?;
            let mut rows = vec![["run", "status", "hold-out", "decided by"].map(String::from).to_vec()];
            for c in &list {
                rows.push(vec![
                    c.run_id.clone(),
                    c.status.clone(),
                    c.holdout.clone().unwrap_or_else(|| "sealed".into()),
                    c.decided_by.clone().unwrap_or_default(),
                ]);
            }
            let text = if list.is_empty() { "No candidate.".to_owned() } else { table(&rows) };
            Ok(Output::new(&json!({ "candidates": list }), text))
        }
        CandidatesCommand::Show { run } => {
            let shown = candidates::show(workspace, run.as_deref())?;
            let mut text = format!("{}  {}\n\n", shown.run_id, shown.status);
            for gate in &shown.gates {
                text.push_str(&format!(
                    "{:<14} {:<12} {}\n",
                    gate.gate,
                    gate.verdict.to_string(),
                    gate.reason
                ));
                if let Some(change) = &gate.what_would_change {
                    text.push_str(&format!("{:<27} {change}\n", ""));
                }
            }
            if !shown.gates.is_empty() {
                let chosen: Vec<String> = shown
                    .policies
                    .iter()
                    .map(|chosen| format!(" and {} ({chosen})", chosen.policy))
                    .collect();
                text.push_str(&format!("\nJudged by the policies: default{}.\n", chosen.concat()));
            }
            for chosen in &shown.policies {
                text.push_str(&format!("{}\n", chosen.reason));
            }
            for event in &shown.history {
                text.push_str(&format!("\n{}  {}", event.at, event.what));
            }
            Ok(Output::new(&shown, text))
        }
        CandidatesCommand::Briefing { run, open } => {
            let briefing = candidates::briefing(workspace, run.as_deref())?;
            if open {
                open_file(&briefing.html)?;
            }
            Ok(Output::new(&briefing.json, briefing.markdown))
        }
        CandidatesCommand::Holdout(args) => {
            decided(candidates::holdout(workspace, &args.run, &actor(&args)?)?)
        }
        CandidatesCommand::Validate(args) => {
            let window = candidates::Window { days: args.window, start: args.start_date, end: args.end_date };
            let request =
                candidates::ValidationRequest { model: args.model, baseline: args.baseline, window };
            Ok(validated(&candidates::validate(workspace, &request)?))
        }
        CandidatesCommand::Approve(args) => {
            decided(candidates::approve(workspace, &args.run, &actor(&args)?)?)
        }
        CandidatesCommand::Reject(args) => decided(candidates::reject(workspace, &args.run, &actor(&args)?)?),
        CandidatesCommand::Reset(args) => decided(candidates::reset(workspace, &args.run, &actor(&args)?)?),
        CandidatesCommand::Revoke(args) => decided(candidates::revoke(workspace, &args.run, &actor(&args)?)?),
        CandidatesCommand::Verify { run, replay, .. } => {
            let terminal = Terminal::new(quiet);
            Ok(verified(&candidates::verify(workspace, run.as_deref(), replay, &terminal)?))
        }
        CandidatesCommand::Export { run, to } => {
            let bundle = candidates::export(workspace, run.as_deref(), &to)?;
            let text = format!(
                "{}: {} files in {}\nWhoever has the public key checks it without this workspace:\n  proofmark candidates verify --bundle {} --public-key {}\nHand the key over by another way than the bundle.\n",
                bundle.run_id,
                bundle.files,
                bundle.folder.display(),
                bundle.folder.display(),
                bundle.public_key.display()
            );
            Ok(Output::new(&bundle, text))
        }
    }
}

fn validated(validated: &candidates::Validated) -> Output {
    let report = &validated.report;
    let against = report.baseline.as_ref().map_or_else(String::new, |run| format!(" against {run}"));
    let mut text = format!("{} on {}{against}: {}\n\n", report.run_id, report.window, report.outcome);
    for finding in &report.findings {
        text.push_str(&format!("  {finding}\n"));
    }
    let rows: Vec<Vec<String>> = report
        .gate
        .checks
        .iter()
        .map(|check| vec![format!("  {}", check.verdict), check.reason.clone()])
        .collect();
    text.push_str(&format!(
        "\n{}\n  {}\n",
        table(&rows),
        validated.folder.join("validation_report.md").display()
    ));
    Output::new(validated, text).exit(u8::from(report.gate.verdict != Verdict::Pass))
}

fn verified(report: &candidates::Verification) -> Output {
    let mut text = format!("{}: {} artefacts checked.\n", report.run_id, report.checked);
    for line in &report.findings {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(if report.sound { "Every byte is as recorded.\n" } else { "NOT as recorded.\n" });
    Output::new(report, text).exit(u8::from(!report.sound))
}
