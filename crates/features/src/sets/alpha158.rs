//! Alpha158: the 158 price and volume factors that qlib ships, under its names and in its order.
//!
//! qlib's `VWAP0` reads a field `$vwap` that its own collector leaves empty for vendors of plain bars. Bars here carry no
//! traded value, so it is the typical price `($high + $low + $close) / 3`, the usual stand-in for the average price of a
//! session.

use super::entry::Entry;
use super::words::TYPICAL;

const WINDOWS: [usize; 5] = [5, 10, 20, 30, 60];
const SOURCE: &str = "qlib 0.9.7, Alpha158 (qlib/contrib/data/loader.py)";

/// Shape of a bar: name, expression, words.
const BAR: [(&str, &str, &str); 9] = [
    ("KMID", "($close - $open) / $open", "body of the bar over its open"),
    ("KLEN", "($high - $low) / $open", "range of the bar over its open"),
    ("KMID2", "($close - $open) / ($high - $low + 1e-12)", "body as a share of the range"),
    ("KUP", "($high - Greater($open, $close)) / $open", "upper shadow over the open"),
    (
        "KUP2",
        "($high - Greater($open, $close)) / ($high - $low + 1e-12)",
        "upper shadow as a share of the range",
    ),
    ("KLOW", "(Less($open, $close) - $low) / $open", "lower shadow over the open"),
    (
        "KLOW2",
        "(Less($open, $close) - $low) / ($high - $low + 1e-12)",
        "lower shadow as a share of the range",
    ),
    ("KSFT", "(2 * $close - $high - $low) / $open", "close against the middle of the range, over the open"),
    ("KSFT2", "(2 * $close - $high - $low) / ($high - $low + 1e-12)", "the same as a share of the range"),
];

/// Over a window `{d}`: prefix of the name, expression, unit, words. In qlib's order.
const ROLLING: [(&str, &str, &str, &str); 29] = [
    ("ROC", "Ref($close, {d}) / $close", RATIO, "close so many bars ago over this close"),
    ("MA", "Mean($close, {d}) / $close", RATIO, "mean close over this close"),
    ("STD", "Std($close, {d}) / $close", RATIO, "standard deviation of the closes over this close"),
    ("BETA", "Slope($close, {d}) / $close", "fraction of price a bar", "slope of the closes over this close"),
    ("RSQR", "Rsquare($close, {d})", SHARE, "how well a straight line fits the closes"),
    ("RESI", "Resi($close, {d}) / $close", RATIO, "close less its trend line, over this close"),
    ("MAX", "Max($high, {d}) / $close", RATIO, "highest price over this close"),
    ("MIN", "Min($low, {d}) / $close", RATIO, "lowest price over this close"),
    ("QTLU", "Quantile($close, {d}, 0.8) / $close", RATIO, "80 % quantile of the closes over this close"),
    ("QTLD", "Quantile($close, {d}, 0.2) / $close", RATIO, "20 % quantile of the closes over this close"),
    ("RANK", "Rank($close, {d})", SHARE, "rank of this close among the closes"),
    (
        "RSV",
        "($close - Min($low, {d})) / (Max($high, {d}) - Min($low, {d}) + 1e-12)",
        SHARE,
        "close within the range of the window",
    ),
    ("IMAX", "IdxMax($high, {d}) / {d}", SHARE, "place of the highest price, the oldest bar 1"),
    ("IMIN", "IdxMin($low, {d}) / {d}", SHARE, "place of the lowest price, the oldest bar 1"),
    (
        "IMXD",
        "(IdxMax($high, {d}) - IdxMin($low, {d})) / {d}",
        SIGNED,
        "how much later the highest price came than the lowest",
    ),
    ("CORR", "Corr($close, Log($volume + 1), {d})", SIGNED, "correlation of close and log volume"),
    (
        "CORD",
        "Corr($close / Ref($close, 1), Log($volume / Ref($volume, 1) + 1), {d})",
        SIGNED,
        "correlation of the changes of price and volume",
    ),
    ("CNTP", "Mean($close > Ref($close, 1), {d})", SHARE, "share of bars that closed higher"),
    ("CNTN", "Mean($close < Ref($close, 1), {d})", SHARE, "share of bars that closed lower"),
    (
        "CNTD",
        "Mean($close > Ref($close, 1), {d}) - Mean($close < Ref($close, 1), {d})",
        SIGNED,
        "share of rising less that of falling bars",
    ),
    (
        "SUMP",
        "Sum(Greater($close - Ref($close, 1), 0), {d}) / (Sum(Abs($close - Ref($close, 1)), {d}) + 1e-12)",
        SHARE,
        "gains as a share of all changes of price",
    ),
    (
        "SUMN",
        "Sum(Greater(Ref($close, 1) - $close, 0), {d}) / (Sum(Abs($close - Ref($close, 1)), {d}) + 1e-12)",
        SHARE,
        "losses as a share of all changes of price",
    ),
    (
        "SUMD",
        "(Sum(Greater($close - Ref($close, 1), 0), {d}) - Sum(Greater(Ref($close, 1) - $close, 0), {d})) / \
         (Sum(Abs($close - Ref($close, 1)), {d}) + 1e-12)",
        SIGNED,
        "gains less losses as a share of all changes of price",
    ),
    ("VMA", "Mean($volume, {d}) / ($volume + 1e-12)", RATIO_OF_VOLUME, "mean volume over this volume"),
    (
        "VSTD",
        "Std($volume, {d}) / ($volume + 1e-12)",
        RATIO_OF_VOLUME,
        "deviation of volume over this volume",
    ),
    (
        "WVMA",
        "Std(Abs($close / Ref($close, 1) - 1) * $volume, {d}) / \
         (Mean(Abs($close / Ref($close, 1) - 1) * $volume, {d}) + 1e-12)",
        "deviations over mean",
        "deviation of volume-weighted absolute returns over their mean",
    ),
    (
        "VSUMP",
        "Sum(Greater($volume - Ref($volume, 1), 0), {d}) / (Sum(Abs($volume - Ref($volume, 1)), {d}) + 1e-12)",
        SHARE,
        "rises as a share of all changes of volume",
    ),
    (
        "VSUMN",
        "Sum(Greater(Ref($volume, 1) - $volume, 0), {d}) / (Sum(Abs($volume - Ref($volume, 1)), {d}) + 1e-12)",
        SHARE,
        "falls as a share of all changes of volume",
    ),
    (
        "VSUMD",
        "(Sum(Greater($volume - Ref($volume, 1), 0), {d}) - Sum(Greater(Ref($volume, 1) - $volume, 0), {d})) / \
         (Sum(Abs($volume - Ref($volume, 1)), {d}) + 1e-12)",
        SIGNED,
        "rises less falls as a share of all changes of volume",
    ),
];

const RATIO: &str = "ratio to the close";
const RATIO_OF_VOLUME: &str = "ratio to the volume";
const SHARE: &str = "0 to 1";
const SIGNED: &str = "-1 to 1";

pub(super) fn entries() -> Vec<Entry> {
    let define = |name: String, text: String, unit, doc: String| Entry {
        name,
        text,
        doc,
        unit,
        source: SOURCE,
        stationary: true,
    };
    let bar = |(name, text, doc): (&str, &str, &str)| {
        let unit = if name.ends_with('2') { "share of range" } else { "fraction of open" };
        define(name.to_owned(), text.to_owned(), unit, doc.to_owned())
    };
    let mut all: Vec<Entry> = BAR.into_iter().map(bar).collect();
    for (name, field) in [("OPEN0", "$open"), ("HIGH0", "$high"), ("LOW0", "$low"), ("VWAP0", TYPICAL)] {
        let words = if field == TYPICAL { "typical price" } else { &field[1..] };
        all.push(define(name.to_owned(), over_close(field), RATIO, format!("{words} over the close")));
    }
    for (name, text, unit, doc) in ROLLING {
        for window in WINDOWS {
            let text = text.replace("{d}", &window.to_string());
            all.push(define(format!("{name}{window}"), text, unit, format!("{doc}, {window} bars")));
        }
    }
    all
}

/// A price over this bar's close.
pub(super) fn over_close(price: &str) -> String {
    if price.contains(' ') { format!("({price}) / $close") } else { format!("{price} / $close") }
}
