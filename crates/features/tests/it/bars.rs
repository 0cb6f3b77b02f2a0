//! Bars for the tests: simulated, and real where `../shared/data` lies beside the checkout.

use std::io::Read;
use std::path::{Path, PathBuf};

use proofmark_market::{BarRow, Bars};
use proofmark_sources::simulator::{Scenario, SimulatedSymbol, World, WorldSpec, simulate};
use proofmark_units::{Date, Instant, Seed};

/// A world on `sessions` weekdays from 2008.
pub(crate) fn world(scenario: Scenario, symbols: usize, sessions: usize, strength: f64, seed: u64) -> World {
    let start = Date::from_ymd(2008, 1, 1).unwrap();
    let weekdays = (0..).map(|d| start.plus_days(d)).filter(|date| date.weekday() < 5);
    let sessions: Vec<Date> = weekdays.take(sessions).collect();
    let closes = sessions.iter().map(|date| date.midnight_utc().plus_seconds(36_000)).collect();
    simulate(&WorldSpec { scenario, symbols, sessions, closes, strength, seed: Seed::root(seed) }).unwrap()
}

pub(crate) fn bars_of(symbol: &SimulatedSymbol) -> Bars {
    Bars::from_rows(symbol.symbol.clone(), &symbol.rows).unwrap()
}

/// The first `bars` bars of one symbol of a small world.
pub(crate) fn simulated(bars: usize, seed: u64) -> Bars {
    let world = world(Scenario::Edge, 3, bars * 3 / 2 + 60, 0.2, seed);
    let longest = world.bars.iter().max_by_key(|symbol| symbol.rows.len()).unwrap();
    bars_of(longest).slice(0..bars)
}

/// A file of the real data; `None`, with a word about it, where that is not beside the checkout.
pub(crate) fn data(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    eprintln!("SKIPPED: ../shared/data is not here");
    None
}

/// RELIANCE as the vendor delivered it: unadjusted, with its splits. `None` without `../shared/data`.
pub(crate) fn real() -> Option<Bars> {
    let file = std::fs::File::open(data("india/raw_vendor_csv/RELIANCE.csv.gz")?).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let [date, open, high, low, close, volume] =
        ["Date", "Open", "High", "Low", "Close", "Volume"].map(column);
    let mut rows: Vec<BarRow> = Vec::new();
    for record in reader.records().map(Result::unwrap) {
        let number = |k: usize| record[k].parse::<f64>().unwrap_or(f64::NAN);
        let date: Date = record[date].parse().unwrap();
        let row = BarRow {
            date,
            event_time: date.midnight_utc(),
            known_at: date.midnight_utc(),
            open: number(open),
            high: number(high),
            low: number(low),
            close: number(close),
            volume: number(volume),
        };
        if row.has_valid_prices() && rows.last().is_none_or(|last| last.date < date) {
            rows.push(row);
        }
    }
    assert!(rows.len() > 3_000, "{} rows", rows.len());
    Some(Bars::from_rows("RELIANCE".parse().unwrap(), &rows).unwrap())
}

/// Bars with one price for open, high, low and close, and the volumes given.
pub(crate) fn from_closes(closes: &[f64], volume: impl Fn(usize) -> f64) -> Bars {
    let rows: Vec<BarRow> = closes
        .iter()
        .enumerate()
        .map(|(t, close)| {
            let day = i32::try_from(t).unwrap();
            let (date, time) = (Date::from_days(day), Instant::from_nanos(day.into()));
            let [open, high, low, close] = [*close; 4];
            BarRow { date, event_time: time, known_at: time, open, high, low, close, volume: volume(t) }
        })
        .collect();
    Bars::from_rows("TEST".parse().unwrap(), &rows).unwrap()
}

/// The rows of `bars`, each changed by `change(row index, row)`.
pub(crate) fn changed(bars: &Bars, change: impl Fn(usize, &mut BarRow)) -> Bars {
    let rows: Vec<BarRow> = (0..bars.len())
        .map(|t| {
            let mut row = bars.row(t);
            change(t, &mut row);
            row
        })
        .collect();
    Bars::from_rows(bars.symbol().clone(), &rows).unwrap()
}
