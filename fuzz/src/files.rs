//! Readers of files.

use std::collections::BTreeMap;

use proofmark_sources::{
    ChainOptions, FieldKind, ReadOptions, Wanted, observation_sources, read_actions, read_bars_csv,
    read_bars_parquet, read_binance_events, read_binance_feed, read_book_snapshot, read_chain_csv,
    read_chain_parquet, read_chain_snapshot, read_discount_curve, read_futures_csv, read_lobster,
    read_members, read_observations_parquet, read_records, sqlite::read_market_sqlite,
};
use proofmark_units::Zone;

use super::{choice, file};

/// Limits that a hostile file can reach within the memory of a run.
fn options() -> ReadOptions {
    ReadOptions { max_decompressed_bytes: 8 << 20, max_problems: 1_000, ..ReadOptions::default() }
}

/// Bars as CSV, plain or gzip, with and without missing prices.
pub fn csv_bars(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let path = file("AAA.csv", rest);
    let symbol_override = (first & 2 > 0).then(|| "AAA".parse().expect("a symbol"));
    let options = ReadOptions { keep_missing: first & 1 > 0, symbol_override, ..options() };
    let _ = read_bars_csv(path, &options);
}

/// Chosen columns of CSV and Parquet files.
pub fn records(data: &[u8]) {
    let path = file("records.csv", data);
    let wanted = |role, aliases, kind, required| Wanted { role, named: None, aliases, kind, required };
    let wanted = [
        wanted("time", &["time", "date"], FieldKind::Time, true),
        wanted("text", &["headline", "text"], FieldKind::Text, false),
        wanted("value", &["value", "close"], FieldKind::Number, false),
    ];
    let _ = read_records(path, &wanted, &options());
}

/// Bars and dated values as Parquet.
pub fn parquet_bars(data: &[u8]) {
    let path = file("bars.parquet", data);
    let _ = read_bars_parquet(&path, &options());
    let _ = read_observations_parquet(&path, "date", "close", &options());
}

/// The market schema of SQLite files.
pub fn sqlite(data: &[u8]) {
    let _ = read_market_sqlite(file("market.db", data), &options());
}

/// Order books: events, feeds, pairs of message and book files, filed snapshots.
pub fn books(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    match first % 4 {
        0 => drop(read_binance_events(file("events.parquet", rest), &options(), |_, _| true)),
        1 => drop(read_binance_feed(file("feed.jsonl", rest), &options(), |_, _| true)),
        2 => {
            let at = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len() / 2);
            let (messages, books) = rest.split_at(at);
            let messages = file("AMZN_2012-06-21_message_1.csv", messages);
            let books = file("AMZN_2012-06-21_orderbook_1.csv", books);
            let zone = Zone::named("America/New_York").expect("a zone");
            drop(read_lobster(messages, books, (None, &zone), &options(), |_, _, _| true));
        }
        _ => drop(read_book_snapshot(file("book.json", rest))),
    }
}

/// Option chains, discount curves and futures.
pub fn chains(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let reading = ChainOptions {
        reading: options(),
        columns: BTreeMap::new(),
        underlying: (first & 128 > 0).then(|| "SPX".to_owned()),
        zone: Zone::named("UTC").ok(),
    };
    match first % 5 {
        0 => drop(read_chain_csv(file("chain.csv", rest), &reading)),
        1 => drop(read_chain_parquet(file("chain.parquet", rest), &reading)),
        2 => drop(read_chain_snapshot(file("chain.json", rest))),
        3 => drop(read_discount_curve(file("curve.csv", rest), &options())),
        _ => drop(read_futures_csv(file("futures.csv", rest), &options())),
    }
}

/// Files of the listed sources of observations.
pub fn observations(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let sources = observation_sources().expect("the shipped table is whole");
    let source = &sources[usize::from(first) % sources.len()];
    let _ = source.read(&file("observations.csv", rest), &options());
}

/// Members of a universe and declared actions.
pub fn lists(data: &[u8]) {
    let _ = read_members(data);
    let _ = read_actions(data, "declared.csv");
}
