//! Names against each other at one date. Only names that have a bar and are members at that date take part; the others
//! are missing.

use super::super::graph::{Graph, Reading, Shape, Slot};
use super::super::kernel::{BY_GROUP, CROSS_SECTION, RESIDUAL, by_group, cross};
use super::super::operator::{Args, Operator, Param};

/// A measure with a constant.
fn with(graph: &mut Graph, args: &Args, what: u8) -> Slot {
    let reading = Reading { what, bits: args.constants[0].to_bits() };
    graph.read(&CROSS_SECTION, Shape::default(), &args.slots, reading)
}

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
        lower: |graph, args| with(graph, args, cross::WINSORIZE),
        ..BASE
    },
    Operator {
        name: "CsStd",
        doc: "sample standard deviation (n - 1) of x over the members at this date, for each of them that has x; NaN with \
              fewer than 2",
        source: "standard deviation of the cross-section",
        lower: |graph, args| graph.windowed(&CROSS_SECTION, 0, &args.slots, cross::STD),
        ..BASE
    },
    Operator {
        name: "CsQuantile",
        params: &[Param::Series("x"), Param::Constant { name: "q", least: 0.0, most: 1.0 }],
        doc: "the value of x below which the share q of the members at this date lies (linear interpolation), for each of \
              them that has x; 0.5 is the median",
        source: "quantile of the cross-section, as of numpy.quantile",
        lower: |graph, args| with(graph, args, cross::QUANTILE),
        ..BASE
    },
    Operator {
        name: "CsBucket",
        params: &[Param::Series("x"), Param::Whole { name: "n", least: 2, most: 1_000 }],
        doc: "quantile bucket of x among the members at this date, 1 (lowest) to n; equals share one: CsRank(x) * n, \
              rounded up",
        source: "quantile portfolios",
        lower: |graph, args| with(graph, args, cross::BUCKET),
        ..BASE
    },
    Operator {
        name: "CsResidual",
        params: &[Param::Series("y"), Param::Series("x")],
        doc: "what the least-squares line through x leaves of y, over the members at this date that have both: y neutral \
              to x; y less its mean where x is the same for all",
        source: "Fama & MacBeth (1973), Journal of Political Economy 81(3), 607-636: a regression at each date",
        lower: |graph, args| graph.node(&RESIDUAL, &args.slots),
        ..BASE
    },
    Operator {
        name: "CsNeutralize",
        params: &[Param::Series("x"), Param::Group("group")],
        doc: "x less its mean over the members of the same group at this date; NaN where the group is unknown",
        lower: |graph, args| graph.windowed(&BY_GROUP, 0, &args.slots, by_group::DEMEAN),
        ..BASE
    },
    Operator {
        name: "CsGroupMean",
        params: &[Param::Series("x"), Param::Group("group")],
        doc: "mean of x over the members of the same group at this date, for each of them that has x; NaN where the group \
              is unknown",
        source: "mean of the group",
        lower: |graph, args| graph.windowed(&BY_GROUP, 0, &args.slots, by_group::MEAN),
        ..BASE
    },
    Operator {
        name: "CsGroupRank",
        params: &[Param::Series("x"), Param::Group("group")],
        doc: "CsRank among the members of the same group at this date; NaN where the group is unknown",
        source: "rank within the group",
        lower: |graph, args| graph.windowed(&BY_GROUP, 0, &args.slots, by_group::RANK),
        ..BASE
    },
    Operator {
        name: "CsGroupZScore",
        params: &[Param::Series("x"), Param::Group("group")],
        doc: "CsZScore among the members of the same group at this date; NaN where the group is unknown",
        source: "standard score within the group",
        lower: |graph, args| graph.windowed(&BY_GROUP, 0, &args.slots, by_group::Z_SCORE),
        ..BASE
    },
];
