//! Evidence from out-of-sample scores and books: active return, skill, accuracy, costs, risk, stress, canaries.
//!
//! Invariant: nothing is fitted on test rows here, and nothing is judged: what comes out are evidence records.
//! Invariant: what cannot be measured is recorded as `None` with the reason, never left out and never NaN.

mod accuracy;
mod active;
mod benchmark;
mod books;
mod calibration;
mod canaries;
mod data;
mod decisions;
mod describe;
mod folds;
mod forecast;
mod frozen;
mod holdout;
mod money;
mod naive;
mod paths;
mod periods;
#[cfg(test)]
mod planted;
mod record;
mod rivals;
mod selection;
mod skill;
pub mod stress;
mod study;
mod suite;
mod track;
mod trials;

pub use accuracy::{AccuracyInput, accuracy_evidence, reliability_evidence};
pub use active::{ActiveSpan, active_evidence, active_span};
pub use benchmark::benchmark_returns;
pub use books::{Books, Candidate, ValidationError, run_books};
pub use calibration::calibration_evidence;
pub use canaries::{canary, fit_leak, panel_invariance, prefix_invariance, train_test_overlap};
pub use data::{DataFacts, data_evidence};
pub use decisions::decision_evidence;
pub use describe::{DescribeInputs, FeatureGrid, describe, power_evidence};
pub use folds::{FoldScores, fold_evidence, folds_evidence};
pub use forecast::{ForecastInput, forecast_evidence, forecast_missing};
pub use frozen::{Before, Frozen, FrozenInput, Later, frozen_evidence};
pub use holdout::{HoldoutInput, holdout_evidence};
pub use money::{cost_evidence, money_evidence, return_evidence, risk_evidence, waterfall_evidence};
pub use naive::{NaiveBook, naive_books, naive_evidence};
pub use paths::{SplitScores, path_evidence};
pub use periods::{StressPeriod, historical_periods};
pub use record::Recorder;
pub use rivals::{Rivals, rival_evidence};
pub use selection::selection_evidence;
pub use skill::skill_evidence;
pub use stress::{StressOutcome, stress_evidence};
pub use study::{
    AmongMany, FeatureStudy, HorizonSkill, STUDY_HORIZONS, Study, StudyError, StudyInput, study,
};
pub use suite::{SuiteInputs, suite};
pub use track::Track;
pub use trials::{TrialFacts, TrialReturns, trial_evidence};
