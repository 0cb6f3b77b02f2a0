//! What is refused, and in which words.

use proofmark_execution::engine::{AccountConfig, Free, Instrument, Settlement, Shorting};
use proofmark_execution::fast::{
    Columns, ColumnsError, FastError, Grid, Listed, Target, TargetsError, long_flat, run_ends,
};

use super::{minutes, share};

#[test]
fn columns_that_do_not_go_together_are_refused() {
    let (mut times, prices) = (minutes(2), [1.0, 2.0]);
    let short = Columns::new(&times, 2, &prices, &prices, None).unwrap_err();
    assert_eq!(short, ColumnsError::Length { column: "open", found: 2, steps: 2, instruments: 2 });
    assert!(Columns::new(&times, usize::MAX, &prices, &prices, None).is_err());
    assert!(
        Columns::new(&times, 1, &prices, &prices, Some(&[]))
            .unwrap_err()
            .to_string()
            .contains("`volume` has 0")
    );
    let columns = Columns::new(&times, 1, &prices, &prices, None).unwrap();
    let late = columns.clone().with_session_ends(&[0, 2]).unwrap_err();
    assert_eq!(late, ColumnsError::SessionEnd { place: 1, step: 2 });
    assert!(columns.with_session_ends(&[1, 1]).is_err());
    times.reverse();
    assert_eq!(Columns::new(&times, 1, &prices, &prices, None).unwrap_err(), ColumnsError::Time { step: 1 });
}

#[test]
fn targets_beyond_the_columns_or_out_of_order_are_refused() {
    let (times, prices) = (minutes(2), [1.0, 2.0]);
    let columns = Columns::new(&times, 1, &prices, &prices, None).unwrap();
    let (shares, account) = ([share("S", 1.0)], AccountConfig::cash("INR", 10.0));
    let target = |step, instrument| Target { step, instrument, weight: 1.0 };
    for (targets, says) in [
        (vec![target(2, 0)], "step 2, instrument 0; there are 2 steps and 1 instruments"),
        (vec![target(0, 1)], "step 0, instrument 1"),
    ] {
        let error = run_ends(&columns, &Listed::new(targets).unwrap(), &shares, &account, Free).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = run_ends(&columns, &Grid(&[1.0]), &shares, &account, Free).unwrap_err();
    assert_eq!(error, FastError::Targets(TargetsError::Cells { found: 1, steps: 2, instruments: 1 }));
    let twice = Listed::new(vec![target(0, 0), target(0, 0)]).unwrap_err();
    assert_eq!(twice, TargetsError::Order { place: 1 });
    assert!(long_flat([], 1.0).targets().is_empty());
}

#[test]
fn what_only_the_engine_does_is_refused() {
    let (times, prices) = (minutes(1), [1.0]);
    let columns = Columns::new(&times, 1, &prices, &prices, None).unwrap();
    let cash = AccountConfig::cash("INR", 10.0);
    let plain = share("S", 1.0);
    let margined = Settlement::Margined { initial: 0.5, maintenance: 0.2 };
    let cases = [
        (Instrument { settlement: margined, ..plain.clone() }, cash.clone(), "margined"),
        (Instrument { shorting: Shorting::WithinSession, ..plain.clone() }, cash.clone(), "within a session"),
        (Instrument { lot: 0.0, ..plain.clone() }, cash.clone(), "lot"),
        (plain.clone(), AccountConfig { settle_sessions: 1, ..cash.clone() }, "proceeds"),
        (plain.clone(), AccountConfig { capital: f64::NAN, ..cash.clone() }, "capital"),
        (plain.clone(), AccountConfig { currencies: vec!["USD".to_owned()], ..cash.clone() }, "INR"),
    ];
    for (instrument, account, says) in cases {
        let error = run_ends(&columns, &Grid(&[1.0]), &[instrument], &account, Free).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(run_ends(&columns, &Grid(&[1.0]), &[], &cash, Free).is_err());
    let nothing = Columns::new(&times, 0, &[], &[], None).unwrap();
    assert!(run_ends(&nothing, &Grid(&[]), &[], &cash, Free).is_err());
}
