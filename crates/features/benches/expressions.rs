//! How long each operator of the expression language takes a bar, by window: what should not grow with it, must not.
//!
//! `cargo bench --profile dev -p proofmark-features --bench expressions`; the best of five turns, one thread.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may fail loudly and prints")]

use std::hint::black_box;
use std::time::Instant as Clock;

use proofmark_features::expr::{Program, operators};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};

const BARS: usize = 20_000;
const WINDOWS: [usize; 3] = [5, 60, 1_000];
const TURNS: usize = 5;

/// A walk that stays within a few orders of magnitude.
fn walk() -> Bars {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut level = 0.0;
    let row = |t: usize| {
        let open = level + 0.01 * (uniform() - 0.5);
        let close = 0.999 * open + 0.04 * (uniform() - 0.5);
        level = close;
        let (high, low) = (open.max(close) + 0.01 * uniform(), open.min(close) - 0.01 * uniform());
        let [open, high, low, close] = [open, high, low, close].map(|log: f64| 100.0 * log.exp());
        let (at, volume) = (Instant::from_nanos(0), (1e6 * uniform()).floor());
        BarRow {
            date: Date::from_days(t as i32),
            event_time: at,
            known_at: at,
            open,
            high,
            low,
            close,
            volume,
        }
    };
    Bars::from_rows("WALK".parse().unwrap(), &(0..BARS).map(row).collect::<Vec<_>>()).unwrap()
}

/// Nanoseconds a row, best of the turns.
fn best(mut run: impl FnMut()) -> f64 {
    let turn = |_| {
        let start = Clock::now();
        run();
        start.elapsed().as_secs_f64() * 1e9 / BARS as f64
    };
    (0..TURNS).map(turn).fold(f64::INFINITY, f64::min)
}

fn main() {
    let bars = walk();
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
        let program = |window| text(window).map(|text| Program::compile(&[("f", text)]).unwrap());
        let Some(programs) = WINDOWS.map(program).into_iter().collect::<Option<Vec<Program>>>() else {
            continue;
        };
        print!("{:<14}", operator.name);
        for program in &programs {
            print!("{:>10.1}", best(|| drop(black_box(program.columns(&bars).unwrap()))));
        }
        let streamed = best(|| {
            let mut stream = programs[1].start().unwrap();
            for t in 0..BARS {
                black_box(stream.push(&bars.row(t)));
            }
        });
        println!("{streamed:>10.1}");
    }
}
