//! Bars of quotes and trades: one row a session or bucket.

use proofmark_market::book::{BookRows, Side};
use proofmark_units::Instant;

use super::depth::{book_pressure, book_slope, depth_imbalance, depth_of, depth_spread};
use super::flow::{order_flow, time_weighted};
use super::quote::{Quote, Touch};
use super::trade::{Trade, TradeCost, matures_at, mid_at, trade_costs};

/// A bucket: after `from`, up to and with `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins; what was known then belongs to the bucket before.
    pub from: Instant,
    /// Where it ends, and when its bar is known.
    pub to: Instant,
}

/// What a bar is made of.
#[derive(Debug, Clone, Copy)]
pub struct MicroInput<'a> {
    /// Best bid and ask, ascending by `known_at`.
    pub quotes: &'a [Quote],
    /// Trades, ascending by `known_at`; none where there is no feed of them.
    pub trades: Option<&'a [Trade]>,
    /// Sampled books, for what lies behind the best quotes.
    pub books: Option<&'a BookRows>,
    /// The feeds are complete up to here; a bucket that ends later has no bar yet.
    pub complete_to: Instant,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MicroSettings {
    /// From a trade to the mid that realised spread and impact are measured against. Conrad & Wahal (2020), "The term
    /// structure of liquidity provision", Journal of Financial Economics 136(1), 239-259: what liquidity earns depends on it.
    pub realised_after_nanos: i64,
    /// Levels of each side that count as depth.
    pub levels: usize,
}

impl Default for MicroSettings {
    /// A minute, five levels.
    fn default() -> Self {
        Self { realised_after_nanos: 60_000_000_000, levels: 5 }
    }
}

/// Input of which no bars can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MicroError {
    /// A row is known before the one ahead of it.
    #[error(
        "{what} {row} is known at {at}, before the one ahead of it; sort them by the time they became known"
    )]
    Unsorted {
        /// Quotes, trades or books.
        what: &'static str,
        /// Zero-based.
        row: usize,
        /// Its time.
        at: Instant,
    },
    /// A price or size is not above zero.
    #[error("trade {row} has no price and size above zero; list it as a bad row and leave it out")]
    BadTrade {
        /// Zero-based.
        row: usize,
    },
    /// A bucket is empty or begins before the one ahead of it ends.
    #[error("bucket {row} from {from} to {to} is empty, or overlaps the one ahead of it")]
    BadSpan {
        /// Zero-based.
        row: usize,
        /// Its start.
        from: Instant,
        /// Its end.
        to: Instant,
    },
    /// A setting is not above zero.
    #[error("{what} is {value}, and has to be above zero")]
    BadSetting {
        /// Which setting.
        what: &'static str,
        /// Its value.
        value: i64,
    },
}

/// What happened in a bucket. `None`: not known, never 0.
#[derive(Debug, Clone, PartialEq)]
pub struct MicroBar {
    /// The latest exchange time among the bucket's quotes and trades, or its start; never after `known_at`.
    pub event_time: Instant,
    /// The end of the bucket.
    pub known_at: Instant,
    /// Share of the bucket in which both sides were quoted.
    pub quoted_share: f64,
    /// Time-weighted spread, in the price's unit.
    pub spread: Option<f64>,
    /// Time-weighted spread over mid.
    pub relative_spread: Option<f64>,
    /// Time-weighted imbalance of the best quotes.
    pub imbalance: Option<f64>,
    /// Mean of both best sizes over time.
    pub best_size: Option<f64>,
    /// Mid at the end.
    pub mid: Option<f64>,
    /// Mid at the end less mid at the start, in the price's unit.
    pub mid_change: Option<f64>,
    /// Weighted mid at the end less mid, over mid.
    pub weighted_mid_gap: Option<f64>,
    /// Sum of the order flow of Cont, Kukanov & Stoikov over the changes of quotes.
    pub order_flow: Option<f64>,
    /// Size traded.
    pub volume: Option<f64>,
    /// Money traded: price times size.
    pub turnover: Option<f64>,
    /// Size that buyers took less size that sellers took, of the trades whose taker is known.
    pub signed_volume: Option<f64>,
    /// Price of the last trade.
    pub last_price: Option<f64>,
    /// Effective spread, weighted by size.
    pub effective_spread: Option<f64>,
    /// Realised spread of the trades whose later mid became due in the bucket, weighted by size.
    pub realised_spread: Option<f64>,
    /// Their price impact.
    pub trade_impact: Option<f64>,
    /// Mean imbalance of the levels asked for, over the sampled books.
    pub depth_imbalance: Option<f64>,
    /// Mean size of both sides over those levels.
    pub depth: Option<f64>,
    /// Mean slope of the book over those levels.
    pub slope: Option<f64>,
    /// Mean distance of what both sides of those levels cost on average, as a fraction of the mid.
    pub depth_spread: Option<f64>,
    /// Mean imbalance of those levels, each weighted by its nearness.
    pub pressure: Option<f64>,
}

/// One bar for each span that ends by `complete_to`, in order.
///
/// A trade belongs to the bucket in which it became known. Its realised spread belongs to the bucket in which the later mid is
/// due, so that no bar waits for the next one and none changes when it comes.
///
/// # Errors
/// [`MicroError`] names the first row that cannot be used.
pub fn micro_bars(
    input: &MicroInput<'_>,
    spans: &[Span],
    settings: MicroSettings,
) -> Result<Vec<MicroBar>, MicroError> {
    check(input, spans, settings)?;
    let costs = input
        .trades
        .map(|trades| trade_costs(trades, input.quotes, settings.realised_after_nanos, input.complete_to));
    let done = spans.iter().filter(|span| span.to <= input.complete_to);
    Ok(done.map(|span| bar(input, costs.as_deref(), *span, settings)).collect())
}

fn bar(
    input: &MicroInput<'_>,
    costs: Option<&[Option<TradeCost>]>,
    span: Span,
    settings: MicroSettings,
) -> MicroBar {
    let quotes = input.quotes;
    let weighted = |measure: &dyn Fn(&Touch) -> Option<f64>| time_weighted(quotes, span, measure);
    let (spread, quoted_share) = weighted(&|touch| Some(touch.spread()));
    let inside = first_after(quotes, span.from, |q| q.known_at)..first_after(quotes, span.to, |q| q.known_at);
    let standing = quotes[..inside.end].last();
    let touch = standing.and_then(Quote::touch);
    let mid = touch.map(|touch| touch.mid());
    // With the quote that stood at the start, for the first change.
    let changes = quotes[inside.start.saturating_sub(1)..inside.end].windows(2);
    let flow: f64 = changes.filter_map(|pair| order_flow(&pair[0], &pair[1])).sum();
    let gap =
        |touch: Touch| Some(touch.mid()).filter(|mid| *mid > 0.0).map(|mid| touch.weighted_mid() / mid - 1.0);
    let traded = Traded::over(input.trades, costs, span, settings);
    let behind = Behind::over(input.books, span, settings.levels);
    let of_quotes = quotes[inside].iter().map(|quote| quote.event_time).max();
    let event_time = of_quotes.max(traded.event_time).unwrap_or(span.from).clamp(span.from, span.to);
    MicroBar {
        event_time,
        known_at: span.to,
        quoted_share,
        spread,
        relative_spread: weighted(&Touch::relative_spread).0,
        imbalance: weighted(&|touch| Some(touch.imbalance())).0,
        best_size: weighted(&|touch| Some(0.5 * (touch.bid.size.to_f64() + touch.ask.size.to_f64()))).0,
        mid,
        mid_change: mid.zip(mid_at(quotes, span.from)).map(|(now, before)| now - before),
        weighted_mid_gap: touch.and_then(gap),
        order_flow: (quoted_share > 0.0).then_some(flow),
        volume: traded.volume,
        turnover: traded.turnover,
        signed_volume: traded.signed_volume,
        last_price: traded.last_price,
        effective_spread: traded.effective,
        realised_spread: traded.realised,
        trade_impact: traded.impact,
        depth_imbalance: behind.imbalance,
        depth: behind.depth,
        slope: behind.slope,
        depth_spread: behind.spread,
        pressure: behind.pressure,
    }
}

/// Index of the first row known after `at`.
fn first_after<T>(rows: &[T], at: Instant, known_at: impl Fn(&T) -> Instant) -> usize {
    rows.partition_point(|row| known_at(row) <= at)
}

/// Mean of `(value, weight)`; `None` without weight.
fn weighted_mean(values: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weight) =
        values.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight));
    (weight > 0.0).then(|| sum / weight)
}

#[derive(Default)]
struct Traded {
    event_time: Option<Instant>,
    volume: Option<f64>,
    turnover: Option<f64>,
    signed_volume: Option<f64>,
    last_price: Option<f64>,
    effective: Option<f64>,
    realised: Option<f64>,
    impact: Option<f64>,
}

impl Traded {
    fn over(
        trades: Option<&[Trade]>,
        costs: Option<&[Option<TradeCost>]>,
        span: Span,
        settings: MicroSettings,
    ) -> Self {
        let Some((trades, costs)) = trades.zip(costs) else { return Self::default() };
        let own =
            first_after(trades, span.from, |t| t.known_at)..first_after(trades, span.to, |t| t.known_at);
        let due = |t: &Trade| matures_at(t, settings.realised_after_nanos);
        let mature = first_after(trades, span.from, due)..first_after(trades, span.to, due);
        let (here, paid) = (&trades[own.clone()], &costs[own]);
        let signed: Vec<f64> =
            here.iter().zip(paid).filter_map(|(t, cost)| Some(cost.as_ref()?.sign * t.size)).collect();
        let each = |range: std::ops::Range<usize>, value: fn(&TradeCost) -> Option<f64>| {
            let rows = trades[range.clone()].iter().zip(&costs[range]);
            weighted_mean(rows.filter_map(move |(t, cost)| Some((cost.as_ref().and_then(value)?, t.size))))
        };
        Self {
            event_time: here.iter().map(|t| t.event_time).max(),
            volume: Some(here.iter().map(|t| t.size).sum()),
            turnover: Some(here.iter().map(|t| t.price * t.size).sum()),
            // No trade is a flow of 0; trades of which none can be signed are a flow that is not known.
            signed_volume: (here.is_empty() || !signed.is_empty()).then(|| signed.iter().sum()),
            last_price: here.last().map(|t| t.price),
            effective: weighted_mean(
                here.iter().zip(paid).filter_map(|(t, cost)| Some((cost.as_ref()?.effective, t.size))),
            ),
            realised: each(mature.clone(), |cost| cost.realised),
            impact: each(mature, |cost| cost.impact),
        }
    }
}

#[derive(Default)]
struct Behind {
    imbalance: Option<f64>,
    depth: Option<f64>,
    slope: Option<f64>,
    spread: Option<f64>,
    pressure: Option<f64>,
}

impl Behind {
    fn over(books: Option<&BookRows>, span: Span, levels: usize) -> Self {
        let Some(books) = books else { return Self::default() };
        let first = |at: Instant| {
            // Rows have no slice of their own to search.
            let (mut low, mut high) = (0, books.len());
            while low < high {
                let middle = low + (high - low) / 2;
                if books.row(middle).known_at <= at { low = middle + 1 } else { high = middle }
            }
            low
        };
        let range = first(span.from)..first(span.to);
        let mean = |value: &dyn Fn(usize) -> Option<f64>| {
            weighted_mean(range.clone().filter_map(value).map(|value| (value, 1.0)))
        };
        let both = |row: usize| {
            let row = books.row(row);
            Some(depth_of(&row, Side::Bid, levels)? + depth_of(&row, Side::Ask, levels)?)
        };
        Self {
            imbalance: mean(&|row| depth_imbalance(&books.row(row), levels)),
            depth: mean(&both),
            slope: mean(&|row| book_slope(&books.row(row), levels)),
            spread: mean(&|row| depth_spread(&books.row(row), levels)),
            pressure: mean(&|row| book_pressure(&books.row(row), levels)),
        }
    }
}

fn check(input: &MicroInput<'_>, spans: &[Span], settings: MicroSettings) -> Result<(), MicroError> {
    let levels = i64::try_from(settings.levels).unwrap_or(i64::MAX);
    for (what, value) in
        [("the wait for a later mid", settings.realised_after_nanos), ("the number of levels", levels)]
    {
        if value <= 0 {
            return Err(MicroError::BadSetting { what, value });
        }
    }
    let trades = input.trades.unwrap_or_default();
    ascending("quote", input.quotes.iter().map(|quote| quote.known_at))?;
    ascending("trade", trades.iter().map(|trade| trade.known_at))?;
    ascending("book", input.books.into_iter().flat_map(BookRows::iter).map(|row| row.known_at))?;
    let sound = |value: f64| value.is_finite() && value > 0.0;
    if let Some(row) = trades.iter().position(|trade| !sound(trade.price) || !sound(trade.size)) {
        return Err(MicroError::BadTrade { row });
    }
    for (row, span) in spans.iter().enumerate() {
        let overlaps = row > 0 && span.from < spans[row - 1].to;
        if span.from >= span.to || overlaps {
            return Err(MicroError::BadSpan { row, from: span.from, to: span.to });
        }
    }
    Ok(())
}

fn ascending(what: &'static str, times: impl Iterator<Item = Instant>) -> Result<(), MicroError> {
    let mut before: Option<Instant> = None;
    for (row, at) in times.enumerate() {
        if before.is_some_and(|before| at < before) {
            return Err(MicroError::Unsorted { what, row, at });
        }
        before = Some(at);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
