//! The file of a forecast pipeline: one instrument, a zoo of regressions, a rule that trades what two or more of them say.

use std::path::Path;

use proofmark_execution::strategies::{SmartSimple, VolatilityTrail};
use proofmark_market::Interval;
use proofmark_models::{Family, zoo};
use proofmark_units::{Date, Digest, Symbol};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};
use crate::pipeline::{FeatureSpec, GateSpec, NamedFeatures, ObservationSpec, TrialSpec};

/// A forecast pipeline as its file writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastPipeline {
    /// `forecast`: tells this kind of pipeline from one that ranks names.
    pub kind: PipelineKind,
    /// Stable name, used in reports.
    pub name: String,
    /// What the pipeline is for, in a sentence.
    pub description: String,
    /// The metric named before the run.
    pub primary_metric: String,
    /// Which data.
    pub data: ForecastData,
    /// Which features.
    pub features: FeatureSpec,
    /// Columns of context. A row without one of them is not used: regressions take no missing inputs.
    #[serde(default)]
    pub observations: Vec<ObservationSpec>,
    /// The models that are compared, and how.
    #[serde(default)]
    pub zoo: ZooSpec,
    /// What is traded.
    pub strategy: StrategySpec,
    /// The account.
    pub account: AccountSpec,
    /// What trading costs.
    pub costs: ForecastCosts,
    /// Draws behind the tests.
    #[serde(default)]
    pub tests: ForecastTests,
    /// Named stretches of history that are replayed.
    #[serde(default, skip_serializing_if = "ForecastStress::is_default")]
    pub stress: ForecastStress,
    /// A gate policy beside the default one.
    #[serde(default)]
    pub gates: GateSpec,
    /// Trials made elsewhere on the same data.
    #[serde(default)]
    pub trials: TrialSpec,
}

/// Kinds of pipeline files that name their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PipelineKind {
    /// One instrument, forecast.
    Forecast,
}

/// Which data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastData {
    /// The instrument.
    pub symbol: Symbol,
    /// Its calendar.
    pub calendar: String,
    /// First session used.
    pub start: Date,
    /// Last session used; absent: the last in the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Date>,
    /// First session traded out of sample.
    pub first_test: Date,
    /// Months at the end of the data that stay sealed; absent: none, and then no candidate can be approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_months: Option<u32>,
    /// Length of the bars that orders meet, where shorter than a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Time of day, `HH:MM` UTC, at which the last bar of a session but one ends: when the order at the last close is sent. Absent: one
    /// bar before the calendar's close, which is wrong where the instrument's own session is shorter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order_utc: Option<String>,
}

impl ForecastData {
    /// Seconds after midnight UTC of [`Self::last_order_utc`]; `None` where it is absent or no time.
    pub(super) fn last_order(&self) -> Option<i64> {
        let (hours, minutes) = self.last_order_utc.as_deref()?.split_once(':')?;
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 3_600 + minutes * 60)
    }
}

/// The models that are compared, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZooSpec {
    /// Sessions ahead.
    pub horizons: Vec<usize>,
    /// Last weeks for which every model forecasts.
    pub weeks: usize,
    /// Fewest training rows.
    pub min_rows: usize,
    /// Share of the past before the first fold.
    pub first_share: f64,
    /// Folds of the past.
    pub folds: usize,
}

impl Default for ZooSpec {
    fn default() -> Self {
        Self { horizons: vec![1, 5, 10, 15, 20, 25, 30], weeks: 7, min_rows: 100, first_share: 0.6, folds: 3 }
    }
}

/// What is traded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategySpec {
    /// Its id in every file.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Models whose forecasts it reads, by name.
    pub models: Vec<String>,
    /// The rule.
    pub rule: RuleSpec,
}

/// The rules that trade forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RuleSpec {
    /// By the week, on two forecasts of it.
    SmartSimple(Box<SmartSimple>),
    /// By the session, on the forecasts of the next one.
    VolatilityTrail(VolatilityTrail),
}

/// The account.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSpec {
    /// Money at the start.
    pub capital: f64,
    /// Share of a position's value that is deposited for it.
    pub deposit: f64,
}

/// What trading costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastCosts {
    /// A dated schedule.
    pub schedule: String,
    /// Series of the lake with the rates that are earned and paid over night, where the schedule charges carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<CarrySpec>,
}

/// Annual rates of the two currencies, fractions, as known at each session's close.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrySpec {
    /// Series of the base currency's rate.
    pub base: Symbol,
    /// What that series is above the rate that is earned, such as 0.03 for a prime rate.
    #[serde(default)]
    pub base_above: f64,
    /// Series of the quote currency's rate.
    pub quote: Symbol,
    /// Days from a value's date to the decision, at most.
    pub max_age_days: u32,
}

/// Draws behind the tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForecastTests {
    /// Draws of each bootstrap.
    pub bootstrap_draws: usize,
    /// Books of random directions at the same exposure.
    pub random_books: usize,
}

impl Default for ForecastTests {
    fn default() -> Self {
        Self { bootstrap_draws: 10_000, random_books: 200 }
    }
}

/// Named stretches of history that are replayed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForecastStress {
    /// Ids that must be covered for the risk gate to tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Market whose shipped historical periods apply, as a two-letter code or `crypto`; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// A file beside `proofmark.toml` with further `[[period]]` tables; may be absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl ForecastStress {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a pipeline file says that it is a forecast pipeline.
///
/// # Errors
/// The file cannot be read.
pub fn is_forecast(path: &Path) -> Result<bool> {
    Ok(says_forecast(&read(path)?))
}

/// Whether the text of a pipeline file says that it is a forecast pipeline.
pub(crate) fn says_forecast(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        kind: Option<String>,
    }
    toml::from_str::<Head>(text).is_ok_and(|head| head.kind.as_deref() == Some("forecast"))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        AppError::input(format!("failed to read the pipeline `{}`", path.display()))
            .hint("check the path; `proofmark init` writes examples below pipelines/")
            .because(e)
    })
}

impl ForecastPipeline {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read or parsed, or a value is out of range: the key is named.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&read(path)?, &path.display().to_string())
    }

    /// Parses and checks the text of a file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let pipeline: Self = crate::toml_text::parse(text, &format!("pipeline `{name}`"))?;
        pipeline.check(name)?;
        Ok(pipeline)
    }

    /// Sessions from a decision to the end of what the rule's forecasts are about.
    pub const fn horizon(&self) -> usize {
        match self.strategy.rule {
            RuleSpec::SmartSimple(_) => 5,
            RuleSpec::VolatilityTrail(_) => 1,
        }
    }

    /// The features that it names, beside which its observations stand.
    pub(crate) fn named_features(&self) -> Result<NamedFeatures> {
        NamedFeatures::of(&self.features, None, false)
    }

    /// Digest of what can change a return: the pipeline's share of a trial's identity.
    pub fn score_slice(&self) -> Digest {
        let Self { data, features, observations, zoo, strategy, account, costs, .. } = self;
        crate::json::digest(&(data, features, observations, zoo.min_rows, strategy, account, costs))
    }

    /// The pipeline as it reads no session after `end`.
    pub(super) fn until(&self, end: Date) -> Self {
        let mut until = self.clone();
        until.data.end = Some(end);
        until
    }

    /// Digest of the whole file.
    pub fn digest(&self) -> Digest {
        crate::json::digest(self)
    }

    fn check(&self, name: &str) -> Result<()> {
        let refuse = |key: &str, why: String| {
            Err(AppError::input(format!("pipeline `{name}`: `{key}` {why}"))
                .hint("edit the file and run again"))
        };
        let known = zoo();
        let find = |wanted: &String| known.iter().find(|model| model.name() == wanted);
        if let Some(unknown) = self.strategy.models.iter().find(|model| find(model).is_none()) {
            let names: Vec<&str> = known.iter().map(|model| model.name()).collect();
            return refuse("strategy.models", format!("has `{unknown}`; there are {}", names.join(", ")));
        }
        if let RuleSpec::SmartSimple(_) = self.strategy.rule
            && self.strategy.models.len() != 2
        {
            return refuse("strategy.models", "must be the two whose agreement is judged".to_owned());
        }
        if self.strategy.models.is_empty() {
            return refuse("strategy.models", "names no model".to_owned());
        }
        if let RuleSpec::VolatilityTrail(rule) = &self.strategy.rule
            && !(1..=self.strategy.models.len()).contains(&rule.best)
        {
            return refuse(
                "strategy.rule.best",
                format!("is {}, of {} models", rule.best, self.strategy.models.len()),
            );
        }
        if matches!(self.strategy.rule, RuleSpec::VolatilityTrail(_)) && self.data.interval.is_none() {
            return refuse("data.interval", "is missing: a trail needs bars within the session".to_owned());
        }
        if self.data.last_order_utc.is_some() && self.data.last_order().is_none() {
            return refuse("data.last_order_utc", "is no time `HH:MM`".to_owned());
        }
        if self.data.first_test <= self.data.start {
            return refuse("data.first_test", "must lie after `data.start`".to_owned());
        }
        if self.data.holdout_months.is_some_and(|months| !(1..=120).contains(&months)) {
            return refuse(
                "data.holdout_months",
                "must be 1 to 120, or absent where nothing is sealed".to_owned(),
            );
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.strategy.id.is_empty() || !self.strategy.id.chars().all(fits) {
            return refuse("strategy.id", "must be of a-z, 0-9 and _: it names files".to_owned());
        }
        if self.zoo.horizons.is_empty() || self.zoo.horizons.iter().any(|h| !(1..=250).contains(h)) {
            return refuse("zoo.horizons", "must be 1 to 250 sessions each".to_owned());
        }
        if self.zoo.weeks == 0 || self.zoo.folds == 0 || !(0.1..=0.9).contains(&self.zoo.first_share) {
            return refuse(
                "zoo",
                "needs at least a week, a fold and a `first_share` of 0.1 to 0.9".to_owned(),
            );
        }
        if !(self.account.capital > 0.0 && (0.01..=1.0).contains(&self.account.deposit)) {
            return refuse("account", "needs a capital above 0 and a deposit of 0.01 to 1".to_owned());
        }
        if self.tests.bootstrap_draws < 1_000 || self.tests.random_books < 20 {
            return refuse("tests", "needs 1000 draws and 20 random books at least".to_owned());
        }
        Ok(())
    }
}

/// The word that files use for a family of models.
pub(super) const fn family_word(family: Family) -> &'static str {
    match family {
        Family::Linear => "linear",
        Family::Boosting => "boosting",
        Family::Hybrid => "hybrid",
    }
}
