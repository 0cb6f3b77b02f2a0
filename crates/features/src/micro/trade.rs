//! Trades: who took liquidity, and what it cost.

use proofmark_market::book::{Fill, Side};
use proofmark_units::Instant;

use super::Quote;

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade {
    /// When it happened by the exchange's clock; never after `known_at`.
    pub event_time: Instant,
    /// When it could first be read.
    pub known_at: Instant,
    /// Price, above zero.
    pub price: f64,
    /// Size in units of the instrument, above zero.
    pub size: f64,
    /// Side of the order that took liquidity, where the venue says it.
    pub taker: Option<Side>,
}

impl Trade {
    /// A trade as the venue printed it.
    pub fn of_fill(fill: Fill, event_time: Instant, known_at: Instant) -> Self {
        let (price, size) = (fill.level.price.to_f64(), fill.level.size.to_f64());
        Self { event_time, known_at, price, size, taker: Some(fill.taker) }
    }
}

/// How the taker of a trade was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedBy {
    /// The venue says it.
    Venue,
    /// Above the mid the buyer took, below it the seller.
    Quote,
    /// At the mid, or without one: above the last different price the buyer took, below it the seller.
    Tick,
}

/// The taker of each trade; `None` where nothing tells.
///
/// What the venue says comes first. Elsewhere the rule of Lee & Ready (1991), "Inferring trade direction from intraday data",
/// Journal of Finance 46(2), 733-746: the mid of the last quote known *before* the trade, then the tick test. Their delay of
/// five seconds belonged to quotes that were typed faster than trades were reported; stamps of one feed need none.
///
/// - `trades`, `quotes`: ascending by `known_at`.
pub fn sign_trades(trades: &[Trade], quotes: &[Quote]) -> Vec<Option<(Side, SignedBy)>> {
    let mut ticks = Ticks::default();
    trades
        .iter()
        .map(|trade| {
            let by_tick = ticks.push(trade.price);
            if let Some(side) = trade.taker {
                return Some((side, SignedBy::Venue));
            }
            let mid = mid_before(quotes, trade.known_at);
            let by_quote = mid.and_then(|mid| direction(trade.price, mid));
            by_quote.map(|side| (side, SignedBy::Quote)).or(by_tick.map(|side| (side, SignedBy::Tick)))
        })
        .collect()
}

/// Side by a price against another; `None` where they are equal.
fn direction(price: f64, against: f64) -> Option<Side> {
    if price > against {
        Some(Side::Bid)
    } else if price < against {
        Some(Side::Ask)
    } else {
        None
    }
}

/// The tick test: the sign of the last change of price.
#[derive(Default)]
struct Ticks {
    last: Option<f64>,
    side: Option<Side>,
}

impl Ticks {
    fn push(&mut self, price: f64) -> Option<Side> {
        let moved = self.last.and_then(|last| direction(price, last));
        self.side = moved.or(self.side);
        self.last = Some(price);
        self.side
    }
}

/// The mid of the last quote known strictly before `at`: a quote of the same instant may be what the trade left behind.
fn mid_before(quotes: &[Quote], at: Instant) -> Option<f64> {
    let before = quotes.partition_point(|quote| quote.known_at < at).checked_sub(1)?;
    quotes[before].touch().map(|touch| touch.mid())
}

/// The mid of the last quote known at `at`.
pub(super) fn mid_at(quotes: &[Quote], at: Instant) -> Option<f64> {
    let standing = quotes.partition_point(|quote| quote.known_at <= at).checked_sub(1)?;
    quotes[standing].touch().map(|touch| touch.mid())
}

/// What one trade cost, as fractions of the mid before it, both ways (twice the distance).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeCost {
    /// 1 where the buyer took, -1 where the seller did.
    pub sign: f64,
    /// `2 sign (price - mid) / mid`: above 0 the taker paid; below 0 the trade was inside the quotes.
    pub effective: f64,
    /// `2 sign (price - later mid) / mid`: what the other side kept. `None` where there is no later mid.
    pub realised: Option<f64>,
    /// `2 sign (later mid - mid) / mid`: effective less realised. `None` as there.
    pub impact: Option<f64>,
}

/// What each trade cost; `None` where it has no sign or no mid before it.
///
/// Huang & Stoll (1996), "Dealer versus auction markets", Journal of Financial Economics 41(3), 313-357.
///
/// - `after_nanos`: from the trade to the later mid, which is the last known by then.
/// - `complete_to`: quotes are complete up to here; a later mid beyond it is missing.
pub fn trade_costs(
    trades: &[Trade],
    quotes: &[Quote],
    after_nanos: i64,
    complete_to: Instant,
) -> Vec<Option<TradeCost>> {
    let signs = sign_trades(trades, quotes);
    let cost = |(trade, signed): (&Trade, &Option<(Side, SignedBy)>)| {
        let (side, _) = (*signed)?;
        let sign = if side == Side::Bid { 1.0 } else { -1.0 };
        let mid = mid_before(quotes, trade.known_at).filter(|mid| *mid > 0.0)?;
        let of = |distance: f64| 2.0 * sign * distance / mid;
        let matures = matures_at(trade, after_nanos);
        let later = (matures <= complete_to).then(|| mid_at(quotes, matures)).flatten();
        Some(TradeCost {
            sign,
            effective: of(trade.price - mid),
            realised: later.map(|later| of(trade.price - later)),
            impact: later.map(|later| of(later - mid)),
        })
    };
    trades.iter().zip(&signs).map(cost).collect()
}

/// When the later mid of a trade is known.
pub(super) fn matures_at(trade: &Trade, after_nanos: i64) -> Instant {
    Instant::from_nanos(trade.known_at.nanos().saturating_add(after_nanos))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::quote::tests::quote;
    use super::*;

    pub(crate) fn trade(nanos: i64, price: f64, size: f64, taker: Option<Side>) -> Trade {
        let at = Instant::from_nanos(nanos);
        Trade { event_time: at, known_at: at, price, size, taker }
    }

    #[test]
    fn lee_and_ready_by_hand() {
        let quotes = [quote(10, 99.0, 1.0, 101.0, 1.0), quote(20, 100.0, 1.0, 102.0, 1.0)];
        let trades = [
            trade(5, 100.0, 1.0, None),             // no quote, no tick
            trade(11, 100.5, 1.0, None),            // above the mid of 100
            trade(12, 100.0, 1.0, None),            // at the mid, below the last price
            trade(13, 100.0, 1.0, None),            // at the mid, price unchanged: as before
            trade(20, 100.5, 1.0, None),            // the quote of its own instant does not count
            trade(21, 100.5, 1.0, Some(Side::Bid)), // below the mid of 101, but the venue says so
        ];
        let got = sign_trades(&trades, &quotes);
        let want = [
            None,
            Some((Side::Bid, SignedBy::Quote)),
            Some((Side::Ask, SignedBy::Tick)),
            Some((Side::Ask, SignedBy::Tick)),
            Some((Side::Bid, SignedBy::Quote)),
            Some((Side::Bid, SignedBy::Venue)),
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn a_trade_costs_what_the_mid_gives_back() {
        // Bought at 101 with the mid at 100, which is 100.5 five later: 2 %, of which 1 % was kept and 1 % moved.
        let quotes = [quote(0, 99.0, 1.0, 101.0, 1.0), quote(5, 99.5, 1.0, 101.5, 1.0)];
        let trades = [trade(1, 101.0, 1.0, None)];
        let cost = trade_costs(&trades, &quotes, 5, Instant::from_nanos(6))[0].unwrap();
        assert!((cost.effective - 0.02).abs() < 1e-15 && cost.sign == 1.0);
        assert!((cost.realised.unwrap() - 0.01).abs() < 1e-15 && (cost.impact.unwrap() - 0.01).abs() < 1e-15);
        let early = trade_costs(&trades, &quotes, 5, Instant::from_nanos(5))[0].unwrap();
        assert_eq!((early.effective, early.realised, early.impact), (cost.effective, None, None));
        // The seller who sells below the mid pays as well.
        let sold = trade_costs(&[trade(1, 99.0, 1.0, None)], &quotes, 5, Instant::from_nanos(6))[0].unwrap();
        assert!((sold.effective - 0.02).abs() < 1e-15 && sold.realised.unwrap() > cost.realised.unwrap());
        assert_eq!(trade_costs(&trades, &[], 5, Instant::from_nanos(6)), [None]);
    }
}
