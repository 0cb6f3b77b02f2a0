//! Snapshots that `proofmark ingest` filed: a depth reply of Binance, a best quote of Breeze.

use std::path::Path;

use proofmark_market::book::{DepthSnapshot, Fixed, Level, Side, Stamp};
use proofmark_units::Symbol;
use serde::Deserialize;

use crate::fetch::Article;
use crate::vendors::{BookSnapshot, Quote};
use crate::{ReadError, input};

/// Most bytes of one snapshot.
const MOST_BYTES: u64 = 64 << 20;

/// Reads one snapshot file; it gives the symbol and the book as it was seen, known when the reply arrived.
///
/// # Errors
/// [`ReadError`]: the file cannot be read, is not such a snapshot, or holds a number that is no price or size.
pub fn read_book_snapshot(path: impl AsRef<Path>) -> Result<(Symbol, DepthSnapshot), ReadError> {
    let file = path.as_ref();
    let filed: Filed = filed(file, "a filed snapshot of a book")?;
    let level = |(price, size): (f64, f64)| {
        let exact = |value: f64| {
            Fixed::from_f64(value).map_err(|error| ReadError::WrongFormat {
                file: file.to_owned(),
                expected: "a book of decimal numbers",
                found: error.to_string(),
            })
        };
        Ok::<_, ReadError>(Level { price: exact(price)?, size: exact(size)? })
    };
    let (stamp, last_id, bids, asks) = match filed.snapshot {
        Shape::Depth(book) => {
            let stamp = Stamp::new(book.exchange_time.unwrap_or(book.observed_at), book.observed_at);
            (stamp, book.last_update_id, book.bids, book.asks)
        }
        Shape::Quote(quote) => {
            let stamp = Stamp { event_time: quote.observed_at, known_at: quote.observed_at };
            // A side without a quote is written as zero.
            let side = |level: (f64, f64)| if level.0 > 0.0 { vec![level] } else { Vec::new() };
            (stamp, 0, side(quote.bid), side(quote.ask))
        }
    };
    let mut levels = Vec::with_capacity(bids.len() + asks.len());
    for (side, given) in [(Side::Bid, bids), (Side::Ask, asks)] {
        for pair in given {
            levels.push((side, level(pair)?));
        }
    }
    Ok((filed.symbol, DepthSnapshot { stamp, row: 1, last_id, levels, damaged: false }))
}

/// Reads the articles of one filed snapshot of a feed.
///
/// # Errors
/// [`ReadError`]: the file cannot be read, or is not such a snapshot.
pub fn read_article_snapshot(path: impl AsRef<Path>) -> Result<Vec<Article>, ReadError> {
    #[derive(Deserialize)]
    struct Filed {
        snapshot: Seen,
    }
    #[derive(Deserialize)]
    struct Seen {
        articles: Vec<Article>,
    }
    let filed: Filed = filed(path.as_ref(), "a filed snapshot of a feed")?;
    Ok(filed.snapshot.articles)
}

/// A filed JSON object of the form `T`.
pub(crate) fn filed<T: serde::de::DeserializeOwned>(
    file: &Path,
    expected: &'static str,
) -> Result<T, ReadError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let mut handle = input::open(file)?.take(MOST_BYTES + 1);
    handle
        .read_to_end(&mut bytes)
        .map_err(|source| ReadError::Unreadable { file: file.to_owned(), source })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ReadError::TooLarge { file: file.to_owned(), limit: MOST_BYTES });
    }
    serde_json::from_slice(&bytes).map_err(|error| ReadError::WrongFormat {
        file: file.to_owned(),
        expected,
        found: error.to_string(),
    })
}

#[derive(Deserialize)]
struct Filed {
    symbol: Symbol,
    snapshot: Shape,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    Depth(BookSnapshot),
    Quote(Quote),
}
