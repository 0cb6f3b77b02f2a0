//! Formulas as features, and what every feature says of itself.

use proofmark_features::expr::{ExprProblem, Field};
use proofmark_features::{
    Definition, Feature, Formula, SetProgram, TEACHER15, compute_set, schema_digest, set_look_back,
};
use proofmark_market::Bars;

use crate::bars::{changed, real, simulated};

const RETURN_5: Definition<'_> = Definition {
    name: "return_5",
    text: "$close / Ref($close, 5) - 1",
    doc: "return of the last 5 bars",
    unit: "fraction",
    source: "simple return",
    is_stationary: true,
    lag: 0,
};

fn formula(change: impl Fn(&mut Definition<'static>)) -> Formula {
    let mut definition = RETURN_5;
    change(&mut definition);
    Formula::new(&definition).unwrap()
}

fn same_columns(a: &[Vec<f64>], b: &[Vec<f64>]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
        })
}

#[test]
fn a_set_may_mix_indicators_and_formulas() {
    let formulas = [
        formula(|_| {}),
        formula(|d| (d.name, d.text) = ("spread", "Std($close / Ref($close, 5) - 1, 20)")),
        formula(|d| (d.name, d.lag) = ("return_5_late", 2)),
    ];
    let mut set: Vec<&dyn Feature> = vec![&formulas[0], TEACHER15[0], &formulas[1], TEACHER15[13]];
    set.push(&formulas[2]);
    let bars = simulated(700, 41);
    let together = compute_set(&set, &bars);
    assert_eq!(together.names, ["return_5", "sma_20", "spread", "adx_14", "return_5_late"]);
    let alone: Vec<Vec<f64>> = set.iter().map(|feature| feature.compute(&bars)).collect();
    assert!(same_columns(&together.columns, &alone));
    assert!(same_columns(&SetProgram::new(&set).compute(&bars).columns, &alone));
    assert_eq!(together.columns[4][100], together.columns[0][98], "two bars late");
    assert_eq!((formulas[0].look_back(), formulas[1].look_back(), formulas[2].look_back()), (6, 25, 8));
    assert_eq!(set_look_back(&set), 28);
    assert_eq!(formulas[2].availability_lag(), 2);
    if let Some(bars) = real() {
        let alone: Vec<Vec<f64>> = set.iter().map(|feature| feature.compute(&bars)).collect();
        assert!(same_columns(&compute_set(&set, &bars).columns, &alone));
    }
}

#[test]
fn the_digest_follows_the_expression_the_lag_and_the_flag() {
    let digest = |formula: &Formula| schema_digest(&[formula]);
    let plain = digest(&formula(|_| {}));
    assert_eq!(plain, digest(&formula(|_| {})));
    assert_ne!(plain, digest(&formula(|d| d.text = "$close / Ref($close, 5) - 1 + 0")));
    assert_ne!(plain, digest(&formula(|d| d.lag = 1)));
    assert_ne!(plain, digest(&formula(|d| d.is_stationary = false)));
}

#[test]
fn the_teachers_digest_is_what_models_on_disk_carry() {
    // Of the program before formulas existed (commit 9bb7749).
    assert_eq!(
        schema_digest(TEACHER15).to_string(),
        "3eeade3b4c8672ff5e6b3c44630339a0506ba53ca6fe96b2d70004736b340194"
    );
}

#[test]
fn what_no_pipeline_can_use_is_refused() {
    let problem = |text: &'static str| {
        let error = Formula::new(&Definition { text, ..RETURN_5 }).unwrap_err();
        assert_eq!(error.name.as_deref(), Some("return_5"));
        *error.problem
    };
    assert_eq!(problem("Mean($close, 0)"), ExprProblem::Unbounded);
    assert_eq!(problem("SessionVwap()"), ExprProblem::Unbounded);
    assert_eq!(problem("CsRank($close)"), ExprProblem::NeedsPanel);
    assert!(matches!(problem("Ref($close, -1)"), ExprProblem::Future { .. }));
}

/// The bars with one field moved, as far as a bar allows: the range around the others grows, volumes change.
fn moved(bars: &Bars, field: Field) -> Bars {
    changed(bars, |t, bar| {
        let step = 1.0 + 0.3 * ((t * 7 % 11) as f64 / 11.0);
        match field {
            Field::High => bar.high *= step,
            Field::Low => bar.low /= step,
            Field::Volume => bar.volume *= step,
            Field::Open => bar.open = bar.low + (bar.high - bar.low) * (step - 1.0),
            _ => bar.close = bar.low + (bar.high - bar.low) * (step - 1.0),
        }
    })
}

#[test]
fn inputs_are_those_that_matter() {
    let bars = simulated(300, 42);
    let formulas = [
        formula(|_| {}),
        formula(|d| d.text = "($high - $low) / $open"),
        formula(|d| d.text = "Corr($close, Log($volume + 1), 20)"),
    ];
    let all = TEACHER15.iter().copied().chain(formulas.iter().map(|formula| formula as &dyn Feature));
    for feature in all {
        for field in [Field::Open, Field::High, Field::Low, Field::Close, Field::Volume] {
            let (was, is) = (feature.compute(&bars), feature.compute(&moved(&bars, field)));
            let moves = !same_columns(&[was], &[is]);
            assert_eq!(moves, feature.inputs().contains(&field), "{} and {}", feature.name(), field.name());
        }
        assert!(feature.is_stationary() && feature.availability_lag() == 0);
    }
}
