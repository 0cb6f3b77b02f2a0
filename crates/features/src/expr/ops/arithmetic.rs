//! Arithmetic, row by row. Missing in, missing out; division by zero and logarithms of what is not positive give what
//! IEEE 754 says, and every window treats an infinity as missing.

use super::super::graph::{Family, Reach, Scope};
use super::super::kernel::{Map1, Map2};
use super::super::operator::{Operator, Param};

const ROW: Family = Family {
    name: "",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Map1(|a| a)),
};

static NEG: Family = Family { name: "neg", start: |_, _| Box::new(Map1(|a: f64| -a)), ..ROW };
static ABS: Family = Family { name: "abs", start: |_, _| Box::new(Map1(f64::abs)), ..ROW };
static LOG: Family = Family { name: "log", start: |_, _| Box::new(Map1(f64::ln)), ..ROW };
static SIGN: Family = Family { name: "sign", start: |_, _| Box::new(Map1(sign)), ..ROW };
static ADD: Family =
    Family { name: "add", commutes: true, start: |_, _| Box::new(Map2(|a: f64, b: f64| a + b)), ..ROW };
static SUB: Family = Family { name: "sub", start: |_, _| Box::new(Map2(|a: f64, b: f64| a - b)), ..ROW };
static MUL: Family =
    Family { name: "mul", commutes: true, start: |_, _| Box::new(Map2(|a: f64, b: f64| a * b)), ..ROW };
static DIV: Family = Family { name: "div", start: |_, _| Box::new(Map2(|a: f64, b: f64| a / b)), ..ROW };
static POWER: Family = Family { name: "power", start: |_, _| Box::new(Map2(f64::powf)), ..ROW };
static SIGNED_POWER: Family = Family {
    name: "signed power",
    start: |_, _| Box::new(Map2(|a: f64, b: f64| sign(a) * a.abs().powf(b))),
    ..ROW
};
static GREATER: Family = Family { name: "greater", start: |_, _| Box::new(Map2(greater)), ..ROW };
static LESS: Family = Family { name: "less", start: |_, _| Box::new(Map2(less)), ..ROW };

fn sign(a: f64) -> f64 {
    if a > 0.0 {
        1.0
    } else if a < 0.0 {
        -1.0
    } else {
        // Zero and NaN stay what they are.
        a
    }
}

fn greater(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

fn less(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() { a } else { b }
}

const ONE: &[Param] = &[Param::Series("x")];
const TWO: &[Param] = &[Param::Series("x"), Param::Series("y")];

const BASE: Operator = Operator { params: TWO, ..super::BASE };

pub(in crate::expr) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Add",
        sign: Some("+"),
        doc: "x + y",
        lower: |graph, args| graph.node(&ADD, &args.slots),
        ..BASE
    },
    Operator {
        name: "Sub",
        sign: Some("-"),
        doc: "x - y",
        lower: |graph, args| graph.node(&SUB, &args.slots),
        ..BASE
    },
    Operator {
        name: "Mul",
        sign: Some("*"),
        doc: "x * y",
        lower: |graph, args| graph.node(&MUL, &args.slots),
        ..BASE
    },
    Operator {
        name: "Div",
        sign: Some("/"),
        doc: "x / y; a zero y gives an infinity, or NaN where x is 0 too",
        lower: |graph, args| graph.node(&DIV, &args.slots),
        ..BASE
    },
    Operator {
        name: "Power",
        sign: Some("**"),
        doc: "x to the power y; NaN where x is negative and y no whole number",
        lower: |graph, args| graph.node(&POWER, &args.slots),
        ..BASE
    },
    Operator {
        name: "SignedPower",
        doc: "sign(x) * |x| to the power y",
        source: "Kakushadze (2016), 101 Formulaic Alphas, Wilmott 84, 72-81",
        lower: |graph, args| graph.node(&SIGNED_POWER, &args.slots),
        ..BASE
    },
    Operator {
        name: "Neg",
        sign: Some("-"),
        params: ONE,
        doc: "-x",
        source: "the minus sign, which qlib lacks",
        lower: |graph, args| graph.node(&NEG, &args.slots),
        ..BASE
    },
    Operator {
        name: "Abs",
        params: ONE,
        doc: "|x|",
        lower: |graph, args| graph.node(&ABS, &args.slots),
        ..BASE
    },
    Operator {
        name: "Sign",
        params: ONE,
        doc: "1, 0 or -1; NaN where x is",
        lower: |graph, args| graph.node(&SIGN, &args.slots),
        ..BASE
    },
    Operator {
        name: "Log",
        params: ONE,
        doc: "natural logarithm; minus infinity at 0, NaN below",
        lower: |graph, args| graph.node(&LOG, &args.slots),
        ..BASE
    },
    Operator {
        name: "Greater",
        doc: "the larger of x and y; NaN where either is",
        lower: |graph, args| graph.node(&GREATER, &args.slots),
        ..BASE
    },
    Operator {
        name: "Less",
        doc: "the smaller of x and y; NaN where either is",
        lower: |graph, args| graph.node(&LESS, &args.slots),
        ..BASE
    },
];
