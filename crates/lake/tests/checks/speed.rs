//! How long a scan of five million bars takes. A timing decides no test: it is printed.
//!
//! `cargo test -p proofmark-lake --test checks five_million -- --nocapture`

use std::time::Instant as Clock;

use proofmark_lake::checks::{CheckContext, Label, Series, StampedBar, scan};
use proofmark_units::Seed;
use rand::RngExt;

use crate::{date, nse};

#[test]
fn five_million_minute_bars_are_scanned() {
    let calendar = nse();
    let start = calendar.sessions().partition_point(|session| *session < date("2005-01-01"));
    let series: Vec<Series> = (0..4)
        .map(|n| {
            let mut rng = Seed::root(11).nth(n).rng();
            let mut price = 1_000.0_f64;
            let bars = (0..1_250_000_usize).map(|i| {
                let open_at = calendar.sessions()[start + i / 375].midnight_utc().plus_seconds(225 * 60);
                let at = open_at.plus_seconds(60 * i64::try_from(i % 375).unwrap());
                let open = price;
                price = (price * (1.0 + rng.random_range(-0.0005..0.0005)) / 0.05).round() * 0.05;
                let (high, low) = (open.max(price) + 0.05, open.min(price) - 0.05);
                StampedBar { at, open, high, low, close: price, volume: 1_000.0, turnover: 1_000.0 * price }
            });
            Series::new(format!("SIM{n}").parse().unwrap(), Label::Open, bars)
        })
        .collect();
    let context = CheckContext { calendar: Some(&calendar), ..CheckContext::default() };
    let clock = Clock::now();
    let reports = scan(&series, &context);
    println!("scan of 5,000,000 bars in 4 series: {:?}", clock.elapsed());
    assert_eq!(reports.iter().map(|report| report.bars).sum::<usize>(), 5_000_000);
}
