//! The operators, a file a family. To add one, write an entry in its family's list, and a kernel if none fits. Those of the
//! indicator library come from its own metadata.

mod arithmetic;
mod calendar;
mod compare;
mod cross;
mod events;
mod lags;
mod moments;
mod order;
mod pairs;
mod session;
mod talib;
mod window;

pub(super) use self::talib::talib;
use super::operator::{Operator, Param, Type};

pub(super) const FAMILIES: &[&[Operator]] = &[
    arithmetic::OPERATORS,
    compare::OPERATORS,
    lags::OPERATORS,
    window::OPERATORS,
    moments::OPERATORS,
    order::OPERATORS,
    pairs::OPERATORS,
    events::OPERATORS,
    session::OPERATORS,
    calendar::OPERATORS,
    cross::OPERATORS,
];

/// Where most names and rules come from.
const QLIB: &str = "qlib 0.9.7, qlib/data/ops.py";

/// What an entry leaves out: it makes a number of one column by qlib's rule. Its name, words and lowering are its own.
const BASE: Operator = Operator {
    name: "",
    sign: None,
    params: &[Param::Series("x")],
    returns: Type::Number,
    doc: "",
    source: QLIB,
    output: None,
    lower: |_, args| args.slots[0],
};
