//! Members by turnover rank, held against a list that somebody else derived from the same market.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use proofmark_market::{Calendar, turnover_members};
use proofmark_units::{Date, Symbol};

use crate::corporate_actions::{daily, shared};
use crate::fixtures::date;

#[test]
fn the_rank_of_a_half_year_is_that_of_the_shared_list() {
    let calendar = Calendar::named("XNSE").unwrap();
    let (Some(bars), Some(list)) = (
        daily("india/nse_liquid_daily_raw_2019_2026.parquet", &calendar),
        shared("india/nse_liquid_universe_by_half_year.csv.gz"),
    ) else {
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(list).unwrap()).read_to_string(&mut text).unwrap();
    let mut listed: BTreeMap<Date, BTreeSet<Symbol>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (half, rest) = line.split_once(',').unwrap();
        let month = if half.ends_with("H1") { "07" } else { "01" };
        let year: i32 = half[..4].parse::<i32>().unwrap() + i32::from(half.ends_with("H2"));
        let members = listed.entry(date(&format!("{year}-{month}-01"))).or_default();
        members.insert(rest.split(',').next().unwrap().parse().unwrap());
    }
    let (mut same, mut all) = (0, 0);
    for (start, listed) in &listed {
        // The list is the market's 130 without what the file leaves out, so it is the head of the rank of the rest.
        let spans = turnover_members(&bars, listed.len(), 6);
        let own: BTreeSet<Symbol> =
            spans.iter().filter(|(_, span)| span.contains(*start)).map(|(s, _)| s.clone()).collect();
        assert_eq!(own.len(), listed.len(), "{start}");
        same += own.intersection(listed).count();
        all += listed.len();
    }
    println!("{same} of {all} members of {} half-years agree", listed.len());
    assert!(all > 1_400 && same as f64 >= 0.99 * all as f64, "{same} of {all}");
}
