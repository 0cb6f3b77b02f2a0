//! Tests only: local servers that speak the vendors' protocols and misbehave on demand.
//!
//! A server listens on 127.0.0.1, on a port the system chooses, and ends with its value. Everything it invents is
//! arithmetic on the date, so a test can say what must arrive.

mod alpaca;
mod binance;
mod breeze;
mod fred;
mod news;
mod prices;
mod server;
mod twelvedata;

pub use alpaca::Alpaca;
pub use binance::Binance;
pub use breeze::Breeze;
pub use fred::Fred;
pub use news::{news_api, rss};
pub use prices::{Twist, bar, days, twisted};
pub use server::{Fault, Reply, Seen, Server};
pub use twelvedata::TwelveData;
