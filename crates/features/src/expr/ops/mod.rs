//! The operators, a file a family. To add one, write an entry in its family's list, and a kernel if none fits.

mod arithmetic;
mod compare;
mod lags;
mod moments;
mod order;
mod pairs;
mod window;

use super::operator::Operator;

pub(super) const FAMILIES: &[&[Operator]] = &[
    arithmetic::OPERATORS,
    compare::OPERATORS,
    lags::OPERATORS,
    window::OPERATORS,
    moments::OPERATORS,
    order::OPERATORS,
    pairs::OPERATORS,
];

/// Where most names and rules come from.
const QLIB: &str = "qlib 0.9.7, qlib/data/ops.py";
