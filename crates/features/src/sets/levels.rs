//! Support and resistance: the 252-bar range, swings, volume-weighted prices with their deviation, and touches.
//!
//! A swing is known when the bars after it confirm it, so its level appears at the confirming bar: marked on its own bar it
//! would change with bars to come.

use super::entry::Entry;
use super::words::{Line, TRUE_RANGE, TYPICAL, after, define};

const SOURCE: &str = "SenseQuant, long-horizon support and resistance, each value where it is known";

/// Bars of a year of sessions.
const YEAR: usize = 252;
/// Bars on each side of a swing that lie strictly inside of it.
const SIDE: usize = 5;
/// Windows of the weighted prices.
const WEIGHTED: [(usize, [&str; 6]); 2] = [
    (
        63,
        [
            "vwap_63_sigmas",
            "vwap_63",
            "vwap_63_lower_2",
            "vwap_63_lower_1",
            "vwap_63_upper_1",
            "vwap_63_upper_2",
        ],
    ),
    (
        252,
        [
            "vwap_252_sigmas",
            "vwap_252",
            "vwap_252_lower_2",
            "vwap_252_lower_1",
            "vwap_252_upper_1",
            "vwap_252_upper_2",
        ],
    ),
];
/// Bars among which touches are counted.
const TOUCHED_WITHIN: usize = 126;

/// The columns that know no currency.
pub(super) fn entries() -> Vec<Entry> {
    let (high, low) = (highest(), lowest());
    let mut lines: Vec<Line> = vec![
        (
            "high_252_distance",
            format!("$close / ({high}) - 1"),
            "fraction",
            "close against the highest price of 252 bars",
        ),
        (
            "low_252_distance",
            format!("$close / ({low}) - 1"),
            "fraction",
            "close against the lowest price of 252 bars",
        ),
        (
            "range_252_position",
            format!("($close - ({low})) / ({high} - ({low}))"),
            "0 to 1",
            "place of the close between the lowest and the highest price of 252 bars; missing where they are equal",
        ),
        (
            "swing_high_distance",
            in_ranges(&swing_high().level()),
            "ATR",
            "close less the last confirmed swing high",
        ),
        (
            "swing_low_distance",
            in_ranges(&swing_low().level()),
            "ATR",
            "close less the last confirmed swing low",
        ),
        ("nearest_level_distance", in_ranges(&nearest_level()), "ATR", NEAREST),
    ];
    lines.extend(WEIGHTED.map(|(bars, names)| {
        let (price, variance) = (weighted_price(bars), weighted_variance(bars));
        // What rounding leaves of a flat window is no deviation.
        let variance = format!("If({variance} > 1e-12 * ({price}) ** 2, {variance}, 0)");
        let text = format!("($close - {price}) / Power({variance}, 0.5)");
        let doc = "close less the volume-weighted typical price of the window, in its volume-weighted standard deviations; \
                   missing where nothing traded or prices were flat";
        (names[0], after(&text, "$close", bars - 1), "standard deviations", doc)
    }));
    let mut all = define(lines, SOURCE, true);
    all.extend(counts());
    all
}

/// The levels themselves.
pub(super) fn raw_entries() -> Vec<Entry> {
    let mut lines: Vec<Line> = vec![
        ("high_252", highest(), "price", "highest price of 252 bars"),
        ("low_252", lowest(), "price", "lowest price of 252 bars"),
        (
            "swing_high",
            swing_high().level(),
            "price",
            "the last swing high that was confirmed within 252 bars",
        ),
        ("swing_low", swing_low().level(), "price", "the last swing low that was confirmed within 252 bars"),
        ("nearest_level", nearest_level(), "price", NEAREST),
    ];
    for (bars, names) in WEIGHTED {
        let (price, variance) = (weighted_price(bars), weighted_variance(bars));
        let deviation = format!("Power(Greater({variance}, 0), 0.5)");
        lines.push((
            names[1],
            after(&price, "$close", bars - 1),
            "price",
            "volume-weighted typical price of the window; missing where nothing traded",
        ));
        for (name, off) in names[2..].iter().zip(["- 2", "- 1", "+ 1", "+ 2"]) {
            let band = after(&format!("{price} {off} * {deviation}"), "$close", bars - 1);
            lines.push((name, band, "price", "the same and so many volume-weighted standard deviations"));
        }
    }
    let mut all = define(lines, SOURCE, false);
    all.extend(counts());
    all
}

const NEAREST: &str =
    "the nearest to the close of the highest and the lowest price of 252 bars and the last confirmed swings";

/// What counts bars: the same in both sets.
fn counts() -> Vec<Entry> {
    let age = |place: &str| after(&format!("{YEAR} - {place}"), "$close", YEAR - 1);
    let tolerance = format!("0.5 * ({})", average_range());
    let touches = format!("Touches({}, {tolerance}, {TOUCHED_WITHIN})", nearest_level());
    let lines: Vec<Line> = vec![
        (
            "bars_since_high_252",
            age(&format!("TsArgMax($high, {YEAR})")),
            "bars",
            "bars since the highest price of 252 bars, the oldest of equals",
        ),
        (
            "bars_since_low_252",
            age(&format!("TsArgMin($low, {YEAR})")),
            "bars",
            "bars since the lowest price of 252 bars, the oldest of equals",
        ),
        (
            "bars_since_swing_high",
            swing_high().age(),
            "bars",
            "bars since a swing high was last confirmed, at most 251",
        ),
        (
            "bars_since_swing_low",
            swing_low().age(),
            "bars",
            "bars since a swing low was last confirmed, at most 251",
        ),
        (
            "nearest_level_touches",
            touches,
            "bars",
            "bars among the last 126 whose range comes within half an ATR of the nearest level (nearest_level_distance)",
        ),
    ];
    define(lines, SOURCE, true)
}

fn highest() -> String {
    after(&format!("Max($high, {YEAR})"), "$close", YEAR - 1)
}

fn lowest() -> String {
    after(&format!("Min($low, {YEAR})"), "$close", YEAR - 1)
}

/// Mean of 14 true ranges.
fn average_range() -> String {
    after(&format!("Mean({TRUE_RANGE}, 14)"), "$close", 14)
}

fn in_ranges(level: &str) -> String {
    format!("($close - ({level})) / ({})", average_range())
}

/// A swing: when it is confirmed, and the price it happened at.
struct Swing {
    confirmed: String,
    price: String,
}

/// A high above those of the 5 bars on each side, known 5 bars later.
fn swing_high() -> Swing {
    let before = format!("Ref(Max($high, {SIDE}), {}) + 0 * Ref($high, {})", SIDE + 1, 2 * SIDE);
    Swing {
        confirmed: format!("Ref($high, {SIDE}) > Greater(Max($high, {SIDE}), {before})"),
        price: format!("Ref($high, {SIDE})"),
    }
}

/// A low below those of the 5 bars on each side, known 5 bars later.
fn swing_low() -> Swing {
    let before = format!("Ref(Min($low, {SIDE}), {}) + 0 * Ref($low, {})", SIDE + 1, 2 * SIDE);
    Swing {
        confirmed: format!("Ref($low, {SIDE}) < Less(Min($low, {SIDE}), {before})"),
        price: format!("Ref($low, {SIDE})"),
    }
}

impl Swing {
    /// The price of the last one.
    fn level(&self) -> String {
        format!("ValueWhen({}, {}, {YEAR})", self.confirmed, self.price)
    }

    /// Bars since it was confirmed.
    fn age(&self) -> String {
        format!("BarsSince({}, {YEAR})", self.confirmed)
    }
}

/// The nearest of the two ends of the range and the two swings; a swing that is missing is not among them. Of equals the one named
/// last, and distances that differ by rounding are equal: prices lie on ticks.
fn nearest_level() -> String {
    let distance = |level: &str| format!("Abs($close - ({level}))");
    [lowest(), swing_low().level(), swing_high().level()].iter().fold(highest(), |nearest, level| {
        let closer = format!("{} <= 1.000000001 * {}", distance(level), distance(&nearest));
        format!("If({closer}, {level}, {nearest})")
    })
}

/// Volume-weighted typical price; a bar of unknown volume has no weight.
fn weighted_price(bars: usize) -> String {
    format!("Sum({TYPICAL} * $volume, {bars}) / Sum($volume, {bars})")
}

/// Volume-weighted variance of the typical price.
fn weighted_variance(bars: usize) -> String {
    let squares = format!("Sum(({TYPICAL}) ** 2 * $volume, {bars}) / Sum($volume, {bars})");
    format!("({squares} - ({}) ** 2)", weighted_price(bars))
}
