//! The risk items of the briefing.

use proofmark_lifecycle::briefing::RiskItem;
use proofmark_lifecycle::named::Recommendation;
use proofmark_lifecycle::{Briefing, Figure, Verdict};

use super::figures::Figures;
use crate::run::context::context_coverage;
use crate::run::engine::Run;

/// Risk items by rule; each names the figure it rests on.
pub(super) fn risks(run: &Run<'_>, figures: &Figures<'_>, briefing: &mut Briefing) {
    let item = |id: &str, text: String, figure: Option<Figure>| RiskItem { id: id.into(), text, figure };
    let value = |name: &str| figures.get(name).and_then(|f| f.value);
    let mut issues = Vec::new();
    let mut warnings = Vec::new();
    if let Ok(audited) = run.state.audited() {
        for gate in audited.gates.iter().filter(|g| g.verdict != Verdict::Pass) {
            issues.push(item(&format!("gate.{}", gate.gate), gate.reason.clone(), None));
        }
        for chosen in audited.chosen.iter().filter(|c| c.recommendation != Recommendation::Promote) {
            issues.push(item(&format!("policy.{}", chosen.policy), chosen.reason.clone(), None));
        }
    }
    if let Ok(stressed) = run.state.stressed() {
        for (id, why) in &stressed.not_tested {
            warnings.push(item(
                "stress.not_tested",
                format!("Stress period `{id}` is not tested: {why}."),
                None,
            ));
        }
        if stressed.file.evidence.iter().all(|e| !e.name.starts_with("stress.")) {
            issues.push(item(
                "stress.none",
                "No stress period lies inside the data: not tested.".into(),
                figures.get("risk.worst_stress_return"),
            ));
        }
    }
    let snapshot = &run.data.snapshot;
    if snapshot.rows_dropped > 0 {
        warnings.push(item(
            "data.cleaned",
            format!(
                "{} of {} rows were set aside by declared rules; data_report.json lists them.",
                snapshot.rows_dropped, snapshot.rows_read
            ),
            None,
        ));
    }
    if !snapshot.without_bars.is_empty() {
        warnings.push(item(
            "data.without_bars",
            format!(
                "No bar is left of: {}.",
                snapshot.without_bars.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
            None,
        ));
    }
    if let Ok(covered) = context_coverage(&run.data.context, &run.data.frame.panel) {
        warnings.extend(covered.risks().into_iter().map(|text| item("data.context", text, None)));
    }
    let levels: Vec<&str> = run
        .data
        .named
        .own()
        .filter(|feature| !feature.is_stationary())
        .map(|feature| feature.name())
        .collect();
    if !levels.is_empty() {
        let names = levels.join(", ");
        let text =
            format!("The pipeline's own features {names} keep a level: the model meets new values of them.");
        warnings.push(item("features.levels", text, None));
    }
    if value("costs.break_even_multiple").is_some_and(|m| m < 3.0) {
        warnings.push(item(
            "costs.sensitivity",
            "Less than three times the declared costs would eat the active return.".into(),
            figures.get("costs.break_even_multiple"),
        ));
    }
    if value("student.brier_skill").is_some_and(|b| b <= 0.0) {
        warnings.push(item(
            "calibration",
            "The student's probabilities are no better than the training base rate (Brier skill).".into(),
            figures.get("student.brier_skill"),
        ));
    }
    if value("student.auc_p").is_none_or(|p| p > 0.05) {
        warnings.push(item(
            "auc",
            "The pooled AUC is not separated from its joint-shift null.".into(),
            figures.get("student.auc_p"),
        ));
    }
    if let (Some(student), Some(twin)) = (value("student.rank_ic"), value("twin.rank_ic"))
        && student <= twin
    {
        warnings.push(item(
            "distillation",
            "The student on soft labels is not better than its hard-label twin.".into(),
            figures.get("twin.rank_ic"),
        ));
    }
    if !run.data.synthetic {
        warnings.push(item("returns.dividends", "Books earn price returns; dividends are credited neither to the candidate nor to its null books, only to the benchmark where a yield is given.".into(), None));
    }
    if run.data.income.last().is_some_and(|(last, _)| *last < run.data.out_of_sample.end.plus_days(-30)) {
        warnings.push(item("benchmark.yield", "The benchmark's dividend yield ends before the span does; the last known value is carried for at most 400 days.".into(), None));
    }
    briefing.risk_assessment.outstanding_issues = issues;
    briefing.risk_assessment.warnings = warnings;
}
