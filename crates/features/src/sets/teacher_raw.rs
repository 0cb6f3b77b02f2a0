//! The teacher's indicators as their source has them: levels. Its two sums since the first bar, VWAP and on-balance volume,
//! are no expressions, which must forget; they are TA-Lib's.

use super::entry::Entry;
use super::words::{Line, MACD_LINE, TRUE_RANGE, after, define, macd_signal};

const SOURCE: &str = "SenseQuant, feature library of its teacher";

pub(super) fn entries() -> Vec<Entry> {
    let full = |text: &str, bars: usize| after(text, "$close", bars);
    let mean = |bars: usize| full(&format!("Mean($close, {bars})"), bars - 1);
    let ema = |span: usize| full(&format!("EMA($close, {span})"), span - 1);
    let band = |sign: char| full(&format!("Mean($close, 20) {sign} 2 * Std($close, 20)"), 19);
    let (line, signal) = (MACD_LINE, macd_signal());
    let gains = "Sum(Greater(Delta($close, 1), 0), 14)";
    let path = "Sum(Abs(Delta($close, 1)), 14)";
    let (rise, fall) = ("Delta($high, 1)", "-Delta($low, 1)");
    let movement = |this: &str, other: &str| format!("Sum(If({this} > {other}, Greater({this}, 0), 0), 14)");
    let (plus, minus) = (movement(rise, fall), movement(fall, rise));
    // Both directional indicators share their true range, which cancels.
    let index = full(&format!("100 * Abs({plus} - {minus}) / ({plus} + {minus})"), 14);
    let levels: Vec<Line> = vec![
        ("sma_20", mean(20), "price", "mean of 20 closes"),
        ("sma_50", mean(50), "price", "mean of 50 closes"),
        ("ema_12", ema(12), "price", "exponential mean of the closes, span 12"),
        ("ema_26", ema(26), "price", "exponential mean of the closes, span 26"),
        (
            "rsi_14",
            full(&format!("100 * {gains} / {path}"), 14),
            "0 to 100",
            "relative strength with simple means",
        ),
        ("atr_14", full(&format!("Mean({TRUE_RANGE}, 14)"), 14), "price", "mean of 14 true ranges"),
        ("bb_upper", band('+'), "price", "upper Bollinger band (20, 2)"),
        ("bb_middle", mean(20), "price", "middle Bollinger band, the mean of 20 closes"),
        ("bb_lower", band('-'), "price", "lower Bollinger band (20, 2)"),
        ("macd_line", full(line, 25), "price", "MACD line (12, 26)"),
        ("macd_signal", full(&signal, 33), "price", "MACD signal (9)"),
        ("macd_histogram", full(&format!("{line} - {signal}"), 33), "price", "MACD line less its signal"),
        (
            "adx_14",
            format!("Mean({index}, 14) + 0 * Ref($close, 27)"),
            "0 to 100",
            "average directional index, simple means",
        ),
    ];
    let mut all = define(levels, SOURCE, false);
    for bounded in all.iter_mut().filter(|d| ["rsi_14", "adx_14"].contains(&d.name.as_str())) {
        bounded.stationary = true;
    }
    all
}
