//! A label reads the bars inside its span and, for the unit only, bars up to the decision.

use proofmark_labels::{LabelGrid, LabelSpec, label_grid};
use proofmark_market::Panel;
use proptest::prelude::*;

use crate::tables::panel;

type Row = (i32, f64, f64, f64, f64);

/// Up to three symbols of up to 40 sessions, with bars missing here and there.
fn tables() -> impl Strategy<Value = Vec<Vec<Row>>> {
    let bar = (0.9_f64..1.1, 0.95_f64..1.05, 0.0_f64..0.05, 0.0_f64..0.05, 0..10_u8);
    let symbol = prop::collection::vec(bar, 1..40).prop_map(|moves| {
        let mut price = 100.0;
        let mut rows = Vec::new();
        for (day, (gap, body, above, below, missing)) in moves.into_iter().enumerate() {
            let open = price * gap;
            let close = open * body;
            let (high, low) = (open.max(close) * (1.0 + above), open.min(close) * (1.0 - below));
            price = close;
            if missing > 0 {
                rows.push((i32::try_from(day).unwrap(), open, high, low, close));
            }
        }
        rows
    });
    prop::collection::vec(symbol, 1..4)
}

fn specs() -> impl Strategy<Value = LabelSpec> {
    let horizon = (1_usize..6, 2_usize..5, -0.5_f64..0.5, any::<bool>()).prop_map(
        |(horizon, vol_window, threshold, relative)| LabelSpec::FixedHorizon {
            horizon,
            vol_window,
            threshold,
            relative,
        },
    );
    let plain = (1_usize..6, -0.05_f64..0.05, any::<bool>())
        .prop_map(|(horizon, threshold, relative)| LabelSpec::FixedReturn { horizon, threshold, relative });
    let barrier =
        (0.01_f64..0.1, 0.01_f64..0.1, 1_usize..6).prop_map(|(stop_loss, take_profit, max_hold)| {
            LabelSpec::TripleBarrier { stop_loss, take_profit, max_hold }
        });
    let scaled = (1_usize..6, 2_usize..5, any::<bool>()).prop_map(|(horizon, vol_span, relative)| {
        LabelSpec::VolatilityScaled { horizon, vol_span, threshold: 0.0, relative }
    });
    let scaled_barrier = (2_usize..5, 0.2_f64..2.0, 0.2_f64..2.0, 1_usize..6).prop_map(
        |(vol_span, stop, target, max_hold)| LabelSpec::VolatilityBarrier {
            vol_span,
            stop,
            target,
            max_hold,
        },
    );
    let trend = (2_usize..4, 0_usize..4).prop_map(|(min_horizon, more)| LabelSpec::TrendScan {
        min_horizon,
        max_horizon: min_horizon + more,
        threshold: 0.0,
    });
    let ranked = (1_usize..6).prop_map(|horizon| LabelSpec::Ranked { horizon, buckets: 2, min_names: 2 });
    let meta = (2_usize..5, 0.2_f64..2.0, 1_usize..6, 0.0_f64..0.02).prop_map(
        |(vol_span, stop, max_hold, round_trip_cost)| LabelSpec::Meta {
            side: "1".to_owned(),
            vol_span,
            stop,
            target: 1.0,
            max_hold,
            round_trip_cost,
        },
    );
    prop_oneof![horizon, plain, barrier, scaled, scaled_barrier, trend, ranked, meta]
}

fn make(tables: &[Vec<Row>]) -> Panel {
    let slices: Vec<&[Row]> = tables.iter().map(Vec::as_slice).collect();
    panel(&slices)
}

fn bits(grid: &LabelGrid, cell: usize) -> [u64; 4] {
    [grid.class[cell], grid.forward_return[cell], grid.scaled_return[cell], grid.statistic[cell]]
        .map(f64::to_bits)
}

proptest! {
    #[test]
    fn columns_agree_and_spans_start_after_the_decision(tables in tables(), spec in specs()) {
        let panel = make(&tables);
        let grid = label_grid(&panel, &spec);
        for t in 0..panel.len() {
            for s in 0..panel.width() {
                let cell = panel.cell(t, s);
                let known = !grid.class[cell].is_nan();
                prop_assert_eq!(known, grid.forward_return[cell].is_finite());
                prop_assert_eq!(known, grid.scaled_return[cell].is_finite());
                prop_assert_eq!(known, grid.start[cell].is_some() && grid.end[cell].is_some());
                prop_assert_eq!(known, grid.exit[cell].is_some());
                prop_assert!(grid.start[cell] <= grid.exit[cell] && grid.exit[cell] <= grid.end[cell]);
                if let (Some(start), Some(end)) = (grid.start[cell], grid.end[cell]) {
                    prop_assert!(panel.has_bar(t, s) && start > panel.dates[t] && end >= start);
                    prop_assert!(grid.class[cell] == 0.0 || grid.class[cell] == 1.0);
                }
            }
        }
    }

    /// Prices after `end` and (but for the unit of volatility) prices before `start` do not enter a label.
    #[test]
    fn nothing_outside_the_span_matters(tables in tables(), spec in specs(), session in 0_i32..40) {
        let panel = make(&tables);
        let grid = label_grid(&panel, &spec);
        let scaled = |keep: &dyn Fn(i32) -> bool| {
            let change = |row: &Row| if keep(row.0) { *row } else { (row.0, row.1 * 1.5, row.2 * 1.7, row.3 * 1.2, row.4 * 1.6) };
            let tables: Vec<Vec<Row>> = tables.iter().map(|rows| rows.iter().map(change).collect()).collect();
            label_grid(&make(&tables), &spec)
        };
        let later = scaled(&|day| day <= session);
        let earlier = scaled(&|day| day >= session);
        // Kinds whose unit is no volatility read nothing before the entry; barriers at a volatility move with it.
        let unit_is_fixed = matches!(
            spec,
            LabelSpec::TripleBarrier { .. } | LabelSpec::TrendScan { .. } | LabelSpec::Ranked { .. }
        );
        let moved = matches!(spec, LabelSpec::VolatilityBarrier { .. } | LabelSpec::Meta { .. });
        for cell in 0..grid.class.len() {
            if grid.end[cell].is_some_and(|end| end.days() <= session) {
                prop_assert_eq!(bits(&grid, cell), bits(&later, cell));
            }
            if grid.start[cell].is_some_and(|start| start.days() >= session) {
                if unit_is_fixed {
                    prop_assert_eq!(bits(&grid, cell), bits(&earlier, cell));
                } else if !moved && earlier.start[cell].is_some() {
                    prop_assert_eq!(grid.forward_return[cell].to_bits(), earlier.forward_return[cell].to_bits());
                }
            }
        }
    }
}
