//! Sums, averages and extremes of a window. Missing values and infinities are skipped; a window without a value is NaN;
//! the first rows use the bars there are.

use super::super::graph::{Family, Reach, Reading, Scope, Shape};
use super::super::kernel::{
    EMA, MAX, MIN, Map1, PLACE_OF_MAX, PLACE_OF_MIN, PRODUCT, SUMS, WEIGHTED, place, sum, weighted,
};
use super::super::operator::{Operator, Param};

const ALPHAS: &str = "Kakushadze (2016), 101 Formulaic Alphas, Wilmott 84, 72-81";

/// 1 where there is a value.
static KNOWN: Family = Family {
    name: "known",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Map1(|a: f64| f64::from(!a.is_nan()))),
};

const N: Param = Param::Window { name: "N", least: 1, expanding: true };

const BASE: Operator = Operator { params: &[Param::Series("x"), N], ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Sum",
        doc: "sum of the last N values",
        lower: |graph, args| graph.windowed(&SUMS, args.window, &args.slots, sum::SUM),
        ..BASE
    },
    Operator {
        name: "Mean",
        doc: "mean of the last N values",
        lower: |graph, args| graph.windowed(&SUMS, args.window, &args.slots, sum::MEAN),
        ..BASE
    },
    Operator {
        name: "Count",
        doc: "how many of the last N values are not missing; an infinity counts, as in pandas",
        lower: |graph, args| {
            let known = graph.node(&KNOWN, &args.slots);
            graph.windowed(&SUMS, args.window, &[known], sum::SUM)
        },
        ..BASE
    },
    Operator {
        name: "Product",
        doc: "product of the last N values",
        source: ALPHAS,
        lower: |graph, args| graph.windowed(&PRODUCT, args.window, &args.slots, 0),
        ..BASE
    },
    Operator {
        name: "Max",
        doc: "largest of the last N values",
        lower: |graph, args| graph.windowed(&MAX, args.window, &args.slots, 0),
        ..BASE
    },
    Operator {
        name: "Min",
        doc: "smallest of the last N values",
        lower: |graph, args| graph.windowed(&MIN, args.window, &args.slots, 0),
        ..BASE
    },
    Operator {
        name: "IdxMax",
        doc: "place of the largest value among the last N bars, the oldest bar 1, the oldest of equals; as in qlib the \
              place of the oldest missing value where there is one (TsArgMax skips it)",
        lower: |graph, args| graph.windowed(&PLACE_OF_MAX, args.window, &args.slots, place::QLIB),
        ..BASE
    },
    Operator {
        name: "IdxMin",
        doc: "place of the smallest value among the last N bars, the oldest bar 1, the oldest of equals; as in qlib \
              the place of the oldest missing value where there is one (TsArgMin skips it)",
        lower: |graph, args| graph.windowed(&PLACE_OF_MIN, args.window, &args.slots, place::QLIB),
        ..BASE
    },
    Operator {
        name: "TsArgMax",
        doc: "place of the largest value among the last N bars, the oldest bar 1, the oldest of equals",
        source: ALPHAS,
        lower: |graph, args| graph.windowed(&PLACE_OF_MAX, args.window, &args.slots, place::OF_KNOWN),
        ..BASE
    },
    Operator {
        name: "TsArgMin",
        doc: "place of the smallest value among the last N bars, the oldest bar 1, the oldest of equals",
        source: ALPHAS,
        lower: |graph, args| graph.windowed(&PLACE_OF_MIN, args.window, &args.slots, place::OF_KNOWN),
        ..BASE
    },
    Operator {
        name: "WMA",
        doc: "as qlib has it: the mean over the known of the last N values of w(k) x(k), with w = k / (1 + ... + N), \
              the oldest bar 1. The weights are divided by their sum and then averaged, so it is about 1 / N of a \
              weighted average: DecayLinear is one",
        lower: |graph, args| graph.windowed(&WEIGHTED, args.window, &args.slots, weighted::QLIB),
        ..BASE
    },
    Operator {
        name: "DecayLinear",
        doc: "weighted average of the last N values, weights 1 (oldest bar) to N (this bar); missing values have no \
              weight",
        source: ALPHAS,
        lower: |graph, args| graph.windowed(&WEIGHTED, args.window, &args.slots, weighted::LINEAR),
        ..BASE
    },
    Operator {
        name: "EMA",
        params: &[Param::Series("x"), Param::Span("N")],
        doc: "average of all values with weights that fall by 1 - alpha a bar, over their sum; alpha = 2 / (N + 1), or \
              N itself where 0 < N < 1. A missing value has no weight and the others go on falling",
        lower: |graph, args| {
            let shape = Shape { bits: args.constants[0].to_bits(), ..Shape::default() };
            graph.read(&EMA, shape, &args.slots, Reading::default())
        },
        ..BASE
    },
];
