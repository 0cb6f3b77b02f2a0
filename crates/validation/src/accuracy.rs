//! Accuracy of the scores against the labels, pooled over folds: AUC with its joint-shift null, calibration, folds.

use proofmark_lifecycle::{Evidence, Interval};
use proofmark_stats::auc::{JointShift, auc, joint_shift_null};
use proofmark_stats::bootstrap::StationaryBootstrap;
use proofmark_stats::calibration::{brier_skill_block_interval, ece, log_loss, reliability};
use proofmark_units::{Date, Seed};

use crate::record::{Recorder, interval};

/// Grids of one span, time-major, NaN where there is nothing.
#[derive(Debug, Clone, Copy)]
pub struct AccuracyInput<'a> {
    /// Dates of the rows.
    pub dates: &'a [Date],
    /// Probabilities.
    pub scores: &'a [f64],
    /// Classes, 1 or 0.
    pub classes: &'a [f64],
    /// Names a row.
    pub width: usize,
    /// Share of class 1 in the training rows before the first test row.
    pub base_rate: f64,
    /// Label horizon in sessions.
    pub horizon: usize,
}

/// Pairs with both a score and a class, in time order.
pub(crate) fn pairs(input: &AccuracyInput<'_>) -> (Vec<Date>, Vec<f64>, Vec<bool>) {
    let mut out = (Vec::new(), Vec::new(), Vec::new());
    for (t, date) in input.dates.iter().enumerate() {
        for cell in t * input.width..(t + 1) * input.width {
            let (score, class) = (input.scores[cell], input.classes[cell]);
            if score.is_finite() && class.is_finite() {
                out.0.push(*date);
                out.1.push(score);
                out.2.push(class > 0.5);
            }
        }
    }
    out
}

/// Pooled AUC, precision, recall, F1, accuracy beside the base rate; for `name` = `student`, also null and calibration.
pub fn accuracy_evidence(
    recorder: &Recorder,
    name: &str,
    input: &AccuracyInput<'_>,
    shifts: usize,
    draws: usize,
    seed: &Seed,
) -> Vec<Evidence> {
    let (dates, scores, classes) = pairs(input);
    let n = scores.len();
    let mut out = vec![
        recorder.record(format!("{name}.samples"), n as f64, "samples", n),
        recorder.record(format!("{name}.auc"), auc(&scores, &classes), "probability", n),
    ];
    let positives = classes.iter().filter(|c| **c).count();
    let called = scores.iter().filter(|s| **s >= 0.5).count();
    let hits = scores.iter().zip(&classes).filter(|(s, c)| **s >= 0.5 && **c).count();
    let right = scores.iter().zip(&classes).filter(|(s, c)| (**s >= 0.5) == **c).count();
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let (precision, recall) = (share(hits, called), share(hits, positives));
    let f1 = precision.zip(recall).and_then(|(p, r)| (p + r > 0.0).then(|| 2.0 * p * r / (p + r)));
    let mut push = |what: &str, value: Option<f64>| {
        out.push(recorder.record(format!("{name}.{what}"), value, "share", n))
    };
    push("accuracy", share(right, n));
    push("base_rate", share(positives, n));
    push("precision", precision);
    push("recall", recall);
    push("f1", f1);
    out.push(recorder.record(format!("{name}.log_loss"), log_loss(&scores, &classes), "nats", n));
    let settings =
        StationaryBootstrap { draws, min_block: input.horizon as f64, ..StationaryBootstrap::default() };
    let brier_seed = seed.child("brier").child(name);
    out.push(
        match brier_skill_block_interval(&dates, &scores, &classes, input.base_rate, &settings, brier_seed) {
            Ok(brier) => recorder
                .record(format!("{name}.brier_skill"), brier.skill, "ratio", n)
                .with_interval(interval(Some(&brier.interval), 1.0, "stationary bootstrap over dates"))
                .with_seed(brier_seed.as_u64())
                .with_note(format!("against the training base rate {:.4}", input.base_rate)),
            Err(error) => recorder.missing(format!("{name}.brier_skill"), "ratio", error),
        },
    );
    out.push(
        recorder
            .record(format!("{name}.ece"), ece(&scores, &classes, 10), "probability", n)
            .with_note("10 bins of equal mass; a constant has 0, so this never stands alone"),
    );
    if shifts > 0 {
        let settings = JointShift { max_draws: shifts, ..JointShift::for_horizon(input.horizon) };
        let shift_seed = seed.child("auc_shift").child(name);
        let null_mean = format!("{name}.auc_null_mean");
        match joint_shift_null(input.scores, input.classes, input.width, &settings, shift_seed) {
            Ok(null) => {
                out.push(
                    recorder
                        .record(format!("{name}.auc_p"), null.p, "p", null.pairs)
                        .with_n_effective(null.separated_shifts as f64)
                        .with_seed(shift_seed.as_u64())
                        .with_note(shift_note(null.shifts, null.separated_shifts, null.corroborates_only)),
                );
                out.push(recorder.record(null_mean, null.null_mean, "probability", null.pairs));
            }
            Err(error) => {
                out.push(recorder.missing(format!("{name}.auc_p"), "p", &error));
                out.push(recorder.missing(null_mean, "probability", error));
            }
        }
    }
    out
}

/// What a joint-shift null rests on, in words.
pub(crate) fn shift_note(shifts: usize, separated: usize, corroborates_only: bool) -> String {
    let thin = match corroborates_only {
        true => " (fewer than 100: it corroborates and does not decide)",
        false => "",
    };
    format!(
        "labels of all names shifted together along the span; {shifts} shifts evaluated, {separated} separated ones exist{thin}"
    )
}

/// Reliability bins of the pooled probabilities: `<name>.reliability.<k>.predicted` and `.observed`.
pub fn reliability_evidence(recorder: &Recorder, name: &str, input: &AccuracyInput<'_>) -> Vec<Evidence> {
    let (_, scores, classes) = pairs(input);
    let bins = reliability(&scores, &classes, 10, 0.95).unwrap_or_default();
    bins.iter()
        .enumerate()
        .flat_map(|(k, bin)| {
            let observed = Interval::new(bin.interval.low, bin.interval.high, bin.interval.level, "Wilson");
            [
                recorder.record(
                    format!("{name}.reliability.{k}.predicted"),
                    bin.mean_probability,
                    "probability",
                    bin.n,
                ),
                recorder
                    .record(format!("{name}.reliability.{k}.observed"), bin.observed_rate, "share", bin.n)
                    .with_interval(observed),
            ]
        })
        .collect()
}
