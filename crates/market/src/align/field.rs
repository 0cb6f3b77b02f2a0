//! Fields of a bar, and which of them may be carried.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Bars;

/// One field of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Opening price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Closing price.
    Close,
    /// Units traded.
    Volume,
}

/// Every field, in the order of a bar.
const FIELDS: [Field; 5] = [Field::Open, Field::High, Field::Low, Field::Close, Field::Volume];

/// No field has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no field of a bar: open, high, low, close, volume")]
pub struct UnknownField(String);

impl Field {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }

    /// Whether it still holds when nothing is traded: prices do, what was traded does not.
    pub const fn is_level(self) -> bool {
        !matches!(self, Self::Volume)
    }

    pub(super) fn of(self, bars: &Bars) -> &[f64] {
        match self {
            Self::Open => bars.open(),
            Self::High => bars.high(),
            Self::Low => bars.low(),
            Self::Close => bars.close(),
            Self::Volume => bars.volume(),
        }
    }
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, UnknownField> {
        FIELDS.into_iter().find(|field| field.name() == text).ok_or_else(|| UnknownField(text.to_owned()))
    }
}
