//! An expression as a tree, and as text again.

use std::fmt;
use std::ops::Range;

use super::operator::Operator;

/// A column of bars that an expression may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Units traded; NaN where unknown.
    Volume,
    /// 1 on the first bar of a session, else 0: what the session operators stand on; no name in the language.
    SessionStart,
    /// Days of the bar's session since 1970-01-01: what `Weekday` and `Month` are made of; no name in the language.
    SessionDay,
    /// Minutes from 1970-01-01 in UTC to the bar's end: what `SessionMinute` is made of; no name in the language.
    BarEnd,
    /// The group of a name at a date, as a panel is told; only `CsNeutralize` and its like read it.
    Group,
}

impl Field {
    /// Every field, in the order of the columns a kernel is given.
    pub(super) const ALL: [Self; 9] = [
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::SessionStart,
        Self::SessionDay,
        Self::BarEnd,
        Self::Group,
    ];

    /// Whether an expression may name it.
    const fn has_name(self) -> bool {
        !matches!(self, Self::SessionStart | Self::SessionDay | Self::BarEnd)
    }

    /// Its name in an expression, without the dollar sign.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::SessionStart => "session start",
            Self::SessionDay => "session date",
            Self::BarEnd => "end of the bar",
            Self::Group => "group",
        }
    }

    /// How an expression writes the field that somebody wrote as a bare word.
    pub(super) fn as_written(self, word: &str) -> Option<&'static str> {
        let written = match self {
            Self::Open => "$open",
            Self::High => "$high",
            Self::Low => "$low",
            Self::Close => "$close",
            Self::Volume => "$volume",
            Self::Group => "$group",
            Self::SessionStart | Self::SessionDay | Self::BarEnd => return None,
        };
        self.name().eq_ignore_ascii_case(word).then_some(written)
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.has_name() && field.name() == name)
    }
}

/// A parsed expression: operators and fields exist and every call has as many arguments as its operator takes.
///
/// It prints as text that parses to the same expression, unless that is beyond the limits: it has parentheses around every
/// sign, and they count as levels.
#[derive(Debug, Clone)]
pub struct Expr {
    pub(super) kind: ExprKind,
    /// Bytes of the text it was read from.
    pub(super) at: Range<usize>,
    /// Levels below and including this one.
    pub(super) height: usize,
}

#[derive(Debug, Clone)]
pub(super) enum ExprKind {
    Number(f64),
    Field(Field),
    Call(&'static Operator, Vec<Expr>),
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(value) => write!(f, "{value}"),
            ExprKind::Field(field) => write!(f, "${}", field.name()),
            ExprKind::Call(operator, args) => match (operator.sign, args.as_slice()) {
                (Some(sign), [only]) => write!(f, "({sign}{only})"),
                (Some(sign), [left, right]) => write!(f, "({left} {sign} {right})"),
                _ => {
                    write!(f, "{}(", operator.name)?;
                    for (k, arg) in args.iter().enumerate() {
                        write!(f, "{}{arg}", if k > 0 { ", " } else { "" })?;
                    }
                    f.write_str(")")
                }
            },
        }
    }
}
