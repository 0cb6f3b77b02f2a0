//! The 19 default features of Market NN Plus Ultra; its stochastic has two columns, so there are 20, the last of which
//! ([`super::spectrum`]) is no expression.

use super::entry::Entry;
use super::words::{Line, TYPICAL, after, channel_index, define, wilder_rsi};

const SOURCE: &str = "Market NN Plus Ultra, default feature registry";
const LOG_RETURN: &str = "Log($close / Ref($close, 1))";

/// The expressions in scale-free form. Volatility is that of a bar: how many a year has is the calendar's business, and a factor that
/// never changes tells a model nothing.
pub(super) fn entries() -> Vec<Entry> {
    define(lines(), SOURCE, true)
}

/// As the source has them, but for its on-balance volume since the first bar, which is no expression.
pub(super) fn raw_entries() -> Vec<Entry> {
    let mut all = entries();
    all.retain(|entry| entry.name != "on_balance_volume");
    for raw in &mut all {
        match raw.name.as_str() {
            "macd_hist" => {
                raw.text = histogram();
                raw.doc = "MACD (12, 26) less its signal (9)".to_owned();
                raw.unit = "price";
                raw.stationary = false;
            }
            "realised_vol_20" => {
                raw.text = format!("({}) * Power(252, 0.5)", raw.text);
                raw.doc = "standard deviation of 20 log returns, times the root of 252 whatever the calendar"
                    .to_owned();
                raw.unit = "fraction a year of 252 bars";
            }
            _ => {}
        }
    }
    all
}

fn histogram() -> String {
    let line = "EMA($close, 12) - EMA($close, 26)";
    after(&format!("{line} - EMA({line}, 9)"), "$close", 33)
}

fn lines() -> Vec<Line> {
    let full = |text: &str, bars: usize| after(text, "$close", bars);
    let range = "($close - Min($low, 14)) / (Max($high, 14) - Min($low, 14))";
    // A bar without range traded at one price: neither accumulation nor distribution.
    let flow = "If($high > $low, (2 * $close - $high - $low) / ($high - $low) * $volume, 0)";
    let strength = "100 * EMA(EMA(Delta($close, 1), 25), 13) / EMA(EMA(Abs(Delta($close, 1)), 25), 13)";
    let vwap = format!("$close * Sum($volume, 20) / Sum({TYPICAL} * $volume, 20)");
    vec![
        ("rsi_14", wilder_rsi(14), "0 to 100", "relative strength index with Wilder's averages"),
        (
            "macd_hist",
            format!("({}) / $close", histogram()),
            "fraction of price",
            "MACD (12, 26) less its signal (9), over the close",
        ),
        (
            "bollinger_band_width",
            full("4 * Std($close, 20) / Mean($close, 20)", 19),
            "ratio",
            "width of the bands of \
          2 standard deviations over their middle",
        ),
        (
            "ema_ratio_12_26",
            full("EMA($close, 12) / EMA($close, 26)", 25),
            "ratio",
            "fast over slow exponential mean",
        ),
        (
            "ema_distance_50",
            full("$close / EMA($close, 50) - 1", 49),
            "fraction",
            "close against its exponential mean",
        ),
        ("vwap_ratio", full(&vwap, 19), "ratio", "close over the volume-weighted typical price of 20 bars"),
        (
            "stochastic_k",
            full(&format!("100 * {range}"), 13),
            "0 to 100",
            "close within the range of 14 bars",
        ),
        (
            "stochastic_d",
            full(&format!("100 * Mean({range}, 3)"), 15),
            "0 to 100",
            "mean of 3 values of stochastic_k",
        ),
        (
            "chaikin_money_flow_20",
            full(&format!("Sum({flow}, 20) / Sum($volume, 20)"), 19),
            "-1 to 1",
            "volume \
          weighted by the place of the close in its bar, as a share",
        ),
        (
            "on_balance_volume",
            full("Sum(Sign(Delta($close, 1)) * $volume, 20) / Sum($volume, 20)", 20),
            "-1 to 1",
            "volume of rising less that of falling bars, 20 bars, as a share",
        ),
        (
            "true_strength_index",
            full(strength, 37),
            "-100 to 100",
            "twice smoothed change over twice smoothed path",
        ),
        (
            "commodity_channel_index_20",
            channel_index(20),
            "mean deviations / 0.015",
            "commodity channel index",
        ),
        ("log_return_1", LOG_RETURN.into(), "log return", "change of the log close"),
        (
            "log_return_5",
            "Log($close / Ref($close, 5))".into(),
            "log return",
            "change of the log close over 5 bars",
        ),
        (
            "realised_vol_20",
            full(&format!("Std({LOG_RETURN}, 20)"), 20),
            "fraction a bar",
            "standard deviation of 20 log returns",
        ),
        (
            "volume_zscore",
            after("($volume - Mean($volume, 60)) / Std($volume, 60)", "$volume", 59),
            "deviations",
            "volume against its mean of 60 bars",
        ),
        (
            "regime_score",
            full("($close - Mean($close, 100)) / Std($close, 100)", 99),
            "deviations",
            "close against \
          its mean of 100 bars",
        ),
        (
            "rolling_skew_30",
            full(&format!("Skew({LOG_RETURN}, 30)"), 30),
            "none",
            "skewness of 30 log returns",
        ),
        (
            "rolling_kurtosis_30",
            full(&format!("Kurt({LOG_RETURN}, 30)"), 30),
            "none",
            "excess kurtosis of 30 log \
          returns",
        ),
    ]
}
