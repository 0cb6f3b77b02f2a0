//! Datasets, splits with purge and embargo, cross-fitting, distillation, out-of-sample scores.
//!
//! Invariant: rows are in time order and there is no way to ask for a shuffled split; training rows come from
//! [`WalkForward::folds`], [`Fold::before`] and [`CrossFit::plan`] only, which drop every sample whose label could
//! reach what is predicted.
//! Invariant: test rows are scored by [`score_out_of_sample`] only, which needs a trial log.
//! Invariant: labels and features arrive as numbers; nothing here computes either, reads a clock or touches a file.

mod batch;
mod crossfit;
mod dataset;
mod records;
mod score;
mod split;
mod student;
mod teacher;
mod window;

pub use batch::{BatchConfig, BatchContext, BatchStatus, RunCounts, WindowOutcome, run_window};
pub use crossfit::{Block, CrossFit};
pub use dataset::{Dataset, DatasetError, LabelInputs};
pub use records::{FeatureSet, RunStatus, SampleCounts, SliceMetrics, StudentRun, TeacherRun, to_json_lines};
pub use score::{
    FoldModels, ScoreError, ScoreGrid, TrialKey, TrialLog, TrialLogError, TrialNumber, score_out_of_sample,
};
pub use split::{
    Fold, FoldPlan, Overlaps, PartPlan, Purged, SplitError, TrainRules, TrainWindow, WalkForward,
};
pub use student::{StudentConfig, StudentFit, fit_student, fit_student_alone};
pub use teacher::{
    TeacherBlock, TeacherConfig, TeacherFit, TrainError, assemble_teacher, fit_teacher, fit_teacher_block,
    fit_teacher_full,
};
pub use window::{WindowError, window_label, windows};
