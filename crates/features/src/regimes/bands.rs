//! Two thresholds that cut a share into low, middle and high.

use serde::{Deserialize, Serialize};

use super::RegimeSpecError;
use super::rule::{MIDDLE, require};

/// Bands of a percentile: low up to `lower`, high from `upper` on, else the middle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// Percentile at or below which the level is low; at least 0 and below one half.
    pub lower: f64,
    /// Percentile at or above which the level is high; above one half and at most 1.
    pub upper: f64,
}

impl Bands {
    /// One half, where a series that never changes stands, must be the middle.
    pub(super) fn check(&self) -> Result<(), RegimeSpecError> {
        require((0.0..0.5).contains(&self.lower), "lower", self.lower, "at least 0 and below 0.5")?;
        require(self.upper > 0.5 && self.upper <= 1.0, "upper", self.upper, "above 0.5 and at most 1")
    }

    pub(super) fn level(&self, share: f64) -> u8 {
        if share <= self.lower {
            0
        } else if share >= self.upper {
            MIDDLE + 1
        } else {
            MIDDLE
        }
    }
}
