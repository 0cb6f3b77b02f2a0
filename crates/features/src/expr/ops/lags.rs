//! Earlier values and what changed since.

use super::super::graph::{Graph, Reading, Shape, Slot};
use super::super::kernel::{FIRST, LAG};
use super::super::operator::{Args, Operator, Param, known};

fn earlier(graph: &mut Graph, args: &Args) -> Slot {
    match args.window {
        0 => graph.node(&FIRST, &args.slots[..1]),
        window => {
            graph.read(&LAG, Shape { window, ..Shape::default() }, &args.slots[..1], Reading::default())
        }
    }
}

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Ref",
        params: &[Param::Series("x"), Param::Lag("N")],
        doc: "x of N bars ago, NaN on the first N bars; N = 0: x of the first bar. A negative N is an error",
        lower: earlier,
        ..super::BASE
    },
    Operator {
        name: "Delta",
        params: &[Param::Series("x"), Param::Lag("N")],
        doc: "x - Ref(x, N)",
        lower: |graph, args| {
            let earlier = earlier(graph, args);
            let slots = vec![args.slots[0], earlier];
            (known("Sub").lower)(graph, &Args { slots, ..Args::default() })
        },
        ..super::BASE
    },
];
