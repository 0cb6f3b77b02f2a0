//! Microstructure: what quotes, depth and trades say about the cost and the pressure of trading.
//!
//! Time. Everything is ordered by `known_at`, so a row holds what a reader knew at its end and nothing later. A book that
//! is not known, has one side only or is crossed has no spread, mid or imbalance: that time is missing and is never filled
//! from before or after.
//!
//! Units. Prices and sizes are those of the venue; relative measures are fractions of the mid (0.0001 is a basis point).
//!
//! To add a feature, write its function of trailing bars and a [`MicroFeature`] in `registry.rs`.

mod bars;
mod depth;
mod flow;
mod impact;
mod quote;
mod registry;
mod trade;

pub use bars::{MicroBar, MicroError, MicroInput, MicroSettings, Span, micro_bars};
pub use depth::{book_pressure, book_slope, depth_imbalance, depth_of, depth_price, depth_spread};
pub use flow::{order_flow, time_weighted};
pub use impact::{Impact, amihud, price_impact, resilience, roll_spread};
pub use quote::{Quote, Touch, quotes_of_rows};
pub use registry::{MICRO_FEATURES, MicroFeature};
pub use trade::{SignedBy, Trade, TradeCost, sign_trades, trade_costs};
