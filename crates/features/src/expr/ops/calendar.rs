//! Bars grouped by the calendar: what day and what minute of its session a bar is, and how it stands beside its own kind.

use proofmark_units::Date;

use super::super::ast::Field;
use super::super::graph::{Family, Graph, Reach, Scope, Slot};
use super::super::kernel::{BUCKET, Map1, Map2, SESSION_FIRST, bucket};
use super::super::operator::{Args, Operator, Param};

/// A number of the date that days since 1970-01-01 stand for.
fn of_date(number: impl Fn(Date) -> u32) -> impl Fn(f64) -> f64 {
    // Days come from a date, so they fit.
    move |days| f64::from(number(Date::from_days(days as i32)))
}

static WEEKDAY: Family = Family {
    name: "weekday",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Map1(of_date(Date::weekday))),
};

static MONTH: Family = Family {
    name: "month",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Map1(of_date(Date::month))),
};

static SINCE: Family = Family {
    name: "since",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Map2(|now: f64, then: f64| now - then)),
};

fn usual(graph: &mut Graph, args: &Args, what: u8) -> Slot {
    graph.windowed(&BUCKET, args.window, &args.slots, what)
}

const BUCKETS: &[Param] =
    &[Param::Series("x"), Param::Series("bucket"), Param::Window { name: "N", least: 1, expanding: false }];

const BASE: Operator = Operator { params: &[], source: "group by calendar, as of pandas", ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Weekday",
        doc: "weekday of the session, Monday 0 to Sunday 6",
        lower: |graph, _| graph.node(&WEEKDAY, &[Slot::Field(Field::SessionDay)]),
        ..BASE
    },
    Operator {
        name: "Month",
        doc: "month of the session, 1 to 12",
        lower: |graph, _| graph.node(&MONTH, &[Slot::Field(Field::SessionDay)]),
        ..BASE
    },
    Operator {
        name: "SessionMinute",
        doc: "minutes from the end of the session's first bar to the end of this one: the same at the same time of day \
              where sessions begin alike, whatever bars are missing between, and on both sides of a change of clocks",
        lower: |graph, _| {
            let end = Slot::Field(Field::BarEnd);
            let first = graph.windowed(&SESSION_FIRST, 0, &[end, Slot::Field(Field::SessionStart)], 0);
            graph.node(&SINCE, &[end, first])
        },
        ..BASE
    },
    Operator {
        name: "BucketMean",
        params: BUCKETS,
        doc: "mean of x over those of the N bars before this one whose bucket is the same number as this bar's; this bar \
              is not among them; NaN where there is none. `$volume / BucketMean($volume, SessionBar(), 7500)` is the \
              volume of a minute beside that of the same minute of 20 sessions of 375. It takes as many steps a bar as \
              its bucket has bars",
        lower: |graph, args| usual(graph, args, bucket::MEAN),
        ..BASE
    },
    Operator {
        name: "BucketStd",
        params: BUCKETS,
        doc: "sample standard deviation (n - 1) of the same values; NaN where there are fewer than 2",
        lower: |graph, args| usual(graph, args, bucket::STD),
        ..BASE
    },
];
