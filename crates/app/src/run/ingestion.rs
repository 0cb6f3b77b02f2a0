//! Phase 1: what the data is, and what it could show at best.

use proofmark_lake::quality::{Action, Severity};
use proofmark_lake::{RuleSummary, Snapshot};
use proofmark_lifecycle::{Evidence, PhaseStatus, SpanKind, display};
use proofmark_market::{Membership, Universe};
use proofmark_stats::power::{PassRules, StudyPlan};
use proofmark_validation::{DataFacts, Recorder, data_evidence, power_evidence};
use serde_json::json;

use super::canaries::{self, When};
use super::context::context_coverage;
use super::engine::{Ended, Run};
use crate::error::Result;
use crate::progress::Work;

/// Membership in words.
pub(crate) fn papers(universe: &Universe) -> String {
    match &universe.membership {
        Membership::PointInTime { spans } => format!(
            "membership known as of each date: {} names in {} spans",
            universe.symbols.len(),
            spans.len()
        ),
        Membership::WholeMarket => "the whole simulated market; nothing was selected".to_owned(),
        Membership::CarriedBack { chosen_at } => format!(
            "a list drawn up on {chosen_at} and carried back over history: names that failed or left are missing, so results flatter"
        ),
    }
}

pub(crate) fn data(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    let data = &run.data;
    let snapshot = &data.snapshot;
    let end = run.inputs.pipeline.data.end.unwrap_or(data.holdout.end);
    let last_session = data.calendar.sessions().iter().rev().find(|d| **d <= end).copied();
    let stale = last_session.map_or(0, |last| {
        data.calendar.sessions().iter().filter(|d| **d > data.holdout.end && **d <= last).count()
    });
    let members = &data.universe.symbols;
    let coverage: Vec<_> = members.iter().filter_map(|s| snapshot.coverage.get(s)).collect();
    let facts = DataFacts {
        universe_known: data.universe.known_as_of(),
        membership: papers(&data.universe),
        observed: coverage.iter().map(|c| c.observed).sum(),
        expected: coverage.iter().map(|c| c.expected).sum(),
        open_errors: open_errors(snapshot),
        stale_sessions: stale as u64,
    };
    let recorder = Recorder { kind: SpanKind::OutOfSample, span: snapshot.content.span, source: snapshot.id };
    let mut evidence = data_evidence(&recorder, &facts);
    evidence.extend(power_before(run));
    let mut report = json!({
        "evidence": evidence,
        "snapshot": { "id": snapshot.id, "span": snapshot.content.span, "calendar": snapshot.content.calendar, "cleaning": snapshot.content.cleaning },
        "rows_read": snapshot.rows_read,
        "rows_dropped": snapshot.rows_dropped,
        "findings": snapshot.findings,
        "coverage": snapshot.coverage,
        "without_bars": snapshot.without_bars,
        "sealed": data.holdout,
        "universe": data.universe,
        "corporate_actions": data.actions,
    });
    if !data.context.is_empty() {
        report["observations"] = json!(context_coverage(&data.context, &data.frame.panel)?);
    }
    run.artefacts.json("data_report.json", &report)?;
    run.artefacts
        .bytes(&run.artefacts.models.join("inputs.json").clone(), &crate::json::bytes(&run.inputs))?;
    work.expect(canaries::count(When::BeforeTraining));
    run.state.canaries = canaries::look(run, work, When::BeforeTraining)?;
    note_power(run, work, &evidence);
    let (data, snapshot, members) = (&run.data, &run.data.snapshot, &run.data.universe.symbols);
    work.note(&format!(
        "{} symbols, {} rows read, {} set aside by declared rules; sealed from {}",
        members.len(),
        snapshot.rows_read,
        snapshot.rows_dropped,
        data.holdout.start
    ));
    Ok(PhaseStatus::Success.into())
}

/// Findings of severity error that no declared rule has cleaned.
pub(crate) fn open_errors(snapshot: &Snapshot) -> u64 {
    let open = |f: &&RuleSummary| f.severity == Severity::Error && f.action == Action::Flag;
    snapshot.findings.iter().filter(open).map(|f| f.count).sum()
}

/// What this much data could show at best, before anything is trained.
fn power_before(run: &Run<'_>) -> Vec<Evidence> {
    let (data, span) = (&run.data, run.data.out_of_sample);
    let sessions = data.calendar.sessions().iter().filter(|d| span.contains(**d)).count();
    let trials = run.inputs.prior_trials.len() as u64 + run.inputs.pipeline.trials.prior_declared + 1;
    let plan = StudyPlan {
        // The first decision date has no return.
        sessions: sessions.saturating_sub(1),
        sessions_per_year: data.calendar.periods_per_year(),
        names: data.universe.symbols.len(),
        horizon: run.inputs.pipeline.label.horizon(),
        n_trials: usize::try_from(trials).unwrap_or(usize::MAX),
    };
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: data.snapshot.id };
    power_evidence(&recorder, "before", &plan, &pass_rules(run))
}

/// The policy's rules on active return, whose power is stated.
pub(crate) fn pass_rules(run: &Run<'_>) -> PassRules {
    PassRules {
        alpha: run.policy.active_return.p_max.value,
        deflated_level: run.policy.deflated.dsr_min.value,
    }
}

fn note_power(run: &Run<'_>, work: &Work<'_>, evidence: &[Evidence]) {
    let least = evidence.iter().find(|e| e.name == "power.before.active_sharpe").and_then(|e| e.value);
    work.note(&match least {
        Some(least) => format!(
            "with these bars and {} names you could see an active Sharpe of {} in 4 of 5 cases; less skill than that stays unseen",
            run.data.universe.symbols.len(),
            display::number(least)
        ),
        None => "no session is left out of sample: nothing could be seen".to_owned(),
    });
}
