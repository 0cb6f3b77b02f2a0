//! Deviation, skewness, kurtosis of a window, and its mean absolute deviation. Missing values and infinities are skipped.

use super::super::kernel::{MAD, MOMENTS, SPREAD, moment, spread};
use super::super::operator::{Operator, Param};

const fn window(least: usize, expanding: bool) -> Param {
    Param::Window { name: "N", least, expanding }
}

const BASE: Operator = Operator { params: &[Param::Series("x"), window(1, true)], ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Std",
        doc: "sample standard deviation (n - 1) of the last N values; NaN with fewer than 2, exactly 0 where all are \
              equal",
        lower: |graph, args| graph.windowed(&SPREAD, args.window, &args.slots, spread::DEVIATION),
        ..BASE
    },
    Operator {
        name: "Var",
        doc: "sample variance (n - 1) of the last N values; NaN with fewer than 2, exactly 0 where all are equal",
        lower: |graph, args| graph.windowed(&SPREAD, args.window, &args.slots, spread::VARIANCE),
        ..BASE
    },
    Operator {
        name: "Skew",
        params: &[Param::Series("x"), window(3, true)],
        doc: "adjusted Fisher-Pearson skewness of the last N values; NaN with fewer than 3 and where all are equal (pandas \
              before 3 gave 0 there)",
        lower: |graph, args| graph.windowed(&MOMENTS, args.window, &args.slots, moment::SKEW),
        ..BASE
    },
    Operator {
        name: "Kurt",
        params: &[Param::Series("x"), window(5, true)],
        doc: "unbiased excess kurtosis of the last N values; NaN with fewer than 4 and where all are equal (pandas before 3 \
              gave -3 there)",
        lower: |graph, args| graph.windowed(&MOMENTS, args.window, &args.slots, moment::KURTOSIS),
        ..BASE
    },
    Operator {
        name: "Mad",
        params: &[Param::Series("x"), window(1, false)],
        doc: "mean absolute deviation of the last N values from their mean",
        lower: |graph, args| graph.windowed(&MAD, args.window, &args.slots, 0),
        ..BASE
    },
];
