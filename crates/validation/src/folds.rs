//! The walk-forward's folds, each by itself and counted.

use proofmark_lifecycle::Evidence;
use proofmark_stats::auc::auc;
use proofmark_stats::moments::mean;
use proofmark_stats::rank::ic_by_date;
use proofmark_units::DateSpan;

use crate::accuracy::{AccuracyInput, pairs};
use crate::record::Recorder;

/// One fold's test block.
#[derive(Debug, Clone, Copy)]
pub struct FoldScores<'a> {
    /// Position of the fold.
    pub index: usize,
    /// Test dates.
    pub test: DateSpan,
    /// Rows it was fitted on.
    pub fit_rows: usize,
    /// Grids of the block.
    pub grids: AccuracyInput<'a>,
    /// The teacher's scores of the block.
    pub teacher: &'a [f64],
    /// Forward returns of the block.
    pub forward: &'a [f64],
}

/// AUC and mean rank IC of one fold's student and teacher, each stamped with the fold's own span.
pub fn fold_evidence(recorder: &Recorder, fold: &FoldScores<'_>) -> Vec<Evidence> {
    let own = Recorder { span: fold.test, ..recorder.clone() };
    let name = |what: &str| format!("fold.{:02}.{what}", fold.index);
    let tested = pairs(&fold.grids).1.len();
    let mut out = vec![
        own.record(name("fit_rows"), fold.fit_rows as f64, "rows", fold.fit_rows),
        own.record(name("test_rows"), tested as f64, "rows", tested),
    ];
    for (prefix, grids) in
        [("", fold.grids), ("teacher_", AccuracyInput { scores: fold.teacher, ..fold.grids })]
    {
        let (_, scores, classes) = pairs(&grids);
        let daily = ic_by_date(grids.scores, fold.forward, grids.width).map(|d| d.ic).unwrap_or_default();
        let days: Vec<f64> = daily.into_iter().flatten().collect();
        let mut push = |what: &str, value: Option<f64>, unit: &str, n: usize, why: &str| {
            let name = name(&format!("{prefix}{what}"));
            out.push(match value {
                Some(value) => own.record(name, value, unit, n),
                None => own.missing(name, unit, why),
            });
        };
        push("auc", auc(&scores, &classes), "probability", scores.len(), "the block lacks scores or a class");
        push("rank_ic", mean(&days), "correlation", days.len(), "no date of the block has a coefficient");
    }
    out
}

/// How many of the planned folds were scored, and in how many the score ordered returns the right way.
///
/// `folds` are the records of [`fold_evidence`], one list a fold that has any; a fold without test rows or without a
/// rank IC is planned, not completed, and counts as not positive.
pub fn folds_evidence(recorder: &Recorder, planned: usize, folds: &[Vec<Evidence>]) -> Vec<Evidence> {
    let ics: Vec<f64> =
        folds.iter().filter_map(|fold| fold.iter().find(|e| e.name.ends_with(".rank_ic"))?.value).collect();
    let share = |count: usize| (planned > 0).then(|| count as f64 / planned as f64);
    let positive = ics.iter().filter(|ic| **ic > 0.0).count();
    vec![
        recorder.record("folds.planned", planned as f64, "folds", planned),
        recorder
            .record("folds.completed_share", share(ics.len()), "share", planned)
            .with_note("folds with scored rows and a rank IC over the folds of the plan"),
        recorder
            .record("folds.share_positive", share(positive), "share", planned)
            .with_note("folds with a mean rank IC above 0; at ten folds chance alone gives seven or more in 17 % of cases"),
    ]
}

#[cfg(test)]
mod tests {
    use proofmark_lifecycle::SpanKind;
    use proofmark_units::Digest;

    use super::*;

    #[test]
    fn a_lost_fold_and_a_negative_one_are_both_counted_against_the_plan() {
        let span = DateSpan { start: "2020-01-01".parse().unwrap(), end: "2020-12-31".parse().unwrap() };
        let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of(b"x") };
        let fold = |ic: Option<f64>| vec![recorder.record("fold.00.rank_ic", ic, "correlation", 9)];
        let found = folds_evidence(&recorder, 4, &[fold(Some(0.1)), fold(Some(-0.1)), fold(None)]);
        let values: Vec<Option<f64>> = found.iter().map(|e| e.value).collect();
        assert_eq!(values, [Some(4.0), Some(0.5), Some(0.25)]);
    }
}
