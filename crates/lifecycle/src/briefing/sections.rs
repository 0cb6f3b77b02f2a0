//! The sections of a briefing.

use proofmark_units::{DateSpan, Symbol};
use serde::{Deserialize, Serialize};

use super::{Briefing, Figure, NamedFigure, Table, plain_sentence};
use crate::evidence::{EvidenceSet, Source};
use crate::gates::GateResult;
use crate::policy::Waiver;
use crate::verdict::Verdict;

/// Why a notice stands before everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A person accepted what a gate could not tell.
    Waiver,
    /// The verdict cannot rise above cannot-tell.
    Cap,
    /// A rehearsal.
    DryRun,
    /// The market was simulated.
    Synthetic,
}

/// Something the reader must know first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What kind of notice.
    pub kind: NoticeKind,
    /// The sentence.
    pub text: String,
}

/// The notices that follow from the rest of the briefing.
pub(super) fn notices(briefing: &Briefing) -> Vec<Notice> {
    let checks = || briefing.gates.iter().flat_map(|gate| &gate.checks);
    let mut notices: Vec<Notice> = checks()
        .filter_map(|check| check.waiver.as_ref())
        .map(|waiver| Notice {
            kind: NoticeKind::Waiver,
            text: format!("{} waived `{}`: {}", waiver.by, waiver.check, waiver.reason),
        })
        .collect();
    let capped = checks()
        .filter(|check| check.evidence == "data.universe_known_as_of" && check.verdict != Verdict::Pass);
    notices.extend(capped.map(|check| Notice {
        kind: NoticeKind::Cap,
        text: format!("The verdict is capped at cannot-tell. {}", check.reason),
    }));
    if briefing.dry_run {
        let text = "A dry run on a tiny slice: nothing here can be approved.".to_owned();
        notices.push(Notice { kind: NoticeKind::DryRun, text });
    }
    if briefing.synthetic {
        let text = "The market was simulated: nothing here says anything about a real one.".to_owned();
        notices.push(Notice { kind: NoticeKind::Synthetic, text });
    }
    notices
}

/// One comparison of a gate, with the figure it read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckSection {
    /// Name of the evidence record.
    pub evidence: String,
    /// What the comparison says.
    pub verdict: Verdict,
    /// The rule with its threshold.
    pub rule: String,
    /// Why, in a plain sentence.
    pub reason: String,
    /// The number, when the record exists.
    pub figure: Option<Figure>,
    /// The waiver in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateSection {
    /// Its name.
    pub gate: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// What the verdict means, in plain words.
    #[serde(default)]
    pub plain: String,
    /// Its rule with the thresholds.
    pub rule: String,
    /// Why, in plain language.
    pub reason: String,
    /// What would have to change for a pass.
    pub what_would_change: Option<String>,
    /// Its checks, the primary one first.
    pub checks: Vec<CheckSection>,
    /// Numbers no rule reads.
    pub reported: Vec<NamedFigure>,
}

impl GateSection {
    pub(super) fn new(
        result: &GateResult,
        evidence: &EvidenceSet,
        locate: &dyn Fn(&str) -> Option<Source>,
    ) -> Self {
        let figure = |name: &str| Some(Figure::of(evidence.get(name)?, locate(name)?));
        let check = |check: &crate::gates::Check| CheckSection {
            evidence: check.evidence.clone(),
            verdict: check.verdict,
            rule: check.rule.clone(),
            reason: check.reason.clone(),
            figure: figure(&check.evidence),
            waiver: check.waiver.clone(),
        };
        let reported = result.reported.iter().filter_map(|number| {
            figure(&number.evidence).map(|figure| NamedFigure { name: number.evidence.clone(), figure })
        });
        Self {
            gate: result.gate.clone(),
            verdict: result.verdict,
            plain: plain_sentence(&result.gate, result.verdict).to_owned(),
            rule: result.rule.clone(),
            reason: result.reason.clone(),
            what_would_change: result.what_would_change.clone(),
            checks: result.checks.iter().map(check).collect(),
            reported: reported.collect(),
        }
    }
}

/// The teachers. Means are over runs; in-sample numbers stand beside the out-of-sample ones in `validation`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TeacherSection {
    /// Teachers trained.
    pub runs_completed: Option<Figure>,
    /// Mean precision.
    pub avg_precision: Option<Figure>,
    /// Mean recall.
    pub avg_recall: Option<Figure>,
    /// Mean F1.
    pub avg_f1: Option<Figure>,
}

/// The student.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StudentSection {
    /// Rows it was trained on.
    pub total_samples: Option<Figure>,
    /// Accuracy.
    pub accuracy: Option<Figure>,
    /// Precision.
    pub precision: Option<Figure>,
    /// Recall.
    pub recall: Option<Figure>,
}

/// What was trained on what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The symbols.
    pub symbols: Vec<Symbol>,
    /// First and last date used.
    pub date_range: Option<DateSpan>,
    /// The teachers.
    pub teacher: TeacherSection,
    /// The student.
    pub student: StudentSection,
    /// Further numbers, for example of the hard-label twin.
    pub beside: Vec<NamedFigure>,
}

/// How the models did on data they were not fitted on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// `passed`, `failed`, `partial` or `not run`.
    pub status: Option<String>,
    /// The optimiser's choice, when one ran.
    pub optimizer_best_config: Option<String>,
    /// Names of the reports written.
    pub reports_generated: Vec<String>,
    /// Out-of-sample numbers.
    pub figures: Vec<NamedFigure>,
}

/// Walk-forward cross-validation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardCv {
    /// `passed`, `failed` or `not run`.
    pub status: Option<String>,
    /// Number of folds.
    pub folds: Option<Figure>,
    /// Mean out-of-sample precision.
    pub avg_precision: Option<Figure>,
}

/// The bootstrap of the active return.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// `passed`, `failed` or `not run`.
    pub status: Option<String>,
    /// Annual mean with its interval.
    pub ci: Option<Figure>,
    /// One-sided p.
    pub p: Option<Figure>,
}

/// A ratio of the candidate beside its null book's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RatioSection {
    /// The candidate's.
    pub value: Option<Figure>,
    /// The null book's.
    pub baseline: Option<Figure>,
    /// What the best of as many skill-less trials is expected to show; `None` where luck has no such figure.
    #[serde(default)]
    pub luck: Option<Figure>,
    /// The difference.
    pub improvement: Option<Figure>,
}

/// Regression on the benchmark.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Benchmark {
    /// Intercept, annual.
    pub alpha: Option<Figure>,
    /// Slope.
    pub beta: Option<Figure>,
    /// Name of the benchmark, with its kind (total or price return).
    pub benchmark: Option<String>,
}

/// The statistical tests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StatisticalTests {
    /// Walk-forward cross-validation.
    pub walk_forward_cv: WalkForwardCv,
    /// Bootstrap of the active return.
    pub bootstrap: Bootstrap,
    /// Sharpe ratio; printed beside the active return, never alone.
    pub sharpe_ratio: RatioSection,
    /// Sortino ratio.
    pub sortino_ratio: RatioSection,
    /// Regression on the benchmark.
    pub benchmark: Benchmark,
    /// Further numbers.
    pub beside: Vec<NamedFigure>,
}

/// One risk, generated by a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskItem {
    /// Stable id of the rule.
    pub id: String,
    /// The sentence.
    pub text: String,
    /// The number behind it.
    pub figure: Option<Figure>,
}

/// Risks and what a person must check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RiskAssessment {
    /// Must be settled before approval.
    pub outstanding_issues: Vec<RiskItem>,
    /// Should be weighed.
    pub warnings: Vec<RiskItem>,
    /// What a person must check; nothing here is ever ticked by the program.
    pub manual_review_required: Vec<String>,
}

/// Tables of evidence; `None` where a stage did not write one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// Walk-forward folds.
    pub folds: Option<Table>,
    /// Naive rules through the same book.
    pub naive_rules: Option<Table>,
    /// Replayed stress periods.
    pub stress: Option<Table>,
    /// From gross to net, by kind of cost.
    pub cost_waterfall: Option<Table>,
    /// Predicted against observed rates.
    pub reliability: Option<Table>,
    /// Further tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Table>,
}

impl Tables {
    /// The tables there are, in the order reports print them.
    pub fn iter(&self) -> impl Iterator<Item = &Table> {
        let named = [&self.folds, &self.naive_rules, &self.stress, &self.cost_waterfall, &self.reliability];
        named.into_iter().flatten().chain(&self.further)
    }
}
