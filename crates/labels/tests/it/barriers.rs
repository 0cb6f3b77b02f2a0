//! Triple-barrier labels by hand.

use proofmark_labels::{ExitReason, LabelSpec, label_grid};

use crate::tables::{Table, day, flat, panel};

const SPEC: LabelSpec = LabelSpec::TripleBarrier { stop_loss: 0.03, take_profit: 0.06, max_hold: 3 };

/// The label of a decision at session 0: return, class, reason.
#[track_caller]
fn check(table: Table<'_>, want: (f64, f64, ExitReason)) {
    let grid = label_grid(&panel(&[table]), &SPEC);
    assert!((grid.forward_return[0] - want.0).abs() < 1e-12, "{}", grid.forward_return[0]);
    assert!((grid.scaled_return[0] - want.0 / 0.03).abs() < 1e-12);
    assert!(grid.unit.iter().all(|unit| *unit == 0.03), "the stop's distance, also without a label");
    assert_eq!((grid.class[0], grid.exit_reason[0]), (want.1, Some(want.2)));
    // Whatever came first, the span is that of the maximum hold.
    assert_eq!((grid.start[0], grid.end[0]), (day(1), day(4)));
}

#[test]
fn outcomes_by_hand() {
    use ExitReason::{GapExitSl, GapExitTp, MaxHold, SlHit, TpHit};
    let (before, entry) = (flat(0, 90.0), (1, 100.0, 101.0, 99.0, 100.0));
    let quiet = |d| flat(d, 100.0);
    check(&[before, (1, 100.0, 107.0, 99.0, 100.0), quiet(2), quiet(3), quiet(4)], (0.06, 1.0, TpHit));
    check(&[before, (1, 100.0, 107.0, 96.0, 100.0), quiet(2), quiet(3), quiet(4)], (-0.03, 0.0, SlHit));
    check(&[before, entry, (2, 90.0, 110.0, 89.0, 100.0), quiet(3), quiet(4)], (-0.10, 0.0, GapExitSl));
    check(&[before, entry, (2, 110.0, 110.0, 89.0, 100.0), quiet(3), quiet(4)], (0.10, 1.0, GapExitTp));
    check(&[before, entry, quiet(2), quiet(3), (4, 101.0, 130.0, 80.0, 90.0)], (0.01, 1.0, MaxHold));
    check(&[before, entry, quiet(2), quiet(3), flat(4, 99.0)], (-0.01, 0.0, MaxHold));
    check(&[before, entry, quiet(2), quiet(3), flat(4, 100.0)], (0.0, 0.0, MaxHold));
}

#[test]
fn a_future_that_is_not_over_gives_no_label_even_if_a_barrier_was_hit() {
    let grid = label_grid(&panel(&[&[flat(0, 90.0), (1, 100.0, 120.0, 99.0, 100.0), flat(2, 100.0)]]), &SPEC);
    assert!(grid.class.iter().all(|c| c.is_nan()));
    assert!(grid.exit_reason.iter().all(Option::is_none));
}

#[test]
fn specs_outside_their_range_are_refused() {
    for (stop_loss, take_profit, max_hold) in [(0.0, 0.1, 1), (1.0, 0.1, 1), (0.1, -0.1, 1), (0.1, 0.1, 0)] {
        assert!(LabelSpec::TripleBarrier { stop_loss, take_profit, max_hold }.check().is_err());
    }
}
