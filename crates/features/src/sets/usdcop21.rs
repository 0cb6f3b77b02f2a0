//! The daily features of the USD/COP lifecycle.
//!
//! Seventeen of its 21 come from bars. The other four (dollar index, oil, VIX, EMBI, each lagged) are observations of the
//! world: a pipeline names them under `[[observations]]`, where publication times are kept.

use super::entry::Entry;
use super::words::{Line, after, define, simple_return, wilder_rsi};

const SOURCE: &str = "USD/COP lifecycle, 21 features of its daily and weekly models";

/// The 14 expressions in which levels are replaced by their place beside other prices.
pub(super) fn entries() -> Vec<Entry> {
    let mut all = define(
        vec![
            ("close", "$close / $open - 1".into(), "fraction", "close against the open"),
            ("open", "$open / Ref($close, 1) - 1".into(), "fraction", "open against the close before"),
            ("high", "$high / $close - 1".into(), "fraction", "high against the close"),
            ("low", "$low / $close - 1".into(), "fraction", "low against the close"),
        ],
        SOURCE,
        true,
    );
    all.extend(moves());
    all
}

/// The same with the prices themselves, as the source has them.
pub(super) fn raw_entries() -> Vec<Entry> {
    let level = |name, doc| (name, format!("${name}"), "price", doc);
    let mut all = define(
        vec![
            level("close", "last price"),
            level("open", "first price"),
            level("high", "highest price"),
            level("low", "lowest price"),
        ],
        SOURCE,
        false,
    );
    all.extend(moves());
    all
}

fn moves() -> Vec<Entry> {
    let volatility = |bars: usize| {
        let change = simple_return(1);
        after(&format!("Std({change}, {bars})"), &format!("({change})"), bars - 1)
    };
    let ratio = |bars: usize| after(&format!("$close / Mean($close, {bars})"), "$close", bars - 1);
    let lines: Vec<Line> = vec![
        ("return_1d", simple_return(1), "fraction", "change of the close"),
        ("return_5d", simple_return(5), "fraction", "change of the close over 5 bars"),
        ("return_10d", simple_return(10), "fraction", "change of the close over 10 bars"),
        ("return_20d", simple_return(20), "fraction", "change of the close over 20 bars"),
        ("volatility_5d", volatility(5), "fraction a bar", "sample standard deviation of 5 returns"),
        ("volatility_10d", volatility(10), "fraction a bar", "sample standard deviation of 10 returns"),
        ("volatility_20d", volatility(20), "fraction a bar", "sample standard deviation of 20 returns"),
        ("rsi_14d", wilder_rsi(14), "0 to 100", "relative strength index with Wilder's averages"),
        ("ma_ratio_20d", ratio(20), "ratio", "close over the mean of 20 closes"),
        ("ma_ratio_50d", ratio(50), "ratio", "close over the mean of 50 closes"),
    ];
    define(lines, SOURCE, true)
}
