//! Comparisons, logic and choice, row by row.

use super::super::graph::{Family, Reach, Scope};
use super::super::kernel::{Map1, Map2, Map3};
use super::super::operator::{Operator, Param, Type};

const ROW: Family = Family {
    name: "",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Map1(|a| a)),
};

static GT: Family =
    Family { name: "gt", start: |_, _| Box::new(Map2(|a: f64, b: f64| f64::from(a > b))), ..ROW };
static GE: Family =
    Family { name: "ge", start: |_, _| Box::new(Map2(|a: f64, b: f64| f64::from(a >= b))), ..ROW };
static LT: Family =
    Family { name: "lt", start: |_, _| Box::new(Map2(|a: f64, b: f64| f64::from(a < b))), ..ROW };
static LE: Family =
    Family { name: "le", start: |_, _| Box::new(Map2(|a: f64, b: f64| f64::from(a <= b))), ..ROW };
#[expect(clippy::float_cmp, reason = "equality is what the operator asks")]
static EQ: Family = Family {
    name: "eq",
    commutes: true,
    start: |_, _| Box::new(Map2(|a: f64, b: f64| f64::from(a == b))),
    ..ROW
};
#[expect(clippy::float_cmp, reason = "equality is what the operator asks")]
static NE: Family = Family {
    name: "ne",
    commutes: true,
    start: |_, _| Box::new(Map2(|a: f64, b: f64| f64::from(a != b))),
    ..ROW
};
// Booleans are exactly 0 and 1.
static AND: Family =
    Family { name: "and", commutes: true, start: |_, _| Box::new(Map2(|a: f64, b: f64| a * b)), ..ROW };
static OR: Family = Family {
    name: "or",
    commutes: true,
    start: |_, _| Box::new(Map2(|a: f64, b: f64| a + b - a * b)),
    ..ROW
};
static NOT: Family = Family { name: "not", start: |_, _| Box::new(Map1(|a: f64| 1.0 - a)), ..ROW };
static IF: Family = Family {
    name: "if",
    start: |_, _| Box::new(Map3(|c: f64, a: f64, b: f64| if c > 0.5 { a } else { b })),
    ..ROW
};

const NUMBERS: &[Param] = &[Param::Series("x"), Param::Series("y")];
const CONDITIONS: &[Param] = &[Param::Condition("x"), Param::Condition("y")];

const BASE: Operator = Operator { params: NUMBERS, returns: Type::Boolean, ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Gt",
        sign: Some(">"),
        doc: "x > y; false where either is missing",
        lower: |graph, args| graph.node(&GT, &args.slots),
        ..BASE
    },
    Operator {
        name: "Ge",
        sign: Some(">="),
        doc: "x >= y; false where either is missing",
        lower: |graph, args| graph.node(&GE, &args.slots),
        ..BASE
    },
    Operator {
        name: "Lt",
        sign: Some("<"),
        doc: "x < y; false where either is missing",
        lower: |graph, args| graph.node(&LT, &args.slots),
        ..BASE
    },
    Operator {
        name: "Le",
        sign: Some("<="),
        doc: "x <= y; false where either is missing",
        lower: |graph, args| graph.node(&LE, &args.slots),
        ..BASE
    },
    Operator {
        name: "Eq",
        sign: Some("=="),
        doc: "x equals y; false where either is missing",
        lower: |graph, args| graph.node(&EQ, &args.slots),
        ..BASE
    },
    Operator {
        name: "Ne",
        sign: Some("!="),
        doc: "x differs from y; true where either is missing",
        lower: |graph, args| graph.node(&NE, &args.slots),
        ..BASE
    },
    Operator {
        name: "And",
        sign: Some("&"),
        params: CONDITIONS,
        doc: "both",
        lower: |graph, args| graph.node(&AND, &args.slots),
        ..BASE
    },
    Operator {
        name: "Or",
        sign: Some("|"),
        params: CONDITIONS,
        doc: "either or both",
        lower: |graph, args| graph.node(&OR, &args.slots),
        ..BASE
    },
    Operator {
        name: "Not",
        sign: Some("~"),
        params: &[Param::Condition("x")],
        doc: "not x",
        lower: |graph, args| graph.node(&NOT, &args.slots),
        ..BASE
    },
    Operator {
        name: "If",
        params: &[Param::Condition("condition"), Param::Series("x"), Param::Series("y")],
        returns: Type::Number,
        doc: "x where the condition holds, else y",
        lower: |graph, args| graph.node(&IF, &args.slots),
        ..BASE
    },
];
