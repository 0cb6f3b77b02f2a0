//! The parts of a comparison: which side of a limit passes, what a value can be at all, which spans count.

use serde::{Deserialize, Serialize};

use crate::display;
use crate::evidence::SpanKind;

/// Which side of the limit passes. Equality passes except for `Above` and `Below`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Not above the limit.
    AtMost,
    /// Not below the limit.
    AtLeast,
    /// Strictly above the limit.
    Above,
    /// Strictly below the limit.
    Below,
}

impl Bound {
    pub(super) fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => value <= limit,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
            Self::Below => value < limit,
        }
    }

    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::Below => "<",
        }
    }

    /// Signed distance to the limit, positive on the passing side.
    pub(super) fn margin(self, value: f64, limit: f64) -> f64 {
        match self {
            Self::AtMost | Self::Below => limit - value,
            Self::AtLeast | Self::Above => value - limit,
        }
    }
}

/// What a value can be at all; anything else is a mistake of whoever wrote it, so cannot-tell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Domain {
    Between(f64, f64),
    /// 1 (clear, yes) or 0 (caught, no).
    Flag,
}

impl Domain {
    pub(crate) const PROBABILITY: Self = Self::Between(0.0, 1.0);
    pub(crate) const SHARE: Self = Self::Between(0.0, 1.0);
    pub(crate) const NOT_NEGATIVE: Self = Self::Between(0.0, f64::MAX);
    pub(crate) const RETURN: Self = Self::Between(-1.0, f64::MAX);
    pub(crate) const ANY: Self = Self::Between(f64::MIN, f64::MAX);

    pub(crate) fn contains(self, value: f64) -> bool {
        match self {
            Self::Between(low, high) => (low..=high).contains(&value), // false for NaN
            Self::Flag => value == 0.0 || value == 1.0,
        }
    }

    pub(super) fn describe(self) -> String {
        match self {
            Self::Flag => "0 or 1".to_owned(),
            Self::Between(low, high) if high == f64::MAX => format!("at least {}", display::number(low)),
            Self::Between(low, high) => format!("{} to {}", display::number(low), display::number(high)),
        }
    }
}

/// Which spans a number may come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spans {
    /// Not a measure of the model.
    Any,
    /// Anything the model was not fitted on.
    NotInSample,
    /// Exactly this kind.
    Only(SpanKind),
}

impl Spans {
    pub(super) fn allows(self, kind: SpanKind) -> bool {
        match self {
            Self::Any => true,
            Self::NotInSample => kind != SpanKind::InSample,
            Self::Only(wanted) => kind == wanted,
        }
    }
}
