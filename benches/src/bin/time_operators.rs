//! Nanoseconds a bar of each operator of the expression language, by window, and bar by bar: what should not grow with the
//! window, must not. It has no peer; `cargo run --release -p proofmark-benches --bin time_operators` prints the table, the best
//! of five turns on one thread.

use std::hint::black_box;

use proofmark_benches::{Failure, seed, timed};
use proofmark_features::expr::{ExprError, Program, operators};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};
use rand::RngExt as _;

const BARS: usize = 20_000;
const WINDOWS: [usize; 3] = [5, 60, 1_000];
const TURNS: usize = 5;

/// A walk that stays within a few orders of magnitude.
fn walk() -> Result<Bars, Failure> {
    let mut rng = seed("operators").rng();
    let mut uniform = move || rng.random::<f64>();
    let mut level = 0.0;
    let row = |t: usize| {
        let open = level + 0.01 * (uniform() - 0.5);
        let close = 0.999 * open + 0.04 * (uniform() - 0.5);
        level = close;
        let (high, low) = (open.max(close) + 0.01 * uniform(), open.min(close) - 0.01 * uniform());
        let [open, high, low, close] = [open, high, low, close].map(|log: f64| 100.0 * log.exp());
        let (at, volume) = (Instant::from_nanos(0), (1e6 * uniform()).floor());
        let date = Date::from_days(i32::try_from(t).unwrap_or(i32::MAX));
        BarRow { date, event_time: at, known_at: at, open, high, low, close, volume }
    };
    Ok(Bars::from_rows("WALK".parse()?, &(0..BARS).map(row).collect::<Vec<_>>())?)
}

/// Nanoseconds a bar, best of the turns.
fn best(run: impl Fn() -> Result<(), ExprError>) -> Result<f64, ExprError> {
    let mut best = f64::INFINITY;
    for _ in 0..TURNS {
        let (done, seconds) = timed(&run);
        done?;
        best = best.min(seconds * 1e9 / BARS as f64);
    }
    Ok(best)
}

#[expect(clippy::print_stdout, reason = "a table for the terminal")]
fn main() -> Result<(), Failure> {
    let bars = walk()?;
    println!(
        "{:<14}{:>10}{:>10}{:>10}   ns a bar; then bar by bar",
        "window", WINDOWS[0], WINDOWS[1], WINDOWS[2]
    );
    for operator in operators() {
        let names: Vec<&str> = operator.params.iter().map(|param| param.name()).collect();
        let text = |window: usize| match names.as_slice() {
            ["x", "N"] => Some(format!("{}($close, {window})", operator.name)),
            ["x", "y", "N"] => Some(format!("{}($close, $volume, {window})", operator.name)),
            ["x", "N", "q"] => Some(format!("{}($close, {window}, 0.8)", operator.name)),
            _ => None,
        };
        let Some(texts) = WINDOWS.map(text).into_iter().collect::<Option<Vec<String>>>() else { continue };
        print!("{:<14}", operator.name);
        for text in &texts {
            let program = Program::compile(&[("f", text)])?;
            print!("{:>10.1}", best(|| program.columns(&bars).map(|columns| drop(black_box(columns))))?);
        }
        let program = Program::compile(&[("f", &texts[1])])?;
        let streamed = best(|| {
            let mut stream = program.start()?;
            for t in 0..BARS {
                black_box(stream.push(&bars.row(t)));
            }
            Ok(())
        })?;
        println!("{streamed:>10.1}");
    }
    Ok(())
}
