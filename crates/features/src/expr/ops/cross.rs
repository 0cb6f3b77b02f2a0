//! Names against each other at one date. Only names that have a bar and are members at that date take part; the others
//! are missing.

use super::super::graph::{Reading, Shape};
use super::super::kernel::{CROSS_SECTION, NEUTRAL, cross};
use super::super::operator::{Operator, Param};

const BASE: Operator =
    Operator { source: "Kakushadze (2016), 101 Formulaic Alphas, Wilmott 84, 72-81", ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "CsRank",
        doc: "rank among the members at this date, equals averaged, over their number: in (0, 1]",
        lower: |graph, args| graph.windowed(&CROSS_SECTION, 0, &args.slots, cross::RANK),
        ..BASE
    },
    Operator {
        name: "CsZScore",
        doc: "(x - mean) / sample standard deviation (n - 1) over the members at this date; 0 where all are equal, NaN \
              with fewer than 2",
        source: "standard score",
        lower: |graph, args| graph.windowed(&CROSS_SECTION, 0, &args.slots, cross::Z_SCORE),
        ..BASE
    },
    Operator {
        name: "CsDemean",
        doc: "x less its mean over the members at this date",
        source: "mean of the cross-section",
        lower: |graph, args| graph.windowed(&CROSS_SECTION, 0, &args.slots, cross::DEMEAN),
        ..BASE
    },
    Operator {
        name: "CsMean",
        doc: "mean of x over the members at this date, for each of them that has x",
        source: "mean of the cross-section",
        lower: |graph, args| graph.windowed(&CROSS_SECTION, 0, &args.slots, cross::MEAN),
        ..BASE
    },
    Operator {
        name: "CsScale",
        doc: "x over the sum of |x| of the members at this date; 0 where that sum is 0",
        lower: |graph, args| graph.windowed(&CROSS_SECTION, 0, &args.slots, cross::SCALE),
        ..BASE
    },
    Operator {
        name: "CsWinsorize",
        params: &[Param::Series("x"), Param::Constant { name: "q", least: 0.0, most: 0.5 }],
        doc: "x held between the quantiles q and 1 - q (linear interpolation) of the members at this date",
        source: "winsorising: Dixon (1960), Annals of Mathematical Statistics 31(2), 385-391",
        lower: |graph, args| {
            let reading = Reading { what: cross::WINSORIZE, bits: args.constants[0].to_bits() };
            graph.read(&CROSS_SECTION, Shape::default(), &args.slots, reading)
        },
        ..BASE
    },
    Operator {
        name: "CsNeutralize",
        params: &[Param::Series("x"), Param::Group("group")],
        doc: "x less its mean over the members of the same group at this date; NaN where the group is unknown",
        lower: |graph, args| graph.windowed(&NEUTRAL, 0, &args.slots, 0),
        ..BASE
    },
];
