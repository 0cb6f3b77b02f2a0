//! Pieces that the entries of several sets share.

use super::entry::Entry;

/// One line of a set: name, expression, unit, words.
pub(super) type Line = (&'static str, String, &'static str, &'static str);

/// Lines as entries of one source.
pub(super) fn define(lines: Vec<Line>, source: &'static str, stationary: bool) -> Vec<Entry> {
    let one = |(name, text, unit, doc): Line| Entry {
        name: name.to_owned(),
        text,
        doc: doc.to_owned(),
        unit,
        source,
        stationary,
    };
    lines.into_iter().map(one).collect()
}

/// `text`, missing until `x` has been known `bars` bars ago.
///
/// Windows of the language use the bars there are; a definition that asks for full windows waits this way.
pub(super) fn after(text: &str, x: &str, bars: usize) -> String {
    format!("({text}) + 0 * Ref({x}, {bars})")
}

/// This close over the one `bars` ago, less 1.
pub(super) fn simple_return(bars: usize) -> String {
    format!("$close / Ref($close, {bars}) - 1")
}

/// Wilder's relative strength index, 0 to 100, over `bars` changes of the close.
///
/// Wilder's average is an exponential one with factor 1 / N. It is written as `gains / (gains + losses)`, which is 100
/// where nothing was lost and missing only where the close has never moved.
pub(super) fn wilder_rsi(bars: usize) -> String {
    let gains = format!("EMA(Greater(Delta($close, 1), 0), 1 / {bars})");
    let path = format!("EMA(Abs(Delta($close, 1)), 1 / {bars})");
    after(&format!("100 * {gains} / {path}"), "$close", bars)
}

/// True range, in price units; from the second bar.
pub(super) const TRUE_RANGE: &str = "Greater($high, Ref($close, 1)) - Less($low, Ref($close, 1))";

/// The typical price.
pub(super) const TYPICAL: &str = "($high + $low + $close) / 3";

/// Commodity channel index over `bars` (Lambert, 1980).
pub(super) fn channel_index(bars: usize) -> String {
    let distance = format!("{TYPICAL} - Mean({TYPICAL}, {bars})");
    after(&format!("({distance}) / (0.015 * Mad({TYPICAL}, {bars}))"), "$close", bars - 1)
}

/// Directional index, 0 to 100, with Wilder's averages over `bars`.
pub(super) fn directional_index(bars: usize) -> String {
    let (rise, fall) = ("Delta($high, 1)", "-Delta($low, 1)");
    let movement =
        |this: &str, other: &str| format!("EMA(If({this} > {other}, Greater({this}, 0), 0), 1 / {bars})");
    let (plus, minus) = (movement(rise, fall), movement(fall, rise));
    after(&format!("100 * Abs({plus} - {minus}) / ({plus} + {minus})"), "$close", bars)
}

/// The line of MACD, in price units.
pub(super) const MACD_LINE: &str = "EMA($close, 12) - EMA($close, 26)";

/// The signal of MACD, in price units.
pub(super) fn macd_signal() -> String {
    format!("EMA({MACD_LINE}, 9)")
}
