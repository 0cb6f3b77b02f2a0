//! Datasets, splits with purge and embargo, cross-fitting, distillation, return forecasts, out-of-sample scores.
//!
//! Invariant: rows are in time order and there is no way to ask for a shuffled split; training rows come from
//! [`Split`], the splits it names, [`Fold::before`], [`Fold::up_to`], [`Nested::folds`] and [`CrossFit::plan`] only,
//! which drop every sample that could know a label of what is predicted.
//! Invariant: test rows are scored by [`score_out_of_sample`], [`score_students`] and [`refit_walk`] only, which need a trial log. Test
//! rows of an [`InnerFold`] are training rows of its outer fold and need none.
//! Invariant: labels and features arrive as numbers; nothing here computes either, reads a clock or touches a file.

mod batch;
mod crossfit;
mod dataset;
mod forecast;
mod records;
mod refit;
pub mod reward;
mod score;
mod split;
mod student;
mod teacher;
mod weights;
mod window;

pub use batch::{BatchConfig, BatchContext, BatchStatus, RunCounts, WindowOutcome, run_window};
pub use crossfit::{Block, CrossFit};
pub use dataset::{Dataset, DatasetError, LabelInputs};
pub use forecast::{FORECAST_LEVELS, FORECAST_ROWS_MIN, ReturnForecast};
pub use records::{FeatureSet, RunStatus, SampleCounts, SliceMetrics, StudentRun, TeacherRun, to_json_lines};
pub use refit::{FoldForecasts, PastFolds, Refit, RefitError, RefitRules, Scaled, Timeline, refit_walk};
pub use score::{
    FoldModels, ScoreError, ScoreGrid, TrialKey, TrialLog, TrialLogError, TrialNumber, score_out_of_sample,
    score_students,
};
pub use split::{
    Combinatorial, CombinatorialPurged, ConfigScore, Fold, FoldLayout, FoldPlan, Group, HoldOut, InnerFold,
    InnerSplit, Nested, Overlaps, Part, PartPlan, PathError, PathSegment, PathSeries, Paths, Purged,
    PurgedKFold, QuantileLevel, Run, SelectError, Selection, SharpeDistribution, Split, SplitError,
    SplitPlan, SplitText, TrainRules, TrainWindow, WalkForward,
};
pub use student::{StudentConfig, StudentFit, fit_student, fit_student_alone};
pub use teacher::{
    TeacherBlock, TeacherConfig, TeacherFit, TrainError, assemble_teacher, fit_teacher, fit_teacher_block,
    fit_teacher_full,
};
pub use weights::RowWeights;
pub use window::{WindowError, window_label, windows};
