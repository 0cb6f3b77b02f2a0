//! What a run says at its end.

use std::collections::BTreeMap;

use proofmark_lifecycle::{ChosenPolicy, GateResult, RunRecord, Verdict};
use serde::Serialize;

use crate::workspace::Workspace;

/// The one object of `run --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run_id: String,
    /// `completed` or `failed`.
    pub status: String,
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// Whether the data is simulated.
    pub synthetic: bool,
    /// The eight phases.
    pub phases: Vec<PhaseSummary>,
    /// The candidate.
    pub candidate: CandidateSummary,
    /// Where things are, relative to the workspace.
    pub artifacts: BTreeMap<String, String>,
    /// What to do next.
    #[serde(skip)]
    pub next: String,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseSummary {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: String,
    /// How long it took, wall clock.
    pub seconds: f64,
    /// Why it is not `success`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The candidate of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateSummary {
    /// `ready-for-review`, `refused`, `inconclusive` or `failed`.
    pub status: String,
    /// Every gate's verdict.
    pub verdicts: Vec<VerdictSummary>,
    /// The named policy that the pipeline chose beside the default one.
    pub policies: Vec<ChosenPolicy>,
}

/// One gate's verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictSummary {
    /// The gate.
    pub gate: String,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in plain language.
    pub reason: String,
}

/// Sums a record up.
pub(crate) fn summarise(workspace: &Workspace, record: &RunRecord, gates: &[GateResult]) -> RunSummary {
    let run = record.run_id.as_str();
    let status = record.verdict.as_ref().map_or("failed", |v| v.status.name());
    let audit = workspace.audit(run);
    let mut artifacts = BTreeMap::new();
    for (name, path) in [
        ("models", workspace.models(run)),
        ("audit", audit.clone()),
        ("briefing", audit.join("promotion_briefing.md")),
        ("report", audit.join("reports").join("promotion_briefing.html")),
        ("manifest", audit.join("manifest.yaml")),
        ("validation_summary", audit.join("validation_summary.json")),
        ("statistical_summary", audit.join("statistical_summary.md")),
    ] {
        if path.exists() {
            artifacts.insert(name.to_owned(), workspace.relative(&path));
        }
    }
    let next = match status {
        "ready-for-review" => format!("proofmark candidates briefing {run}, then candidates holdout {run}"),
        "failed" => format!("read the reason above, mend it, then proofmark run --resume {run}"),
        _ if record.dry_run => "a dry run ends here: run without --dry-run".to_owned(),
        _ => format!("proofmark candidates briefing {run} says what would have to change"),
    };
    RunSummary {
        run_id: run.to_owned(),
        status: if record.failed_phase().is_some() { "failed" } else { "completed" }.to_owned(),
        dry_run: record.dry_run,
        synthetic: record.synthetic,
        phases: record
            .phases
            .iter()
            .map(|p| PhaseSummary {
                name: p.name.to_string(),
                status: serde_json::to_value(p.status)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                seconds: p.seconds,
                reason: p.reason.clone(),
            })
            .collect(),
        candidate: CandidateSummary {
            status: status.to_owned(),
            verdicts: gates
                .iter()
                .map(|g| VerdictSummary {
                    gate: g.gate.clone(),
                    verdict: g.verdict,
                    reason: g.reason.clone(),
                })
                .collect(),
            policies: record.verdict.as_ref().map(|v| v.policies.clone()).unwrap_or_default(),
        },
        artifacts,
        next,
    }
}
