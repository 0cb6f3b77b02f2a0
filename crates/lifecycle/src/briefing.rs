//! The promotion briefing: one page of evidence for the person who decides.
//!
//! Invariant: every number is a [`Figure`] that names its observations, its span and the file it can be found in.
//! Invariant: no run id and no clock in here, so that the same inputs give the same bytes; those live in `run.json`.

mod figure;
mod markdown;
mod plain;
mod sections;

use serde::{Deserialize, Serialize};

pub use figure::{Cell, Curve, Figure, FigureError, NamedFigure, Row, Table};
pub use markdown::render_markdown;
pub use plain::plain_sentence;
pub use sections::{
    Benchmark, Bootstrap, CheckSection, GateSection, Notice, NoticeKind, RatioSection, RiskAssessment,
    RiskItem, StatisticalTests, StudentSection, Tables, TeacherSection, Training, Validation, WalkForwardCv,
};

use crate::candidate::CandidateStatus;
use crate::evidence::{EvidenceSet, Source};
use crate::gates::GateResult;
use crate::named::{ChosenPolicy, Recommendation as PolicyAdvice};
use crate::policy::NotRun;
use crate::run::RunRecord;
use crate::verdict::Verdict;

/// Format version of `promotion_briefing.json` this build writes.
pub const BRIEFING_FORMAT: u32 = 1;

/// What a person must check before deciding; printed unticked, always.
pub const MANUAL_CHECKS: &[&str] = &[
    "The symbols and dates represent the market the model will trade.",
    "Validation, statistical and stress reports were read.",
    "Signs of overfitting were looked for: folds that disagree, a twin that equals the student, too good a curve.",
    "The environment and capital of the deployment were agreed.",
];

/// What the briefing suggests to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recommendation {
    /// Every gate passed on its own and nothing is outstanding.
    ApproveStaging,
    /// A person must look before anything else happens.
    ReviewRequired,
    /// There is nothing to approve.
    NotApplicable,
}

impl Recommendation {
    /// The rule: `approve_staging` needs a candidate ready for review (or approved), no waiver and no outstanding issue;
    /// a failed run, a dry run, a rejected or revoked candidate has nothing to approve.
    pub fn of(status: CandidateStatus, dry_run: bool, waived: bool, outstanding_issues: usize) -> Self {
        use CandidateStatus::{Approved, Failed, Inconclusive, ReadyForReview, Refused, Rejected, Revoked};
        match status {
            _ if dry_run => Self::NotApplicable,
            Failed | Rejected | Revoked => Self::NotApplicable,
            Refused | Inconclusive => Self::ReviewRequired,
            ReadyForReview | Approved if waived || outstanding_issues > 0 => Self::ReviewRequired,
            ReadyForReview | Approved => Self::ApproveStaging,
        }
    }

    /// The written form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApproveStaging => "approve_staging",
            Self::ReviewRequired => "review_required",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// Why a run has only part of a briefing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The phase that did not finish.
    pub phase: String,
    /// Its cause, as recorded.
    pub cause: String,
}

/// Where the run's files lie, relative to the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locations {
    /// Folder of the models.
    pub model_dir: Option<String>,
    /// Folder of the audit bundle.
    pub audit_dir: Option<String>,
    /// The manifest.
    pub manifest: Option<String>,
}

/// The promotion briefing, as `promotion_briefing.json` holds it; Markdown and HTML are drawn from the same value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Briefing {
    /// Format version.
    pub format: u32,
    /// Where the candidate stands.
    pub status: CandidateStatus,
    /// What the briefing suggests.
    pub recommendation: Recommendation,
    /// A rehearsal; never approvable.
    pub dry_run: bool,
    /// The bars were simulated.
    pub synthetic: bool,
    /// Waivers and caps on the verdict; printed before anything else.
    pub notices: Vec<Notice>,
    /// Set when the run failed: this briefing is partial.
    pub failure: Option<Failure>,
    /// The gates, in order, with their checks.
    pub gates: Vec<GateSection>,
    /// The named policy that judged beside the default one because the pipeline chose it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<ChosenPolicy>,
    /// What was trained on what.
    pub training: Training,
    /// How the models did on data they were not fitted on.
    pub validation: Validation,
    /// The statistical tests.
    pub statistical_tests: StatisticalTests,
    /// Risks and what a person must check.
    pub risk_assessment: RiskAssessment,
    /// Tables of evidence.
    pub tables: Tables,
    /// Curves, thinned for drawing.
    pub curves: Vec<Curve>,
    /// Tests and reports nobody ran, and why.
    pub not_run: Vec<NotRun>,
    /// Where the files lie.
    pub artifacts: Locations,
}

impl Briefing {
    /// A briefing with nothing in it but the run's identity; sections are filled in by the caller, then
    /// [`Briefing::conclude`] sets notices and recommendation.
    pub fn new(run: &RunRecord, status: CandidateStatus) -> Self {
        let mut briefing = Self {
            format: BRIEFING_FORMAT,
            status,
            recommendation: Recommendation::NotApplicable,
            dry_run: run.dry_run,
            synthetic: run.synthetic,
            notices: Vec::new(),
            failure: None,
            gates: Vec::new(),
            policies: Vec::new(),
            training: Training::default(),
            validation: Validation::default(),
            statistical_tests: StatisticalTests::default(),
            risk_assessment: RiskAssessment::default(),
            tables: Tables::default(),
            curves: Vec::new(),
            not_run: Vec::new(),
            artifacts: Locations::default(),
        };
        briefing.conclude();
        briefing
    }

    /// The partial briefing of a failed run: names phase and cause. Sections finished before may be filled in.
    ///
    /// `None` when no phase of the run failed.
    pub fn failed(run: &RunRecord) -> Option<Self> {
        let phase = run.failed_phase()?;
        let mut briefing = Self::new(run, CandidateStatus::Failed);
        briefing.failure = Some(Failure {
            phase: phase.name.to_string(),
            cause: phase.reason.clone().unwrap_or_else(|| "no cause was recorded".to_owned()),
        });
        briefing.conclude();
        Some(briefing)
    }

    /// Fills in the gates. `locate` says where an evidence record of this name is written; a record without a place
    /// is printed without its figure.
    pub fn set_gates(
        &mut self,
        results: &[GateResult],
        evidence: &EvidenceSet,
        locate: &dyn Fn(&str) -> Option<Source>,
    ) {
        self.gates = results.iter().map(|result| GateSection::new(result, evidence, locate)).collect();
        self.conclude();
    }

    /// Derives what follows from the other fields: notices (waivers and caps first), the recommendation, and the
    /// manual checks. Call it after the last change.
    pub fn conclude(&mut self) {
        self.notices = sections::notices(self);
        self.risk_assessment.manual_review_required =
            MANUAL_CHECKS.iter().map(|check| (*check).to_owned()).collect();
        let waived = self.notices.iter().any(|notice| notice.kind == NoticeKind::Waiver);
        let issues = self.risk_assessment.outstanding_issues.len();
        self.recommendation = Recommendation::of(self.status, self.dry_run, waived, issues);
    }

    /// The text of `promotion_briefing.json`.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a briefing always serialises") + "\n"
    }

    /// Every figure with its JSON pointer inside this briefing, for checking each against the file it cites.
    pub fn figures(&self) -> Vec<(String, Figure)> {
        let value = serde_json::to_value(self).expect("a briefing always serialises");
        let mut found = Vec::new();
        figure::collect(&value, &mut String::new(), &mut found);
        found
    }

    /// Which policies judged, in words: the default one always, then the chosen one with its advice.
    pub fn judged_by(&self) -> String {
        let chosen = self.policies.iter().map(|chosen| format!(" and `{}` ({chosen})", chosen.policy));
        format!("`default`{}", chosen.collect::<String>())
    }

    /// The verdict sentence a reader sees first.
    pub fn headline(&self) -> String {
        if let Some(failure) = &self.failure {
            return format!("The run failed in phase `{}`: {}", failure.phase, failure.cause);
        }
        let of = |verdict| {
            let gates = self.gates.iter().filter(|gate| gate.verdict == verdict);
            let chosen = self.policies.iter().filter_map(|chosen| {
                let gates = match verdict {
                    Verdict::Fail if chosen.recommendation == PolicyAdvice::Reject => &chosen.failed,
                    Verdict::CannotTell => &chosen.unknown,
                    _ => return None,
                };
                let gates = (!gates.is_empty()).then(|| gates.join(", "))?;
                Some(format!("the policy `{}` ({gates})", chosen.policy))
            });
            gates.map(|gate| gate.gate.clone()).chain(chosen).collect::<Vec<_>>().join(", ")
        };
        match self.status {
            CandidateStatus::ReadyForReview => {
                let reviewed = |chosen: &&ChosenPolicy| chosen.recommendation != PolicyAdvice::Promote;
                match self.policies.iter().find(reviewed) {
                    None => "Every gate passed; a named person decides.".to_owned(),
                    Some(chosen) => format!(
                        "Every gate of the default policy passed; `{}` says {}, so a named person must look.",
                        chosen.policy, chosen.recommendation
                    ),
                }
            }
            CandidateStatus::Refused => format!("Refused by: {}.", of(Verdict::Fail)),
            CandidateStatus::Inconclusive => format!("Cannot be judged by: {}.", of(Verdict::CannotTell)),
            other => format!("The candidate is {other}."),
        }
    }
}

#[cfg(test)]
mod tests;
