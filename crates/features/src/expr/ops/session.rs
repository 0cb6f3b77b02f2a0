//! The session so far, for bars shorter than a session: each starts anew when the session date of the bars changes.
//! Over daily bars a session is one bar.

use super::super::ast::Field;
use super::super::graph::{Family, Graph, Slot};
use super::super::kernel::{SESSION_FIRST, SESSION_MAX, SESSION_MIN, SESSION_SUMS, sum};
use super::super::operator::{Args, Operator, known};

fn so_far(graph: &mut Graph, family: &'static Family, x: Slot, what: u8) -> Slot {
    graph.windowed(family, 0, &[x, Slot::Field(Field::SessionStart)], what)
}

fn call(graph: &mut Graph, operator: &str, slots: [Slot; 2]) -> Slot {
    (known(operator).lower)(graph, &Args { slots: slots.to_vec(), ..Args::default() })
}

const BASE: Operator = Operator { source: "group by session date", ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "SessionSum",
        doc: "sum of the session's values so far; missing ones are skipped",
        lower: |graph, args| so_far(graph, &SESSION_SUMS, args.slots[0], sum::SUM),
        ..BASE
    },
    Operator {
        name: "SessionMean",
        doc: "mean of the session's values so far; missing ones are skipped",
        lower: |graph, args| so_far(graph, &SESSION_SUMS, args.slots[0], sum::MEAN),
        ..BASE
    },
    Operator {
        name: "SessionMax",
        doc: "largest of the session's values so far",
        lower: |graph, args| so_far(graph, &SESSION_MAX, args.slots[0], 0),
        ..BASE
    },
    Operator {
        name: "SessionMin",
        doc: "smallest of the session's values so far",
        lower: |graph, args| so_far(graph, &SESSION_MIN, args.slots[0], 0),
        ..BASE
    },
    Operator {
        name: "SessionFirst",
        doc: "first value of the session that is not missing",
        lower: |graph, args| so_far(graph, &SESSION_FIRST, args.slots[0], 0),
        ..BASE
    },
    Operator {
        name: "SessionBar",
        params: &[],
        doc: "number of this bar in its session, the first 1; a bar that is not there is not counted",
        lower: |graph, _| {
            let one = graph.constant(1.0);
            so_far(graph, &SESSION_SUMS, one, sum::SUM)
        },
        ..BASE
    },
    Operator {
        name: "SessionVwap",
        params: &[],
        doc: "volume-weighted mean of (high + low + close) / 3 over the session so far; NaN until a bar has traded. A \
              bar of unknown volume has no weight",
        source: "volume-weighted average price from the session's open",
        lower: |graph, _| {
            let [high, low, close] = [Field::High, Field::Low, Field::Close].map(Slot::Field);
            let prices = call(graph, "Add", [high, low]);
            let prices = call(graph, "Add", [prices, close]);
            let three = graph.constant(3.0);
            let typical = call(graph, "Div", [prices, three]);
            let value = call(graph, "Mul", [typical, Slot::Field(Field::Volume)]);
            let value = so_far(graph, &SESSION_SUMS, value, sum::SUM);
            let volume = so_far(graph, &SESSION_SUMS, Slot::Field(Field::Volume), sum::SUM);
            call(graph, "Div", [value, volume])
        },
        ..BASE
    },
];
