//! Per symbol-window teachers and students: what operators of the batch expect, and never promotable.

use std::sync::Arc;

use proofmark_lifecycle::PhaseStatus;
use proofmark_training::{
    BatchConfig, BatchContext, BatchStatus, RowWeights, RunCounts, RunStatus, WindowOutcome, run_window,
    to_json_lines, windows,
};
use proofmark_units::DateSpan;
use rayon::prelude::*;

use super::engine::{Ended, Run};
use super::fit::training;
use super::weights::LabelWeights;
use crate::error::{AppError, Result};
use crate::progress::Work;

/// What the batch left behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct WindowBatch {
    pub(crate) teacher_lines: Vec<u8>,
    pub(crate) student_lines: Vec<u8>,
    /// How the teacher and student phases end because of it; absent when the batch did not run.
    pub(crate) teacher_end: Option<Ended>,
    pub(crate) student_end: Option<Ended>,
}

/// No embargo inside a window: labels are purged, and more would leave nothing of its 67 or so rows.
const EMBARGO: u32 = 0;
/// A panel's leaf size would leave a window's trees without a single split.
const WINDOW_LEAF_ROWS: usize = 5;

pub(crate) fn train(run: &mut Run<'_>, work: &Work<'_>) -> Result<WindowBatch> {
    let wanted = run.inputs.windows;
    if !wanted.teacher && !wanted.student {
        return Ok(WindowBatch::default());
    }
    let pipeline = &run.inputs.pipeline;
    let config = BatchConfig {
        min_rows: 20,
        validation_share: 0.2,
        embargo_sessions: EMBARGO,
        failure_limit: pipeline.windows.max_failed_share,
        teacher: wanted.teacher.then(|| {
            let mut teacher = pipeline.teacher.clone();
            teacher.trees.min_leaf_rows = teacher.trees.min_leaf_rows.min(WINDOW_LEAF_ROWS);
            teacher
        }),
        student: wanted.student.then(|| pipeline.student.clone()),
    };
    let context = BatchContext {
        batch_id: format!("batch_{}", run.inputs.snapshot.short()),
        timestamp: run.data.calendar.session_close(run.data.holdout.end),
    };
    let dataset = &run.data.frame.dataset;
    let (first, last) = (dataset.dates().first().copied(), dataset.dates().last().copied());
    let Some((first, last)) = first.zip(last) else { return Err(AppError::bug("the dataset has no dates")) };
    let spans = windows(first, last, pipeline.windows.days).map_err(training)?;
    let cells: Vec<(usize, DateSpan)> =
        (0..dataset.symbols().len()).flat_map(|s| spans.iter().map(move |span| (s, *span))).collect();
    work.expect(cells.len() as u64);
    let seed = run.seed.child("windows");
    let weights = LabelWeights::of(pipeline, &run.data.frame, run.seed);
    let weights = weights.as_ref().map(|weights| weights as &dyn RowWeights);
    let outcomes: Vec<WindowOutcome> = cells
        .par_iter()
        .enumerate()
        .map(|(k, (s, span))| {
            let outcome = run_window(dataset, *s, *span, &config, &context, weights, &seed.nth(k as u64));
            work.step();
            outcome
        })
        .collect();
    let mut batch = WindowBatch::default();
    let (mut teachers, mut students) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        for (path, model) in [
            (outcome.teacher.as_ref().and_then(|t| t.artifacts_path.clone()), &outcome.teacher_model),
            (outcome.student.as_ref().and_then(|s| s.student_artifacts_path.clone()), &outcome.student_model),
        ] {
            if let (Some(path), Some(model)) = (path, model) {
                let path = run.artefacts.models.join(path);
                let bytes = model.save_bytes().map_err(training)?;
                run.artefacts.bytes(&path, &bytes)?;
            }
        }
        teachers.extend(outcome.teacher);
        students.extend(outcome.student);
    }
    let lines = |e: serde_json::Error| AppError::bug("a window record does not serialise").because(e);
    if wanted.teacher {
        batch.teacher_lines = to_json_lines(&teachers).map_err(lines)?;
        batch.teacher_end = Some(end(teachers.iter().map(|t| t.status), config.failure_limit, "teachers"));
    }
    if wanted.student {
        batch.student_lines = to_json_lines(&students).map_err(lines)?;
        batch.student_end = Some(end(students.iter().map(|s| s.status), config.failure_limit, "students"));
    }
    Ok(batch)
}

fn end(statuses: impl Iterator<Item = RunStatus>, limit: f64, what: &str) -> Ended {
    let counts = RunCounts::of(statuses);
    let status = match counts.status(limit) {
        BatchStatus::Success => PhaseStatus::Success,
        BatchStatus::Partial => PhaseStatus::Partial,
        BatchStatus::Failed => PhaseStatus::Failed,
    };
    let reason = format!("window {what}: {counts:?}");
    Ended { status, reason: (status != PhaseStatus::Success).then_some(reason), metrics: Arc::default() }
}
