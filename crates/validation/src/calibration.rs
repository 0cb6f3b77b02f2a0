//! Whether the probabilities mean what they say: what the Brier score is made of, calibration error, boldness.

use proofmark_lifecycle::Evidence;
use proofmark_stats::bootstrap::StationaryBootstrap;
use proofmark_stats::calibration::{brier_decomposition, calibration_z_by_date, ece_block_interval};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Seed;

use crate::accuracy::{AccuracyInput, pairs};
use crate::record::{Recorder, interval};

/// Groups of equal mass.
const BINS: usize = 10;

/// Brier score and its parts, calibration error with its interval, boldness by date: `<name>.brier`,
/// `.brier_reliability`, `.brier_resolution`, `.brier_uncertainty`, `.ece_noise`, `.calibration_z` and so on.
///
/// `evidence` holds the records of [`crate::accuracy_evidence`]; the interval is put on its `<name>.ece`.
pub fn calibration_evidence(
    recorder: &Recorder,
    name: &str,
    input: &AccuracyInput<'_>,
    draws: usize,
    seed: &Seed,
    evidence: &mut Vec<Evidence>,
) {
    let (dates, scores, classes) = pairs(input);
    let n = scores.len();
    let label = |what: &str| format!("{name}.{what}");
    let parts = brier_decomposition(&scores, &classes, BINS);
    let mut part = |what: &str, value: Option<f64>, note: &str| {
        evidence.push(recorder.record(label(what), value, "squared probability", n).with_note(match value {
            Some(_) => note,
            None => "no pair of a probability and a class",
        }));
    };
    part(
        "brier",
        parts.as_ref().map(|p| p.brier),
        "equal to reliability - resolution + uncertainty; lower is better",
    );
    part("brier_reliability", parts.as_ref().map(|p| p.reliability), "0 when calibrated");
    part(
        "brier_resolution",
        parts.as_ref().map(proofmark_stats::calibration::BrierDecomposition::generalised_resolution),
        "what the probabilities tell apart, inside the groups too; 0 without skill",
    );
    part(
        "brier_uncertainty",
        parts.as_ref().map(|p| p.uncertainty),
        "variance of the classes, the model's no merit",
    );

    let settings =
        StationaryBootstrap { draws, min_block: input.horizon as f64, ..StationaryBootstrap::default() };
    let ece_seed = seed.child("ece").child(name);
    match ece_block_interval(&dates, &scores, &classes, BINS, &settings, ece_seed) {
        Ok(found) => {
            if let Some(at) = evidence.iter().position(|e| e.name == label("ece")) {
                let bounds = interval(
                    Some(&found.interval),
                    1.0,
                    "stationary bootstrap over dates, noise taken off below",
                );
                let record = evidence.remove(at).with_interval(bounds).with_seed(ece_seed.as_u64());
                evidence.insert(at, record);
            }
            evidence.push(
                recorder
                    .record(label("ece_noise"), found.noise, "probability", n)
                    .with_seed(ece_seed.as_u64())
                    .with_note("what calibrated probabilities of the same spread would show"),
            );
            evidence.push(
                recorder
                    .record(label("ece_p"), found.p_calibrated, "p", n)
                    .with_seed(ece_seed.as_u64())
                    .with_note("not for gates: at or below 1 % in 2.3 % of calibrated worlds"),
            );
        }
        Err(error) => {
            evidence.push(recorder.missing(label("ece_noise"), "probability", &error));
            evidence.push(recorder.missing(label("ece_p"), "p", error));
        }
    }
    let mut days = dates.clone();
    days.dedup();
    match calibration_z_by_date(&dates, &scores, &classes, newey_west_lag(days.len(), input.horizon)) {
        Some(found) => {
            let note = "above 0: bolder than the outcomes allow; daily sums, Newey-West";
            evidence.push(recorder.record(label("calibration_z"), found.z, "z", n).with_note(note));
            evidence.push(recorder.record(label("calibration_p"), found.p, "p", n).with_note("two-sided"));
        }
        None => {
            let why = "the daily sums have no error, or there are too few dates";
            evidence.push(recorder.missing(label("calibration_z"), "z", why));
            evidence.push(recorder.missing(label("calibration_p"), "p", why));
        }
    }
}

#[cfg(test)]
mod tests {
    use proofmark_lifecycle::{EvidenceSet, SpanKind};
    use proofmark_units::{Date, DateSpan, Digest};

    use super::*;
    use crate::accuracy_evidence;

    /// Six names, 300 dates; outcomes at the rate p; the model says p + (p - 1/2) `boldness`.
    fn world(boldness: f64) -> EvidenceSet {
        let (rows, width) = (300, 6);
        let mut rng = Seed::root(7).rng();
        let mut uniform = || {
            use rand_chacha::rand_core::Rng;
            (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (mut scores, mut classes) = (Vec::new(), Vec::new());
        for _ in 0..rows * width {
            let p = 0.35 + 0.3 * uniform();
            scores.push(p + (p - 0.5) * boldness);
            classes.push(f64::from(u8::from(uniform() < p)));
        }
        let dates: Vec<Date> = (0..rows).map(|t| Date::from_days(15_000 + t)).collect();
        let span = DateSpan { start: dates[0], end: dates[dates.len() - 1] };
        let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of(b"x") };
        let input = AccuracyInput {
            dates: &dates,
            scores: &scores,
            classes: &classes,
            width: width as usize,
            base_rate: 0.5,
            horizon: 5,
        };
        let seed = Seed::root(3);
        let mut found = accuracy_evidence(&recorder, "student", &input, 0, 200, &seed);
        calibration_evidence(&recorder, "student", &input, 500, &seed, &mut found);
        EvidenceSet::from_records(found).unwrap()
    }

    #[test]
    fn the_parts_add_up_and_boldness_is_seen() {
        let (honest, bold) = (world(0.0), world(2.0));
        for set in [&honest, &bold] {
            let value = |name: &str| set.value(&format!("student.{name}")).unwrap();
            let sum = value("brier_reliability") - value("brier_resolution") + value("brier_uncertainty");
            assert!((value("brier") - sum).abs() < 1e-12);
            let ece = set.get("student.ece").unwrap();
            let bounds = ece.interval.as_ref().unwrap();
            assert!(bounds.low <= ece.value.unwrap() && ece.value.unwrap() <= bounds.high, "{ece:?}");
        }
        let p = |set: &EvidenceSet| set.value("student.calibration_p").unwrap();
        assert!(p(&bold) < 0.001 && p(&honest) > 0.01, "{} {}", p(&bold), p(&honest));
        assert!(bold.value("student.calibration_z") > Some(2.0));
        let reliability = |set: &EvidenceSet| set.value("student.brier_reliability").unwrap();
        assert!(reliability(&bold) > 5.0 * reliability(&honest));
        assert!(bold.get("student.ece").unwrap().interval.as_ref().unwrap().low > 0.0);
    }
}
