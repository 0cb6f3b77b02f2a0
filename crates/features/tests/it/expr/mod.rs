//! The expression language and its engine.

mod language;
mod look_back;
mod oracle;
mod page;
mod panel;
mod qlib;
mod real;
mod session;
mod streaming;
mod talib;

use std::collections::BTreeSet;

use proofmark_features::expr::{Operator, Param, Program, operators};
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
        "SessionMinute()",
        "Weekday()",
        "Month()",
        "BucketMean($volume, Weekday(), 30)",
        "BucketStd($volume, Month() + $close * 0, 61)",
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
        texts.push(format!("BarsSince($volume > $close, {window})"));
        texts.push(format!("ValueWhen($close > $open, $volume, {window})"));
        texts.push(format!("Touches($close, $volume / 100, {window})"));
        texts.extend(["Corr", "Cov"].map(|name| format!("{name}($volume, $close, {window})")));
        texts.extend([0.0, 0.2, 0.75, 1.0].map(|q| format!("Quantile($volume, {window}, {q})")));
        if window >= 5 {
            texts.extend(["Skew", "Kurt"].map(|name| format!("{name}($volume, {window})")));
        }
    }
    // Even sizes: `FRAMA` takes no other.
    let of_library: BTreeSet<String> =
        of_the_library().flat_map(|operator| [2, 10].map(|size| call(operator, size))).collect();
    texts.extend(of_library);
    texts
}

/// The operators that are functions of TA-Lib.
pub(crate) fn of_the_library() -> impl Iterator<Item = &'static Operator> {
    operators().filter(|operator| operator.source.starts_with("TA-Lib"))
}

/// A call of a function of TA-Lib with parameters of about a size.
pub(crate) fn call(operator: &Operator, size: i32) -> String {
    let arg = |(k, param): (usize, &Param)| match param {
        Param::Series("x") => "$volume".to_owned(),
        Param::Series("y" | "periods") => "$close".to_owned(),
        Param::Series(name) => format!("${name}"),
        Param::Whole { least, most, .. } => (size + k as i32).clamp(*least, *most).to_string(),
        Param::Constant { least, most, .. } if *most < 1e9 => (0.7 * least + 0.3 * most).to_string(),
        Param::Constant { least, .. } => (least.max(0.0) + 1.5).to_string(),
        Param::Choice { among, .. } => among[(size as usize + k) % among.len()].0.to_string(),
        other => panic!("{other:?} is no parameter of the library"),
    };
    let args: Vec<String> = operator.params.iter().enumerate().map(arg).collect();
    format!("{}({})", operator.name, args.join(", "))
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
