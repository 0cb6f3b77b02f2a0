//! The NIFTY 50 history under `../shared/data`, when it is there: what the rules find and what they leave.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant as Clock;

use proofmark_lake::quality::{JUMP_DOWN, JUMP_UP};
use proofmark_lake::{CleanOptions, Lake, Snapshot, SnapshotRequest, clean};
use proofmark_market::BarRow;
use proofmark_sources::{ReadOptions, read_bars_parquet};
use proofmark_units::{DateSpan, Symbol};

use crate::fixtures::{date, delivery, nse};

const VENDOR_DELAY_SECONDS: i64 = 1_800;

fn rows(file: &str) -> Option<Vec<(Symbol, Vec<BarRow>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return None;
    }
    let calendar = nse();
    let outcome = read_bars_parquet(folder.join(file), &ReadOptions::default()).unwrap();
    let timed = |row: proofmark_sources::RawRow| {
        let close = calendar.session_close(row.date);
        row.at(close, close.plus_seconds(VENDOR_DELAY_SECONDS))
    };
    Some(
        outcome
            .bars
            .into_iter()
            .map(|(symbol, rows)| (symbol, rows.into_iter().map(timed).collect()))
            .collect(),
    )
}

fn report(
    batches: &[(Symbol, Vec<BarRow>)],
    from: &str,
    options: &CleanOptions,
) -> BTreeMap<&'static str, usize> {
    let calendar = nse();
    let mut counts = BTreeMap::new();
    let (mut rows_in, mut kept) = (0, 0);
    for (symbol, rows) in batches {
        let rows: Vec<BarRow> = rows.iter().filter(|row| row.date >= date(from)).copied().collect();
        let outcome = clean(symbol, &rows, &calendar, options);
        assert_eq!(outcome.rows_in, outcome.bars.len() + outcome.rows_dropped());
        rows_in += rows.len();
        kept += outcome.bars.len();
        let closes = outcome.bars.close();
        let left = closes.windows(2).find(|pair| !(JUMP_DOWN..=JUMP_UP).contains(&(pair[1] / pair[0] - 1.0)));
        assert_eq!(left, None, "{symbol}: no false day is left");
        for found in &outcome.findings {
            *counts.entry(found.id).or_default() += found.findings.len();
            let sample = &found.samples()[0];
            if !matches!(found.id, "missing_session" | "off_calendar" | "carried_zero_volume") {
                let (id, n) = (found.id, found.findings.len());
                println!("  {from} {symbol:<11} {id:<22} {n:>5}  {} {}", sample.date, sample.detail);
            }
        }
    }
    println!("from {from}: {rows_in} rows in, {kept} kept; {counts:?}");
    counts
}

#[test]
fn findings_of_the_split_adjusted_history() {
    let Some(batches) = rows("india/nse_nifty50_daily_split_adjusted_2000_2024.parquet") else { return };
    for from in ["2000-01-01", "2005-01-01"] {
        let counts = report(&batches, from, &CleanOptions::default());
        let rows: usize = batches.iter().map(|(_, rows)| rows.len()).sum();
        assert!(counts["unexplained_break"] * 25 < rows, "the rule for breaks is not to eat the history");
        assert!(counts["off_calendar"] > 0 && counts["carried_zero_volume"] > 0, "known defects are found");
    }
}

#[test]
fn indices_are_not_hurt_by_the_rules_for_shares() {
    let Some(batches) = rows("india/nse_indices_daily_2000_2025.parquet") else { return };
    let nifty: Vec<_> = batches.into_iter().filter(|(symbol, _)| symbol.as_str() == "NIFTY50").collect();
    let counts = report(&nifty, "2000-01-01", &CleanOptions::default());
    for rule in ["carried_zero_volume", "off_calendar", "bad_tick", "unexplained_break", "missing_session"] {
        assert_eq!(counts.get(rule), None, "{counts:?}");
    }
}

#[test]
fn a_snapshot_of_the_real_history_loads_fast_and_alike() {
    let Some(batches) = rows("india/nse_nifty50_daily_split_adjusted_2000_2024.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let delivery = delivery("nifty.parquet", "2024-12-01");
    let clock = Clock::now();
    lake.append_many(&[(delivery.clone(), &batches)]).unwrap();
    println!("append {:?}, {} bytes", clock.elapsed(), lake.files().iter().map(|f| f.bytes).sum::<u64>());
    let clock = Clock::now();
    let again = lake.append_many(&[(delivery.clone(), &batches)]).unwrap();
    println!("append again {:?}", clock.elapsed());
    assert!(again.iter().all(|report| report.rows_added == 0));
    let request = SnapshotRequest {
        symbols: lake.symbols(),
        span: DateSpan::new(date("2005-01-01"), date("2024-11-22")).unwrap(),
        as_of: None,
        benchmark: None,
        observations: Vec::new(),
        observation_versions: Vec::new(),
        cleaning: CleanOptions::default(),
    };
    let clock = Clock::now();
    let snapshot = Snapshot::take(&lake, &request, &nse()).unwrap();
    println!(
        "take {:?}: {} symbols, {} rows read, {} dropped",
        clock.elapsed(),
        snapshot.content.symbols.len(),
        snapshot.rows_read,
        snapshot.rows_dropped
    );
    let clock = Clock::now();
    let bars = snapshot.load_bars(&lake, &nse()).unwrap();
    println!("load {:?}", clock.elapsed());
    assert_eq!(bars.iter().map(|b| b.len() as u64).sum::<u64>(), snapshot.rows_read - snapshot.rows_dropped);
    assert!(bars.windows(2).all(|pair| pair[0].symbol() < pair[1].symbol()));
}
