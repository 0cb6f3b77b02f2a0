//! Numbers worked out on paper.

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::engine::{AccountConfig, Free, Scheduled};
use proofmark_execution::fast::{Columns, Grid, long_flat, run, run_ends, sweep};

use super::{minutes, share};

const LEFT: f64 = f64::NAN;

fn rupees(capital: f64) -> AccountConfig {
    AccountConfig::cash("INR", capital)
}

#[test]
fn a_close_decides_and_the_next_open_fills() {
    // Half of 1,000 at a close of 10 is 50 units, bought at 11: 450 left. All out, decided at 13, at an open of 12.
    let (open, close) = ([10.0, 11.0, 12.0, 12.0], [10.0, 12.0, 13.0, 14.0]);
    let times = minutes(4);
    let columns = Columns::new(&times, 1, &open, &close, None).unwrap();
    let grid = Grid(&[0.5, LEFT, 0.0, LEFT]);
    let (equity, ends) = run(&columns, &grid, &[share("S", 1.0)], &rupees(1_000.0), Free).unwrap();
    assert_eq!(equity, [1_000.0, 450.0 + 600.0, 450.0 + 650.0, 450.0 + 600.0]);
    assert_eq!((ends.fills, ends.equity, ends.costs, ends.traded), (2, 1_050.0, 0.0, 550.0 + 600.0));
}

#[test]
fn costs_and_lots_limit_what_cash_buys() {
    // All of 1,000 at 10 is 100 units; at an open of 10.5 with 1 % costs a unit takes 10.605: 94.29, in lots of 5: 90.
    let (open, close) = ([10.0, 10.5], [10.0, 11.0]);
    let times = minutes(2);
    let columns = Columns::new(&times, 1, &open, &close, None).unwrap();
    let costs = Scheduled::new(&CostSchedule::flat_bps(100.0), 1);
    let ends = run_ends(&columns, &Grid(&[1.0, LEFT]), &[share("S", 5.0)], &rupees(1_000.0), costs).unwrap();
    assert!((ends.costs - 9.45).abs() < 1e-12 && ends.traded == 945.0, "{ends:?}");
    assert!((ends.equity - (1_000.0 - 945.0 - 9.45 + 990.0)).abs() < 1e-9, "{ends:?}");
}

#[test]
fn what_is_sold_pays_for_what_is_bought_and_the_rest_is_scaled_together() {
    // 100 units of A at 10 are all the money. Out of A and 0.6 each into B and C: 60 units each at 10, which fill at 10 and 20:
    // 1,800 wanted of the 1,000 that A brings: 5 / 9 of each, in whole units 33 and 33.
    let open = [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 20.0];
    let close = [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 20.0];
    let times = minutes(3);
    let columns = Columns::new(&times, 3, &open, &close, None).unwrap();
    let grid = [1.0, LEFT, LEFT, 0.0, 0.6, 0.6, LEFT, LEFT, LEFT];
    let shares = ["A", "B", "C"].map(|name| share(name, 1.0));
    let ends = run_ends(&columns, &Grid(&grid), &shares, &rupees(1_000.0), Free).unwrap();
    assert_eq!((ends.fills, ends.traded), (4, 1_000.0 + 1_000.0 + 330.0 + 660.0));
}

#[test]
fn a_missing_bar_lets_an_order_wait_until_its_session_ends() {
    let (open, close) = ([10.0, LEFT, 12.0], [10.0, LEFT, 12.0]);
    let times = minutes(3);
    let columns = Columns::new(&times, 1, &open, &close, None).unwrap();
    let shares = [share("S", 1.0)];
    let buy = Grid(&[0.5, LEFT, LEFT]);
    let waits = run_ends(&columns, &buy, &shares, &rupees(1_000.0), Free).unwrap();
    assert_eq!((waits.fills, waits.traded), (1, 600.0));
    let ended = columns.with_session_ends(&[0, 1]).unwrap();
    assert_eq!(run_ends(&ended, &buy, &shares, &rupees(1_000.0), Free).unwrap().fills, 0);
}

#[test]
fn a_bar_locked_without_volume_trades_nothing() {
    let prices = [10.0, 11.0, 12.0];
    let (times, volume) = (minutes(3), [100.0, 0.0, 100.0]);
    let columns = Columns::new(&times, 1, &prices, &prices, Some(&volume)).unwrap();
    let ends =
        run_ends(&columns, &Grid(&[0.5, LEFT, LEFT]), &[share("S", 1.0)], &rupees(1_000.0), Free).unwrap();
    assert_eq!(ends.traded, 600.0, "at 12, not at the locked 11");
}

#[test]
fn a_sweep_is_its_runs_on_any_number_of_threads() {
    let close: Vec<f64> =
        (0..400).map(|n| 100.0 + 10.0 * f64::from(n).sin() + 0.1 * f64::from(n % 7)).collect();
    let times = minutes(close.len());
    let columns = Columns::new(&times, 1, &close, &close, None).unwrap();
    let (shares, account) = ([share("S", 1.0)], rupees(1e5));
    let variants: Vec<usize> = (1..40).collect();
    let rises = |lag: &usize| {
        let lag = *lag;
        long_flat((0..close.len()).map(|n| n >= lag && close[n] > close[n - lag]), 0.9)
    };
    let costs = Scheduled::new(&CostSchedule::flat_bps(2.0), 1);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| sweep(&columns, &variants, rises, &shares, &account, &costs)).unwrap()
    };
    let (one, three) = (on(1), on(3));
    assert_eq!(one, three);
    for (variant, ends) in variants.iter().zip(&one) {
        let (equity, alone) = run(&columns, &rises(variant), &shares, &account, costs.clone()).unwrap();
        assert_eq!((alone, equity.last()), (*ends, Some(&ends.equity)));
        assert!(ends.fills > 0);
    }
}
