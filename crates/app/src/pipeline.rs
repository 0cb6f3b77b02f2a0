//! Pipeline files: everything that decides a result, in one TOML file with no unknown keys.

mod features;
mod observations;
pub(crate) mod side;

use std::path::Path;

use proofmark_execution::book::BookConfig;
use proofmark_labels::LabelSpec;
use proofmark_labels::weights::WeightSpec;
use proofmark_market::actions::Adjust;
use proofmark_training::reward::RewardSpec;
use proofmark_training::{StudentConfig, TeacherConfig, TrainWindow};
use proofmark_units::{Date, Digest, Symbol};
use serde::{Deserialize, Serialize};

pub use self::features::FeatureSpec;
pub(crate) use self::features::NamedFeatures;
pub use self::observations::ObservationSpec;
use crate::error::{AppError, Result};
use crate::gates as policies;

/// A pipeline file, parsed and checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Stable name, used in reports.
    pub name: String,
    /// What the pipeline is for, in a sentence.
    pub description: String,
    /// The metric named before the run; the only one a gate on money may be tuned to.
    pub primary_metric: String,
    /// Which instruments, and whether that was known at the time.
    pub universe: UniverseSpec,
    /// Which data.
    pub data: DataSpec,
    /// Which features.
    pub features: FeatureSpec,
    /// Columns of context beside the features: observations as known at each decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<ObservationSpec>,
    /// The target.
    pub label: LabelSpec,
    /// What labels count in training; absent: all the same.
    #[serde(default, skip_serializing_if = "WeightSpec::is_off")]
    pub weights: WeightSpec,
    /// Walk-forward layout.
    pub split: SplitSpec,
    /// Cross-validation beside the walk-forward; absent means not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidationSpec>,
    /// The teacher: gradient-boosted trees.
    pub teacher: TeacherConfig,
    /// The student distilled from it.
    pub student: StudentConfig,
    /// How scores become positions.
    pub book: BookConfig,
    /// What trading costs.
    pub costs: CostSpec,
    /// A challenger whose training rows weigh what earlier predictions of them earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewards: Option<RewardSpec>,
    /// Tests' settings.
    pub tests: TestSpec,
    /// Stress periods.
    #[serde(default)]
    pub stress: StressSpec,
    /// Trials made elsewhere on the same data.
    #[serde(default)]
    pub trials: TrialSpec,
    /// Per symbol-window models for operators; never promotable.
    #[serde(default)]
    pub windows: WindowSpec,
    /// A gate policy beside the default one.
    #[serde(default, skip_serializing_if = "GateSpec::is_default")]
    pub gates: GateSpec,
    /// Checks that a named person waives, with the reason; printed first in every briefing.
    #[serde(default)]
    pub waiver: Vec<proofmark_lifecycle::Waiver>,
}

/// Which instruments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniverseSpec {
    /// Symbols by name; empty means every symbol in the lake except the benchmark.
    #[serde(default)]
    pub symbols: Vec<Symbol>,
    /// How the list came to be known.
    pub membership: MembershipSpec,
    /// For `carried_back`: when the list was drawn up.
    #[serde(default)]
    pub chosen_at: Option<Date>,
    /// For `point_in_time`: members by rank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<RankSpec>,
    /// For `point_in_time`: members by a list, `symbol,start,end,category`, relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListFile>,
    /// Only the list's rows of this category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Groups that names belong to, such as sectors, by a list of the same columns whose `category` is the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<ListFile>,
    /// Never held, though they may rank: instruments of another kind, such as funds among shares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Symbol>,
}

/// Members by rank in the calendar period before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankSpec {
    /// By what.
    pub by: RankBy,
    /// How many are members.
    pub top: usize,
    /// Months a period: 1, 2, 3, 4, 6 or 12.
    pub months: u32,
}

/// What names are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankBy {
    /// Median of close times volume over the period's bars.
    Turnover,
}

/// What stands before the name of an index of the lake.
pub(crate) const OF_LAKE: &str = "lake:";

/// A list that decides a result: a run keeps a copy by digest and reads nothing else when it is resumed or replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListFile {
    /// A file, relative to the workspace; in `universe.list` also `lake:INDEX`, an index of the lake.
    Path(String),
    /// The copy that a run keeps below `lake/lists`.
    Kept {
        /// What the file is called.
        name: String,
        /// Digest of its bytes.
        sha256: Digest,
    },
}

/// How a universe came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipSpec {
    /// Today's list applied to the past: caps the verdict at cannot-tell.
    CarriedBack,
    /// Members as known at each date, by `rank` or by `list`.
    PointInTime,
    /// Every instrument of a simulated market.
    WholeMarket,
}

/// Which data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// Exchange calendar, such as `XNSE`.
    pub calendar: String,
    /// First session used.
    pub start: Date,
    /// Last session used; absent means the last bar in the lake.
    #[serde(default)]
    pub end: Option<Date>,
    /// Index the candidate is compared with, a symbol in the lake.
    #[serde(default)]
    pub benchmark: Option<Symbol>,
    /// Observation series with the benchmark's dividend yield, as a fraction a year, added as yield / 252 a session.
    #[serde(default)]
    pub benchmark_dividend_yield: Option<String>,
    /// Months at the end of the data that stay sealed.
    pub holdout_months: u32,
    /// What the quality rules do to the bars.
    #[serde(default)]
    pub cleaning: Cleaning,
    /// Refuse the data while a rule or check finds an error, set aside or not, that nobody waived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// Which corporate actions are taken out of the prices: detected ones, and those of `actions`.
    #[serde(default, skip_serializing_if = "prices_as_delivered")]
    pub adjust: Adjust,
    /// Declared corporate actions, `symbol,ex_date,kind,value,announced`, relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<ListFile>,
}

fn prices_as_delivered(adjust: &Adjust) -> bool {
    *adjust == Adjust::None
}

/// What the quality rules do to the bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleaning {
    /// Every declared rule acts; what it sets aside is listed.
    #[default]
    Declared,
    /// Only what no book could hold is dropped (impossible prices, duplicates): shows the verdict without the rules.
    StructuralOnly,
}

/// Walk-forward layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// First decision date of the first test block.
    pub first_test: Date,
    /// Length of a test block.
    pub test_months: u32,
    /// Anchored or rolling training span.
    pub train: TrainWindow,
    /// Sessions kept free between a label's end and the next part.
    pub embargo_sessions: u32,
    /// Share of the training span, at its end, kept for calibration.
    pub calibration_share: f64,
    /// A fold with fewer fit rows is an error.
    pub min_train_rows: usize,
}

/// Combinatorial purged cross-validation by the rules of `split`: the candidate is fitted once for every choice of test
/// groups and scored on those. Reported, never gated: it trains on what follows its tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossValidationSpec {
    /// Consecutive groups of sessions, 2 to 128.
    pub groups: usize,
    /// Groups tested at a time, 1 (purged k-fold) to `groups` - 1.
    pub test_groups: usize,
}

/// Most splits of a cross-validation: each is fitted like a fold of the walk-forward.
const MOST_SPLITS: usize = 500;

/// What trading costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostSpec {
    /// Name of a dated schedule, such as `nse_delivery`.
    pub schedule: String,
}

/// Settings of the statistical tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestSpec {
    /// Draws of each bootstrap.
    pub bootstrap_draws: usize,
    /// Circular shifts of the joint AUC null, at most.
    pub auc_shifts: usize,
}

/// Stress periods, and the size of what is simulated. Which shocks and faults run is
/// [`proofmark_validation::stress::SCENARIOS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StressSpec {
    /// Ids that must be covered for the risk gate to tell.
    pub required: Vec<String>,
    /// Market whose shipped historical periods apply, as a two-letter code or `crypto`; absent means none.
    pub market: Option<String>,
    /// A file beside `proofmark.toml` with further `[[period]]` tables, such as a simulated market's own; may be absent.
    pub file: Option<String>,
    /// Calendar months at the end of the out-of-sample span that shocks and faults strike.
    pub window_months: u32,
    /// Alternative price paths.
    pub paths: u32,
    /// Sessions a path, at most.
    pub path_sessions: u32,
}

impl Default for StressSpec {
    fn default() -> Self {
        Self {
            required: Vec::new(),
            market: None,
            file: None,
            window_months: 12,
            paths: 20,
            path_sessions: 504,
        }
    }
}

/// A gate policy beside the default one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSpec {
    /// A shipped policy by name, or a file of one, relative to the workspace and ending in `.toml`; absent: the default
    /// policy alone. It can lower what the default policy says and never raise it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

impl GateSpec {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Trials the ledger cannot know about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialSpec {
    /// Configurations already scored on this data before it came here.
    #[serde(default)]
    pub prior_declared: u64,
}

/// Per symbol-window batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSpec {
    /// Calendar days a window (30 to 365).
    pub days: u32,
    /// Share of failed windows above which the phase fails.
    pub max_failed_share: f64,
}

impl Default for WindowSpec {
    fn default() -> Self {
        Self { days: 180, max_failed_share: 0.15 }
    }
}

/// What the command line may override; recorded in the effective pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--symbols` or `--symbols-file`.
    pub symbols: Option<Vec<Symbol>>,
    /// `--start-date`.
    pub start: Option<Date>,
    /// `--end-date`.
    pub end: Option<Date>,
}

impl Pipeline {
    /// Reads and checks a pipeline file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, has an unknown or missing key, or a value out of range.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| {
            AppError::input(format!("failed to read pipeline `{}`", path.display()))
                .hint("`proofmark init` writes example pipelines into `pipelines/`")
                .because(source)
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Parses and checks pipeline text; `name` is what error messages call it.
    ///
    /// # Errors
    /// As [`Pipeline::read`].
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        if crate::forecast::says_forecast(text) {
            return Err(AppError::input(format!(
                "pipeline `{name}` is of `kind = \"forecast\"`; this command is for pipelines that classify names"
            ))
            .hint("`run`, `features list --pipeline` and `features check` take it: docs/FORECASTS.md"));
        }
        let pipeline: Self = crate::toml_text::parse(text, &format!("pipeline `{name}`"))?;
        pipeline.check(name)?;
        Ok(pipeline)
    }

    /// This pipeline with the command line's overrides applied.
    #[must_use]
    pub fn with(mut self, overrides: &Overrides) -> Self {
        if let Some(symbols) = &overrides.symbols {
            self.universe.symbols.clone_from(symbols);
        }
        if let Some(start) = overrides.start {
            self.data.start = start;
        }
        if let Some(end) = overrides.end {
            self.data.end = Some(end);
        }
        self
    }

    /// Digest of everything in the file.
    pub fn digest(&self) -> Digest {
        crate::json::digest(self)
    }

    /// Digest of the part that can change a score: the pipeline's share of a trial's identity.
    ///
    /// Stress periods, window batches, declared trials and words are left out, and so is the cross-validation: it scores
    /// the same configuration again, changes none of the walk-forward's scores and is read by no gate. Costs and the book
    /// are in, because configurations that differ only there are still separate looks at the data.
    pub fn score_slice(&self) -> Digest {
        let slice = (
            &self.universe,
            &self.data,
            &self.features,
            &self.label,
            &self.split,
            &self.teacher,
            (&self.student, &self.book, &self.costs),
        );
        let mut digest = match self.observations.is_empty() {
            true => crate::json::digest(&slice),
            false => crate::json::digest(&(slice, &self.observations)),
        };
        // What is not so by default only, so that the trials of older pipelines stay.
        if !self.weights.is_off() {
            digest = crate::json::digest(&(digest, &self.weights));
        }
        if let Some(rewards) = &self.rewards {
            digest = crate::json::digest(&(digest, rewards));
        }
        digest
    }

    /// The features that it names, the side of a meta-label among them.
    ///
    /// # Errors
    /// As [`NamedFeatures::of`].
    pub(crate) fn named_features(&self) -> Result<NamedFeatures> {
        let side = self.label.meta().map(|(side, _)| side);
        NamedFeatures::of(&self.features, side, self.universe.groups.is_some())
    }

    fn check(&self, name: &str) -> Result<()> {
        let refuse = |key: &str, why: String| {
            Err(AppError::input(format!("pipeline `{name}`: `{key}` {why}"))
                .hint("edit the file and run again"))
        };
        if self.data.end.is_some_and(|end| end <= self.data.start) {
            return refuse("data.end", "must lie after `data.start`".into());
        }
        if self.split.first_test <= self.data.start {
            return refuse("split.first_test", "must lie after `data.start`".into());
        }
        if !(0.05..=0.5).contains(&self.split.calibration_share) {
            return refuse(
                "split.calibration_share",
                format!("is {}, allowed are 0.05 to 0.5", self.split.calibration_share),
            );
        }
        if let Some(spec) = &self.cross_validation {
            match crate::run::combinatorial(self, *spec).paths() {
                Err(error) => return refuse("cross_validation", format!("is impossible: {error}")),
                Ok(paths) if paths.n_splits() > MOST_SPLITS => {
                    let splits = paths.n_splits();
                    return refuse(
                        "cross_validation",
                        format!(
                            "makes {splits} splits, each with models of its own; {MOST_SPLITS} are allowed"
                        ),
                    );
                }
                Ok(_) => {}
            }
        }
        if let Err(error) = self.label.check() {
            return refuse("label", format!("is impossible: {error}"));
        }
        let features = self.named_features()?;
        observations::check(self, &features, name)?;
        if let Err(error) = self.weights.check() {
            return refuse("weights.oldest", format!("is impossible: {error}"));
        }
        if let Some(Err(error)) = self.rewards.map(|rewards| rewards.check()) {
            return refuse("rewards", format!("is impossible: {error}"));
        }
        if self.teacher.cross_fit.blocks < 2 {
            return refuse("teacher.cross_fit.blocks", "must be at least 2".into());
        }
        if self.split.test_months == 0 || self.data.holdout_months == 0 {
            return refuse("split.test_months", "and `data.holdout_months` must be at least 1".into());
        }
        if self.tests.bootstrap_draws < 1_000 {
            return refuse("tests.bootstrap_draws", "must be at least 1000".into());
        }
        if !(30..=365).contains(&self.windows.days) {
            return refuse("windows.days", format!("is {}, allowed are 30 to 365", self.windows.days));
        }
        if !(0.0..=1.0).contains(&self.windows.max_failed_share) {
            return refuse("windows.max_failed_share", "must lie between 0 and 1".into());
        }
        let stress = &self.stress;
        if !(1..=120).contains(&stress.window_months) {
            return refuse(
                "stress.window_months",
                format!("is {}, allowed are 1 to 120", stress.window_months),
            );
        }
        if stress.paths > 1_000 || !(60..=2_520).contains(&stress.path_sessions) {
            return refuse("stress.paths", "must be at most 1000, of 60 to 2520 `path_sessions`".into());
        }
        if let Some(policy) = self.gates.policy.as_deref().filter(|policy| !policies::is_file(policy)) {
            policies::shipped(policy).map_err(|error| {
                let hint = error.hint_text().unwrap_or_default().to_owned();
                AppError::input(format!("pipeline `{name}`: `gates.policy`: {error}")).hint(hint)
            })?;
        }
        let universe = &self.universe;
        let point_in_time = universe.membership == MembershipSpec::PointInTime;
        if point_in_time && universe.rank.is_some() == universe.list.is_some() {
            return refuse(
                "universe",
                "needs either `rank` or `list` when `membership` is `point_in_time`".into(),
            );
        }
        if !point_in_time && (universe.rank.is_some() || universe.list.is_some()) {
            return refuse("universe.membership", "must be `point_in_time` for a `rank` or a `list`".into());
        }
        if universe.category.is_some() && universe.list.is_none() {
            return refuse("universe.category", "selects rows of a `list`, and there is none".into());
        }
        if let Some(rank) = universe.rank.filter(|r| r.top == 0 || r.months == 0 || 12 % r.months != 0) {
            return refuse(
                "universe.rank",
                format!(
                    "has top {} and {} months: at least one name, and 1, 2, 3, 4, 6 or 12 months",
                    rank.top, rank.months
                ),
            );
        }
        for (key, list) in [("data.actions", &self.data.actions), ("universe.groups", &universe.groups)] {
            if let Some(ListFile::Path(path)) = list
                && path.starts_with(OF_LAKE)
            {
                return refuse(key, "names a file; `lake:` stands for an index in `universe.list`".into());
            }
        }
        if self.data.actions.is_some() && self.data.adjust == Adjust::None {
            return refuse("data.actions", "changes nothing without `data.adjust`".into());
        }
        if self.universe.membership == MembershipSpec::CarriedBack && self.universe.chosen_at.is_none() {
            return refuse("universe.chosen_at", "is required when `membership` is `carried_back`".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(weights: &str) -> Result<Pipeline> {
        let demo = include_str!("../../../pipelines/demo.toml");
        Pipeline::parse(&format!("{demo}\n{weights}"), "test.toml")
    }

    #[test]
    fn weights_are_part_of_what_is_scored_and_of_nothing_where_all_are_equal() {
        let (absent, none) = (parse("").unwrap(), parse("[weights]\nby = \"none\"\n").unwrap());
        assert!(!crate::json::bytes(&absent).windows(7).any(|bytes| bytes == b"weights"));
        assert_eq!((absent.digest(), absent.score_slice()), (none.digest(), none.score_slice()));
        let slices: Vec<Digest> = [
            "by = \"uniqueness\"",
            "by = \"attribution\"",
            "oldest = 0.5",
            "by = \"uniqueness\"\npool = \"all\"",
        ]
        .iter()
        .map(|line| parse(&format!("[weights]\n{line}\n")).unwrap().score_slice())
        .chain([absent.score_slice()])
        .collect();
        assert!((0..slices.len()).all(|k| !slices[..k].contains(&slices[k])));
    }

    #[test]
    fn slips_in_weights_are_refused_with_their_key() {
        for (line, words) in [
            ("oldest = 1.5", "weights.oldest"),
            ("by = \"uniquenes\"", "uniqueness"),
            ("decay = 0.5", "unknown field `decay`"),
            (
                "oldest = 1.0\n\n[rewards]\nweights = \"linear\"\nround_trip_cost = 2.0",
                "`round_trip_cost` is 2",
            ),
        ] {
            let error = parse(&format!("[weights]\n{line}\n")).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(words), "{error}");
        }
    }
}
