//! Which way a position points.

use serde::{Deserialize, Serialize};

/// Long gains when the price rises, short when it falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Positive weight.
    Long,
    /// Negative weight.
    Short,
}

impl Direction {
    /// The direction of a forecast; `None` for zero (no view, no position) and for NaN.
    pub fn of(forecast: f64) -> Option<Self> {
        if forecast > 0.0 {
            Some(Self::Long)
        } else if forecast < 0.0 {
            Some(Self::Short)
        } else {
            None
        }
    }

    /// +1 or -1.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}
