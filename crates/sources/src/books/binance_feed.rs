//! The raw stream of Binance as a recorder wrote it: `<received ns> <json>` a line.

use std::io::{BufRead, Read};
use std::path::Path;

use proofmark_market::book::{
    BestQuote, DepthMessage, DepthSnapshot, DepthUpdate, Fixed, Level, ParseFixedError, Side, Stamp,
};
use proofmark_units::Instant;
use serde::Deserialize;

use super::BookFile;
use crate::collect::{Complaint, Place, Problems};
use crate::delimited::failed;
use crate::{ReadError, ReadOptions, input};

/// A snapshot of 5,000 levels a side has some 250,000 bytes.
const MOST_BYTES: u64 = 8 << 20;

/// Reads a recorded stream of spot or of futures: `depthUpdate`, `bookTicker`, `trade` and `aggTrade` events, bare or inside
/// `{"stream": .., "data": ..}`, and the replies of the depth address (`lastUpdateId`) among them. Plain or gzip.
///
/// `each` gets a message and the time at which it was received, and says whether to go on. The exchange's time is the
/// transaction time `T` where there is one, else the event time `E`, else that of receipt. A line that cannot be read is
/// listed; if it was an update, the next one shows a gap.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used.
pub fn read_binance_feed(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    mut each: impl FnMut(DepthMessage, Instant) -> bool,
) -> Result<BookFile, ReadError> {
    let file = path.as_ref();
    let mut content = input::unpacked(input::open(file)?, options.max_decompressed_bytes)
        .map_err(|source| failed(file, options, 0, source))?;
    let mut problems = Problems::new(file, options.max_problems);
    let mut book = BookFile::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = content.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line);
        let read = read.map_err(|source| failed(file, options, book.rows_read, source))?;
        if read == 0 {
            break;
        }
        if read as u64 == MOST_BYTES {
            let limit = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
            return Err(ReadError::LineTooLong { file: file.to_owned(), line: book.rows_read, limit });
        }
        book.rows_read += 1;
        let row = book.rows_read;
        let place = Place { row, line: Some(row) };
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match message(text, row) {
            Ok((received, symbol, message)) => {
                if book.symbol.is_none() {
                    book.symbol = symbol;
                }
                if let Some(message) = message
                    && !each(message, received)
                {
                    break;
                }
            }
            Err(complaint) => problems.push(place, book.symbol.as_deref(), None, complaint)?,
        }
    }
    if book.rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(BookFile { problems: problems.list, ..book })
}

type Read1 = (Instant, Option<String>, Option<DepthMessage>);

fn message(line: &[u8], row: u64) -> Result<Read1, Complaint> {
    let space =
        line.iter().position(|b| *b == b' ').ok_or_else(|| Complaint::new("short_row", "json", ""))?;
    let (stamp, json) = line.split_at(space);
    let received = std::str::from_utf8(stamp).ok().and_then(|text| text.parse().ok());
    let received = Instant::from_nanos(
        received.ok_or_else(|| Complaint::new("bad_number", "received", &String::from_utf8_lossy(stamp)))?,
    );
    let parsed: Line = serde_json::from_slice(json)
        .map_err(|error| Complaint::new("bad_text", "json", &error.to_string()))?;
    let event = match parsed {
        Line::Wrapped { data } => data,
        Line::Bare(event) => event,
        Line::Snapshot(reply) => {
            let stamp = Stamp::new(time(reply.transaction, reply.event, received), received);
            let (levels, damaged) = both(&reply.bids, &reply.asks);
            let snapshot = DepthSnapshot { stamp, row, last_id: reply.last_update_id, levels, damaged };
            return Ok((received, None, Some(DepthMessage::Snapshot(snapshot))));
        }
    };
    Ok(match event {
        Event::Depth(update) => {
            let stamp = Stamp::new(time(update.transaction, update.event, received), received);
            let (levels, damaged) = both(&update.bids, &update.asks);
            let message = DepthUpdate {
                stamp,
                row,
                first_id: Some(update.first),
                previous_id: update.previous,
                last_id: update.last,
                levels,
                damaged,
            };
            (received, Some(update.symbol), Some(DepthMessage::Update(message)))
        }
        Event::Quote(quote) => {
            let stamp = Stamp::new(time(quote.transaction, quote.event, received), received);
            let read = |price: &str, size: &str| {
                level(price, size).map_err(|error| Complaint::new("bad_number", "bookTicker", &error.text))
            };
            let (bid, ask) = (read(&quote.bid, &quote.bid_size)?, read(&quote.ask, &quote.ask_size)?);
            let message = BestQuote { stamp, row, id: quote.id, bid, ask };
            (received, Some(quote.symbol), Some(DepthMessage::Quote(message)))
        }
        Event::Trade(trade) => {
            let stamp = Stamp::new(time(trade.transaction, trade.event, received), received);
            let print = match (&trade.price, &trade.size, trade.buyer_is_maker) {
                (Some(price), Some(size), Some(buyer_is_maker)) => {
                    let at = level(price, size)
                        .map_err(|error| Complaint::new("bad_number", "trade", &error.text))?;
                    Some((if buyer_is_maker { Side::Ask } else { Side::Bid }, at))
                }
                _ => None,
            };
            let (id, prints) = (trade.id.or(trade.aggregate_id), print.into_iter().collect());
            (received, Some(trade.symbol), Some(DepthMessage::Trade { stamp, row, id, prints }))
        }
        Event::Other => (received, None, None),
    })
}

fn time(transaction: Option<i64>, event: Option<i64>, received: Instant) -> Instant {
    let nanos = transaction.or(event).and_then(|millis| millis.checked_mul(1_000_000));
    nanos.map_or(received, Instant::from_nanos)
}

fn level(price: &str, size: &str) -> Result<Level, ParseFixedError> {
    Ok(Level { price: price.parse()?, size: size.parse::<Fixed>()? })
}

/// The levels of both sides, and whether one of them could not be read.
fn both(bids: &[(String, String)], asks: &[(String, String)]) -> (Vec<(Side, Level)>, bool) {
    let side = |side: Side, levels: &[(String, String)]| {
        levels.iter().map(move |(price, size)| Ok((side, level(price, size)?))).collect::<Vec<_>>()
    };
    let all = [side(Side::Bid, bids), side(Side::Ask, asks)].concat();
    let damaged = all.iter().any(Result::is_err);
    (all.into_iter().filter_map(Result::<_, ParseFixedError>::ok).collect(), damaged)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Wrapped { data: Event },
    Snapshot(Reply),
    Bare(Event),
}

#[derive(Deserialize)]
struct Reply {
    #[serde(rename = "lastUpdateId")]
    last_update_id: i64,
    #[serde(rename = "T")]
    transaction: Option<i64>,
    #[serde(rename = "E")]
    event: Option<i64>,
    bids: Vec<(String, String)>,
    asks: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(tag = "e")]
enum Event {
    #[serde(rename = "depthUpdate")]
    Depth(Update),
    #[serde(rename = "bookTicker")]
    Quote(Ticker),
    #[serde(rename = "trade", alias = "aggTrade")]
    Trade(Print),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Update {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "T")]
    transaction: Option<i64>,
    #[serde(rename = "E")]
    event: Option<i64>,
    #[serde(rename = "U")]
    first: i64,
    #[serde(rename = "pu")]
    previous: Option<i64>,
    #[serde(rename = "u")]
    last: i64,
    #[serde(rename = "b")]
    bids: Vec<(String, String)>,
    #[serde(rename = "a")]
    asks: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Ticker {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "T")]
    transaction: Option<i64>,
    #[serde(rename = "E")]
    event: Option<i64>,
    #[serde(rename = "u")]
    id: i64,
    #[serde(rename = "b")]
    bid: String,
    #[serde(rename = "B")]
    bid_size: String,
    #[serde(rename = "a")]
    ask: String,
    #[serde(rename = "A")]
    ask_size: String,
}

#[derive(Deserialize)]
struct Print {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "t")]
    id: Option<i64>,
    #[serde(rename = "a")]
    aggregate_id: Option<i64>,
    #[serde(rename = "p")]
    price: Option<String>,
    #[serde(rename = "q")]
    size: Option<String>,
    #[serde(rename = "m")]
    buyer_is_maker: Option<bool>,
    #[serde(rename = "T")]
    transaction: Option<i64>,
    #[serde(rename = "E")]
    event: Option<i64>,
}
