//! Order books: real files with known answers, and files that lie.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proofmark_market::book::{BookRows, BookRule, DepthBook, DepthMessage, Fill, Sampler, Side, VisibleBook};
use proofmark_sources::{
    BookFile, ReadError, ReadOptions, book_files_of, read_binance_events, read_binance_feed,
    read_book_snapshot, read_lobster,
};
use proofmark_units::Zone;
use proptest::prelude::*;

use crate::real_files::data;

const SECOND: i64 = 1_000_000_000;

fn feed(path: &Path) -> (DepthBook, Result<BookFile, ReadError>, (BookRows, u64)) {
    let mut book = DepthBook::default();
    let mut sampler = Sampler::new(SECOND, 5);
    let read = read_binance_feed(path, &ReadOptions::default(), |message, received| {
        book.take(message, received, &mut sampler).is_ok()
    });
    let rows = sampler.finish(book.clock(), book.view());
    (book, read, rows)
}

fn lobster(messages: &Path, books: &Path) -> (Option<VisibleBook>, Result<BookFile, ReadError>) {
    let zone = Zone::named("America/New_York").unwrap();
    let mut book: Option<VisibleBook> = None;
    let mut sampler = Sampler::new(60 * SECOND, 10);
    let read =
        read_lobster(messages, books, (None, &zone), &ReadOptions::default(), |message, after, depth| {
            let book = book.get_or_insert_with(|| VisibleBook::new(depth));
            book.take(message, after, &mut sampler).is_ok()
        });
    (book, read)
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

#[test]
fn spot_events_end_at_the_known_quotes_and_never_cross() {
    let Some(path) = data("l2/binance_spot_btcusdt_20240808_events.parquet") else { return };
    let mut book = DepthBook::default();
    let mut sampler = Sampler::new(SECOND, 10);
    let read = read_binance_events(&path, &ReadOptions::default(), |message, received| {
        book.take(message, received, &mut sampler).is_ok()
    })
    .unwrap();
    assert_eq!((read.rows_read, read.problems.len()), (135_847, 0));
    let view = book.view().unwrap();
    let best = |side| view.book.best(side).unwrap().price.to_string();
    assert_eq!((best(Side::Bid).as_str(), best(Side::Ask).as_str()), ("61685.99", "61686"));
    // 3,448 updates follow the snapshot in the file; one more came before it and is newer, so it waited.
    assert_eq!((book.counts().snapshots, book.counts().applied, book.counts().in_snapshot), (1, 3_449, 2));
    // The only thing wrong with the file is that its two clocks differ.
    assert!(book.log().count(BookRule::ClockAhead) > 0);
    assert_eq!(book.log().counts.len(), 1, "{:?}", book.log().counts);
    let (rows, _) = sampler.finish(book.clock(), book.view());
    assert!(rows.len() > 300);
    for row in rows.iter() {
        assert!(row.event_time <= row.known_at && !row.is_crossed());
        assert!(row.spread().unwrap().is_positive());
    }
}

#[test]
fn lobster_books_follow_from_their_messages_row_by_row() {
    for (name, messages, levels) in [
        ("AMZN_2012-06-21_34200000_57600000_message_1.csv.gz", 57_515, 1),
        ("AAPL_2012-06-21_message_10_first_1000.csv.gz", 999, 10),
    ] {
        let Some(path) = data(&format!("l2/lobster/{name}")) else { return };
        let books = book_files_of(&path).unwrap();
        let (book, read) = lobster(&path, &books);
        let (book, read) = (book.unwrap(), read.unwrap());
        let counts = book.counts();
        assert_eq!((read.rows_read, read.problems.len(), counts.messages), (messages, 0, messages));
        assert_eq!((counts.rows_compared, counts.rows_equal), (counts.messages - 1, counts.messages - 1));
        assert!(book.log().counts.is_empty(), "{:?}", book.log());
        assert_eq!(book.view().unwrap().book.len(Side::Bid), levels);
        eprintln!("{name}: {counts:?}");
    }
}

#[test]
fn the_raw_stream_joins_its_snapshot_and_agrees_with_the_venues_own_quotes() {
    let Some(path) = data("l2/raw_feed/binance_usdm_btcusdt_20240808T2354_60s.jsonl.gz") else { return };
    let (book, read, (rows, _)) = feed(&path);
    let read = read.unwrap();
    assert_eq!((read.rows_read, read.problems.len(), read.symbol.as_deref()), (15_738, 0, Some("BTCUSDT")));
    let counts = book.counts();
    assert_eq!((counts.snapshots, counts.applied, counts.in_snapshot, counts.unused), (1, 1_144, 4, 0));
    assert_eq!((counts.quotes_compared, counts.quotes_equal, counts.trades), (33, 33, 2_501));
    assert_eq!((book.log().count(BookRule::SequenceGap), book.log().count(BookRule::Crossed)), (0, 0));
    assert!(rows.len() >= 59, "{}", rows.len());
}

const STREAM: &str = r#"1000000000 {"e":"depthUpdate","E":900,"s":"X","U":1,"u":3,"b":[["99.5","1"]],"a":[]}
1500000000 {"lastUpdateId":3,"bids":[["99.5","2"],["99","1"]],"asks":[["100.25","4"]]}
2500000000 {"stream":"x@depth","data":{"e":"depthUpdate","E":2400,"s":"X","U":4,"u":5,"b":[["99.5","0"]],"a":[["100","1"]]}}
"#;

#[test]
fn a_stream_of_spot_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let (book, read, (rows, missing)) = feed(&write(folder.path(), "x.jsonl", STREAM));
    assert!(read.unwrap().problems.is_empty() && book.log().counts.is_empty(), "{:?}", book.log());
    let best = |side| book.view().unwrap().book.best(side).unwrap();
    assert_eq!(
        (best(Side::Bid).price.to_string(), best(Side::Ask).price.to_string()),
        ("99".into(), "100".into())
    );
    // At 1 s the book was not known; at 2 s it was the snapshot's.
    assert_eq!((missing, rows.len()), (1, 1));
    assert_eq!(rows.row(0).mid(), Some(99.875));
}

fn fills(path: &Path) -> Vec<Option<Fill>> {
    let mut fills = Vec::new();
    read_binance_feed(path, &ReadOptions::default(), |message, _| {
        if let DepthMessage::Trade { .. } = message {
            fills.push(message.fill());
        }
        true
    })
    .unwrap();
    fills
}

#[test]
fn a_trade_says_its_price_size_and_taker_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let trade = |rest: &str| format!(r#"1 {{"e":"trade","E":1,"s":"X"{rest}}}"#);
    let lines = [
        r#","p":"99.5","q":"2","m":true"#, // the buyer waited: the seller took
        r#","p":"99.5","q":"2","m":false"#,
        r#","p":"99.5","q":"2""#,
        r#","p":"x","q":"2","m":true"#, // listed as a bad row
        r#","p":"0","q":"2","m":true"#,
        "",
    ]
    .map(trade);
    let got = fills(&write(folder.path(), "x.jsonl", &lines.join("\n")));
    let takers: Vec<Option<Side>> = got.iter().map(|fill| fill.map(|fill| fill.taker)).collect();
    assert_eq!(takers, [Some(Side::Ask), Some(Side::Bid), None, None, None]);
    let level = got[0].unwrap().level;
    assert_eq!((level.price.to_string(), level.size.to_string()), ("99.5".into(), "2".into()));

    let Some(path) = data("l2/raw_feed/binance_usdm_btcusdt_20240808T2354_60s.jsonl.gz") else { return };
    let real = fills(&path);
    assert!(real.len() == 2_501 && real.iter().all(Option::is_some));
}

#[test]
fn what_is_wrong_with_a_stream_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    for (line, rule) in [
        (r#"3000000000 {"e":"depthUpdate","E":1,"s":"X","U":9,"u":9,"b":[],"a":[]}"#, BookRule::SequenceGap),
        (r#"3000000000 {"e":"depthUpdate","E":1,"s":"X","U":4,"u":5,"b":[],"a":[]}"#, BookRule::OutOfOrder),
        (
            r#"3000000000 {"e":"depthUpdate","E":1,"s":"X","U":6,"u":6,"b":[["1","-2"]],"a":[]}"#,
            BookRule::NegativeSize,
        ),
        (
            r#"3000000000 {"e":"depthUpdate","E":1,"s":"X","U":6,"u":6,"b":[["-1","2"]],"a":[]}"#,
            BookRule::BadPrice,
        ),
        (
            r#"3000000000 {"e":"depthUpdate","E":1,"s":"X","U":6,"u":6,"b":[["x","2"]],"a":[]}"#,
            BookRule::Damaged,
        ),
        (
            r#"3000000000 {"e":"depthUpdate","E":1,"s":"X","U":6,"u":6,"b":[["100","2"]],"a":[]}"#,
            BookRule::Crossed,
        ),
        (
            r#"2000000000 {"e":"depthUpdate","E":1,"s":"X","U":6,"u":6,"b":[],"a":[]}"#,
            BookRule::TimeBackwards,
        ),
        (
            r#"3000000000 {"e":"depthUpdate","E":9000,"s":"X","U":6,"u":6,"b":[],"a":[]}"#,
            BookRule::ClockAhead,
        ),
        (r#"3000000000 {"lastUpdateId":1,"bids":[],"asks":[]}"#, BookRule::OldSnapshot),
    ] {
        let (book, read, _) = feed(&write(folder.path(), "x.jsonl", &format!("{STREAM}{line}\n")));
        assert!(read.unwrap().problems.is_empty());
        assert_eq!(book.log().counts.keys().copied().collect::<Vec<_>>(), [rule], "{line}");
    }
    for (line, want) in
        [("x {}", "received"), ("1 {", "json"), ("1 {\"lastUpdateId\":1}", "json"), ("1", "json")]
    {
        let (_, read, _) = feed(&write(folder.path(), "x.jsonl", &format!("{STREAM}{line}\n")));
        let problems = read.unwrap().problems;
        assert_eq!((problems.len(), problems[0].row), (1, 4));
        assert!(problems[0].detail.contains(want), "{}", problems[0]);
    }
    let (_, read, _) = feed(&write(folder.path(), "x.jsonl", ""));
    assert!(matches!(read.unwrap_err(), ReadError::Empty { .. }));
}

#[test]
fn lobster_pairs_that_lie() {
    let folder = tempfile::tempdir().unwrap();
    let pair = |messages: &str, books: &str| {
        let file = write(folder.path(), "X_2012-06-21_message_1.csv", messages);
        let (book, read) = lobster(&file, &write(folder.path(), "X_2012-06-21_orderbook_1.csv", books));
        (book, read)
    };
    let (book, read) = pair(
        "34200.5,1,7,10,1000000,1\n34201,7,0,0,-1,-1\n34202.000000001,4,7,10,1000000,1\n",
        "1000100,5,1000000,10\n1000100,5,1000000,10\n1000100,5,-9999999999,0\n",
    );
    let (book, read) = (book.unwrap(), read.unwrap());
    assert!(read.problems.is_empty() && book.log().counts.is_empty(), "{:?} {:?}", read, book.log());
    assert_eq!(book.clock().unwrap().to_string(), "2012-06-21T13:30:02.000000001Z");
    assert_eq!(book.view().unwrap().book.best(Side::Ask).unwrap().price.to_string(), "100.01");
    let (_, read) = pair(
        "34200,9,1,1,1,1\n34200,1,1,-1,1,1\nx,1,1,1,1,1\n34200,1,1\n",
        "1,1,1,1\n1,1,1,1\n1,1,1,1\n1,1,1,1\n",
    );
    let read = read.unwrap();
    assert_eq!((read.problems.len(), read.rows_read), (4, 4), "{:?}", read.problems);
    let (_, read) = pair("34200,1,1,1,1,1\n34200,1,1,1,1,1\n", "1,1,1,1\n");
    assert!(read.unwrap_err().to_string().contains("goes on"));
    let file = write(folder.path(), "undated_message_1.csv", "34200,1,1,1,1,1\n");
    let (_, read) = lobster(&file, &file);
    assert!(read.unwrap_err().to_string().contains("date"));
}

#[test]
fn filed_snapshots_are_books() {
    let folder = tempfile::tempdir().unwrap();
    let depth = r#"{"symbol":"BTC","kind":"binance-spot/depth","observed_at":"2024-08-08T23:54:14Z","snapshot":{"venue":"binance-spot","code":"BTCUSDT",
        "observed_at":"2024-08-08T23:54:14Z","exchange_time":null,"last_update_id":7,"bids":[[61685.99,0.5]],"asks":[[61686.0,1e-5]]}}"#;
    let (symbol, snapshot) = read_book_snapshot(write(folder.path(), "a.json", depth)).unwrap();
    assert_eq!((symbol.as_str(), snapshot.last_id, snapshot.levels.len()), ("BTC", 7, 2));
    assert_eq!(snapshot.levels[1].1.size.units(), 1_000);
    let quote = r#"{"symbol":"INFY","kind":"breeze/quote","observed_at":"2024-08-08T05:00:00Z","snapshot":{"code":"INFTEC","exchange":"NSE",
        "observed_at":"2024-08-08T05:00:00Z","last":1500.0,"bid":[1499.95,10],"ask":[0.0,0.0]}}"#;
    let (_, snapshot) = read_book_snapshot(write(folder.path(), "b.json", quote)).unwrap();
    assert_eq!(snapshot.levels.len(), 1, "no ask");
    for bad in ["", "{}", "[]", r#"{"symbol":"A","snapshot":{}}"#] {
        assert!(matches!(
            read_book_snapshot(write(folder.path(), "c.json", bad)).unwrap_err(),
            ReadError::WrongFormat { .. }
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever bytes follow a good stream: an answer, never a panic.
    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400), line in "[0-9 {}:\\[\\]\",a-z.-]{0,200}") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("X_2012-06-21_message_1.csv");
        for content in [bytes, [STREAM.as_bytes(), line.as_bytes()].concat()] {
            std::fs::write(&path, &content).unwrap();
            let _ = feed(&path);
            let _ = lobster(&path, &path);
            let _ = read_book_snapshot(&path);
            let _ = proofmark_sources::read_chain_csv(&path, &proofmark_sources::ChainOptions::default());
        }
    }
}
