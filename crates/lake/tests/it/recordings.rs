//! Recorded order books: the same messages come back, whatever became of the files in between.

use proofmark_lake::seed::Seed;
use proofmark_lake::{Lake, Table};
use proofmark_market::book::{
    BestQuote, DepthBook, DepthMessage, DepthSnapshot, DepthUpdate, Fixed, Level, Sampler, Side, Stamp,
};
use proofmark_sources::{ReadOptions, read_binance_events, read_binance_feed};
use proofmark_units::{Digest, Instant};
use proptest::prelude::*;

use crate::corporate_actions::shared;
use crate::fixtures::{date, symbol};

type Stream = Vec<(DepthMessage, Instant)>;

fn level(price: i64, size: i64) -> Level {
    Level { price: Fixed::from_units(price), size: Fixed::from_units(size) }
}

/// One of each kind of message on either side of midnight, at odd nanoseconds; one arrives before it was sent.
fn stream() -> Stream {
    let midnight = date("2024-08-09").midnight_utc().nanos();
    let at = |nanos: i64| Instant::from_nanos(midnight + nanos);
    let (bid, ask) = ((Side::Bid, level(100, 7)), (Side::Ask, level(101, 9)));
    let stamp = |sent: i64, received: i64| Stamp::new(at(sent), at(received));
    vec![
        (
            DepthMessage::Snapshot(DepthSnapshot {
                stamp: stamp(-900_000_001, -800_000_001),
                row: 1,
                last_id: 10,
                levels: vec![bid, ask],
                damaged: false,
            }),
            at(-800_000_001),
        ),
        (
            DepthMessage::Update(DepthUpdate {
                stamp: stamp(300, -700),
                row: 3,
                first_id: Some(11),
                previous_id: None,
                last_id: 12,
                levels: vec![(Side::Ask, level(101, 0)), (Side::Ask, level(102, 1)), bid],
                damaged: false,
            }),
            at(-700),
        ),
        (
            DepthMessage::Update(DepthUpdate {
                stamp: stamp(1, 2),
                row: 6,
                first_id: None,
                previous_id: Some(12),
                last_id: 13,
                levels: Vec::new(),
                damaged: true,
            }),
            at(2),
        ),
        (
            DepthMessage::Quote(BestQuote {
                stamp: stamp(5, 6),
                row: 7,
                id: 13,
                bid: bid.1,
                ask: level(102, 1),
            }),
            at(6),
        ),
        (DepthMessage::Trade { stamp: stamp(7, 8), row: 8, id: Some(-4), prints: vec![bid] }, at(8)),
        (DepthMessage::Trade { stamp: stamp(9, 9), row: 9, id: None, prints: Vec::new() }, at(9)),
    ]
}

fn record(lake: &mut Lake, name: &str, stream: &Stream) -> Option<u64> {
    let digest = Digest::of(format!("{stream:?}").as_bytes());
    let mut writer = lake.record_book(&symbol("BTC"), "venue", name, digest).unwrap()?;
    for (message, received) in stream {
        writer.push(message, *received).unwrap();
    }
    Some(writer.finish().unwrap().rows)
}

fn read(lake: &Lake, name: &str) -> Stream {
    let all = lake.book_recordings(&symbol("BTC")).unwrap();
    let one = all.iter().find(|one| one.source.starts_with(name)).unwrap();
    let mut stream = Vec::new();
    lake.read_recording(&symbol("BTC"), one, |message, received| {
        stream.push((message, received));
        true
    })
    .unwrap();
    stream
}

#[test]
fn a_recording_comes_back_message_by_message_through_merges_and_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path().join("lake")).unwrap();
    let (first, mut second) = (stream(), stream());
    second.truncate(2);
    assert_eq!(record(&mut lake, "one", &first), Some(10));
    assert_eq!(record(&mut lake, "two", &second), Some(5));
    assert_eq!(record(&mut lake, "renamed", &first), None, "the same bytes are one recording");
    let info = |lake: &Lake| {
        lake.tables().unwrap().into_iter().find(|table| table.table == Table::BookEvents).unwrap()
    };
    let held = info(&lake);
    assert_eq!((held.rows, held.current, held.files), (15, 15, 3));
    assert_eq!((held.first, held.last), (Some(date("2024-08-08")), Some(date("2024-08-09"))));
    assert_eq!((read(&lake, "one"), read(&lake, "two")), (first.clone(), second.clone()));

    let to = folder.path().join("seed");
    lake.back_up(&to, "a test", &|| ()).unwrap();
    assert_eq!(lake.compact().unwrap().files_after, 1);
    assert_eq!((read(&lake, "one"), read(&lake, "two")), (first.clone(), second.clone()));
    assert_eq!(record(&mut lake, "renamed", &first), None, "also when its files were merged");

    let seed = Seed::open(&to, &|| ()).unwrap();
    let mut other = Lake::open(folder.path().join("other")).unwrap();
    other.restore(&seed, false, &|| ()).unwrap();
    assert_eq!((read(&other, "one"), read(&other, "two")), (first.clone(), second));
    assert_eq!(record(&mut other, "renamed", &first), None, "and when they came from a seed");
    assert_eq!(lake.restore(&seed, false, &|| ()).unwrap().added, 0);
    assert_eq!((lake.verify().unwrap(), other.verify().unwrap()), (vec![], vec![]));
}

#[test]
fn a_writer_that_does_not_finish_leaves_the_lake_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let stream = stream();
    let mut writer = lake.record_book(&symbol("BTC"), "venue", "half", Digest::of(b"x")).unwrap().unwrap();
    for (message, received) in &stream {
        writer.push(message, *received).unwrap();
    }
    drop(writer);
    assert!(Lake::open(folder.path()).unwrap().names(Table::BookEvents).is_empty());
    assert_eq!(lake.compact().unwrap().removed, 1, "the part of the first day lay about");
    let far = Instant::from_nanos(i64::MAX);
    let odd = DepthMessage::Trade { stamp: Stamp::new(far, far), row: 1, id: None, prints: Vec::new() };
    let mut writer = lake.record_book(&symbol("BTC"), "venue", "far", Digest::of(b"y")).unwrap().unwrap();
    assert!(writer.push(&odd, far).is_err(), "a time of the year 2262 is damage");
}

/// What a book is after a stream, and what was said of it on the way.
fn rebuilt(stream: &Stream) -> (String, String) {
    let mut book = DepthBook::default();
    let mut sampler = Sampler::new(1_000_000_000, 5);
    for (message, received) in stream {
        book.take(message.clone(), *received, &mut sampler).unwrap();
    }
    let best = [Side::Bid, Side::Ask].map(|side| book.view().and_then(|view| view.book.best(side)));
    (
        format!("{best:?}"),
        format!("{:?} {:?} {:?}", book.counts(), book.log(), sampler.finish(book.clock(), book.view())),
    )
}

#[test]
fn real_recordings_come_back_bit_for_bit() {
    for (file, end) in [
        ("l2/binance_spot_btcusdt_20240808_events.parquet", Some((6_168_599_000_000, 6_168_600_000_000))),
        ("l2/raw_feed/binance_usdm_btcusdt_20240808T2354_60s.jsonl.gz", None),
    ] {
        let Some(path) = shared(file) else { return };
        let mut stream: Stream = Vec::new();
        let each = |message, received| {
            stream.push((message, received));
            true
        };
        let options = ReadOptions::default();
        match path.extension() {
            Some(end) if end == "parquet" => read_binance_events(&path, &options, each).unwrap(),
            _ => read_binance_feed(&path, &options, each).unwrap(),
        };
        let folder = tempfile::tempdir().unwrap();
        let mut lake = Lake::open(folder.path()).unwrap();
        assert!(record(&mut lake, "real", &stream).unwrap() >= stream.len() as u64);
        let back = read(&lake, "real");
        assert!(back == stream, "{file}: {} of {} messages", back.len(), stream.len());
        let (own, kept) = (rebuilt(&stream), rebuilt(&back));
        assert_eq!(own, kept);
        if let Some((bid, ask)) = end {
            let [bid, ask] = [bid, ask].map(|units| format!("price: {:?}", Fixed::from_units(units)));
            assert!(own.0.contains(&bid) && own.0.contains(&ask), "{}", own.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_stream_comes_back(
        told in proptest::collection::vec(
            (0_i64..200_000_000_000_000, -2_000_000_000_i64..2_000_000_000, 0_usize..4,
             proptest::collection::vec((any::<bool>(), any::<i64>(), any::<i64>()), 0..4), any::<Option<i64>>()),
            1..20,
        )
    ) {
        let start = date("2024-08-08").midnight_utc().nanos();
        let stream: Stream = told
            .into_iter()
            .enumerate()
            .map(|(place, (after, late, kind, levels, id))| {
                let received = Instant::from_nanos(start + after);
                let stamp = Stamp::new(Instant::from_nanos(start + after - late), received);
                let row = 2 * place as u64 + 1;
                let side = |bid| if bid { Side::Bid } else { Side::Ask };
                let levels: Vec<_> = levels.into_iter().map(|(bid, p, s)| (side(bid), level(p, s))).collect();
                let message = match kind {
                    0 => DepthMessage::Snapshot(DepthSnapshot { stamp, row, last_id: id.unwrap_or(0), levels, damaged: late > 0 }),
                    1 => DepthMessage::Update(DepthUpdate {
                        stamp, row, first_id: id, previous_id: id, last_id: after, levels, damaged: late < 0,
                    }),
                    2 => DepthMessage::Quote(BestQuote { stamp, row, id: after, bid: level(after, late), ask: level(late, after) }),
                    _ => DepthMessage::Trade { stamp, row, id, prints: levels },
                };
                (message, received)
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let mut lake = Lake::open(folder.path()).unwrap();
        record(&mut lake, "any", &stream);
        prop_assert_eq!(read(&lake, "any"), stream);
    }
}
