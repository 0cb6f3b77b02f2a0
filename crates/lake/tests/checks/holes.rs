//! The likely causes of holes, on markets made by hand and on the bhavcopy history when it is there.

use std::path::Path;

use proofmark_lake::coverage::{Cause, Market, YearCoverage, holes};
use proofmark_sources::{ReadOptions, read_bars_parquet};
use proofmark_units::Date;

use crate::{date, nse, symbol};

/// The first `n` sessions of 2020 without those in `missing`.
fn market(name: &str, source: &str, sessions: std::ops::Range<usize>, missing: &[usize]) -> Market {
    let calendar = nse();
    let start = calendar.sessions().partition_point(|session| *session < date("2020-01-01"));
    let dates = sessions.filter(|s| !missing.contains(s)).map(|s| calendar.sessions()[start + s]).collect();
    Market { symbol: symbol(name), source: source.into(), dates, listing: None }
}

#[test]
fn each_cause_is_told_by_what_the_others_did() {
    let lost = [40, 41, 42];
    let own = |mine: &[usize]| [&lost[..], &[60], mine].concat();
    let mut names = vec![
        market("A", "x", 0..100, &own(&[10, 11])),
        market("B", "x", 0..100, &own(&[70, 71, 72, 73, 74])),
        market("C", "x", 0..100, &own(&[70, 71, 72, 73, 74])),
        market("D", "x", 20..100, &own(&[])),
        market("E", "x", 0..80, &own(&[])),
        market("F", "x", 0..100, &own(&[])),
        market("INDEX", "y", 0..100, &[60]),
    ];
    let found = |names: &[Market], name: &str| -> Vec<(Cause, usize)> {
        let all = holes(names, &nse());
        all.iter().filter(|h| h.symbol.as_str() == name).map(|h| (h.cause, h.sessions)).collect()
    };
    use Cause::{Ended, Halt, HolidayMismatch, PreListing, Unknown, WholeMarket};
    assert_eq!(found(&names, "A"), [(Halt, 2), (WholeMarket, 3), (HolidayMismatch, 1)]);
    assert_eq!(found(&names, "B"), [(WholeMarket, 3), (HolidayMismatch, 1), (Unknown, 5)]);
    assert_eq!(found(&names, "D"), [(PreListing, 20), (WholeMarket, 3), (HolidayMismatch, 1)]);
    assert_eq!(found(&names, "E"), [(WholeMarket, 3), (HolidayMismatch, 1), (Ended, 20)]);
    // Without the index nobody knows that those three sessions were traded; three in a row are no slip of a calendar.
    names.pop();
    assert_eq!(found(&names, "F"), [(WholeMarket, 3), (HolidayMismatch, 1)]);
}

#[test]
fn equal_round_lengths_are_a_cap_and_listing_dates_bound_what_is_expected() {
    let mut names: Vec<Market> = ["A", "B", "C"].iter().map(|n| market(n, "x", 50..150, &[])).collect();
    names.push(market("D", "x", 0..150, &[]));
    let all = holes(&names, &nse());
    assert!(all.iter().all(|h| h.cause == Cause::VendorCap && h.sessions == 50) && all.len() == 3, "{all:?}");
    let calendar = nse();
    let start = calendar.sessions().partition_point(|session| *session < date("2020-01-01"));
    names[0].listing = Some((calendar.sessions()[start + 40], calendar.sessions()[start + 149]));
    let all = holes(&names, &nse());
    let first: Vec<_> =
        all.iter().filter(|h| h.symbol.as_str() == "A").map(|h| (h.cause, h.sessions)).collect();
    assert_eq!(
        first,
        [(Cause::VendorCap, 40), (Cause::Halt, 10)],
        "listed ten sessions before the first bar"
    );
}

#[test]
fn years_add_up_to_the_whole() {
    let name = market("A", "x", 0..400, &[5, 300]);
    let years = YearCoverage::of(&name.dates, &nse());
    assert_eq!(
        years.iter().map(|y| (y.year, y.expected - y.observed)).collect::<Vec<_>>(),
        [(2020, 1), (2021, 1)]
    );
    assert_eq!(years.iter().map(|y| y.observed).sum::<u64>(), 398);
}

#[test]
fn the_bhavcopy_history_lacks_its_26_sessions_in_every_name() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/india");
    if !data.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return;
    }
    let read = |file: &str| read_bars_parquet(data.join(file), &ReadOptions::default()).unwrap().bars;
    let names = |file: &str| -> Vec<Market> {
        let dates =
            |rows: Vec<proofmark_sources::RawRow>| -> Vec<Date> { rows.iter().map(|r| r.date).collect() };
        let bars = read(file).into_iter();
        bars.map(|(symbol, rows)| Market { symbol, source: file.into(), dates: dates(rows), listing: None })
            .collect()
    };
    let mut market = names("nse_liquid_daily_raw_2019_2026.parquet");
    market.extend(
        names("nse_indices_daily_2000_2025.parquet").into_iter().filter(|m| m.symbol.as_str() == "NIFTY50"),
    );
    let all = holes(&market, &nse());
    let reliance: Vec<_> = all.iter().filter(|h| h.symbol.as_str() == "RELIANCE").collect();
    let lost: usize = reliance.iter().filter(|h| h.cause == Cause::WholeMarket).map(|h| h.sessions).sum();
    assert_eq!(lost, 26, "{reliance:?}");
    assert!(all.iter().any(|h| h.symbol.as_str() == "HDFC" && h.cause == Cause::Ended));
    assert!(all.iter().any(|h| h.symbol.as_str() == "LIQUIDCASE" && h.cause == Cause::PreListing));
}
