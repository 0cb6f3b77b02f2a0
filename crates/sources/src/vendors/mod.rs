//! The vendors: one file each. Every one speaks the vendor's documented protocol and nothing more; limits, retries,
//! planning and storing are done around it.

mod alpaca;
mod binance;
mod breeze;
mod fred;
mod http;
mod news;
mod reply;
mod twelvedata;

pub use alpaca::Alpaca;
pub use binance::{Binance, BookSnapshot, Funding, Market};
pub use breeze::{Breeze, BreezeLogin, ChainSnapshot, Charts, OptionQuote, Quote, ScripCode};
pub use fred::{Fred, Release};
pub use http::{HttpConfig, HttpFields, HttpFormat, HttpSource};
pub use news::{NewsApi, feed};
pub use twelvedata::TwelveData;

/// A vendor, as lists show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// The word on the command line.
    pub id: &'static str,
    /// What it delivers.
    pub doc: &'static str,
    /// Names of its credentials, in the environment or the credentials file.
    pub credentials: &'static [&'static str],
}

/// Every vendor there is.
pub const VENDORS: &[Vendor] = &[
    Vendor {
        id: "binance",
        doc: "bars and depth of spot and USD-margined futures, funding payments; public",
        credentials: &[],
    },
    Vendor {
        id: "breeze",
        doc: "bars, quotes and option chains of Indian exchanges by ICICI Direct",
        credentials: &["BREEZE_API_KEY", "BREEZE_API_SECRET", "BREEZE_SESSION_TOKEN"],
    },
    Vendor {
        id: "twelvedata",
        doc: "bars of shares, currencies and crypto; up to 8 keys in turn",
        credentials: &["TWELVEDATA_API_KEYS"],
    },
    Vendor { id: "alpaca", doc: "bars of US shares", credentials: &["ALPACA_KEY_ID", "ALPACA_SECRET_KEY"] },
    Vendor {
        id: "fred",
        doc: "economic series with the days on which each value became known",
        credentials: &["FRED_API_KEY"],
    },
    Vendor { id: "news", doc: "articles by NewsAPI's search, or a feed", credentials: &["NEWSAPI_KEY"] },
    Vendor {
        id: "http",
        doc: "daily bars as JSON or CSV from an address, said in a TOML file",
        credentials: &["HTTP_SOURCE_KEY"],
    },
];
