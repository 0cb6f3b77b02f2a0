//! Forecasts on planted worlds: right ones, mis-stated volatility, and rows by hand.

use proofmark_lifecycle::{EvidenceSet, SpanKind};
use proofmark_units::{DateSpan, Digest, Seed};
use rand_chacha::rand_core::Rng;

use super::*;

const HORIZON: usize = 5;
const WIDTH: usize = 12;

/// Scores, units and returns over `HORIZON` overlapping sessions, time-major.
struct World {
    scores: Vec<f64>,
    unit: Vec<f64>,
    forward: Vec<f64>,
}

/// Names of volatility 1 % to 3 % a day, shocks common by half; the score shifts the mean by `skill` units a tenth;
/// from date `from` on the true volatility is `factor` times what the unit says.
fn world(dates: usize, skill: f64, from: usize, factor: f64, seed: u64) -> World {
    let mut rng = Seed::root(seed).child("world").rng();
    let mut uniform = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    // Twelve uniforms less six: near enough to a normal, and with the same variance.
    let mut shock = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let shocks: Vec<f64> = (0..dates + HORIZON)
        .flat_map(|_| {
            let common = shock();
            (0..WIDTH).map(|_| 0.5_f64.sqrt() * (common + shock())).collect::<Vec<f64>>()
        })
        .collect();
    let mut out = World { scores: Vec::new(), unit: Vec::new(), forward: Vec::new() };
    for t in 0..dates {
        for k in 0..WIDTH {
            let score = 0.5 + 0.1 * shock();
            let unit = (0.01 + 0.02 * k as f64 / WIDTH as f64) * (HORIZON as f64).sqrt();
            let noise: f64 =
                (0..HORIZON).map(|h| shocks[(t + h) * WIDTH + k]).sum::<f64>() / (HORIZON as f64).sqrt();
            let scale = if t < from { 1.0 } else { factor };
            out.scores.push(score);
            out.unit.push(unit);
            out.forward.push(unit * (skill * (score - 0.5) * 10.0 + scale * noise));
        }
    }
    out
}

fn recorder() -> Recorder {
    let span = DateSpan { start: "2010-01-01".parse().unwrap(), end: "2019-12-31".parse().unwrap() };
    Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of(b"x") }
}

/// A forecast fitted on the first `fitted` dates, measured on the rest.
fn measure(world: &World, fitted: usize) -> EvidenceSet {
    let cells = fitted * WIDTH;
    let forecast =
        ReturnForecast::fit(&world.scores[..cells], &world.forward[..cells], &world.unit[..cells]).unwrap();
    let dates = world.scores.len() / WIDTH - fitted;
    let input = ForecastInput {
        forecasts: &vec![Some(&forecast); dates],
        scores: &world.scores[cells..],
        forward: &world.forward[cells..],
        unit: &world.unit[cells..],
        width: WIDTH,
        horizon: HORIZON,
    };
    let found = forecast_evidence(&recorder(), "student", &input);
    assert_eq!(found, forecast_evidence(&recorder(), "student", &input), "the same rows, the same records");
    EvidenceSet::from_records(found).unwrap()
}

fn value(set: &EvidenceSet, name: &str) -> f64 {
    set.value(&format!("student.{name}")).unwrap()
}

fn holds(set: &EvidenceSet, name: &str, truth: f64) -> bool {
    let bounds = set.get(&format!("student.{name}")).unwrap().interval.clone().unwrap();
    bounds.low <= truth && truth <= bounds.high
}

#[test]
fn returns_that_follow_their_forecast_are_covered_and_flat() {
    // A long slice, so that what is left is the test span's own chance.
    let set = measure(&world(3_500, 0.3, 0, 1.0, 1), 2_500);
    assert!(holds(&set, "coverage", 0.9) && holds(&set, "coverage_50", 0.5), "{set:?}");
    assert!(value(&set, "pit_p") > 0.05, "{}", value(&set, "pit_p"));
    for bin in 0..10 {
        let share = value(&set, &format!("pit.{bin}"));
        assert!((share - 0.1).abs() < 0.03, "bin {bin}: {share}");
    }
    // Volatility differs by name and the score shifts the mean: both are worth something, and are seen.
    assert!(value(&set, "crps") < value(&set, "crps_without_score"));
    assert!(value(&set, "crps_without_score") < value(&set, "crps_climatology"));
    for skill in ["crps_skill", "crps_skill_of_score"] {
        let bounds = set.get(&format!("student.{skill}")).unwrap().interval.clone().unwrap();
        assert!(bounds.low > 0.0, "{skill}: {bounds:?}");
    }
    // The mean CRPS of a right normal forecast is its standard deviation over the root of pi (Gneiting & Raftery 2007);
    // here that is the mean unit, (1 % + 2 % 11/24) sqrt(5), and a little for the groups.
    let unit = (0.01 + 0.02 * 11.0 / 24.0) * 5.0_f64.sqrt();
    let share = value(&set, "crps") / unit;
    assert!((share - 0.564).abs() < 0.05, "{share}");
}

#[test]
fn volatility_that_is_stated_wrong_is_seen() {
    for (factor, narrow) in [(1.6, true), (0.6, false)] {
        let set = measure(&world(3_500, 0.0, 2_500, factor, 2), 2_500);
        let coverage = value(&set, "coverage");
        assert!(if narrow { coverage < 0.8 } else { coverage > 0.97 }, "{coverage}");
        assert!(!holds(&set, "coverage", 0.9) && !holds(&set, "coverage_50", 0.5));
        assert!(value(&set, "pit_p") < 1e-6, "{}", value(&set, "pit_p"));
        // U-shaped where the forecast is too narrow, a hill where it is too wide.
        let (outer, middle) = (value(&set, "pit.0") + value(&set, "pit.9"), value(&set, "pit.4"));
        assert_eq!(outer / 2.0 > middle, narrow, "{outer} {middle}");
    }
}

#[test]
fn a_score_without_skill_adds_nothing_to_volatility() {
    let set = measure(&world(3_500, 0.0, 0, 1.0, 3), 2_500);
    let skill = set.get("student.crps_skill_of_score").unwrap();
    assert!(skill.interval.as_ref().unwrap().low < 0.0, "{skill:?}");
    assert!(skill.value.unwrap().abs() < 0.005, "{skill:?}");
    assert!(value(&set, "crps_skill") > 0.01);
}

#[test]
fn a_few_rows_by_hand() {
    // 500 calibration returns, 1 to 500 units in any order: the quantile of rank 501 p is 501 p.
    let ranks: Vec<f64> = (1..=500).map(f64::from).collect();
    let unit = [0.5; 500];
    let forward: Vec<f64> = ranks.iter().map(|r| r * 0.5).collect();
    let forecast = ReturnForecast::fit(&[0.5; 500], &forward, &unit).unwrap();
    assert!((forecast.by_score.quantiles(0.5).unwrap()[0] - 25.05).abs() < 1e-9);
    // Three dates of two names in units of 1: inside both, above all; below all, no unit; no return, at the median.
    let nan = f64::NAN;
    let input = ForecastInput {
        forecasts: &[Some(&forecast), Some(&forecast), Some(&forecast)],
        scores: &[0.5; 6],
        forward: &[250.0, 490.0, 10.0, 250.0, nan, 250.5],
        unit: &[1.0, 1.0, 1.0, nan, 1.0, 1.0],
        width: 2,
        horizon: 1,
    };
    // The lag of three dates is 2, which is all they allow.
    let set = EvidenceSet::from_records(forecast_evidence(&recorder(), "student", &input)).unwrap();
    let close = |name: &str, want: f64| assert!((value(&set, name) - want).abs() < 1e-9, "{name}");
    assert_eq!(set.get("student.coverage").unwrap().n, 4);
    close("coverage", 0.5);
    close("coverage_50", 0.5);
    close("interval_width", 501.0 * 0.9);
    // 250 lies just below the median, bin 9 of 20; the median itself counts half on either side.
    for (bin, want) in [(0, 0.25), (4, 0.375), (5, 0.125), (9, 0.25), (1, 0.0)] {
        close(&format!("pit.{bin}"), want);
    }
    // Units and returns are the same here but for the factor 1/2: climatology has half the quantiles.
    let crps = |y: f64, scale: f64| {
        let quantiles: Vec<f64> = FORECAST_LEVELS.iter().map(|p| 501.0 * p * scale).collect();
        crps_quantiles(&FORECAST_LEVELS, &quantiles, &[y]).unwrap()
    };
    let mean = |scale| [250.0, 490.0, 10.0, 250.5].map(|y| crps(y, scale)).iter().sum::<f64>() / 4.0;
    close("crps", mean(1.0));
    close("crps_climatology", mean(0.5));
    close("crps_skill", 1.0 - mean(1.0) / mean(0.5));
    close("crps_skill_of_score", 0.0);
}

#[test]
fn barriers_that_differ_by_rounding_are_ties() {
    // Half of the returns at the stop, half at the target, each off by rounding.
    let jitter = |i: usize, r: f64| r * (1.0 + 1e-15 * (i % 7) as f64);
    let outcome = |i: usize| if i.is_multiple_of(2) { jitter(i, -0.03) } else { jitter(i, 0.06) };
    let forward: Vec<f64> = (0..600).map(outcome).collect();
    let (scores, unit) = ([0.5; 600], [0.03; 600]);
    let forecast = ReturnForecast::fit(&scores, &forward, &unit).unwrap();
    let input = ForecastInput {
        forecasts: &[Some(&forecast); 300],
        scores: &scores,
        forward: &forward,
        unit: &unit,
        width: 2,
        horizon: 1,
    };
    let set = EvidenceSet::from_records(forecast_evidence(&recorder(), "student", &input)).unwrap();
    assert_eq!(value(&set, "coverage"), 1.0);
    for bin in 0..10 {
        let share = value(&set, &format!("pit.{bin}"));
        assert!((share - 0.1).abs() < 0.01, "atoms are spread over their bins: {bin} has {share}");
    }
}

#[test]
fn without_a_forecast_the_reason_stands() {
    assert_eq!(ReturnForecast::fit(&[0.5; 499], &[0.01; 499], &[0.02; 499]), None);
    let mut unit = [0.02; 505];
    unit[..6].copy_from_slice(&[0.0, f64::NAN, -1.0, f64::INFINITY, 1e-320, 0.0]);
    assert_eq!(
        ReturnForecast::fit(&[0.5; 505], &[0.01; 505], &unit),
        None,
        "rows without a unit do not count"
    );
    let input = ForecastInput {
        forecasts: &[None, None],
        scores: &[0.5; 4],
        forward: &[0.1; 4],
        unit: &[0.1; 4],
        width: 2,
        horizon: 5,
    };
    let found = forecast_evidence(&recorder(), "student", &input);
    assert_eq!(found.len(), RECORDS.len());
    assert!(found.iter().all(|r| r.value.is_none() && r.note.as_deref().unwrap().contains("500 rows")));
    let other = forecast_missing(&recorder(), "teacher", "it teaches");
    assert_eq!(
        other.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["teacher.coverage", "teacher.pit_p", "teacher.crps"]
    );
}
