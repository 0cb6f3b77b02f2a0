//! Meta-labels by hand: whether a side paid for itself.

use proofmark_labels::{LabelSpec, MetaLabelError, MetaLabelSpec, Side, label_grid, meta_label_grid};

use crate::tables::{day, flat, panel};

const SPEC: MetaLabelSpec =
    MetaLabelSpec { vol_span: 2, stop: 1.0, target: 1.0, max_hold: 1, round_trip_cost: 0.02 };

/// The label of a side decided at session 2, entered at 100 and left at `exit` on the next session.
fn label(side: Option<Side>, exit: f64) -> (f64, f64, f64, bool) {
    let table = [flat(0, 100.0), flat(1, 110.0), flat(2, 110.0), flat(3, 100.0), flat(4, exit)];
    let mut sides = [None; 5];
    sides[2] = side;
    let grid = meta_label_grid(&panel(&[&table]), &sides, &SPEC).unwrap();
    (grid.class[2], grid.forward_return[2], grid.scaled_return[2] * grid.unit[2], grid.start[2] == day(3))
}

#[test]
fn a_side_is_right_when_it_made_more_than_its_cost() {
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    for (side, exit, class, forward, net) in [
        (Side::Long, 105.0, 1.0, 0.05, 0.03),
        (Side::Long, 101.0, 0.0, 0.01, -0.01),
        (Side::Long, 96.0, 0.0, -0.04, -0.06),
        (Side::Short, 96.0, 1.0, -0.04, 0.02),
        (Side::Short, 99.0, 0.0, -0.01, -0.01),
        (Side::Short, 105.0, 0.0, 0.05, -0.07),
        // Beyond the barrier at 7.07 %: filled at the first price, which is worse or better than the barrier.
        (Side::Short, 85.0, 1.0, -0.15, 0.13),
        (Side::Long, 85.0, 0.0, -0.15, -0.17),
    ] {
        let got = label(Some(side), exit);
        assert!(
            got.0 == class && close(got.1, forward) && close(got.2, net) && got.3,
            "{side:?} {exit} {got:?}"
        );
    }
    assert!(label(None, 105.0).0.is_nan(), "no side, no label");
}

#[test]
fn wrong_input_is_refused() {
    let panel = panel(&[&[flat(0, 1.0)]]);
    let error = meta_label_grid(&panel, &[], &SPEC).unwrap_err();
    assert_eq!(error, MetaLabelError::Sides { cells: 1, sides: 0 });
    let spec = MetaLabelSpec { round_trip_cost: -0.1, ..SPEC };
    assert!(matches!(meta_label_grid(&panel, &[None], &spec), Err(MetaLabelError::Spec(_))));
}

#[test]
fn without_a_side_to_ask_every_decision_is_a_long_one() {
    let table =
        [flat(0, 100.0), flat(1, 110.0), flat(2, 104.0), flat(3, 100.0), flat(4, 103.0), flat(5, 99.0)];
    let panel = panel(&[&table]);
    let MetaLabelSpec { vol_span, stop, target, max_hold, round_trip_cost } = SPEC;
    let spec =
        LabelSpec::Meta { side: "$close".to_owned(), vol_span, stop, target, max_hold, round_trip_cost };
    assert_eq!(spec.meta(), Some(("$close", SPEC)));
    let (plain, long) =
        (label_grid(&panel, &spec), meta_label_grid(&panel, &[Some(Side::Long); 6], &SPEC).unwrap());
    for cell in 0..6 {
        let of = |grid: &proofmark_labels::LabelGrid| {
            [grid.class[cell], grid.scaled_return[cell], grid.forward_return[cell]].map(f64::to_bits)
        };
        assert_eq!(of(&plain), of(&long));
    }
    assert!(plain.class.contains(&1.0) && plain.class.contains(&0.0));
}
