//! The phases of a run, and how far one can get.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The phases of a historical run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the phases")]
pub enum Phase {
    DataIngestion,
    TeacherTraining,
    StudentTraining,
    ModelValidation,
    StatisticalTests,
    StressTests,
    ReleaseAudit,
    PromotionBriefing,
}

impl Phase {
    /// All phases, in the order they run.
    pub const ALL: [Self; 8] = [
        Self::DataIngestion,
        Self::TeacherTraining,
        Self::StudentTraining,
        Self::ModelValidation,
        Self::StatisticalTests,
        Self::StressTests,
        Self::ReleaseAudit,
        Self::PromotionBriefing,
    ];

    /// The name in files, for example `data_ingestion`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataIngestion => "data_ingestion",
            Self::TeacherTraining => "teacher_training",
            Self::StudentTraining => "student_training",
            Self::ModelValidation => "model_validation",
            Self::StatisticalTests => "statistical_tests",
            Self::StressTests => "stress_tests",
            Self::ReleaseAudit => "release_audit",
            Self::PromotionBriefing => "promotion_briefing",
        }
    }

    /// Its place, 1 to 8, as `Phase k/n` prints it.
    pub const fn number(self) -> usize {
        self as usize + 1
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a phase got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseStatus {
    /// Not begun.
    Pending,
    /// Begun, not finished; also what a killed run leaves behind.
    Running,
    /// Finished.
    Success,
    /// Finished with some tasks failed, within the limit.
    Partial,
    /// Left out on request.
    Skipped,
    /// Did not finish.
    Failed,
}

impl PhaseStatus {
    /// Whether the next phase may build on it.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Success | Self::Partial | Self::Skipped)
    }
}
