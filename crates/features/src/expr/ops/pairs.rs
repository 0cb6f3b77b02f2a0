//! A column against time and against another column. Rows in which either is missing or infinite are skipped.

use super::super::graph::{Family, Graph, Reach, Scope, Slot};
use super::super::kernel::{Map2, PAIRS, SPREAD, TREND, pair, spread, trend};
use super::super::operator::{Operator, Param};
use super::QLIB;

/// qlib's rule for a flat window: a deviation of no more than 2e-5, in units of the column, leaves no value.
static UNLESS_FLAT: Family = Family {
    name: "unless flat",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| {
        Box::new(Map2(|value: f64, deviation: f64| if deviation <= 2e-5 { f64::NAN } else { value }))
    },
};

fn unless_flat(graph: &mut Graph, value: Slot, of: Slot, window: usize) -> Slot {
    let deviation = graph.windowed(&SPREAD, window, &[of], spread::DEVIATION);
    graph.node(&UNLESS_FLAT, &[value, deviation])
}

const fn window(expanding: bool) -> Param {
    Param::Window { name: "N", least: 1, expanding }
}

const BASE: Operator = Operator {
    params: &[Param::Series("x"), window(true)],
    source: "qlib 0.9.7, qlib/data/_libs/rolling.pyx",
    ..super::BASE
};

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Slope",
        doc: "least-squares slope of the last N values on the number of their bar, per bar; NaN with fewer than 2",
        lower: |graph, args| graph.windowed(&TREND, args.window, &args.slots, trend::SLOPE),
        ..BASE
    },
    Operator {
        name: "Rsquare",
        doc: "squared correlation of the last N values with the number of their bar; NaN with fewer than 2. As in \
              qlib, NaN where their deviation is no more than 2e-5 (not for N = 0)",
        lower: |graph, args| {
            let square = graph.windowed(&TREND, args.window, &args.slots, trend::R_SQUARED);
            match args.window {
                0 => square,
                window => unless_flat(graph, square, args.slots[0], window),
            }
        },
        ..BASE
    },
    Operator {
        name: "Resi",
        doc: "this bar's value less that of the least-squares line through the last N; NaN with fewer than 2, and \
              where this bar's is missing",
        lower: |graph, args| graph.windowed(&TREND, args.window, &args.slots, trend::RESIDUAL),
        ..BASE
    },
    Operator {
        name: "Corr",
        params: &[Param::Series("x"), Param::Series("y"), window(false)],
        doc: "correlation of the last N pairs; NaN with fewer than 2. As in qlib, NaN where the deviation of either \
              column is no more than 2e-5",
        source: QLIB,
        lower: |graph, args| {
            let [x, y] = [args.slots[0], args.slots[1]];
            let plain = graph.windowed(&PAIRS, args.window, &[x, y], pair::CORRELATION);
            let moving = unless_flat(graph, plain, x, args.window);
            unless_flat(graph, moving, y, args.window)
        },
        ..BASE
    },
    Operator {
        name: "Cov",
        params: &[Param::Series("x"), Param::Series("y"), window(true)],
        doc: "sample covariance (n - 1) of the last N pairs; NaN with fewer than 2",
        source: QLIB,
        lower: |graph, args| graph.windowed(&PAIRS, args.window, &args.slots, pair::COVARIANCE),
        ..BASE
    },
];
