//! Bars at one price without volume: nothing fills, and what waited is counted.

use proofmark_execution::book::{Book, BookConfig, ExitReason, run_book};
use proofmark_execution::costs::CostSchedule;
use proofmark_market::Panel;

use crate::support::{date, flat, panel, plain, whole};

/// One name, bought at the open of session 1 at 100 with a stop of 15 %, then falling by a tenth a session.
fn falling(volumes: [f64; 6]) -> Panel {
    let mut panel =
        panel(&[("A", vec![flat(100.0), flat(100.0), flat(90.0), flat(81.0), flat(72.9), flat(70.0)])]);
    panel.volume = volumes.to_vec();
    panel
}

fn run(panel: &Panel) -> Book {
    let config = BookConfig { stop_loss: Some(0.15), ..plain(10_000.0) };
    run_book(panel, None, &config, &CostSchedule::flat_bps(0.0), whole(panel)).unwrap()
}

#[test]
fn a_stop_does_not_fill_on_a_locked_bar() {
    let book = run(&falling([1e9, 1e9, 0.0, 0.0, 0.0, 1e9]));
    // The stop at 85 is passed on session 3 and 4 without a market; the first trade after is at 70.
    let trade = &book.trades[0];
    assert_eq!((trade.exit_date, trade.exit_price, trade.reason), (date(5), 70.0, ExitReason::GapExitSl));
    assert_eq!(book.longest_blocked_exit, 2);
    // The quote still marks the position.
    assert!((book.equity[4] - 7_290.0).abs() < 1e-9);
}

#[test]
fn with_volume_the_same_prices_fill() {
    let book = run(&falling([1e9; 6]));
    let trade = &book.trades[0];
    assert_eq!((trade.exit_date, trade.exit_price), (date(3), 81.0));
    assert_eq!(book.longest_blocked_exit, 0);
}

#[test]
fn a_name_that_never_shows_a_volume_is_not_locked() {
    let book = run(&falling([0.0; 6]));
    assert_eq!(book.trades[0].exit_date, date(3));
    assert_eq!(book.longest_blocked_exit, 0);
}

#[test]
fn an_order_waits_for_a_bar_that_trades() {
    let mut panel = panel(&[("A", vec![flat(100.0); 5])]);
    panel.volume[1] = 0.0;
    let book = run_book(&panel, None, &plain(10_000.0), &CostSchedule::flat_bps(0.0), whole(&panel)).unwrap();
    assert_eq!(book.fills[0].date, date(2));
    // A sale that waits is blocked too: held for its one bar, due on the locked session 2, sold on session 3.
    let mut panel = falling([1e9; 6]);
    panel.volume[2] = 0.0;
    let config = BookConfig { max_hold: Some(1), ..plain(10_000.0) };
    let book = run_book(&panel, None, &config, &CostSchedule::flat_bps(0.0), whole(&panel)).unwrap();
    assert_eq!((book.trades[0].exit_date, book.longest_blocked_exit), (date(3), 1));
}
