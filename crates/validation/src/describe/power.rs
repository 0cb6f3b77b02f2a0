//! What could be seen at all: before anything is trained, and with what the run had in the end.

use proofmark_lifecycle::Evidence;
use proofmark_stats::power::{PassRules, StudyPlan, pass_probability};
use proofmark_stats::rank::ic_by_date;

use super::DescribeInputs;
use crate::record::Recorder;
use crate::trials::TrialCount;
use crate::{ActiveSpan, Candidate};

/// Probability with which the stated skill is found.
const POWER: f64 = 0.8;
/// True Sharpe ratios whose chance of being found is stated.
const TRUTHS: [(&str, f64); 3] = [("0_5", 0.5), ("1", 1.0), ("1_5", 1.5)];

/// `power.<when>.active_sharpe`, `.rank_ic`, `.rank_ic_for_sharpe` and `.found_at.<s>` of a planned study.
///
/// Before training, `plan` is what data and calendar promise; see [`StudyPlan`] for what the figures leave out.
pub fn power_evidence(recorder: &Recorder, when: &str, plan: &StudyPlan, rules: &PassRules) -> Vec<Evidence> {
    let n = plan.sessions;
    let name = |what: &str| format!("power.{when}.{what}");
    let with = format!(
        "{n} sessions, {} names, labels over {} sessions, {} trials; found in 4 of 5 cases",
        plan.names, plan.horizon, plan.n_trials
    );
    let found = plan.detectable(rules, POWER);
    let skill = |what: &str, value: Option<f64>, unit: &str, note: &str, why: &str| match value {
        Some(value) => recorder.record(name(what), value, unit, n).with_note(format!("{note}: {with}")),
        None => recorder.missing(name(what), unit, why),
    };
    let mut out = vec![
        skill(
            "active_sharpe",
            found.as_ref().map(|f| f.active_sharpe),
            "ratio",
            "least true active Sharpe ratio, after costs, that passes the rules on active return",
            "there is no out-of-sample session",
        ),
        skill(
            "rank_ic",
            found.as_ref().and_then(|f| f.rank_ic),
            "correlation",
            "least true rank IC that passes the score-skill test",
            "fewer than three names, or no session",
        ),
        skill(
            "rank_ic_for_sharpe",
            found.as_ref().and_then(|f| f.rank_ic_for_sharpe),
            "correlation",
            "rank IC from which that Sharpe ratio could come at best; costs and a long-only book need more",
            "fewer than three names, or no session",
        ),
    ];
    let years = n as f64 / plan.sessions_per_year;
    for (label, truth) in TRUTHS {
        let chance = pass_probability(truth, years, plan.n_trials, rules);
        let note = format!(
            "probability that a true active Sharpe ratio of {truth} passes the rules on active return"
        );
        out.push(match chance {
            Some(chance) => {
                recorder.record(name(&format!("found_at.{label}")), chance, "probability", n).with_note(note)
            }
            None => recorder.missing(
                name(&format!("found_at.{label}")),
                "probability",
                "there is no out-of-sample session",
            ),
        });
    }
    out
}

/// The same with the names that were scored, the sessions that had a return and the effective trials.
pub(super) fn power_after(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    active: &ActiveSpan,
    inputs: &DescribeInputs<'_>,
) -> Vec<Evidence> {
    let named = ic_by_date(inputs.scores, inputs.forward, candidate.panel.width()).map(|d| d.names);
    let named: Vec<usize> = named.unwrap_or_default().into_iter().filter(|n| *n > 0).collect();
    let names = if named.is_empty() { 0 } else { named.iter().sum::<usize>() / named.len() };
    let trials = TrialCount::of(active, inputs.trials);
    let plan = StudyPlan {
        sessions: active.fit.series.len(),
        sessions_per_year: candidate.periods_per_year,
        names,
        horizon: candidate.horizon,
        n_trials: usize::try_from(trials.effective).unwrap_or(usize::MAX),
    };
    power_evidence(recorder, "after", &plan, inputs.rules)
}
