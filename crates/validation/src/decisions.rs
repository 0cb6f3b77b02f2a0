//! Decisions made of the scores, held against jointly shifted labels.

use proofmark_lifecycle::Evidence;
use proofmark_stats::shift::{JointShift, JointShiftError};
use proofmark_stats::skill::{DecisionMeasure, DecisionRule, DecisionShiftNull, decision_shift_null};
use proofmark_units::Seed;

use crate::accuracy::{AccuracyInput, shift_note};
use crate::record::Recorder;

/// A probability from which a class is called.
const CALL: f64 = 0.5;

/// Hit rate, precision and recall of calls at one half, and precision of the names a book would pick, each with the mean
/// of its joint-shift null and p: `<name>.hit_rate`, `.hit_rate_null_mean`, `.hit_rate_p` and so on.
///
/// `picked` is the share of the names that the book picks. Precision and recall of calls at one half stand under their
/// own names already ([`crate::accuracy_evidence`]).
pub fn decision_evidence(
    recorder: &Recorder,
    name: &str,
    input: &AccuracyInput<'_>,
    picked: f64,
    shifts: usize,
    seed: &Seed,
) -> Vec<Evidence> {
    let settings = JointShift { max_draws: shifts, ..JointShift::for_horizon(input.horizon) };
    let top = DecisionRule::TopOfRow(((picked * input.width as f64).ceil() as usize).max(1));
    let cases = [
        ("hit_rate", DecisionRule::AtLeast(CALL), DecisionMeasure::HitRate, true),
        ("precision", DecisionRule::AtLeast(CALL), DecisionMeasure::Precision, false),
        ("recall", DecisionRule::AtLeast(CALL), DecisionMeasure::Recall, false),
        ("top_precision", top, DecisionMeasure::Precision, true),
    ];
    let mut out = Vec::new();
    for (what, rule, measure, own_value) in cases {
        let seed = seed.child("decisions").child(name).child(what);
        let AccuracyInput { scores, classes, width, .. } = *input;
        let null = decision_shift_null(scores, classes, width, rule, measure, &settings, seed);
        let label = |suffix: &str| format!("{name}.{what}{suffix}");
        let value = |null: &DecisionShiftNull| (null.observed, null.confusion.cells() as usize);
        if own_value {
            out.push(match &null {
                Ok(null) => recorder.record(label(""), value(null).0, "share", value(null).1),
                Err(why) => recorder.missing(label(""), "share", reason(why)),
            });
        }
        match null {
            Ok(null) => {
                let (cells, own) = (value(&null).1, &null.null);
                out.push(recorder.record(label("_null_mean"), own.mean, "share", cells));
                out.push(
                    recorder
                        .record(label("_p"), own.p, "p", cells)
                        .with_n_effective(own.separated_shifts as f64)
                        .with_seed(seed.as_u64())
                        .with_note(shift_note(own.shifts, own.separated_shifts, own.corroborates_only)),
                );
            }
            Err(why) => {
                out.push(recorder.missing(label("_null_mean"), "share", reason(&why)));
                out.push(recorder.missing(label("_p"), "p", reason(&why)));
            }
        }
    }
    out
}

fn reason(why: &JointShiftError) -> String {
    match why {
        JointShiftError::OneClass => "no score reaches the call, or only one class occurs".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proofmark_lifecycle::{EvidenceSet, SpanKind};
    use proofmark_units::{Date, DateSpan, Digest};

    use super::*;

    const WIDTH: usize = 5;

    /// Labels that repeat nothing, and scores that know them or not.
    fn world(skilled: bool) -> EvidenceSet {
        let rows = 400;
        let wave = |i: usize, step: f64| ((i * i) as f64 * step).sin();
        let classes: Vec<f64> =
            (0..rows * WIDTH).map(|i| f64::from(u8::from(wave(i, 0.618) > 0.3))).collect();
        let scores: Vec<f64> = (0..rows * WIDTH)
            .map(|i| 0.5 + 0.4 * if skilled { classes[i] - 0.5 } else { wave(i, 0.271) })
            .collect();
        let dates: Vec<Date> = (0..rows).map(|t| Date::from_days(15_000 + t as i32)).collect();
        let span = DateSpan { start: dates[0], end: dates[rows - 1] };
        let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of(b"x") };
        let input = AccuracyInput {
            dates: &dates,
            scores: &scores,
            classes: &classes,
            width: WIDTH,
            base_rate: 0.4,
            horizon: 5,
        };
        let found = decision_evidence(&recorder, "student", &input, 0.2, 200, &Seed::root(1));
        EvidenceSet::from_records(found).unwrap()
    }

    #[test]
    fn skill_is_separated_from_its_shifts_and_noise_is_not() {
        let (skilled, noise) = (world(true), world(false));
        for what in ["hit_rate", "precision", "recall", "top_precision"] {
            let p = |set: &EvidenceSet| set.value(&format!("student.{what}_p")).unwrap();
            assert!(p(&skilled) < 0.01 && p(&noise) > 0.01, "{what}: {} {}", p(&skilled), p(&noise));
        }
        assert_eq!(skilled.value("student.hit_rate"), Some(1.0));
        let note = skilled.get("student.hit_rate_p").unwrap().note.clone().unwrap();
        assert!(note.contains("does not decide"), "{note}");
    }

    #[test]
    fn a_model_that_never_calls_has_no_precision_and_says_why() {
        let dates: Vec<Date> = (0..200).map(|t| Date::from_days(15_000 + t)).collect();
        let span = DateSpan { start: dates[0], end: dates[199] };
        let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of(b"x") };
        let classes: Vec<f64> = (0..200).map(|t| f64::from(t % 2)).collect();
        let scores = vec![0.2; 200];
        let input = AccuracyInput {
            dates: &dates,
            scores: &scores,
            classes: &classes,
            width: 1,
            base_rate: 0.5,
            horizon: 5,
        };
        let found = decision_evidence(&recorder, "student", &input, 1.0, 50, &Seed::root(1));
        let p = found.iter().find(|e| e.name == "student.precision_p").unwrap();
        assert!(p.value.is_none() && p.note.as_deref().unwrap().contains("no score reaches"), "{p:?}");
    }
}
