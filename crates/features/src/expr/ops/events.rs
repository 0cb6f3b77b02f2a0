//! What happened last, and bars near a level. Every operator forgets after its window: there is no expanding form.

use super::super::ast::Field;
use super::super::graph::Slot;
use super::super::kernel::{BARS_SINCE, TOUCHES, VALUE_WHEN};
use super::super::operator::{Operator, Param};

const N: Param = Param::Window { name: "N", least: 1, expanding: false };

const BASE: Operator =
    Operator { source: "Pine Script, ta.barssince and ta.valuewhen, bounded here", ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "BarsSince",
        params: &[Param::Condition("condition"), N],
        doc: "bars since the condition last held, 0 where it holds now; NaN where it held on none of the last N bars",
        lower: |graph, args| graph.windowed(&BARS_SINCE, args.window, &args.slots, 0),
        ..BASE
    },
    Operator {
        name: "ValueWhen",
        params: &[Param::Condition("condition"), Param::Series("x"), N],
        doc: "x of the newest of the last N bars on which the condition held; NaN where it held on none, or x is \
              missing there",
        lower: |graph, args| graph.windowed(&VALUE_WHEN, args.window, &args.slots, 0),
        ..BASE
    },
    Operator {
        name: "Touches",
        params: &[Param::Series("level"), Param::Series("tolerance"), N],
        doc: "how many of the last N bars have a range from low to high that comes within this bar's tolerance of this \
              bar's level; NaN where either is missing",
        source: "tests of a price level, counted",
        lower: |graph, args| {
            let slots = [args.slots[0], args.slots[1], Slot::Field(Field::Low), Slot::Field(Field::High)];
            graph.windowed(&TOUCHES, args.window, &slots, 0)
        },
        ..BASE
    },
];
