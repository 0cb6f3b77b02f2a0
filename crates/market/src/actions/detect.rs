//! Corporate actions from raw prices, by likelihood.
//!
//! A split shows as an overnight gap near the log of a simple ratio, far outside the name's own gaps and the market's
//! move, on a day of ordinary range and ordinary traded value, that stays. No symbol and no date is known here.

use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan};

use super::evidence::{Evidence, weigh};
use super::ratio::{Ratio, simple_ratios};
use super::{ActionKind, CorporateAction, DETECTED};
use crate::{Bars, Calendar, CalendarError};

/// Bars before a gap that say what is usual.
const USUAL_BARS: usize = 60;
/// With fewer gaps before it, a gap is held against [`YOUNG_SCALE`].
const USUAL_BARS_MIN: usize = 10;
/// Scale of overnight gaps of a name without history.
const YOUNG_SCALE: f64 = 0.02;
/// Least scale of overnight gaps: names with a coarse tick often open where they closed.
const SCALE_MIN: f64 = 0.005;
/// Bars for the usual traded value.
const TURNOVER_BARS: usize = 20;
/// Gaps smaller than this are trading, whatever their shape.
const GAP_MIN: f64 = 0.13;
/// So are gaps within so many scales.
const GAP_SCALES: f64 = 6.0;
/// Sessions after the gap that must have closed before it is judged.
const PATIENCE: usize = 3;
/// A gap of which less is left then was a bad tick or a day's panic.
const KEPT_MIN: f64 = 0.5;
/// Names that must trade for the market's gap to be known.
const MARKET_NAMES: usize = 5;

/// Columns of one name, oldest first: daily or finer.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// First prices, positive.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Units traded; NaN or 0 where unknown.
    pub volume: &'a [f64],
    /// Whether sessions are missing between each bar and the one before.
    pub after_gap_in_data: &'a [bool],
    /// The market's overnight log gap at each bar; 0 where unknown.
    pub market_gap: &'a [f64],
}

/// An event at a row of a [`Series`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The first row with the new price.
    pub row: usize,
    /// The last row that was read to judge it.
    pub read_to: usize,
    /// `Split`, `ReverseSplit`, `Unexplained` or `Unknown`.
    pub kind: ActionKind,
    /// The ratio's factor for splits; close before over open otherwise.
    pub value: f64,
    /// What was seen.
    pub evidence: Evidence,
}

/// The events of one name, ascending by row.
///
/// An event is judged once three more bars are there, by them and by older bars alone: bars added later
/// change nothing that was found, and an event too near the end is not there yet.
///
/// # Panics
/// If the columns differ in length.
pub fn find(series: &Series<'_>) -> Vec<Found> {
    let n = series.close.len();
    let columns = [series.open, series.high, series.low, series.volume, series.market_gap];
    assert!(
        columns.iter().all(|c| c.len() == n) && series.after_gap_in_data.len() == n,
        "columns differ in length"
    );
    let ratios = simple_ratios();
    (1..n.saturating_sub(PATIENCE)).filter_map(|row| judge(series, row, &ratios)).collect()
}

/// A gap too large for trading.
struct Gap {
    /// ln(open / close before).
    whole: f64,
    /// What the market's own leaves of it.
    beyond: f64,
    /// Scale of the gaps before it.
    scale: f64,
}

/// The gap at `row` if it is too large for trading, by `row` and older bars alone.
fn large_gap(series: &Series<'_>, row: usize) -> Option<Gap> {
    let overnight = |i: usize| (series.open[i] / series.close[i - 1]).ln();
    let whole = overnight(row);
    let beyond = whole - series.market_gap[row];
    if whole.abs() < GAP_MIN || beyond.abs() < GAP_MIN {
        return None;
    }
    let scale = usual_gap(usual_rows(row).map(overnight).collect());
    (beyond.abs() >= GAP_SCALES * scale).then_some(Gap { whole, beyond, scale })
}

/// The bars that say what is usual at `row`.
fn usual_rows(row: usize) -> std::ops::Range<usize> {
    row.saturating_sub(USUAL_BARS).max(1)..row
}

fn judge(series: &Series<'_>, row: usize, ratios: &[(Ratio, f64)]) -> Option<Found> {
    let Gap { whole: gap, beyond, scale } = large_gap(series, row)?;
    let before = usual_rows(row);
    let read_to = row + PATIENCE;
    let later = median(series.close[row..=read_to].to_vec())?;
    // From the level of several bars: the way back from one bad tick is no event either.
    let level = median(series.close[row.saturating_sub(PATIENCE + 1)..row].to_vec())?;
    let kept = (later / level).ln() / gap;
    if kept < KEPT_MIN {
        return None;
    }
    let range = |i: usize| (series.high[i] / series.low[i]).ln();
    let usual_range = median(before.clone().map(range).collect()).unwrap_or(YOUNG_SCALE).max(SCALE_MIN);
    let range_change = (range(row) > 0.0).then(|| (range(row) / usual_range).ln());
    let turnover = |i: usize| series.volume[i] * series.close[i];
    let recent = before.end.saturating_sub(TURNOVER_BARS).max(before.start)..before.end;
    let known: Vec<f64> = recent.map(turnover).filter(|value| *value > 0.0).collect();
    let enough = known.len() >= USUAL_BARS_MIN / 2 && turnover(row) > 0.0;
    let turnover_change = median(known).filter(|_| enough).map(|usual| (turnover(row) / usual).ln());
    let (ratio, fit, odds) = weigh(beyond, scale, range_change, turnover_change, ratios);
    let judged = !series.after_gap_in_data[row];
    let kind = match () {
        () if !judged => ActionKind::Unknown,
        () if odds <= 0.0 => ActionKind::Unexplained,
        () if ratio.new > ratio.old => ActionKind::Split,
        () => ActionKind::ReverseSplit,
    };
    let value = if kind.is_split() { ratio.factor() } else { (-gap).exp() };
    let evidence = Evidence {
        gap,
        market_gap: series.market_gap[row],
        scale,
        ratio,
        fit,
        turnover_change,
        range_change,
        kept,
        log_odds: judged.then_some(odds),
    };
    Some(Found { row, read_to, kind, value, evidence })
}

/// Corporate actions of one symbol, ascending by ex-date; `market` is what [`market_gaps`] says.
///
/// # Errors
/// [`CalendarError::OutsideRange`] if the calendar does not cover the bars.
pub fn detect(
    bars: &Bars,
    calendar: &Calendar,
    market: &BTreeMap<Date, f64>,
) -> Result<Vec<CorporateAction>, CalendarError> {
    let dates = bars.dates();
    let mut after_gap_in_data = vec![false; dates.len()];
    for (row, pair) in dates.windows(2).enumerate() {
        let between = DateSpan::new(pair[0].plus_days(1), pair[1].plus_days(-1));
        after_gap_in_data[row + 1] = match between {
            Some(span) => !calendar.sessions_in(span)?.is_empty(),
            None => false,
        };
    }
    let market_gap = gaps_at(dates, market);
    let series = series(bars, &after_gap_in_data, &market_gap);
    let known_ats = bars.known_ats();
    let action = |found: Found| CorporateAction {
        symbol: bars.symbol().clone(),
        ex_date: dates[found.row],
        kind: found.kind,
        value: found.value,
        known_at: known_ats[found.row..=found.read_to].iter().fold(known_ats[found.row], |a, b| a.max(*b)),
        source: DETECTED.to_owned(),
        evidence: Some(found.evidence),
    };
    Ok(find(&series).into_iter().map(action).collect())
}

/// Spans of sessions from each large gap to the last one before the close at which it is judged, ascending; `market` is what
/// [`market_gaps`] says. What the prices in them mean is not known in them, whatever the judgement turns out to be, so what
/// reads them across the gap must wait. A gap too near the end has a span up to the last bar.
pub fn unjudged(bars: &Bars, market: &BTreeMap<Date, f64>) -> Vec<DateSpan> {
    let dates = bars.dates();
    let (nowhere, market_gap) = (vec![false; dates.len()], gaps_at(dates, market));
    let series = series(bars, &nowhere, &market_gap);
    let large = (1..dates.len()).filter(|row| large_gap(&series, *row).is_some());
    let span = |row: usize| DateSpan { start: dates[row], end: dates[(row + PATIENCE).min(dates.len()) - 1] };
    large.map(span).collect()
}

fn series<'a>(bars: &'a Bars, after_gap_in_data: &'a [bool], market_gap: &'a [f64]) -> Series<'a> {
    Series {
        open: bars.open(),
        high: bars.high(),
        low: bars.low(),
        close: bars.close(),
        volume: bars.volume(),
        after_gap_in_data,
        market_gap,
    }
}

fn gaps_at(dates: &[Date], market: &BTreeMap<Date, f64>) -> Vec<f64> {
    dates.iter().map(|date| market.get(date).copied().unwrap_or(0.0)).collect()
}

/// The market's overnight move: the median log gap of all names by date, where at least five trade.
pub fn market_gaps(bars: &[Bars]) -> BTreeMap<Date, f64> {
    let mut gaps: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
    for name in bars {
        for row in 1..name.len() {
            let gap = (name.open()[row] / name.close()[row - 1]).ln();
            gaps.entry(name.dates()[row]).or_default().push(gap);
        }
    }
    let known = gaps.into_iter().filter(|(_, gaps)| gaps.len() >= MARKET_NAMES);
    known.filter_map(|(date, gaps)| Some((date, median(gaps)?))).collect()
}

fn usual_gap(gaps: Vec<f64>) -> f64 {
    if gaps.len() < USUAL_BARS_MIN {
        return YOUNG_SCALE;
    }
    let middle = median(gaps.clone()).unwrap_or(0.0);
    let spread = median(gaps.iter().map(|gap| (gap - middle).abs()).collect()).unwrap_or(0.0);
    (1.4826 * spread).max(SCALE_MIN)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(values[n / 2]),
        _ => Some(f64::midpoint(values[n / 2 - 1], values[n / 2])),
    }
}
