//! The 14 features an asset of the gated pipeline's trading environment, which it took from FinRL-Crypto.
//!
//! Averages named after Wilder are exponential with factor 1 / N.

use super::entry::Entry;
use super::words::{
    Line, MACD_LINE, TRUE_RANGE, after, channel_index, define, directional_index, macd_signal, simple_return,
    wilder_rsi,
};

const SOURCE: &str = "Gated pipeline, 14 features an asset (after FinRL-Crypto)";

/// With levels replaced by their place beside other prices and volumes.
pub(super) fn entries() -> Vec<Entry> {
    let volume = after("$volume / Mean($volume, 20)", "$volume", 19);
    let mut lines: Vec<Line> = vec![
        ("open", "$open / Ref($close, 1) - 1".into(), "fraction", "open against the close before"),
        ("high", "$high / $close - 1".into(), "fraction", "high against the close"),
        ("low", "$low / $close - 1".into(), "fraction", "low against the close"),
        ("close", simple_return(1), "fraction", "change of the close"),
        ("volume", volume, "ratio", "volume over its mean of 20 bars"),
    ];
    let over = |text: &str| format!("({}) / $close", after(text, "$close", 25));
    lines.extend(macd(&over, "fraction of price"));
    lines.extend(indicators());
    define(lines, SOURCE, true)
}

/// With levels as the source has them; the indicators that have no unit are the same.
pub(super) fn raw_entries() -> Vec<Entry> {
    let level = |name, unit, doc| (name, format!("${name}"), unit, doc);
    let mut lines: Vec<Line> = vec![
        level("open", "price", "first price"),
        level("high", "price", "highest price"),
        level("low", "price", "lowest price"),
        level("close", "price", "last price"),
        level("volume", "units", "units traded"),
    ];
    lines.extend(macd(&|text| after(text, "$close", 25), "price"));
    let mut all = define(lines, SOURCE, false);
    all.extend(define(indicators(), SOURCE, true));
    all
}

fn macd(form: &dyn Fn(&str) -> String, unit: &'static str) -> Vec<Line> {
    let signal = macd_signal();
    vec![
        ("macd", form(MACD_LINE), unit, "MACD line (12, 26)"),
        ("macd_signal", form(&signal), unit, "MACD signal (9)"),
        ("macd_hist", form(&format!("{MACD_LINE} - {signal}")), unit, "MACD line less its signal"),
    ]
}

fn indicators() -> Vec<Line> {
    let range = format!("EMA({TRUE_RANGE}, 1 / 14)");
    let shift = format!("{range} / Mean({range}, 50) - 1");
    let breakout = "($close > Ref(Max($high, 20), 1)) * $volume / Mean($volume, 20)";
    let strength = format!("EMA({}, 1 / 14)", directional_index(14));
    vec![
        ("rsi_14", wilder_rsi(14), "0 to 100", "relative strength index with Wilder's averages"),
        ("cci_14", channel_index(14), "mean deviations / 0.015", "commodity channel index"),
        ("dx_14", directional_index(14), "0 to 100", "directional index with Wilder's averages"),
        (
            "atr_regime_shift",
            after(&shift, "$close", 63),
            "fraction",
            "average true range against its mean of 50 bars",
        ),
        (
            "breakout_volume",
            after(breakout, "$close", 20),
            "ratio",
            "volume over its mean of 20 bars where the close is above the highs of the 20 bars before, else 0",
        ),
        (
            "adx_curvature",
            format!("Delta(Delta({strength}, 1), 1)"),
            "points",
            "second difference of the average directional index",
        ),
    ]
}
