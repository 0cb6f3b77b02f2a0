//! The expression language and its engine.

mod language;
mod oracle;
mod page;
mod panel;
mod qlib;
mod real;
mod session;
mod streaming;

use proofmark_features::expr::Program;
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};
use proptest::prelude::*;

/// Windows that every windowed operator is tried with.
const WINDOWS: [usize; 5] = [1, 2, 5, 20, 61];

/// One expression an operator and form, over `$volume` (which may be missing) and `$close`.
pub(crate) fn every_operator() -> Vec<String> {
    let mut texts: Vec<String> = [
        "$volume + $close",
        "$volume - $close",
        "$volume * $close",
        "$volume / $close",
        "($close / 100) ** 1.5",
        "SignedPower($volume, 0.5)",
        "-$volume",
        "Abs($volume)",
        "Sign($volume)",
        "Log($volume)",
        "Greater($volume, $close)",
        "Less($volume, $close)",
        "$volume > $close",
        "$volume >= $close",
        "$volume < $close",
        "$volume <= $close",
        "$volume == $close",
        "$volume != $close",
        "($volume > $close) & ($open > $close)",
        "($volume > $close) | ($open > $close)",
        "~($volume > $close)",
        "If($volume > $close, $volume, $close)",
        "Ref($volume, 0)",
        "Delta($volume, 0)",
        "EMA($volume, 0.1)",
        "Slope($volume, 0)",
        "Rsquare($volume, 0)",
        "Resi($volume, 0)",
        "Cov($volume, $close, 0)",
        "SessionSum($volume)",
        "SessionMean($volume)",
        "SessionMax($volume)",
        "SessionMin($volume)",
        "SessionFirst($volume)",
        "SessionBar()",
        "SessionVwap()",
    ]
    .map(str::to_owned)
    .to_vec();
    let growing =
        ["Sum", "Mean", "Count", "Product", "Max", "Min", "IdxMax", "IdxMin", "TsArgMax", "TsArgMin", "WMA"];
    let growing = growing.iter().chain(&["DecayLinear", "Std", "Var", "Skew", "Kurt"]);
    texts.extend(growing.map(|name| format!("{name}($volume, 0)")));
    for window in WINDOWS {
        let one =
            ["Ref", "Delta", "Sum", "Mean", "Count", "Product", "Max", "Min", "IdxMax", "IdxMin", "TsArgMax"];
        let more =
            ["TsArgMin", "WMA", "DecayLinear", "EMA", "Std", "Var", "Mad", "Rank", "TsRank", "Med", "Slope"];
        let last = ["Rsquare", "Resi"];
        texts.extend(one.iter().chain(&more).chain(&last).map(|name| format!("{name}($volume, {window})")));
        texts.extend(["Corr", "Cov"].map(|name| format!("{name}($volume, $close, {window})")));
        texts.extend([0.0, 0.2, 0.75, 1.0].map(|q| format!("Quantile($volume, {window}, {q})")));
        if window >= 5 {
            texts.extend(["Skew", "Kurt"].map(|name| format!("{name}($volume, {window})")));
        }
    }
    texts
}

/// A program with one column a text.
#[track_caller]
pub(crate) fn program(texts: &[String]) -> Program {
    let columns: Vec<(&String, &String)> = texts.iter().map(|text| (text, text)).collect();
    Program::compile(&columns).unwrap_or_else(|error| panic!("{error}"))
}

/// Bars whose volumes are `volumes` and whose closes wander between 50 and 150.
pub(crate) fn bars_with(volumes: &[f64]) -> Bars {
    let mut state = 12_345_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let row = |(t, volume): (usize, &f64)| {
        let (date, at) = (Date::from_days(t as i32), Instant::from_nanos(t as i64));
        let [open, close] = [uniform(), uniform()].map(|u| 50.0 + (u * 200.0).round() / 2.0);
        let (high, low) = (open.max(close) + 1.0, open.min(close) - 1.0);
        BarRow { date, event_time: at, known_at: at, open, high, low, close, volume: *volume }
    };
    let rows: Vec<BarRow> = volumes.iter().enumerate().map(row).collect();
    Bars::from_rows("TEST".parse().unwrap(), &rows).unwrap()
}

/// Volumes with ties, flat stretches, missing values, infinities and a few wild ones.
pub(crate) fn volumes(rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        6 => (0..20_i32).prop_map(f64::from),
        6 => -1e3..1e3_f64,
        3 => Just(7.25),
        3 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
    ];
    let run = (value, prop_oneof![4 => 1..2_usize, 1 => 1..30_usize]);
    prop::collection::vec(run, rows).prop_map(|runs| {
        runs.into_iter().flat_map(|(value, times)| std::iter::repeat_n(value, times)).collect()
    })
}

/// Whether two values are the same bits, or both NaN.
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}
