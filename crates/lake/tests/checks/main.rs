//! Checks and coverage: planted defects, clean bars, likely causes of holes.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "helpers of tests")]

mod holes;
mod known_defects;
mod planted;
mod speed;

use proofmark_market::Calendar;
use proofmark_units::{Date, Symbol};

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn nse() -> Calendar {
    Calendar::named("XNSE").unwrap()
}
