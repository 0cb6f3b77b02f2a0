//! A day of Nasdaq's book and six minutes of a crypto book, against a few lines that know nothing of the library.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use proofmark_features::micro::{
    MICRO_FEATURES, MicroInput, MicroSettings, Quote, SignedBy, Span, Trade, micro_bars, sign_trades,
};
use proofmark_market::book::{DepthBook, DepthMessage, MessageKind, Sampler, Side, VisibleBook};
use proofmark_sources::{ReadOptions, book_files_of, read_binance_events, read_lobster};
use proofmark_units::{Instant, Zone};

use crate::bars::data;

const SECOND: i64 = 1_000_000_000;

fn unpacked(path: &Path) -> Vec<Vec<f64>> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let number = |cell: &str| cell.trim().parse::<f64>();
    let row = |line: &str| line.split(',').map(number).collect::<Result<Vec<_>, _>>().ok();
    text.lines().filter_map(row).collect()
}

struct Day {
    quotes: Vec<Quote>,
    trades: Vec<Trade>,
    open: Instant,
    close: Instant,
    messages: PathBuf,
}

fn lobster() -> Option<Day> {
    let messages = data("l2/lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz")?;
    let zone = Zone::named("America/New_York").unwrap();
    let (mut quotes, mut trades) = (Vec::new(), Vec::new());
    let mut book = VisibleBook::new(1);
    let mut sampler = Sampler::new(3_600 * SECOND, 1);
    let books = book_files_of(&messages).unwrap();
    read_lobster(&messages, &books, (None, &zone), &ReadOptions::default(), |message, after, _| {
        book.take(message, after, &mut sampler).unwrap();
        let known_at = book.clock().unwrap();
        if matches!(message.kind, MessageKind::Execution | MessageKind::HiddenExecution) {
            // The message names the side that waited.
            let taker = if message.side == Side::Bid { Side::Ask } else { Side::Bid };
            trades.push(Trade {
                event_time: message.stamp.event_time,
                known_at,
                price: message.level.price.to_f64(),
                size: message.level.size.to_f64(),
                taker: Some(taker),
            });
        }
        quotes.push(Quote::of(book.view(), known_at));
        true
    })
    .unwrap();
    let date = "2012-06-21".parse().unwrap();
    let at = |hours: i64| zone.instant(date, hours * 3_600 * SECOND).unwrap();
    let open = at(9).plus_seconds(1_800);
    Some(Day { quotes, trades, open, close: at(16), messages })
}

#[test]
fn a_day_of_amazon_agrees_with_the_files_own_columns() {
    let Some(day) = lobster() else { return };
    let input =
        MicroInput { quotes: &day.quotes, trades: Some(&day.trades), books: None, complete_to: day.close };
    let whole = [Span { from: day.open, to: day.close }];
    let bar = &micro_bars(&input, &whole, MicroSettings::default()).unwrap()[0];

    // Time, type, order, size, price, direction beside ask, size, bid, size; prices times 10,000.
    let messages = unpacked(&day.messages);
    let books = unpacked(&book_files_of(&day.messages).unwrap());
    assert_eq!(messages.len(), books.len());
    let (mut weighted, mut time) = (0.0, 0.0);
    for (row, book) in books.iter().enumerate() {
        let until = messages.get(row + 1).map_or(57_600.0, |next| next[0]);
        let stood = until - messages[row][0];
        weighted += stood * (book[0] - book[2]) / 10_000.0;
        time += stood;
    }
    let spread = bar.spread.unwrap();
    assert!((spread / (weighted / time) - 1.0).abs() < 1e-7, "{spread} and {}", weighted / time);
    // Amazon traded near 222 with a spread of some cents that day.
    assert!((0.05..0.3).contains(&spread) && (2e-4..1.4e-3).contains(&bar.relative_spread.unwrap()));
    assert!(bar.quoted_share > 0.999 && (215.0..230.0).contains(&bar.mid.unwrap()));

    let (mut paid, mut size) = (0.0, 0.0);
    for row in (0..messages.len()).filter(|row| messages[*row][1] == 4.0 || messages[*row][1] == 5.0) {
        let Some(before) = (0..row).rev().find(|b| messages[*b][0] < messages[row][0]) else { continue };
        let mid = (books[before][0] + books[before][2]) / 2.0;
        let cost = -2.0 * messages[row][5] * (messages[row][4] - mid) / mid;
        paid += cost * messages[row][3];
        size += messages[row][3];
    }
    let effective = bar.effective_spread.unwrap();
    assert!((effective / (paid / size) - 1.0).abs() < 1e-9, "{effective} and {}", paid / size);
    let total: f64 = messages.iter().filter(|m| m[1] == 4.0 || m[1] == 5.0).map(|m| m[3]).sum();
    assert_eq!(bar.volume, Some(total));
    // What the taker pays is what the other side keeps and what the price moves.
    assert!(effective > 0.0 && effective < bar.relative_spread.unwrap());
    assert!(bar.trade_impact.unwrap() > 0.0);

    // Without the venue's word the rule of Lee and Ready has to be right for most trades.
    let blind: Vec<Trade> = day.trades.iter().map(|t| Trade { taker: None, ..*t }).collect();
    let signed = sign_trades(&blind, &day.quotes);
    let by_quote = signed.iter().flatten().filter(|(_, by)| *by == SignedBy::Quote).count();
    let right = signed.iter().zip(&day.trades).filter(|(s, t)| s.map(|s| s.0) == t.taker).count();
    let share = right as f64 / day.trades.len() as f64;
    assert!(share > 0.8 && by_quote * 10 > day.trades.len() * 8, "{share} right, {by_quote} by the quote");
}

#[test]
fn minutes_of_amazon_have_order_flow_that_moves_the_price() {
    let Some(day) = lobster() else { return };
    let input =
        MicroInput { quotes: &day.quotes, trades: Some(&day.trades), books: None, complete_to: day.close };
    let spans: Vec<Span> = (0..390)
        .map(|k| Span { from: day.open.plus_seconds(60 * k), to: day.open.plus_seconds(60 * (k + 1)) })
        .collect();
    let bars = micro_bars(&input, &spans, MicroSettings::default()).unwrap();
    assert_eq!(bars.len(), 390);
    let sum: f64 = bars.iter().filter_map(|bar| bar.order_flow).sum();
    let whole = [Span { from: day.open, to: day.close }];
    let once = micro_bars(&input, &whole, MicroSettings::default()).unwrap()[0].order_flow.unwrap();
    assert!((sum - once).abs() < 1e-6, "flows of minutes add up to the day's: {sum} and {once}");
    for feature in MICRO_FEATURES {
        let column = feature.column(&bars);
        let found = column.iter().filter(|value| value.is_finite()).count();
        let needs_books = feature.definition.inputs.contains(&"sampled books");
        assert_eq!(found == 0, needs_books, "{}: {found} values", feature.definition.name);
    }
    let column =
        |name: &str| MICRO_FEATURES.iter().find(|f| f.definition.name == name).unwrap().column(&bars);
    // Both impacts are positive in every window of an hour of this day; Cont, Kukanov and Stoikov report the same of theirs.
    for name in ["mic_flow_impact", "mic_kyle_lambda"] {
        let positive = column(name).into_iter().filter(|slope| *slope > 0.0).count();
        let found = column(name).into_iter().filter(|slope| slope.is_finite()).count();
        assert!(positive * 10 > found * 9, "{name}: {positive} of {found}");
    }
}

#[test]
fn six_minutes_of_bitcoin_agree_with_a_plain_loop() {
    let Some(path) = data("l2/binance_spot_btcusdt_20240808_events.parquet") else { return };
    let mut book = DepthBook::default();
    let mut sampler = Sampler::new(SECOND, 10);
    let (mut quotes, mut trades, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    read_binance_events(&path, &ReadOptions::default(), |message, received| {
        let (fill, sent) = match &message {
            DepthMessage::Trade { stamp, .. } => (message.fill(), stamp.event_time),
            _ => (None, received),
        };
        book.take(message, received, &mut sampler).unwrap();
        let known_at = book.clock().unwrap();
        match fill {
            Some(fill) => trades.push(Trade::of_fill(fill, sent.min(known_at), known_at)),
            None => {
                quotes.push(Quote::of(book.view(), known_at));
                let best = |side| book.view().and_then(|v| v.book.best(side)).map(|l| l.price.to_f64());
                plain.push((known_at.nanos(), best(Side::Bid).zip(best(Side::Ask))));
            }
        }
        true
    })
    .unwrap();
    let (last, view) = (book.clock().unwrap(), book.view());
    let (rows, _) = sampler.finish(Some(last), view);
    assert!(trades.len() > 5_000 && quotes.len() > 3_000, "{} trades, {} quotes", trades.len(), quotes.len());

    let first = rows.row(0).known_at;
    let spans: Vec<Span> = (0..30)
        .map(|k| Span { from: first.plus_seconds(10 * k), to: first.plus_seconds(10 * (k + 1)) })
        .collect();
    let input = MicroInput { quotes: &quotes, trades: Some(&trades), books: Some(&rows), complete_to: last };
    let settings = MicroSettings { realised_after_nanos: 5 * SECOND, levels: 10 };
    let bars = micro_bars(&input, &spans, settings).unwrap();
    assert_eq!(bars.len(), 30);
    for (bar, span) in bars.iter().zip(&spans) {
        let (from, to) = (span.from.nanos(), span.to.nanos());
        let (mut weighted, mut time) = (0.0, 0_i64);
        for (index, (start, best)) in plain.iter().enumerate() {
            let until = plain.get(index + 1).map_or(i64::MAX, |next| next.0).min(to);
            let stood = until - (*start).max(from);
            if let (Some((bid, ask)), true) = (best, stood > 0) {
                weighted += (ask - bid) * stood as f64;
                time += stood;
            }
        }
        let spread = bar.spread.unwrap();
        assert!((spread - weighted / time as f64).abs() < 1e-6, "{spread} and {}", weighted / time as f64);
        // The tick is a cent at 61,686: less than a hundredth of a basis point.
        assert!((0.01..1.0).contains(&spread) && bar.relative_spread.unwrap() < 2e-5);
        assert!(bar.depth.unwrap() > 0.0 && bar.slope.unwrap() > 0.0 && bar.event_time <= bar.known_at);
    }
    let sizes: f64 = trades
        .iter()
        .filter(|t| t.known_at > spans[0].from && t.known_at <= spans[29].to)
        .map(|t| t.size)
        .sum();
    let volume: f64 = bars.iter().map(|bar| bar.volume.unwrap()).sum();
    assert!((volume - sizes).abs() < 1e-6 && volume > 0.0);
}
