//! The candidate manifest, `manifest.yaml`: every artefact with digest and size, and everything they came from.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_units::{DateSpan, Digest, Symbol};
use serde::{Deserialize, Serialize};

use crate::candidate::CandidateStatus;
use crate::run::{Artifact, RunId};
use crate::yaml::{self, YamlError};

/// Format version of manifests this build writes.
pub const MANIFEST_FORMAT: u32 = 1;

/// What was trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSummary {
    /// The symbols, in panel order.
    pub symbols: Vec<Symbol>,
    /// First and last date used.
    pub date_range: DateSpan,
}

/// Out-of-sample measures of the models, as fractions; the briefing has them with interval and n.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationSummary {
    /// Precision of the teacher.
    pub teacher_precision: Option<f64>,
    /// Accuracy of the student.
    pub student_accuracy: Option<f64>,
}

/// The headline of the statistical tests; the briefing has them with interval and n.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestSummary {
    /// Annual net Sharpe ratio, out of sample.
    pub sharpe_ratio: Option<f64>,
    /// Whether the bootstrap p is within the policy's limit.
    pub bootstrap_significant: Option<bool>,
}

/// Trials behind the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialCount {
    /// Trials on the data lineage, this one included.
    pub n: u64,
    /// Clusters of them by correlation of active returns.
    pub n_effective: Option<f64>,
}

/// `manifest.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateManifest {
    /// Format version.
    pub format: u32,
    /// The run.
    pub release_id: RunId,
    /// Where the candidate stood when the manifest was written.
    pub status: CandidateStatus,
    /// A rehearsal; never approvable.
    pub dry_run: bool,
    /// The bars were simulated.
    pub synthetic: bool,
    /// What was trained.
    pub training: TrainingSummary,
    /// Measures of the models.
    pub validation: ValidationSummary,
    /// Headline of the tests.
    pub statistical_tests: TestSummary,
    /// Trials behind it.
    pub trials: TrialCount,
    /// Champion it would follow, if there is one.
    pub parent_champion: Option<RunId>,
    /// Data snapshot.
    pub snapshot: Digest,
    /// Pipeline file's content.
    pub pipeline: Digest,
    /// Gate policy.
    pub policy: Digest,
    /// Feature schema.
    pub feature_schema: Digest,
    /// All evidence records.
    pub evidence: Digest,
    /// All verdicts.
    pub verdicts: Digest,
    /// Seeds by name; `root` is the one the user wrote.
    pub seeds: BTreeMap<String, u64>,
    /// Versions of program, formats and target, by name.
    pub versions: BTreeMap<String, String>,
    /// Every artefact, in order of path.
    pub artifacts: Vec<Artifact>,
}

/// A manifest was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not the YAML a manifest is written in.
    #[error("failed to read the manifest")]
    Parse(#[from] YamlError),
    /// Written by a newer build.
    #[error(
        "the manifest has format {found}, this build reads up to {MANIFEST_FORMAT}; hint: use a newer build"
    )]
    Newer {
        /// The format found.
        found: u64,
    },
    /// A path that is absolute, climbs out of the run's root, or is not in plain form.
    #[error("artefact path `{path}` does not stay below the run's root")]
    UnsafePath {
        /// The path.
        path: String,
    },
    /// A path listed twice.
    #[error("artefact `{path}` is listed twice")]
    Twice {
        /// The path.
        path: String,
    },
}

/// How a file differs from what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum Problem {
    /// Listed, but not there.
    Missing,
    /// Another size.
    Size {
        /// Bytes the manifest says.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// Same size, other bytes.
    Bytes {
        /// Digest the manifest says.
        expected: Digest,
        /// Digest found.
        found: Digest,
    },
    /// There, but not listed.
    Unlisted,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The path.
    pub path: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub problem: Problem,
}

impl CandidateManifest {
    /// Sorts the artefacts and checks their paths.
    ///
    /// # Errors
    /// [`ManifestError::UnsafePath`] or [`ManifestError::Twice`].
    pub fn checked(mut self) -> Result<Self, ManifestError> {
        self.artifacts.sort();
        let mut seen = BTreeSet::new();
        for artifact in &self.artifacts {
            if !is_safe_path(&artifact.path) {
                return Err(ManifestError::UnsafePath { path: artifact.path.clone() });
            }
            if !seen.insert(artifact.path.as_str()) {
                return Err(ManifestError::Twice { path: artifact.path.clone() });
            }
        }
        Ok(self)
    }

    /// The text of `manifest.yaml`.
    pub fn to_yaml(&self) -> String {
        yaml::to_string(self).expect("a manifest always serialises")
    }

    /// Reads `manifest.yaml`, also a stranger's: paths that leave the run's root are refused.
    ///
    /// # Errors
    /// [`ManifestError`]; a newer format is refused before its content is looked at.
    pub fn from_yaml(text: &str) -> Result<Self, ManifestError> {
        let value: serde_json::Value = yaml::from_str(text)?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(found) if found > u64::from(MANIFEST_FORMAT) => return Err(ManifestError::Newer { found }),
            _ => {}
        }
        let manifest: Self = serde_json::from_value(value).map_err(YamlError::Shape)?;
        manifest.checked()
    }

    /// Every difference between the artefacts listed and the files found (by path, as the caller hashed them), in
    /// order of path; empty when all bytes match.
    pub fn differences(&self, found: &[Artifact]) -> Vec<Difference> {
        let found: BTreeMap<&str, &Artifact> = found.iter().map(|file| (file.path.as_str(), file)).collect();
        let listed: BTreeMap<&str, &Artifact> =
            self.artifacts.iter().map(|file| (file.path.as_str(), file)).collect();
        let paths: BTreeSet<&str> = found.keys().chain(listed.keys()).copied().collect();
        let problem = |path: &str| match (listed.get(path), found.get(path)) {
            (Some(_), None) => Some(Problem::Missing),
            (None, _) => Some(Problem::Unlisted),
            (Some(listed), Some(found)) if listed.bytes != found.bytes => {
                Some(Problem::Size { expected: listed.bytes, found: found.bytes })
            }
            (Some(listed), Some(found)) if listed.sha256 != found.sha256 => {
                Some(Problem::Bytes { expected: listed.sha256, found: found.sha256 })
            }
            _ => None,
        };
        let difference =
            |path: &str| problem(path).map(|problem| Difference { path: path.to_owned(), problem });
        paths.into_iter().filter_map(difference).collect()
    }
}

/// Relative, with `/`, no empty, `.` or `..` part, no drive and no control character.
fn is_safe_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':'])
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
pub(crate) mod tests;
