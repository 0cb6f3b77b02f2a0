//! Lines of `teacher_runs.json` and `student_runs.json`.

use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use serde::{Deserialize, Serialize};

/// How a window ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A model was fitted.
    Success,
    /// There was nothing to fit; never tried again.
    Skipped,
    /// Fitting went wrong.
    Failed,
}

/// Samples of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SampleCounts {
    /// Rows fitted on.
    pub train: usize,
    /// Rows of the later slice the metrics are of.
    pub val: usize,
    /// Labelled rows of the window, purged ones included.
    pub total: usize,
    /// Features of a row.
    pub feature_count: usize,
}

/// The features a window's models take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureSet {
    /// Names, in column order.
    pub names: Vec<String>,
    /// Digest of the ordered names.
    pub digest: Digest,
}

impl FeatureSet {
    pub(crate) fn new(names: &[String]) -> Self {
        Self { names: names.to_vec(), digest: Digest::of_parts(names.iter().map(String::as_bytes)) }
    }
}

/// Quality on a later slice that was purged from training; `None` where the slice cannot tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SliceMetrics {
    /// Always `validation`: the slice is inside the window, not out of sample.
    pub span_kind: String,
    /// Decision dates of the slice.
    pub span: DateSpan,
    /// Rows of the slice.
    pub rows: usize,
    /// Share of class 1.
    pub base_rate: f64,
    /// Share of rows on the right side of 0.5.
    pub accuracy: f64,
    /// Share of class 1 among rows above 0.5.
    pub precision: Option<f64>,
    /// Share of rows above 0.5 among class 1.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Probability that a row of class 1 scores above one of class 0, ties half.
    pub auc: Option<f64>,
    /// Mean squared error of the probability.
    pub brier: f64,
}

/// One line of `teacher_runs.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeacherRun {
    /// The batch.
    pub batch_id: String,
    /// The instrument.
    pub symbol: Symbol,
    /// Dates of the window.
    pub date_range: DateSpan,
    /// `<SYMBOL>_<start>_to_<end>`.
    pub window_label: String,
    /// The model file, relative to the run's model folder.
    pub artifacts_path: Option<String>,
    /// Quality on the window's later slice.
    pub metrics: Option<SliceMetrics>,
    /// How the window ended.
    pub status: RunStatus,
    /// The instant the batch is stamped with: the snapshot's, so that the same data give the same bytes.
    pub timestamp: Instant,
    /// Whether an earlier model was continued; never.
    pub incremental: bool,
    /// Tries; always 1, since a repeat would give the same result.
    pub attempts: u32,
    /// Samples of the window.
    pub sample_counts: SampleCounts,
    /// Why it failed.
    pub error: Option<String>,
    /// Why it was skipped.
    pub skip_reason: Option<String>,
    /// Whether sentiment was among the features.
    pub sentiment_available: bool,
    /// Where the sentiment came from.
    pub sentiment_snapshot_path: Option<String>,
    /// The features.
    pub feature_set: FeatureSet,
    /// Hyper-parameters read back from the fitted model.
    pub teacher_hyperparameters: Option<serde_json::Value>,
    /// Always false: a window's rows are too few to prove anything.
    pub promotable: bool,
}

/// One line of `student_runs.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudentRun {
    /// The batch.
    pub batch_id: String,
    /// The instrument.
    pub symbol: Symbol,
    /// Dates of the window.
    pub date_range: DateSpan,
    /// `<SYMBOL>_<start>_to_<end>`; the same window's teacher has the same label.
    pub window_label: String,
    /// Label of the teacher the student was distilled from; `None` when it learned from hard labels only.
    pub teacher_run_id: Option<String>,
    /// The teacher's model file.
    pub teacher_artifacts_path: Option<String>,
    /// The student's model file.
    pub student_artifacts_path: Option<String>,
    /// Quality on the window's later slice.
    pub metrics: Option<SliceMetrics>,
    /// No checklist is written for what cannot be promoted.
    pub promotion_checklist_path: Option<String>,
    /// How the window ended.
    pub status: RunStatus,
    /// The instant the batch is stamped with.
    pub timestamp: Instant,
    /// Whether an earlier model was continued; never.
    pub incremental: bool,
    /// Tries; always 1.
    pub attempts: u32,
    /// Samples of the window.
    pub sample_counts: SampleCounts,
    /// Training rows that had an out-of-fold teacher; the others kept their hard label.
    pub soft_label_rows: usize,
    /// Why it failed.
    pub error: Option<String>,
    /// Why it was skipped.
    pub skip_reason: Option<String>,
    /// Whether sentiment was among the features.
    pub sentiment_available: bool,
    /// Where the sentiment came from.
    pub sentiment_snapshot_path: Option<String>,
    /// Reward statistics; none without a reward loop.
    pub reward_metrics: Option<serde_json::Value>,
    /// Whether rewards weighted the samples; never.
    pub reward_loop_enabled: bool,
    /// Hyper-parameters read back from the fitted model.
    pub student_hyperparameters: Option<serde_json::Value>,
    /// Always false.
    pub promotable: bool,
}

/// One JSON object a line.
///
/// # Errors
/// Whatever `serde_json` returns; never for the records of this crate.
pub fn to_json_lines<T: Serialize>(records: &[T]) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    for record in records {
        serde_json::to_writer(&mut bytes, record)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

impl SliceMetrics {
    /// Quality of `probability` against `class` (0 or 1), decided at 0.5.
    pub(crate) fn of(span: DateSpan, probability: &[f64], class: &[f64]) -> Self {
        let rows = class.len();
        let count = |f: &dyn Fn(f64, f64) -> bool| {
            probability.iter().zip(class).filter(|(p, y)| f(**p, **y)).count() as f64
        };
        let positives = count(&|_, y| y == 1.0);
        let called = count(&|p, _| p >= 0.5);
        let hits = count(&|p, y| p >= 0.5 && y == 1.0);
        let right = count(&|p, y| (p >= 0.5) == (y == 1.0));
        let share = |part: f64, of: f64| (of > 0.0).then(|| part / of);
        let brier = probability.iter().zip(class).map(|(p, y)| (p - y).powi(2)).sum::<f64>() / rows as f64;
        Self {
            span_kind: "validation".to_owned(),
            span,
            rows,
            base_rate: positives / rows as f64,
            accuracy: right / rows as f64,
            precision: share(hits, called),
            recall: share(hits, positives),
            f1: share(2.0 * hits, called + positives),
            auc: auc(probability, class),
            brier,
        }
    }
}

/// Area under the ROC curve by ranks (Mann-Whitney), ties half; `None` with one class.
fn auc(score: &[f64], class: &[f64]) -> Option<f64> {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*a].total_cmp(&score[*b]));
    let (mut below, mut wins, mut begin) = (0.0, 0.0, 0);
    while begin < order.len() {
        let end = begin + order[begin..].partition_point(|i| score[*i] <= score[order[begin]]);
        let ones: f64 = order[begin..end].iter().map(|i| class[*i]).sum();
        let zeros = (end - begin) as f64 - ones;
        wins += ones * (below + zeros / 2.0);
        below += zeros;
        begin = end;
    }
    let pairs = below * (class.len() as f64 - below);
    (pairs > 0.0).then(|| wins / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_six_rows_by_hand() {
        let day = proofmark_units::Date::from_days(0);
        let span = DateSpan { start: day, end: day };
        let metrics =
            SliceMetrics::of(span, &[0.9, 0.6, 0.6, 0.4, 0.2, 0.1], &[1.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(metrics.precision, Some(2.0 / 3.0));
        assert_eq!(metrics.recall, Some(2.0 / 3.0));
        assert_eq!(metrics.accuracy, 4.0 / 6.0);
        // Pairs won by class 1: 0.9 beats 3, 0.6 beats 2 and ties 1, 0.4 beats 2: 7.5 of 9.
        assert_eq!(metrics.auc, Some(7.5 / 9.0));
        assert_eq!(auc(&[0.1, 0.2], &[1.0, 1.0]), None);
    }
}
