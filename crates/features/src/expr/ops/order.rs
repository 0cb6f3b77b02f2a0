//! Order statistics of a window. Missing values and infinities are skipped. There is no expanding form: it would have
//! to keep every value ever seen.

use super::super::graph::{Reading, Shape};
use super::super::kernel::{ORDER, order};
use super::super::operator::{Operator, Param};

const N: Param = Param::Window { name: "N", least: 1, expanding: false };

const RANK: Operator = Operator {
    name: "Rank",
    params: &[Param::Series("x"), N],
    doc: "rank of this bar's value among the last N, equals averaged, over their number: in (0, 1]; NaN where this \
          bar's is missing",
    lower: |graph, args| graph.windowed(&ORDER, args.window, &args.slots, order::RANK),
    ..super::BASE
};

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    RANK,
    Operator {
        name: "TsRank",
        source: "Kakushadze (2016), 101 Formulaic Alphas, Wilmott 84, 72-81; the same as Rank",
        ..RANK
    },
    Operator {
        name: "Med",
        doc: "median of the last N values",
        lower: |graph, args| graph.windowed(&ORDER, args.window, &args.slots, order::MEDIAN),
        ..RANK
    },
    Operator {
        name: "Quantile",
        params: &[Param::Series("x"), N, Param::Constant { name: "q", least: 0.0, most: 1.0 }],
        doc: "quantile q of the last N values, interpolated linearly between order statistics",
        lower: |graph, args| {
            let shape = Shape { window: args.window, ..Shape::default() };
            let reading = Reading { what: order::QUANTILE, bits: args.constants[0].to_bits() };
            graph.read(&ORDER, shape, &args.slots, reading)
        },
        ..RANK
    },
];
