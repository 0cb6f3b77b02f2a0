//! The event-driven daily book of a long-only cross-section: scores in, money out.
//!
//! Order of events on a session: at the open risk exits (gap through stop or target, maximum hold), then waiting sells,
//! then waiting buys; within the session stop before target (worst case); at the close marking, delisting, the
//! accounting identity, then the decision. Prices are taken as given: no dividends, no interest on cash; a price band shows
//! itself as a locked bar, on which nothing fills.

mod capacity;
mod config;
mod decide;
mod engine;
mod history;
mod ledger;
mod nulls;
mod record;
mod selection;
mod sizing;

pub use capacity::Capacity;
pub use config::{BookConfig, BookError, Delisting, Selection, Sizing};
pub use engine::run_book;
pub use nulls::{NaiveRule, null_books, run_naive_books, run_null_books};
pub use record::{Book, ExitReason, Fill, FillReason, OpenPosition, Trade, WaterfallStep};
