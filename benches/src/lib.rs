//! What the comparison programs share: `<program> input FOLDER` writes what both sides read, `<program> run FOLDER`
//! does the work and prints one JSON object with timings and figures.
//!
//! Columns travel as raw little-endian `f64`, one column after the other, which NumPy reads as is.

pub mod cross;
pub mod factors;
pub mod walk;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mimalloc::MiMalloc;
use proofmark_market::{Calendar, IntradayBar};
use proofmark_units::{Date, Seed};
use rand::RngExt as _;
use serde_json::Value;

/// That of the product, so that what is timed here is what a user gets.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What a program of this package may fail with.
pub type Failure = Box<dyn std::error::Error>;

/// Runs `input` or `run` as the command line says; `run` returns what is printed.
///
/// # Errors
/// Wrong usage, or what the called function returns.
pub fn program(
    input: impl Fn(&Path) -> Result<(), Failure>,
    run: impl Fn(&Path) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, folder] if command == "input" => input(&PathBuf::from(folder)),
        [command, folder] if command == "run" => {
            print(&run(&PathBuf::from(folder))?);
            Ok(())
        }
        _ => Err("usage: PROGRAM input|run FOLDER".into()),
    }
}

#[expect(clippy::print_stdout, reason = "the answer of a program for the terminal")]
fn print(answer: &Value) {
    println!("{answer}");
}

/// The generator of a named part of a program's input: the same bytes on every machine.
pub fn seed(name: &str) -> Seed {
    Seed::root(1).child("benches").child(name)
}

/// Simulated minute bars: 50 symbols of 100,000 bars each in sessions of the NSE, prices on a tick of 0.05.
///
/// # Errors
/// The calendar does not hold enough sessions.
pub fn minutes() -> Result<Vec<(String, impl Iterator<Item = IntradayBar>)>, Failure> {
    const BARS: usize = 100_000;
    const PER_SESSION: usize = 375;
    let calendar = Calendar::named("XNSE")?;
    let sessions: Vec<Date> =
        calendar.sessions().iter().copied().skip(5_500).take(BARS.div_ceil(PER_SESSION)).collect();
    if sessions.len() * PER_SESSION < BARS {
        return Err("the calendar holds too few sessions".into());
    }
    let of_symbol = |n: u64| {
        let (mut rng, sessions) = (seed("minutes").nth(n).rng(), sessions.clone());
        let mut price: f64 = rng.random_range(100.0..3_000.0);
        let bars = (0..BARS).map(move |at| {
            let session = sessions[at / PER_SESSION];
            let start = session.midnight_utc().plus_seconds(60 * (225 + (at % PER_SESSION) as i64));
            let tick = |price: f64| (price / 0.05).round() * 0.05;
            let open = tick(price);
            price *= 1.0 + rng.random_range(-0.001..0.001);
            let close = tick(price);
            let high = open.max(close) + 0.05 * f64::from(rng.random_range(0..4_u8));
            let low = open.min(close) - 0.05 * f64::from(rng.random_range(0..4_u8));
            let event_time = start.plus_seconds(60);
            let volume = f64::from(rng.random_range(500..50_000_u32));
            IntradayBar {
                session,
                start,
                event_time,
                known_at: event_time,
                open,
                high,
                low,
                close,
                volume,
                turnover: f64::NAN,
            }
        });
        (format!("S{n:02}"), bars)
    };
    Ok((0..50).map(of_symbol).collect())
}

/// Writes `columns` one after the other.
///
/// # Errors
/// Whatever writing the file returns.
pub fn write_columns(path: &Path, columns: &[Vec<f64>]) -> Result<(), Failure> {
    let mut file = std::fs::File::create(path)?;
    for column in columns {
        // A column at a time: the bytes of all would double the peak memory that is reported.
        let bytes: Vec<u8> = column.iter().flat_map(|value| value.to_le_bytes()).collect();
        file.write_all(&bytes)?;
    }
    Ok(())
}

/// Reads `width` columns of equal length.
///
/// # Errors
/// The file cannot be read, or its length does not divide into `width` columns.
pub fn read_columns(path: &Path, width: usize) -> Result<Vec<Vec<f64>>, Failure> {
    let bytes = std::fs::read(path)?;
    let (values, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() || values.is_empty() || !values.len().is_multiple_of(width) {
        return Err(format!("{} does not hold {width} columns of f64", path.display()).into());
    }
    let rows = values.len() / width;
    Ok(values
        .chunks_exact(rows)
        .map(|column| column.iter().map(|b| f64::from_le_bytes(*b)).collect())
        .collect())
}

/// The result of `work` and how long it took, in seconds.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed().as_secs_f64())
}
