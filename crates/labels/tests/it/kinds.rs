//! Volatility-scaled, volatility-barrier, trend and ranked labels by hand.

use proofmark_labels::{ExitReason, LabelSpec, label_grid};

use crate::tables::{day, flat, panel};

#[test]
fn a_horizon_in_daily_volatilities() {
    // Returns 0.1 and 0 with span 2 keep a third: weights 1/3 and 1, so variance 0.01 / 4 / (4/3 - 10/9 / (4/3)) = 0.005.
    let table = [flat(0, 100.0), flat(1, 110.0), flat(2, 110.0), flat(3, 110.0), flat(4, 121.0)];
    let spec = LabelSpec::VolatilityScaled { horizon: 1, vol_span: 2, threshold: 1.0, relative: false };
    let grid = label_grid(&panel(&[&table]), &spec);
    assert!((grid.unit[2] - 0.005_f64.sqrt()).abs() < 1e-12, "{}", grid.unit[2]);
    assert!((grid.scaled_return[2] - 0.1 / 0.005_f64.sqrt()).abs() < 1e-12);
    assert_eq!((grid.class[2], grid.start[2], grid.exit[2], grid.end[2]), (1.0, day(3), day(4), day(4)));
    assert!(grid.unit[1].is_nan(), "one return is no volatility");
}

#[test]
fn barriers_stand_at_multiples_of_the_volatility_of_the_decision() {
    let unit = 0.005_f64.sqrt();
    let spec = LabelSpec::VolatilityBarrier { vol_span: 2, stop: 1.0, target: 2.0, max_hold: 2 };
    let before = [flat(0, 100.0), flat(1, 110.0), flat(2, 110.0)];
    let check = |bars: &[(i32, f64, f64, f64, f64)], want: (f64, f64, ExitReason, i32)| {
        let table: Vec<_> = before.iter().chain(bars).copied().collect();
        let grid = label_grid(&panel(&[&table]), &spec);
        assert!((grid.unit[2] - unit).abs() < 1e-12);
        assert!((grid.forward_return[2] - want.0).abs() < 1e-12, "{}", grid.forward_return[2]);
        assert_eq!((grid.class[2], grid.exit_reason[2]), (want.1, Some(want.2)));
        assert_eq!((grid.start[2], grid.exit[2], grid.end[2]), (day(3), day(want.3), day(5)));
    };
    let calm = |d| flat(d, 100.0);
    check(&[(3, 100.0, 115.0, 99.0, 100.0), calm(4), calm(5)], (2.0 * unit, 1.0, ExitReason::TpHit, 3));
    check(
        &[(3, 100.0, 114.0, 99.0, 100.0), (4, 100.0, 101.0, 92.0, 95.0), calm(5)],
        (-unit, 0.0, ExitReason::SlHit, 4),
    );
    check(&[calm(3), flat(4, 90.0), calm(5)], (-0.1, 0.0, ExitReason::GapExitSl, 4));
    check(&[calm(3), calm(4), flat(5, 101.0)], (0.01, 1.0, ExitReason::MaxHold, 5));
}

#[test]
fn a_trend_ends_where_it_is_strongest_and_spans_what_was_looked_at() {
    // Log opens from the entry on: 0, 1, 2, then back. Two steps are a perfect line.
    let e = std::f64::consts::E;
    let table = [flat(0, 5.0), flat(1, 1.0), flat(2, e), flat(3, e * e), flat(4, e), flat(5, 1.0)];
    let spec = LabelSpec::TrendScan { min_horizon: 2, max_horizon: 4, threshold: 0.0 };
    let grid = label_grid(&panel(&[&table]), &spec);
    assert_eq!((grid.start[0], grid.exit[0], grid.end[0]), (day(1), day(3), day(5)));
    assert_eq!(grid.class[0], 1.0);
    assert!(grid.statistic[0] > 1e6 && (grid.forward_return[0] - (e * e - 1.0)).abs() < 1e-12);
    assert!(grid.class[1..].iter().all(|class| class.is_nan()), "the longest horizon is not over");
    // The same prices upside down fall.
    let down: Vec<_> = table.iter().map(|row| flat(row.0, 1.0 / row.1)).collect();
    let grid = label_grid(&panel(&[&down]), &spec);
    assert_eq!((grid.class[0], grid.exit[0]), (0.0, day(3)));
    assert!(grid.statistic[0] < -1e6);
}

#[test]
fn a_trend_of_a_symbol_that_stopped_trading_ends_with_its_last_close() {
    let gone = [flat(0, 1.0), flat(1, 8.0), flat(2, 4.0), (3, 2.0, 2.0, 1.0, 1.0)];
    let other: Vec<_> = (0..40).map(|d| flat(d, 50.0 + f64::from(d % 2))).collect();
    let panel = panel(&[&gone, &other]);
    let spec = LabelSpec::TrendScan { min_horizon: 2, max_horizon: 9, threshold: 0.0 };
    let grid = label_grid(&panel, &spec);
    // 8, 4, 2 and the last close 1 halve at each step; every horizon is a perfect line.
    assert!((grid.forward_return[0] + 0.75).abs() < 1e-12 || (grid.forward_return[0] + 0.875).abs() < 1e-12);
    assert_eq!((grid.class[0], grid.end[0]), (0.0, day(3)));
    assert!(grid.class[panel.cell(2, 0)].is_nan(), "one price and the last close are no trend");
}

#[test]
fn ranks_among_the_members_of_a_date() {
    let name = |gain: f64| [flat(0, 100.0), flat(1, 100.0), flat(2, 100.0 * (1.0 + gain))];
    let tables = [name(0.1), name(-0.1), name(0.3), name(0.1)];
    let slices: Vec<_> = tables.iter().map(<[_; 3]>::as_slice).collect();
    let spec = LabelSpec::Ranked { horizon: 1, buckets: 2, min_names: 4 };
    let panel = panel(&slices);
    let grid = label_grid(&panel, &spec);
    assert_eq!(grid.statistic[..4], [0.5, 0.125, 0.875, 0.5]);
    assert_eq!(grid.class[..4], [1.0, 0.0, 1.0, 1.0], "equals share a bucket");
    assert!((grid.scaled_return[2] - 0.3).abs() < 1e-12 && grid.unit[2] == 1.0);
    let few = label_grid(&panel, &LabelSpec::Ranked { horizon: 1, buckets: 2, min_names: 5 });
    assert!(few.class.iter().chain(&few.forward_return).all(|v| v.is_nan()));
    assert!(few.start.iter().chain(&few.end).chain(&few.exit).all(Option::is_none));
    assert_eq!(few.unit[2], 1.0);
}

#[test]
fn specs_outside_their_range_are_refused() {
    for (spec, field) in [
        (
            LabelSpec::VolatilityScaled { horizon: 1, vol_span: 1, threshold: 0.0, relative: false },
            "vol_span",
        ),
        (LabelSpec::VolatilityBarrier { vol_span: 5, stop: 0.0, target: 1.0, max_hold: 1 }, "stop"),
        (LabelSpec::VolatilityBarrier { vol_span: 5, stop: 1.0, target: f64::NAN, max_hold: 1 }, "target"),
        (LabelSpec::TrendScan { min_horizon: 1, max_horizon: 5, threshold: 0.0 }, "min_horizon"),
        (LabelSpec::TrendScan { min_horizon: 6, max_horizon: 5, threshold: 0.0 }, "max_horizon"),
        (LabelSpec::Ranked { horizon: 1, buckets: 1, min_names: 5 }, "buckets"),
        (LabelSpec::Ranked { horizon: 1, buckets: 5, min_names: 4 }, "min_names"),
    ] {
        assert_eq!(spec.check().unwrap_err().field, field);
        assert!(label_grid(&panel(&[&[flat(0, 1.0), flat(1, 1.0)]]), &spec).unit.iter().all(|u| u.is_nan()));
    }
}

#[test]
fn pipeline_files_name_every_kind() {
    for text in [
        r#"{"kind":"volatility_scaled","horizon":5,"vol_span":100,"threshold":0.0,"relative":true}"#,
        r#"{"kind":"volatility_barrier","vol_span":100,"stop":1.0,"target":2.0,"max_hold":10}"#,
        r#"{"kind":"trend_scan","min_horizon":5,"max_horizon":20,"threshold":0.0}"#,
        r#"{"kind":"ranked","horizon":5,"buckets":5,"min_names":10}"#,
        r#"{"kind":"meta","side":"$close / $open - 1","vol_span":50,"stop":1.0,"target":2.0,"max_hold":5,"round_trip_cost":0.002}"#,
    ] {
        let spec: LabelSpec = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&spec).unwrap(), text);
        assert!(spec.check().is_ok() && !spec.unit().is_empty() && spec.horizon() >= 5);
    }
}
