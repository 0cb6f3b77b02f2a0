//! Order-book messages from files, one adapter a format. An adapter hands each message on as it reads it; what a message
//! does to a book is the business of `proofmark_market::book`.

mod binance_events;
mod binance_feed;
mod lobster;
mod snapshot;

pub use binance_events::read_binance_events;
pub use binance_feed::read_binance_feed;
pub use lobster::{book_files_of, read_lobster};
pub(crate) use snapshot::filed;
pub use snapshot::{read_article_snapshot, read_book_snapshot};

use crate::RowProblem;

/// What one file of messages held, beside the messages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BookFile {
    /// The instrument, where the file says one.
    pub symbol: Option<String>,
    /// Rows or lines seen, readable or not.
    pub rows_read: u64,
    /// Those that could not be read.
    pub problems: Vec<RowProblem>,
}
