//! Prices of the names that mattered most, with where they were entered and left.

use std::collections::BTreeMap;

use proofmark_execution::Direction;
use proofmark_execution::costs::Side;
use proofmark_execution::engine::{Log, RoundTrip};
use proofmark_units::{Date, Instant};

use super::NameGain;
use super::feed::Feed;

/// Most names drawn.
const NAMES: usize = 3;

/// A name's prices over the span, without splits.
#[derive(Debug, Clone, PartialEq)]
pub struct PricePath {
    /// The name.
    pub symbol: String,
    /// What it brought, after costs.
    pub net: f64,
    /// Session of each bar.
    pub dates: Vec<Date>,
    /// Last price of each bar.
    pub close: Vec<f64>,
    /// Entries and exits, ascending by bar.
    pub trades: Vec<TradePoint>,
}

/// The first or the last fill of a round trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradePoint {
    /// Place of its bar.
    pub bar: usize,
    /// Its price, without splits.
    pub price: f64,
    /// Which way the position points.
    pub direction: Direction,
    /// Whether it is the entry.
    pub is_entry: bool,
    /// What the round trip brought after costs; `None` while it is open.
    pub net: Option<f64>,
}

impl PricePath {
    /// The names with the largest gain or loss, the largest first.
    pub(super) fn of_largest(feed: &Feed, by_name: &[NameGain], log: &Log, open: &[RoundTrip]) -> Vec<Self> {
        let mut largest: Vec<&NameGain> = by_name.iter().filter(|gain| gain.net != 0.0).collect();
        largest.sort_by(|a, b| b.net.abs().total_cmp(&a.net.abs()).then(a.symbol.cmp(&b.symbol)));
        let path = |gain: &&NameGain| {
            let id = feed.symbols().iter().position(|symbol| symbol.as_str() == gain.symbol)?;
            Some(Self::of(feed, id as u32, gain, log, open))
        };
        largest.iter().take(NAMES).filter_map(path).collect()
    }

    fn of(feed: &Feed, id: u32, gain: &NameGain, log: &Log, open: &[RoundTrip]) -> Self {
        let bars = feed.path(id);
        // The first fill of a side at an instant, and the last: one of them is the entry or the exit.
        let mut fills: BTreeMap<(Instant, bool), (f64, f64)> = BTreeMap::new();
        for fill in log.fills.iter().filter(|fill| fill.instrument == id) {
            let ends = fills.entry((fill.time, fill.side == Side::Buy)).or_insert((fill.price, fill.price));
            ends.1 = fill.price;
        }
        let point = |time: Instant, trip: &RoundTrip, is_entry: bool, net: Option<f64>| {
            let bar = bars.partition_point(|bar| bar.time < time);
            let found = bars.get(bar).filter(|bar| bar.time == time)?;
            let is_long = trip.direction == Direction::Long;
            let (first, last) = fills.get(&(time, is_long == is_entry))?;
            let price = *(if is_entry { first } else { last }) * found.factor;
            Some(TradePoint { bar, price, direction: trip.direction, is_entry, net })
        };
        let mut trades = Vec::new();
        for trip in log.trips.iter().filter(|trip| trip.instrument == id) {
            trades.extend(point(trip.entered, trip, true, Some(trip.net())));
            trades.extend(point(trip.left, trip, false, Some(trip.net())));
        }
        for trip in open.iter().filter(|trip| trip.instrument == id) {
            trades.extend(point(trip.entered, trip, true, None));
        }
        trades.sort_by_key(|trade| trade.bar);
        Self {
            symbol: gain.symbol.clone(),
            net: gain.net,
            dates: bars.iter().map(|bar| bar.session).collect(),
            close: bars.iter().map(|bar| bar.close).collect(),
            trades,
        }
    }
}
