//! The per-window batch: one small teacher and student for each symbol and window, for operators to look at.
//!
//! A window holds some 100 rows, so nothing here is ever promotable; every record says so.

use std::collections::BTreeMap;

use proofmark_models::{FitError, Learner, LogisticRegression, Model, ModelFile, PredictError};
use proofmark_units::{DateSpan, Instant, Seed, Symbol};
use serde::{Deserialize, Serialize};

use crate::records::{FeatureSet, RunStatus, SampleCounts, SliceMetrics, StudentRun, TeacherRun};
use crate::split::reaches;
use crate::student::soft_targets;
use crate::teacher::{fit_rows, fit_targets, predict_rows};
use crate::window::{file_stem, window_label};
use crate::{Dataset, RowWeights, SplitError, StudentConfig, TeacherConfig, crossfit};

/// Settings of the batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchConfig {
    /// Fewest labelled rows of a window, usually 20.
    pub min_rows: usize,
    /// Share of the window's rows, the latest, that metrics are measured on; above 0 to 0.5.
    pub validation_share: f64,
    /// Sessions kept free between training labels and the later slice.
    pub embargo_sessions: u32,
    /// Greatest share of windows that may fail, usually 0.15.
    pub failure_limit: f64,
    /// The teacher; `None` skips it and students learn from hard labels.
    pub teacher: Option<TeacherConfig>,
    /// The student; `None` skips it.
    pub student: Option<StudentConfig>,
}

/// What every record of a batch repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchContext {
    /// The batch's name.
    pub batch_id: String,
    /// The instant the batch is stamped with; take the snapshot's, not the clock's.
    pub timestamp: Instant,
}

/// Records and models of one window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindowOutcome {
    /// The teacher's record, unless teachers are skipped.
    pub teacher: Option<TeacherRun>,
    /// The teacher, when it was fitted; to be written at the record's `artifacts_path`.
    pub teacher_model: Option<ModelFile>,
    /// The student's record, unless students are skipped.
    pub student: Option<StudentRun>,
    /// The student, when it was fitted; to be written at the record's `student_artifacts_path`.
    pub student_model: Option<ModelFile>,
}

/// Windows by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunCounts {
    /// Fitted.
    pub success: usize,
    /// Nothing to fit.
    pub skipped: usize,
    /// Went wrong.
    pub failed: usize,
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// No window failed.
    Success,
    /// Some failed, no more than the limit.
    Partial,
    /// More failed than the limit.
    Failed,
}

impl RunCounts {
    /// Counts statuses.
    pub fn of(statuses: impl IntoIterator<Item = RunStatus>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            match status {
                RunStatus::Success => counts.success += 1,
                RunStatus::Skipped => counts.skipped += 1,
                RunStatus::Failed => counts.failed += 1,
            }
        }
        counts
    }

    /// The batch's status: failed when more than `failure_limit` of all windows failed.
    pub fn status(&self, failure_limit: f64) -> BatchStatus {
        let total = self.success + self.skipped + self.failed;
        match self.failed {
            0 => BatchStatus::Success,
            failed if failed as f64 / total as f64 > failure_limit => BatchStatus::Failed,
            _ => BatchStatus::Partial,
        }
    }
}

/// The rows of a window, cut in time order.
struct WindowRows {
    train: Vec<u32>,
    validation: Vec<u32>,
    total: usize,
}

/// A fitted model with its quality.
struct Fitted {
    model: Model,
    metrics: SliceMetrics,
}

#[derive(Debug, thiserror::Error)]
enum WindowFitError {
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Predict(#[from] PredictError),
    #[error(transparent)]
    Split(#[from] SplitError),
}

/// Trains the teacher and student of one symbol's window.
///
/// Only labels that end inside the window are used. The latest rows are held for the metrics, and training rows whose
/// label and embargo reach them are dropped. Windows without data, with too few rows or with one class are skipped with
/// the reason; a model that cannot be fitted is a failed record, not an error.
///
/// - `symbol`: index into [`Dataset::symbols`].
/// - `weights`: what training rows weigh; `None` for 1 each. Metrics weigh all rows the same.
///
/// # Panics
/// If there is no such symbol.
pub fn run_window(
    ds: &Dataset,
    symbol: usize,
    window: DateSpan,
    config: &BatchConfig,
    context: &BatchContext,
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> WindowOutcome {
    let name = &ds.symbols()[symbol];
    let label = window_label(name, window);
    let seed = seed.child(&label);
    let mut outcome = WindowOutcome {
        teacher: config.teacher.as_ref().map(|_| blank_teacher(ds, name, window, context)),
        student: config.student.as_ref().map(|_| blank_student(name, window, context)),
        ..WindowOutcome::default()
    };
    let rows = match window_rows(ds, symbol, window, config) {
        Ok(rows) => rows,
        Err((reason, total)) => {
            let counts =
                SampleCounts { total, feature_count: ds.feature_names().len(), ..Default::default() };
            if let Some(run) = &mut outcome.teacher {
                (run.status, run.skip_reason, run.sample_counts) =
                    (RunStatus::Skipped, Some(reason.clone()), counts);
            }
            if let Some(run) = &mut outcome.student {
                (run.status, run.skip_reason, run.sample_counts) = (RunStatus::Skipped, Some(reason), counts);
            }
            return outcome;
        }
    };
    let counts = SampleCounts {
        train: rows.train.len(),
        val: rows.validation.len(),
        total: rows.total,
        feature_count: ds.feature_names().len(),
    };
    let stem = file_stem(name, window);
    let mut teacher_path = None;
    if let (Some(run), Some(teacher)) = (&mut outcome.teacher, &config.teacher) {
        run.sample_counts = counts;
        let seed = seed.child("teacher");
        match fit_and_measure(ds, &rows, &teacher.trees, &ds.classes(&rows.train), weights, &seed) {
            Ok(fitted) => {
                teacher_path = Some(format!("teacher_models/{stem}.json"));
                run.artifacts_path.clone_from(&teacher_path);
                run.teacher_hyperparameters = Some(fitted.model.effective_parameters());
                run.metrics = Some(fitted.metrics);
                run.status = RunStatus::Success;
                outcome.teacher_model = Some(model_file(ds, &rows, fitted.model, seed));
            }
            Err(error) => run.error = Some(error.to_string()),
        }
    }
    if let (Some(run), Some(student)) = (&mut outcome.student, &config.student) {
        run.sample_counts = counts;
        let soft = config.teacher.as_ref().filter(|_| teacher_path.is_some());
        let result = fit_window_student(ds, &rows, student, soft, config.embargo_sessions, weights, &seed);
        match result {
            Ok((fitted, soft_rows)) => {
                run.soft_label_rows = soft_rows;
                run.teacher_run_id = teacher_path.as_ref().map(|_| label.clone());
                run.teacher_artifacts_path = teacher_path;
                run.student_artifacts_path = Some(format!("student_models/{stem}.json"));
                run.student_hyperparameters = Some(fitted.model.effective_parameters());
                run.metrics = Some(fitted.metrics);
                run.status = RunStatus::Success;
                outcome.student_model = Some(model_file(ds, &rows, fitted.model, seed.child("student")));
            }
            Err(error) => run.error = Some(error.to_string()),
        }
    }
    outcome
}

/// The window's training and later rows, or why there are none and how many labelled rows there were.
fn window_rows(
    ds: &Dataset,
    symbol: usize,
    window: DateSpan,
    config: &BatchConfig,
) -> Result<WindowRows, (String, usize)> {
    let of_symbol = |row: &usize| ds.symbol_indices()[*row] as usize == symbol;
    let all: Vec<usize> = ds.rows_in(window).filter(of_symbol).collect();
    if all.is_empty() {
        return Err(("no data in the window".to_owned(), 0));
    }
    let inside = |row: &usize| ds.label_span(*row).is_some_and(|span| span.end <= window.end);
    let labelled: Vec<u32> = all.into_iter().filter(inside).map(|row| row as u32).collect();
    let total = labelled.len();
    if total < config.min_rows.max(2) {
        let needed = config.min_rows.max(2);
        return Err((format!("fewer than {needed} labelled rows ({total})"), total));
    }
    if has_one_class(ds, &labelled) {
        return Err(("single class in the window".to_owned(), total));
    }
    let held = ((total as f64 * config.validation_share).ceil() as usize).clamp(1, total - 1);
    let (earlier, validation) = labelled.split_at(total - held);
    let first = ds.session(validation[0]);
    let train: Vec<u32> =
        earlier.iter().copied().filter(|row| !reaches(ds, *row, config.embargo_sessions, first)).collect();
    if train.is_empty() || has_one_class(ds, &train) {
        return Err(("single class before the window's later slice".to_owned(), total));
    }
    Ok(WindowRows { train, validation: validation.to_vec(), total })
}

fn has_one_class(ds: &Dataset, rows: &[u32]) -> bool {
    let classes = ds.classes(rows);
    classes.iter().all(|class| *class == classes[0])
}

fn fit_and_measure(
    ds: &Dataset,
    rows: &WindowRows,
    learner: &dyn Learner,
    targets: &[f64],
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<Fitted, WindowFitError> {
    let model = fit_targets(learner, ds, &rows.train, targets, weights, seed)?;
    let probability = predict_rows(&model, ds, &rows.validation)?;
    let (first, last) = (rows.validation[0], rows.validation[rows.validation.len() - 1]);
    let span = DateSpan { start: ds.date(first as usize), end: ds.date(last as usize) };
    let metrics = SliceMetrics::of(span, &probability, &ds.classes(&rows.validation));
    Ok(Fitted { model, metrics })
}

/// The student, and how many of its training rows had an out-of-fold teacher.
///
/// A window is short beside the features' look-back, so a block often has nothing clear of it to learn from; its rows
/// then keep their hard label rather than take an opinion of a teacher that saw them.
fn fit_window_student(
    ds: &Dataset,
    rows: &WindowRows,
    config: &StudentConfig,
    teacher: Option<&TeacherConfig>,
    embargo: u32,
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<(Fitted, usize), WindowFitError> {
    let learner: &LogisticRegression = &config.model;
    let hard = ds.classes(&rows.train);
    let mut out_of_fold = vec![f64::NAN; hard.len()];
    if let Some(teacher) = teacher {
        for block in crossfit::plan(ds, &rows.train, teacher.cross_fit.blocks, embargo)? {
            if block.train_rows().is_empty() || has_one_class(ds, block.train_rows()) {
                continue;
            }
            let seed = seed.child("teacher").child("block").nth(block.index() as u64);
            let model = fit_rows(&teacher.trees, ds, block.train_rows(), weights, &seed)?;
            let held = block.held();
            out_of_fold[held.clone()].copy_from_slice(&predict_rows(&model, ds, &rows.train[held])?);
        }
    }
    let soft_rows = out_of_fold.iter().filter(|p| !p.is_nan()).count();
    let targets = soft_targets(&hard, &out_of_fold, config.soft_weight);
    Ok((fit_and_measure(ds, rows, learner, &targets, weights, &seed.child("student"))?, soft_rows))
}

fn model_file(ds: &Dataset, rows: &WindowRows, model: Model, seed: Seed) -> ModelFile {
    let spans = ds.span_of(&rows.train).map(|span| ("fit".to_owned(), span));
    let seeds = BTreeMap::from([("fit".to_owned(), seed)]);
    ModelFile::new(model, ds.feature_names(), spans.into_iter().collect(), &seeds)
        .expect("a model fitted on the dataset has its features")
}

fn blank_teacher(ds: &Dataset, symbol: &Symbol, window: DateSpan, context: &BatchContext) -> TeacherRun {
    TeacherRun {
        batch_id: context.batch_id.clone(),
        symbol: symbol.clone(),
        date_range: window,
        window_label: window_label(symbol, window),
        artifacts_path: None,
        metrics: None,
        status: RunStatus::Failed,
        timestamp: context.timestamp,
        incremental: false,
        attempts: 1,
        sample_counts: SampleCounts::default(),
        error: None,
        skip_reason: None,
        sentiment_available: false,
        sentiment_snapshot_path: None,
        feature_set: FeatureSet::new(ds.feature_names()),
        teacher_hyperparameters: None,
        promotable: false,
    }
}

fn blank_student(symbol: &Symbol, window: DateSpan, context: &BatchContext) -> StudentRun {
    StudentRun {
        batch_id: context.batch_id.clone(),
        symbol: symbol.clone(),
        date_range: window,
        window_label: window_label(symbol, window),
        teacher_run_id: None,
        teacher_artifacts_path: None,
        student_artifacts_path: None,
        metrics: None,
        promotion_checklist_path: None,
        status: RunStatus::Failed,
        timestamp: context.timestamp,
        incremental: false,
        attempts: 1,
        sample_counts: SampleCounts::default(),
        soft_label_rows: 0,
        error: None,
        skip_reason: None,
        sentiment_available: false,
        sentiment_snapshot_path: None,
        reward_metrics: None,
        reward_loop_enabled: false,
        student_hyperparameters: None,
        promotable: false,
    }
}
