//! Fixed-horizon labels by hand.

use proofmark_labels::{LabelSpec, label_grid};

use crate::tables::{day, flat, panel};

const SPEC: LabelSpec =
    LabelSpec::FixedHorizon { horizon: 2, vol_window: 2, threshold: 0.0, relative: false };

#[test]
fn entry_is_the_next_open_and_exit_the_open_two_bars_later() {
    let panel = panel(&[&[
        flat(0, 100.0),
        flat(1, 110.0),
        flat(2, 100.0),
        (3, 102.0, 105.0, 99.0, 104.0),
        (4, 106.0, 107.0, 90.0, 95.0),
        (5, 107.1, 108.0, 90.0, 95.0),
    ]]);
    let grid = label_grid(&panel, &SPEC);
    // Decision at session 2: in at 102 (session 3), out at 107.1 (session 5), 5 % up.
    assert!((grid.forward_return[2] - 0.05).abs() < 1e-12);
    assert_eq!((grid.start[2], grid.end[2]), (day(3), day(5)));
    // sigma of ln 1.1 and -ln 1.1 with n - 1: sqrt(2) ln 1.1; horizon 2 makes the unit 2 ln 1.1.
    let unit = 2.0 * 1.1_f64.ln();
    assert!((grid.scaled_return[2] - 0.05 / unit).abs() < 1e-12);
    assert!((grid.unit[2] - unit).abs() < 1e-12);
    // The unit is known at the decision, so it needs no label; two returns are needed, and there is none at first.
    assert!(grid.unit[0].is_nan() && grid.unit[1].is_nan() && grid.unit[3..].iter().all(|u| *u > 0.0));
    assert_eq!(grid.class[2], 1.0);
    // Sessions 0 and 1: volatility unknown. Sessions 3 to 5: the exit is not there yet.
    for t in [0, 1, 3, 4, 5] {
        assert!(
            grid.class[t].is_nan() && grid.forward_return[t].is_nan() && grid.scaled_return[t].is_nan(),
            "{t}"
        );
        assert_eq!((grid.start[t], grid.end[t]), (None, None));
    }
}

#[test]
fn the_threshold_is_in_volatilities() {
    let table =
        [flat(0, 100.0), flat(1, 110.0), flat(2, 100.0), flat(3, 100.0), flat(4, 100.0), flat(5, 105.0)];
    let class = |threshold| {
        let spec = LabelSpec::FixedHorizon { horizon: 2, vol_window: 2, threshold, relative: false };
        label_grid(&panel(&[&table]), &spec).class[2]
    };
    let scaled = 0.05 / (2.0 * 1.1_f64.ln());
    assert_eq!((class(scaled - 1e-9), class(scaled + 1e-9)), (1.0, 0.0));
}

#[test]
fn the_threshold_of_a_plain_return_is_a_fraction_and_spans_are_the_same() {
    // More than 2 % over 2 bars from the next open: 100 to 102.5, 110 to 111, 102.5 to 104.55.
    let opens = [100.0, 100.0, 110.0, 102.5, 111.0, 104.55];
    let rows = (0..).zip(opens).map(|(day, open)| flat(day, open));
    let panel = panel(&[&rows.collect::<Vec<_>>()]);
    let of = |threshold: f64| LabelSpec::FixedReturn { horizon: 2, threshold, relative: false };
    let grid = label_grid(&panel, &of(0.02));
    assert_eq!(grid.class[..2], [1.0, 0.0]);
    assert!(
        (grid.forward_return[0] - 0.025).abs() < 1e-12 && grid.scaled_return[0] == grid.forward_return[0]
    );
    assert!(grid.unit.iter().all(|unit| *unit == 1.0), "no volatility is waited for");
    // 104.55 / 102.5 is 2 % but for rounding: on either side of it the class turns.
    let class = |threshold: f64| label_grid(&panel, &of(threshold)).class[2];
    assert_eq!((class(0.02 - 1e-9), class(0.02 + 1e-9)), (1.0, 0.0));
    let scaled = label_grid(&panel, &SPEC);
    assert_eq!((&grid.start[2], &grid.end[2]), (&scaled.start[2], &scaled.end[2]));
    assert!(of(f64::NAN).check().is_err() && of(0.02).unit().contains("a fraction"));
}

#[test]
fn a_plain_return_may_be_relative_and_is_named_in_a_file() {
    let name = |gain: f64| (0..5).map(|day| flat(day, 100.0 * (1.0 + gain).powi(day))).collect::<Vec<_>>();
    let spec: LabelSpec =
        serde_json::from_str(r#"{"kind":"fixed_return","horizon":1,"threshold":0.02,"relative":true}"#)
            .unwrap();
    let grid = label_grid(&panel(&[&name(0.06), &name(0.0)]), &spec);
    // Means of 3 %: 3 % above and 3 % below.
    assert_eq!(grid.class[..2], [1.0, 0.0]);
    assert!((grid.scaled_return[0] - 0.03).abs() < 1e-12);
}

#[test]
fn horizons_count_the_symbols_own_bars() {
    // The first symbol has no bar on sessions 3 and 4.
    let own =
        [flat(0, 100.0), flat(1, 101.0), flat(2, 100.0), flat(5, 100.0), flat(6, 103.0), flat(7, 104.0)];
    let other: Vec<_> = (0..8).map(|d| flat(d, 50.0 + f64::from(d % 2))).collect();
    let panel = panel(&[&own, &other]);
    let grid = label_grid(&panel, &SPEC);
    let cell = panel.cell(2, 0);
    assert!((grid.forward_return[cell] - 0.04).abs() < 1e-12);
    assert_eq!((grid.start[cell], grid.end[cell]), (day(5), day(7)));
    assert!(grid.class[panel.cell(3, 0)].is_nan(), "no bar, no decision");
}

#[test]
fn relative_labels_compare_the_symbols_of_a_date_and_span_all_they_read() {
    let up = [flat(0, 100.0), flat(1, 101.0), flat(2, 100.0), flat(3, 100.0), flat(4, 101.0), flat(6, 104.0)];
    let down =
        [flat(0, 100.0), flat(1, 101.0), flat(2, 100.0), flat(3, 100.0), flat(4, 101.0), flat(5, 102.0)];
    let panel = panel(&[&up, &down]);
    let spec = LabelSpec::FixedHorizon { horizon: 2, vol_window: 2, threshold: 0.0, relative: true };
    let grid = label_grid(&panel, &spec);
    let (a, b) = (panel.cell(2, 0), panel.cell(2, 1));
    assert_eq!((grid.class[a], grid.class[b]), (1.0, 0.0));
    assert!((grid.scaled_return[a] + grid.scaled_return[b]).abs() < 1e-12);
    assert!((grid.forward_return[b] - 0.02).abs() < 1e-12, "the return itself stays absolute");
    // The first symbol exits on session 6; the second one's label reads that through the mean.
    assert_eq!((grid.end[a], grid.end[b]), (day(6), day(6)));
}

#[test]
fn a_symbol_that_stopped_trading_is_priced_at_its_last_close() {
    let gone = [flat(0, 100.0), flat(1, 101.0), flat(2, 100.0), (3, 100.0, 101.0, 40.0, 50.0)];
    let other: Vec<_> = (0..40).map(|d| flat(d, 50.0 + f64::from(d % 2))).collect();
    let panel = panel(&[&gone, &other]);
    let grid = label_grid(&panel, &SPEC);
    let cell = panel.cell(2, 0);
    assert!((grid.forward_return[cell] + 0.5).abs() < 1e-12);
    assert_eq!((grid.start[cell], grid.end[cell]), (day(3), day(3)));
    assert!(grid.class[panel.cell(3, 0)].is_nan(), "no entry after the last bar");
}

#[test]
fn specs_outside_their_range_are_refused_and_label_nothing() {
    let spec = LabelSpec::FixedHorizon { horizon: 0, vol_window: 2, threshold: 0.0, relative: false };
    assert_eq!(spec.check().unwrap_err().to_string(), "label `horizon` is 0; it must be at least 1");
    let table: Vec<_> = (0..9).map(|d| flat(d, 50.0 + f64::from(d % 2))).collect();
    assert!(label_grid(&panel(&[&table]), &spec).class.iter().all(|c| c.is_nan()));
    let huge = LabelSpec::FixedHorizon {
        horizon: usize::MAX,
        vol_window: usize::MAX,
        threshold: 0.0,
        relative: true,
    };
    assert!(label_grid(&panel(&[&table]), &huge).class.iter().all(|c| c.is_nan()));
    assert!(label_grid(&panel(&[]), &SPEC).class.is_empty());
}

#[test]
fn pipeline_files_name_the_kind() {
    let text = r#"{"kind":"fixed_horizon","horizon":5,"vol_window":20,"threshold":0.25,"relative":true}"#;
    let spec: LabelSpec = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&spec).unwrap(), text);
    assert!(serde_json::from_str::<LabelSpec>(&text.replace("relative", "relativ")).is_err());
}

#[test]
fn a_relative_label_compares_members_and_outsiders_have_none() {
    use proofmark_market::Standing;
    let spec = LabelSpec::FixedHorizon { horizon: 1, vol_window: 2, threshold: 0.0, relative: true };
    let name = |gain: f64| {
        [flat(0, 100.0), flat(1, 110.0), flat(2, 100.0), flat(3, 100.0), flat(4, 100.0 * (1.0 + gain))]
    };
    let mut panel = panel(&[&name(0.10), &name(0.20), &name(0.90)]);
    let all = label_grid(&panel, &spec);
    // Decided at session 2, from the open of 3 to that of 4: the third name leaves the others behind.
    let cell = panel.cell(2, 0);
    assert_eq!(all.class[cell..cell + 3], [0.0, 0.0, 1.0]);
    panel.standing[cell + 2] = Standing::Outside;
    let members = label_grid(&panel, &spec);
    assert_eq!(members.class[cell..cell + 2], [0.0, 1.0]);
    assert!(members.class[cell + 2].is_nan() && members.unit[cell + 2] > 0.0);
}
