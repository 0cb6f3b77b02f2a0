//! Order books replayed, with own orders in the queue.
//!
//! [`BookFeed`] turns the messages of [`proofmark_market::book`] into [`BookEvent`]s by ticks; [`Ladder`] is the book they make, dense
//! around the market; [`BookReplay`] lets an engine trade in it: the same orders, account, limits, costs and log as with bars.
//!
//! One clock: an event counts at the time it was known here, and an order sent at `t` acts at `t` plus a drawn latency on the book as it is
//! known then. The latency therefore has to hold the way there *and* the way of the feed back.
//!
//! A resting order waits behind what its level shows at arrival. Prints at its price eat what is ahead and then the order; prints beyond
//! it, and quotes of the other side that reach it ([`VenueRules::crossed_quotes`]), fill it at its own price up to their size. What
//! others take back is placed by [`Cancels`]. Places in a queue seen through levels alone: Moallemi and Yuan, A Model for Queue Position
//! Valuation in a Limit Order Book (2016); Huang, Lehalle and Rosenbaum, Simulating and Analyzing Order Book Data: The Queue-Reactive Model
//! (2015), for what cancels depend on.
//!
//! Not modelled: hidden and iceberg orders of others (they print without a level: a print then moves the queue too far, and only by what
//! it printed), what others would have done differently, self-trades, auctions, amendments that keep a place.
//!
//! Invariant: own fills of a print are at most the print; of a quote at most what is left of it. Invariant: a later event changes no
//! earlier fill, and the same events and seed give the same bits.

mod event;
mod feed;
mod ladder;
mod latency;
mod levels;
mod queue;
mod resting;
mod run;
mod stats;
mod strategy;
mod taken;
mod ticks;
mod venue;

pub use event::{BookChange, BookEvent};
pub use feed::{BookFeed, OffTick};
pub use ladder::Ladder;
pub use latency::{Latencies, LatencyBucket, LatencyError};
pub use queue::{Cancels, QueueRules};
pub use run::{BookReplay, ReplayConfig, ReplayError, Replayed};
pub use stats::ReplayStats;
pub use strategy::{BookStrategy, BookView, OnQuotes, Wake};
pub use ticks::Ticks;
pub use venue::VenueRules;
