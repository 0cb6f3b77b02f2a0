//! The gate policy: every threshold with its unit, reason and source.

use proofmark_units::{Date, Digest};
use serde::{Deserialize, Serialize};

use crate::gates;

/// Format version of policy files this build writes and reads.
pub const POLICY_FORMAT: u32 = 1;

const DEFAULT_POLICY: &str = include_str!("../policies/default.toml");

/// One number a gate compares with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The number, in `unit`.
    pub value: f64,
    /// Unit, as in the evidence it is compared with.
    pub unit: String,
    /// Why it has this value.
    pub reason: String,
    /// Where the rule comes from.
    pub source: String,
}

/// Thresholds of the gate `active_return`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveReturnPolicy {
    /// Largest one-sided bootstrap p.
    pub p_max: Threshold,
    /// Fewest out-of-sample periods when they are daily.
    pub min_periods_daily: Threshold,
    /// Fewest out-of-sample periods when they are weekly.
    pub min_periods_weekly: Threshold,
    /// Draws the bootstrap must be run with.
    pub bootstrap_draws: Threshold,
}

/// Thresholds of the gate `deflated`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeflatedPolicy {
    /// Smallest deflated Sharpe ratio, a probability.
    pub dsr_min: Threshold,
}

/// Thresholds of the gate `score_skill`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSkillPolicy {
    /// Largest one-sided HAC p of the mean rank IC.
    pub p_max: Threshold,
    /// Fewest scored names a day, on average.
    pub min_names_per_day: Threshold,
    /// Fewest effective observations.
    pub min_effective_observations: Threshold,
}

/// Thresholds of the gate `snooping`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnoopingPolicy {
    /// Largest p against the hardest rival.
    pub p_max: Threshold,
}

/// Thresholds of the gate `selection`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionPolicy {
    /// Largest probability of backtest overfitting.
    pub pbo_max: Threshold,
    /// Fewest trial clusters the rule applies to; with fewer the gate is not applicable.
    pub min_clusters: Threshold,
}

/// Ceilings above which a result is quarantined for an audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaksPolicy {
    /// Largest believable rank information coefficient.
    pub rank_ic_max: Threshold,
    /// Largest believable annual appraisal ratio.
    pub appraisal_ratio_max: Threshold,
}

/// Thresholds of the gate `costs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostsPolicy {
    /// The active mean at twice the costs must lie above this.
    pub active_mean_min: Threshold,
    /// Smallest share of the span with a dated cost schedule.
    pub dated_share_min: Threshold,
}

/// Stress periods that must be covered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredStress {
    /// Ids of the periods, as the stress suite names them.
    pub periods: Vec<String>,
    /// Why these.
    pub reason: String,
    /// Where the list comes from.
    pub source: String,
}

/// Thresholds of the gate `risk`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskPolicy {
    /// Largest drawdown, a positive fraction of the peak.
    pub max_drawdown: Threshold,
    /// Smallest return within one stress period.
    pub worst_stress_return_min: Threshold,
    /// Largest weight of one name.
    pub max_name_weight: Threshold,
    /// Largest two-way turnover, book values a year.
    pub turnover_per_year_max: Threshold,
    /// Stress periods that must be covered.
    pub required_stress: RequiredStress,
}

/// Thresholds of the gate `data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataPolicy {
    /// Smallest share of expected sessions that have a bar.
    pub coverage_min: Threshold,
    /// Most open quality errors.
    pub open_errors_max: Threshold,
    /// Most sessions missing at the end of the asked range.
    pub stale_sessions_max: Threshold,
}

/// Thresholds of the hold-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldoutPolicy {
    /// Quantile of the walk-forward's prediction below which the hold-out is a veto.
    pub quantile: Threshold,
    /// Most looks at one sealed span.
    pub looks_max: Threshold,
}

/// Thresholds of the validation of a frozen candidate on later data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenPolicy {
    /// Fewest sessions of a window.
    pub min_sessions: Threshold,
    /// Quantile of the walk-forward's prediction below which the window is a failure.
    pub quantile: Threshold,
    /// Largest one-sided p against a naive rule or the null books.
    pub p_max: Threshold,
    /// The champion counts as better when the one-sided p that it is lies at or below this.
    pub champion_p_min: Threshold,
    /// Probability with which the minimum detectable effect would be found.
    pub power: Threshold,
    /// Most trials that may have looked at the window.
    pub looks_max: Threshold,
}

/// A test or report that no stage writes yet; reports list it as `not run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotRun {
    /// Its name.
    pub name: String,
    /// Why it was not run.
    pub reason: String,
}

/// A named person's word that a cap on the verdict is accepted; printed first in every report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The check that is waived; one of [`WAIVABLE`].
    pub check: String,
    /// Who waives it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
}

/// Checks a person may waive. Everything else is decided by evidence alone.
pub const WAIVABLE: &[&str] = &["data.universe_known_as_of"];

/// A gate policy, checked: every threshold present, finite, inside its possible range, and explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Format version of the file.
    pub format: u32,
    /// Name of the policy, printed beside every verdict.
    pub name: String,
    /// Gate `active_return`.
    pub active_return: ActiveReturnPolicy,
    /// Gate `deflated`.
    pub deflated: DeflatedPolicy,
    /// Gate `score_skill`.
    pub score_skill: ScoreSkillPolicy,
    /// Gate `snooping`.
    pub snooping: SnoopingPolicy,
    /// Gate `selection`.
    pub selection: SelectionPolicy,
    /// Gate `costs`.
    pub costs: CostsPolicy,
    /// Gate `risk`.
    pub risk: RiskPolicy,
    /// Gate `data`.
    pub data: DataPolicy,
    /// The too-good detector of the gate `leaks`.
    pub leaks: LeaksPolicy,
    /// Gate `holdout`.
    pub holdout: HoldoutPolicy,
    /// Gate `frozen`.
    pub frozen: FrozenPolicy,
    /// What is not run, and why.
    #[serde(default)]
    pub not_run: Vec<NotRun>,
    /// Waivers in force.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
}

/// A policy was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, a key missing, or a key nobody knows.
    #[error("failed to read the gate policy: {0}")]
    Parse(#[source] Box<toml::de::Error>),
    /// Written by a newer build.
    #[error("the gate policy has format {found}, this build reads up to {POLICY_FORMAT}")]
    Newer {
        /// The format found.
        found: u32,
    },
    /// A number outside what it can be.
    #[error("threshold `{path}` is {value}, possible are {low} to {high}")]
    OutOfRange {
        /// Dotted path in the file.
        path: &'static str,
        /// The value found.
        value: f64,
        /// Smallest possible value.
        low: f64,
        /// Largest possible value.
        high: f64,
    },
    /// A text that must explain something is empty.
    #[error("`{path}` has an empty {what}")]
    Unexplained {
        /// Dotted path in the file.
        path: String,
        /// Which text.
        what: &'static str,
    },
    /// An implemented gate cannot be switched off by declaring it not run.
    #[error("gate `{name}` is implemented and cannot be listed under `not_run`")]
    SwitchedOff {
        /// The gate.
        name: String,
    },
    /// A name listed twice.
    #[error("`{name}` is listed twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A check that no person may waive.
    #[error("check `{check}` cannot be waived; waivable: {}", WAIVABLE.join(", "))]
    NotWaivable {
        /// The check.
        check: String,
    },
}

impl PolicyError {
    /// One thing to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Parse(_) => {
                "compare with `policies/default.toml`: every threshold is a table {value, unit, reason, source}"
            }
            Self::Newer { .. } => "use the build that wrote it, or a newer one",
            Self::OutOfRange { .. } => "fractions are written as fractions: 5 % is 0.05",
            Self::Unexplained { .. } => "say it in one sentence: an approver reads it",
            Self::SwitchedOff { .. } => {
                "remove the entry; to be lenient, change the gate's threshold and say why"
            }
            Self::Twice { .. } => "keep one entry",
            Self::NotWaivable { .. } => "fix what the check found and run again",
        }
    }
}

impl Default for Policy {
    /// The policy shipped with this build.
    fn default() -> Self {
        Self::from_toml(DEFAULT_POLICY).expect("the shipped policy is valid: a test reads it")
    }
}

impl Policy {
    /// The TOML text of the policy shipped with this build.
    pub const fn default_toml() -> &'static str {
        DEFAULT_POLICY
    }

    /// Reads and checks a policy file.
    ///
    /// # Errors
    /// Any [`PolicyError`]; unknown and missing keys are refused with line and column.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let parse = |error| PolicyError::Parse(Box::new(error));
        let version: Version = toml::from_str(text).map_err(parse)?;
        if version.format > POLICY_FORMAT {
            return Err(PolicyError::Newer { found: version.format });
        }
        let policy: Self = toml::from_str(text).map_err(parse)?;
        policy.checked()
    }

    /// The same policy with further waivers, checked. Its digest differs: a waived verdict is another verdict.
    ///
    /// # Errors
    /// [`PolicyError::NotWaivable`], or an unnamed person, or no reason.
    pub fn with_waivers(mut self, waivers: impl IntoIterator<Item = Waiver>) -> Result<Self, PolicyError> {
        self.waivers.extend(waivers);
        self.checked()
    }

    /// The waiver of a check, if a person gave one.
    pub fn waiver(&self, check: &str) -> Option<&Waiver> {
        self.waivers.iter().find(|waiver| waiver.check == check)
    }

    /// Digest of the policy's content; comments and layout do not count.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a policy always serialises"))
    }

    /// Every threshold with its dotted path, in the order of the file.
    pub fn thresholds(&self) -> Vec<(&'static str, &Threshold)> {
        self.ranged_thresholds().into_iter().map(|(path, threshold, _)| (path, threshold)).collect()
    }

    fn ranged_thresholds(&self) -> Vec<(&'static str, &Threshold, (f64, f64))> {
        const PROBABILITY: (f64, f64) = (0.0, 1.0);
        const COUNT: (f64, f64) = (0.0, 1e12);
        vec![
            ("active_return.p_max", &self.active_return.p_max, PROBABILITY),
            ("active_return.min_periods_daily", &self.active_return.min_periods_daily, COUNT),
            ("active_return.min_periods_weekly", &self.active_return.min_periods_weekly, COUNT),
            ("active_return.bootstrap_draws", &self.active_return.bootstrap_draws, (100.0, 1e9)),
            ("deflated.dsr_min", &self.deflated.dsr_min, PROBABILITY),
            ("score_skill.p_max", &self.score_skill.p_max, PROBABILITY),
            ("score_skill.min_names_per_day", &self.score_skill.min_names_per_day, COUNT),
            ("score_skill.min_effective_observations", &self.score_skill.min_effective_observations, COUNT),
            ("snooping.p_max", &self.snooping.p_max, PROBABILITY),
            ("selection.pbo_max", &self.selection.pbo_max, PROBABILITY),
            ("selection.min_clusters", &self.selection.min_clusters, (2.0, 1e6)),
            ("costs.active_mean_min", &self.costs.active_mean_min, (-1.0, 10.0)),
            ("costs.dated_share_min", &self.costs.dated_share_min, PROBABILITY),
            ("risk.max_drawdown", &self.risk.max_drawdown, PROBABILITY),
            ("risk.worst_stress_return_min", &self.risk.worst_stress_return_min, (-1.0, 10.0)),
            ("risk.max_name_weight", &self.risk.max_name_weight, PROBABILITY),
            ("risk.turnover_per_year_max", &self.risk.turnover_per_year_max, COUNT),
            ("data.coverage_min", &self.data.coverage_min, PROBABILITY),
            ("data.open_errors_max", &self.data.open_errors_max, COUNT),
            ("data.stale_sessions_max", &self.data.stale_sessions_max, COUNT),
            ("leaks.rank_ic_max", &self.leaks.rank_ic_max, PROBABILITY),
            ("leaks.appraisal_ratio_max", &self.leaks.appraisal_ratio_max, (0.0, 100.0)),
            ("holdout.quantile", &self.holdout.quantile, PROBABILITY),
            ("holdout.looks_max", &self.holdout.looks_max, COUNT),
            ("frozen.min_sessions", &self.frozen.min_sessions, COUNT),
            ("frozen.quantile", &self.frozen.quantile, PROBABILITY),
            ("frozen.p_max", &self.frozen.p_max, PROBABILITY),
            ("frozen.champion_p_min", &self.frozen.champion_p_min, PROBABILITY),
            ("frozen.power", &self.frozen.power, PROBABILITY),
            ("frozen.looks_max", &self.frozen.looks_max, COUNT),
        ]
    }

    fn checked(self) -> Result<Self, PolicyError> {
        let explained = |path: &str, what: &'static str, text: &str| match text.trim().is_empty() {
            true => Err(PolicyError::Unexplained { path: path.to_owned(), what }),
            false => Ok(()),
        };
        explained("name", "name", &self.name)?;
        for (path, threshold, (low, high)) in self.ranged_thresholds() {
            let value = threshold.value;
            if !(low..=high).contains(&value) {
                return Err(PolicyError::OutOfRange { path, value, low, high }); // also NaN
            }
            explained(path, "unit", &threshold.unit)?;
            explained(path, "reason", &threshold.reason)?;
            explained(path, "source", &threshold.source)?;
        }
        explained("risk.required_stress", "reason", &self.risk.required_stress.reason)?;
        for (i, item) in self.not_run.iter().enumerate() {
            explained(&format!("not_run.{}", item.name), "reason", &item.reason)?;
            if gates::is_implemented(&item.name) {
                return Err(PolicyError::SwitchedOff { name: item.name.clone() });
            }
            if self.not_run[..i].iter().any(|earlier| earlier.name == item.name) {
                return Err(PolicyError::Twice { name: item.name.clone() });
            }
        }
        for (i, waiver) in self.waivers.iter().enumerate() {
            let path = format!("waivers.{}", waiver.check);
            if !WAIVABLE.contains(&waiver.check.as_str()) {
                return Err(PolicyError::NotWaivable { check: waiver.check.clone() });
            }
            explained(&path, "name of a person (`by`)", &waiver.by)?;
            explained(&path, "reason", &waiver.reason)?;
            if self.waivers[..i].iter().any(|earlier| earlier.check == waiver.check) {
                return Err(PolicyError::Twice { name: waiver.check.clone() });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
