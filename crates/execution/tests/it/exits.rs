//! The swing exits: entry 100, stop 3 %, target 6 %, longest hold 15 sessions.

use proofmark_execution::book::{Book, BookConfig, ExitReason, run_book};
use proofmark_execution::costs::CostSchedule;

use crate::support::{Row, date, flat, panel, plain, whole};

fn swing() -> BookConfig {
    BookConfig { stop_loss: Some(0.03), take_profit: Some(0.06), max_hold: Some(15), ..plain(10_000.0) }
}

/// Decided at the close of session 0, bought at the open of session 1 at 100, then `rest`.
fn run(entry: Row, rest: &[Row]) -> Book {
    let mut rows = vec![flat(100.0), entry];
    rows.extend_from_slice(rest);
    rows.push(flat(100.0));
    let panel = panel(&[("A", rows)]);
    run_book(&panel, None, &swing(), &CostSchedule::flat_bps(0.0), whole(&panel)).unwrap()
}

fn exit(entry: Row, rest: &[Row]) -> (ExitReason, f64, usize) {
    let book = run(entry, rest);
    let trade = &book.trades[0];
    assert_eq!((trade.entry_date, trade.entry_price, trade.quantity), (date(1), 100.0, 100));
    assert!((trade.pnl - 100.0 * (trade.exit_price - 100.0)).abs() < 1e-9);
    (trade.reason, trade.exit_price, trade.days_held)
}

#[test]
fn gap_through_the_stop_fills_at_the_open() {
    let bar = Some([96.9, 99.0, 95.0, 98.0]);
    assert_eq!(exit(flat(100.0), &[bar]), (ExitReason::GapExitSl, 96.9, 1));
}

#[test]
fn gap_through_the_target_fills_at_the_open() {
    let bar = Some([106.1, 107.0, 90.0, 91.0]);
    assert_eq!(exit(flat(100.0), &[bar]), (ExitReason::GapExitTp, 106.1, 1));
}

#[test]
fn a_touch_of_the_stop_fills_at_the_stop() {
    let bar = Some([99.0, 100.0, 97.0, 99.5]);
    assert_eq!(exit(flat(100.0), &[bar]), (ExitReason::SlHit, 97.0, 1));
}

#[test]
fn a_touch_of_the_target_fills_at_the_target() {
    let bar = Some([101.0, 106.0, 100.0, 102.0]);
    assert_eq!(exit(flat(100.0), &[bar]), (ExitReason::TpHit, 106.0, 1));
}

#[test]
fn a_bar_that_touches_both_is_a_loss() {
    let bar = Some([100.0, 110.0, 90.0, 105.0]);
    assert_eq!(exit(flat(100.0), &[bar]), (ExitReason::SlHit, 97.0, 1));
}

#[test]
fn a_hair_inside_both_is_held() {
    let bar = Some([97.1, 105.9, 97.01, 100.0]);
    let book = run(flat(100.0), &[bar]);
    assert!(book.trades.is_empty());
    assert_eq!(book.open_positions[0].quantity, 100);
}

#[test]
fn the_entry_session_counts_after_its_open() {
    let entry = Some([100.0, 101.0, 96.0, 99.0]);
    assert_eq!(exit(entry, &[]), (ExitReason::SlHit, 97.0, 0));
    let entry = Some([100.0, 106.5, 98.0, 99.0]);
    assert_eq!(exit(entry, &[]), (ExitReason::TpHit, 106.0, 0));
}

#[test]
fn the_fifteenth_session_closes_at_its_open() {
    let mut rest = vec![flat(100.0); 14];
    rest.push(Some([101.5, 103.0, 100.0, 102.0]));
    assert_eq!(exit(flat(100.0), &rest), (ExitReason::MaxHold, 101.5, 15));
}

#[test]
fn a_gap_goes_before_the_longest_hold_and_a_missing_bar_delays_it() {
    let mut rest = vec![flat(100.0); 14];
    rest.push(flat(90.0));
    assert_eq!(exit(flat(100.0), &rest), (ExitReason::GapExitSl, 90.0, 15));
    // Without a bar of its own a session needs another symbol to exist.
    let mut a = vec![flat(100.0); 16];
    a.push(None);
    a.push(flat(101.0));
    a.push(flat(101.0));
    let panel = panel(&[("A", a), ("B", vec![flat(10.0); 19])]);
    let book = run_book(&panel, None, &swing(), &CostSchedule::flat_bps(0.0), whole(&panel)).unwrap();
    let trade = book.trades.iter().find(|t| t.symbol.as_str() == "A").unwrap();
    assert_eq!((trade.reason, trade.exit_price, trade.days_held), (ExitReason::MaxHold, 101.0, 16));
    assert_eq!(book.stale_names[16], 1);
}

#[test]
fn excursions_are_measured_from_entry() {
    let book = run(flat(100.0), &[Some([100.0, 104.0, 98.0, 101.0]), Some([101.0, 102.0, 90.0, 91.0])]);
    let trade = &book.trades[0];
    assert!((trade.mfe - 0.04).abs() < 1e-12 && (trade.mae - -0.03).abs() < 1e-12);
}
