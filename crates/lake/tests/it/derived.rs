//! Tables of books and chains, read back by a plain Parquet reader.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proofmark_lake::derived::{ContractRow, encode_books, encode_chain};
use proofmark_market::book::{Book, BookRows, BookView, Fixed, Side};
use proofmark_market::options::{Black76, Right};
use proofmark_units::Instant;

fn read(bytes: Vec<u8>) -> RecordBatch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    std::fs::write(&path, bytes).unwrap();
    let file = std::fs::File::open(path).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.next().unwrap().unwrap()
}

fn number(batch: &RecordBatch, column: &str, row: usize) -> Option<f64> {
    let values = batch.column_by_name(column).unwrap().as_primitive::<Float64Type>();
    values.is_valid(row).then(|| values.value(row))
}

fn micros(batch: &RecordBatch, column: &str) -> i64 {
    batch.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>().value(0)
}

#[test]
fn books_keep_prices_exact_and_times_apart() {
    let fixed = |text: &str| text.parse::<Fixed>().unwrap();
    let mut book = Book::default();
    book.set(Side::Bid, fixed("61685.99"), fixed("0.00009"));
    book.set(Side::Ask, fixed("61686"), fixed("331.71409"));
    let mut rows = BookRows::of_depth(2);
    let at = Instant::from_nanos;
    rows.push(at(2_000_000_001), BookView { book: &book, event_time: at(1_999_999_999), sequence: 7 });
    let bytes = encode_books(&rows, "BTCUSDT", "events.parquet").unwrap();
    assert_eq!(bytes, encode_books(&rows, "BTCUSDT", "events.parquet").unwrap(), "same rows, same bytes");
    let batch = read(bytes);
    assert_eq!(
        (number(&batch, "bid_1", 0), number(&batch, "bid_size_1", 0)),
        (Some(61_685.99), Some(0.000_09))
    );
    assert_eq!((number(&batch, "mid", 0), number(&batch, "spread", 0)), (Some(61_685.995), Some(0.01)));
    assert_eq!((number(&batch, "ask_2", 0), number(&batch, "ask_depth", 0)), (None, Some(331.714_09)));
    // Rounded so that a row happened no later and is known no earlier than it was.
    assert_eq!((micros(&batch, "event_time"), micros(&batch, "known_at")), (1_999_999, 2_000_001));
    assert_eq!(batch.column_by_name("source").unwrap().as_string::<i32>().value(0), "events.parquet");
}

#[test]
fn a_contract_without_a_volatility_says_why_and_has_no_number() {
    let option = Black76::new(Right::Call, 100.0, 110.0, 0.5, 0.98).unwrap();
    let at = Instant::from_nanos(1_700_000_000_000_000_000);
    let used = ContractRow {
        event_time: at,
        known_at: at,
        underlying: "SPX".into(),
        expiry: "2024-11-18".parse().unwrap(),
        right: Right::Call,
        strike: 110.0,
        bid: Some(1.0),
        ask: Some(1.2),
        price: Some(1.1),
        years: 0.5,
        forward: Some(100.0),
        discount: Some(0.98),
        volatility: Some(0.2),
        greeks: option.greeks(0.2),
        state: "used",
    };
    let refused =
        ContractRow { price: None, volatility: None, greeks: None, state: "no_bid", ..used.clone() };
    let batch = read(encode_chain(&[used, refused], "chain.parquet").unwrap());
    assert_eq!(number(&batch, "delta", 0), option.greeks(0.2).map(|greeks| greeks.delta));
    assert_eq!((number(&batch, "volatility", 1), number(&batch, "vanna", 1)), (None, None));
    assert_eq!(batch.column_by_name("state").unwrap().as_string::<i32>().value(1), "no_bid");
}
