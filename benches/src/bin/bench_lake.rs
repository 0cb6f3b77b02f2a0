//! The lake's own files and exported ones; the peers are readers that know nothing of this product.

use std::path::Path;

use proofmark_benches::{Failure, program, seed, timed};
use proofmark_lake::{Delivery, Lake, plain};
use proofmark_market::BarRow;
use proofmark_units::{Date, DateSpan, Instant, Symbol};
use rand::RngExt as _;
use serde_json::{Map, Value, json};

const SYMBOLS: usize = 100;
const DAYS: i32 = 2_500;
/// Readers that each give every figure.
const READERS: [&str; 3] = ["pandas", "polars", "duckdb"];

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn first_day() -> Result<Date, Failure> {
    Ok(Date::from_ymd(2005, 1, 3).ok_or("a date")?)
}

fn span() -> Result<DateSpan, Failure> {
    let first = first_day()?;
    Ok(DateSpan::new(first, first.plus_days(DAYS)).ok_or("a span")?)
}

/// Before the restatement arrives, after most bars.
fn as_of() -> Result<Instant, Failure> {
    Ok(first_day()?.plus_days(DAYS - 100).midnight_utc())
}

/// Two deliveries of new dates and one that restates every seventh close; some volumes are unknown.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut lake = Lake::open(folder.join("lake"))?;
    let first = first_day()?;
    let mut rng = seed("lake").rng();
    let mut batches: Vec<(Symbol, Vec<BarRow>)> = Vec::new();
    for k in 0..SYMBOLS {
        let mut close = 100.0_f64;
        let mut rows = Vec::new();
        for day in 0..DAYS {
            let date = first.plus_days(day);
            let event_time = date.midnight_utc().plus_seconds(36_000);
            let open = close;
            close *= 1.0 + 0.02 * (rng.random::<f64>() - 0.5);
            let volume =
                if rng.random::<f64>() < 0.02 { f64::NAN } else { (1e5 * rng.random::<f64>()).floor() };
            let (high, low) = (1.001 * open.max(close), 0.999 * open.min(close));
            let known_at = event_time.plus_seconds(1_800);
            rows.push(BarRow { date, event_time, known_at, open, high, low, close, volume });
        }
        // `&` and digits alone are what a reader of folder names could trip over.
        let name = if k == 0 { "M&M".to_owned() } else { format!("{}", 1_000 + k) };
        batches.push((name.parse()?, rows));
    }
    let half = |rows: &[BarRow], second: bool| {
        let middle = rows.len() / 2;
        if second { rows[middle..].to_vec() } else { rows[..middle].to_vec() }
    };
    for second in [false, true] {
        let part: Vec<_> = batches.iter().map(|(s, rows)| (s.clone(), half(rows, second))).collect();
        let delivery = Delivery { source: format!("part {second}"), arrived_at: as_of()? };
        lake.append_many(&[(delivery, &part)])?;
    }
    let restate = |row: &BarRow| BarRow { close: 1.0005 * row.close, ..*row };
    let restated: Vec<_> = batches
        .iter()
        .map(|(s, rows)| (s.clone(), rows.iter().step_by(7).map(restate).collect::<Vec<_>>()))
        .collect();
    let later =
        Delivery { source: "restated".to_owned(), arrived_at: first.plus_days(2 * DAYS).midnight_utc() };
    lake.append_many(&[(later, &restated)])?;
    std::fs::create_dir_all(folder.join("plain"))?;
    for symbol in lake.symbols() {
        let rows = lake.read_bars(&symbol, span()?, Some(as_of()?))?;
        let bytes = plain::bars_parquet(&symbol, &rows)?;
        std::fs::write(folder.join("plain").join(format!("{symbol}.parquet")), bytes)?;
    }
    Ok(std::fs::write(folder.join("settings.json"), json!({"as_of": as_of()?.micros()}).to_string())?)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let (sums, seconds) = timed(|| sums(folder));
    let mut figures = Map::new();
    for (name, value) in sums? {
        figures.extend(READERS.map(|reader| (format!("{reader}_{name}"), value.clone())));
    }
    Ok(json!({"timings": {"read": seconds}, "figures": figures}))
}

fn sums(folder: &Path) -> Result<Vec<(&'static str, Value)>, Failure> {
    let lake = Lake::open(folder.join("lake"))?;
    let (mut then, mut now) = (Vec::new(), Vec::new());
    for symbol in lake.symbols() {
        then.extend(lake.read_bars(&symbol, span()?, Some(as_of()?))?);
        now.extend(lake.read_bars(&symbol, span()?, None)?);
    }
    let close = |rows: &[BarRow]| rows.iter().map(|row| row.close).sum::<f64>();
    let unknown = then.iter().filter(|row| row.volume.is_nan()).count();
    let volume: f64 = then.iter().map(|row| row.volume).filter(|volume| !volume.is_nan()).sum();
    Ok(vec![
        ("rows", lake.files().iter().map(|file| file.rows).sum::<u64>().into()),
        ("then_rows", then.len().into()),
        ("then_close", close(&then).into()),
        ("then_volume", volume.into()),
        ("now_close", close(&now).into()),
        ("plain_rows", then.len().into()),
        ("plain_close", close(&then).into()),
        ("plain_unknown_volumes", unknown.into()),
    ])
}
