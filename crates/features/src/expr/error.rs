//! What can be wrong with an expression, and where.

use std::fmt;
use std::ops::Range;

use super::operator::Type;
use super::{MAX_DEPTH, MAX_LENGTH, MAX_WINDOW_ROWS};

/// An expression was refused. Its text shows the place with a caret line.
#[derive(Debug, Clone, PartialEq)]
pub struct ExprError {
    /// Which column of a program, if it was one.
    pub name: Option<String>,
    /// What is wrong; boxed, so that results without an error stay small.
    pub problem: Box<ExprProblem>,
    /// The bytes of the text that are wrong; empty at its end.
    pub at: Range<usize>,
    text: String,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExprProblem {
    /// Longer than the limit.
    #[error("the expression has {0} bytes; at most {MAX_LENGTH} are read")]
    TooLong(usize),
    /// Nested beyond the limit.
    #[error("the expression is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// A character that no token starts with.
    #[error("unexpected character `{}`", .0.escape_default())]
    Character(char),
    /// A token in a place where it cannot stand.
    #[error("expected {wanted}, found {found}")]
    Token {
        /// What is there.
        found: String,
        /// What could be there.
        wanted: &'static str,
    },
    /// `a < b < c`.
    #[error("comparisons do not chain, and `&` and `|` bind tighter than they do: write `(a < b) & (b < c)`")]
    ChainedComparison,
    /// Digits that are no finite number.
    #[error("`{0}` is no finite number")]
    Number(String),
    /// No operator of that name.
    #[error("unknown operator `{name}`{}", did_you_mean(.nearest))]
    UnknownOperator {
        /// The name.
        name: String,
        /// The nearest that exists.
        nearest: Option<&'static str>,
    },
    /// An operator of qlib that one instrument's bars cannot answer.
    #[error("`{name}` is not here: {why}")]
    NotHere {
        /// The name.
        name: &'static str,
        /// Why.
        why: &'static str,
    },
    /// No field of that name.
    #[error(
        "unknown field `${name}`; bars hold `$open`, `$high`, `$low`, `$close` and `$volume`, and `$vwap` is their typical price"
    )]
    UnknownField {
        /// The name, without the dollar sign.
        name: String,
    },
    /// Wrong number of arguments.
    #[error("`{usage}` takes {wanted} arguments, not {found}")]
    Count {
        /// How it is called.
        usage: String,
        /// How many it takes.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// An argument of the wrong type.
    #[error("argument `{argument}` of `{operator}` must be a {wanted}, not a {found}{}", type_hint(*.wanted, *.found))]
    Type {
        /// The operator.
        operator: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// What it must be.
        wanted: Type,
        /// What it is.
        found: Type,
    },
    /// An argument that must be written as a number.
    #[error("argument `{argument}` of `{operator}` must be a constant: it may not depend on bars")]
    NotConstant {
        /// The operator.
        operator: &'static str,
        /// The argument's name.
        argument: &'static str,
    },
    /// A constant out of its range.
    #[error("argument `{argument}` of `{operator}` is {value}; it must be {wanted}")]
    Range {
        /// The operator.
        operator: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        wanted: String,
    },
    /// Constants that are each in range, and that the indicator library refuses.
    #[error(
        "TA-Lib refuses these constants of `{operator}`, though each is in range: an odd period of `FRAMA`, or a least period \
         above the largest"
    )]
    Refused {
        /// The operator.
        operator: &'static str,
    },
    /// A lag into the future.
    #[error(
        "`{operator}` with {value} bars reads the future: a feature knows the past only; what comes after is a label's business"
    )]
    Future {
        /// The operator.
        operator: &'static str,
        /// The lag.
        value: f64,
    },
    /// The whole expression has a type that is no column.
    #[error("the expression is a {0}, not a column of numbers")]
    NoColumn(Type),
    /// The windows of a program hold more rows than the limit.
    #[error("the windows of all columns hold {0} rows; at most {MAX_WINDOW_ROWS} are kept")]
    TooLarge(usize),
    /// A cross-section over the bars of one instrument.
    #[error("a cross-sectional operator needs the bars of many names: compute it as a panel")]
    NeedsPanel,
    /// A pipeline feature that never forgets.
    #[error(
        "the value depends on every bar since the first, or since the first of its session: a feature needs a bounded look-back"
    )]
    Unbounded,
    /// `$group` where nobody says which group a name belongs to.
    #[error("nobody says which group a name belongs to: `$group` would be missing everywhere")]
    NoGroups,
    /// Two columns of one name.
    #[error("two columns are called `{0}`")]
    NameTwice(String),
}

fn did_you_mean(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn type_hint(wanted: Type, found: Type) -> &'static str {
    if wanted == Type::Boolean && found == Type::Number {
        ": compare it, as in `x != 0`. `&`, `|` and `~` bind tighter than comparisons: write `(a > b) & (c > d)`"
    } else {
        ""
    }
}

impl ExprError {
    pub(crate) fn new(text: &str, at: Range<usize>, problem: ExprProblem) -> Self {
        Self { name: None, problem: Box::new(problem), at, text: text.to_owned() }
    }

    pub(crate) fn of_column(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}

impl std::error::Error for ExprError {}

/// Characters of the text shown on either side of the place.
const SHOWN: usize = 60;

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "column `{name}`: ")?;
        }
        write!(f, "{} (byte {})", self.problem, self.at.start)?;
        // A control character or a line break would move the caret: each is shown as one space.
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let (before, rest) = self.text.split_at(self.at.start.min(self.text.len()));
        let shown: Vec<char> = before.chars().rev().take(SHOWN).collect();
        let start: String = shown.iter().rev().map(|c| plain(*c)).collect();
        let end: String = rest.chars().take(SHOWN).map(plain).collect();
        let marked = self.text.get(self.at.clone()).map_or(0, |part| part.chars().count()).clamp(1, SHOWN);
        write!(f, "\n  {start}{end}\n  {}{}", " ".repeat(shown.len()), "^".repeat(marked))
    }
}
