//! What an operator is, and the one table of them.

use std::fmt;

use ta_lib::abstract_api::FuncId;

use super::ast::Field;
use super::error::ExprProblem;
use super::graph::{Graph, Slot};
use super::ops;
use crate::talib::Call;

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A number a bar, NaN where missing.
    Number,
    /// True or false a bar, never missing; a number (1 or 0) where one is asked for.
    Boolean,
    /// The group of a name, `$group`.
    Group,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Group => "group",
        })
    }
}

/// One argument of an operator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Param {
    /// A column of numbers (a boolean counts as 1 or 0).
    Series(&'static str),
    /// A column of booleans.
    Condition(&'static str),
    /// The group of each name.
    Group(&'static str),
    /// A constant count of bars, the current one included; with `expanding`, 0 is allowed and means every bar so far.
    Window {
        /// Its name.
        name: &'static str,
        /// The smallest window.
        least: usize,
        /// Whether 0 is allowed.
        expanding: bool,
    },
    /// A constant count of bars to look back; 0 means the first bar.
    Lag(&'static str),
    /// A constant span of 1 or more bars, or a smoothing factor between 0 and 1.
    Span(&'static str),
    /// A constant within bounds.
    Constant {
        /// Its name.
        name: &'static str,
        /// The smallest value.
        least: f64,
        /// The largest value.
        most: f64,
    },
    /// A constant whole number within bounds.
    Whole {
        /// Its name.
        name: &'static str,
        /// The smallest value.
        least: i32,
        /// The largest value.
        most: i32,
    },
    /// A constant number that stands for one of a list.
    Choice {
        /// Its name.
        name: &'static str,
        /// The numbers and what they stand for.
        among: &'static [(i64, &'static str)],
    },
}

impl Param {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Series(name)
            | Self::Condition(name)
            | Self::Group(name)
            | Self::Lag(name)
            | Self::Span(name)
            | Self::Window { name, .. }
            | Self::Constant { name, .. }
            | Self::Whole { name, .. }
            | Self::Choice { name, .. } => name,
        }
    }
}

/// Checked arguments of a call: its columns in order, its window or lag, its other constants in order.
#[derive(Default)]
pub(super) struct Args {
    pub(super) slots: Vec<Slot>,
    pub(super) window: usize,
    pub(super) constants: Vec<f64>,
    /// For an operator of the indicator library: what is called, and which output is asked for.
    pub(super) call: Option<(Call, usize)>,
}

/// An operator: one entry of the table.
pub struct Operator {
    /// Its name in an expression.
    pub name: &'static str,
    /// The sign that also stands for it.
    pub sign: Option<&'static str>,
    /// Its arguments.
    pub params: &'static [Param],
    /// The type of a call.
    pub returns: Type,
    /// Formula, and the rule for missing values.
    pub doc: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Which output of which function of the indicator library it is, if of one.
    pub(super) output: Option<(FuncId, usize)>,
    pub(super) lower: fn(&mut Graph, &Args) -> Slot,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.usage())
    }
}

impl Operator {
    /// How it is called, such as `Mean(x, N)`.
    pub fn usage(&self) -> String {
        let names: Vec<&str> = self.params.iter().map(|param| param.name()).collect();
        format!("{}({})", self.name, names.join(", "))
    }
}

/// Every operator, by family, in the order that lists print them.
pub fn operators() -> impl Iterator<Item = &'static Operator> {
    ops::FAMILIES.iter().flat_map(|family| family.iter()).chain(ops::talib())
}

/// Operators of qlib that an expression over given bars cannot answer.
const NOT_HERE: &[(&str, &str)] = &[
    ("ChangeInstrument", "bars of another name come in as a context column"),
    ("Mask", "in qlib it loads another instrument; bars of another name come in as a context column"),
    ("TResample", "bars of another length are read from the lake"),
];

pub(super) fn find(name: &str) -> Result<&'static Operator, ExprProblem> {
    if let Some(operator) = operators().find(|operator| operator.name == name) {
        return Ok(operator);
    }
    if let Some((name, why)) = NOT_HERE.iter().find(|(known, _)| *known == name) {
        return Err(ExprProblem::NotHere { name, why });
    }
    // A field without its dollar sign.
    if let Some(field) = Field::ALL.into_iter().find_map(|field| field.as_written(name)) {
        return Err(ExprProblem::UnknownOperator { name: name.to_owned(), nearest: Some(field) });
    }
    let likeness =
        |operator: &&Operator| strsim::jaro_winkler(&name.to_lowercase(), &operator.name.to_lowercase());
    let nearest = operators().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.filter(|operator| likeness(operator) > 0.7).map(|operator| operator.name);
    Err(ExprProblem::UnknownOperator { name: short(name), nearest })
}

/// An unknown name may be as long as the text: a message shows its start.
pub(super) fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// The operator behind a sign.
pub(super) fn known(name: &str) -> &'static Operator {
    operators().find(|operator| operator.name == name).expect("every sign has its operator, as a test walks")
}
