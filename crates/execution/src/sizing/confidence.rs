//! Conviction in three tiers, from how far two forecasts agree and how large their mean is.

use serde::{Deserialize, Serialize};

use super::{SizingError, ensure};
use crate::Direction;

/// A tier; the order is that of conviction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everything else.
    Low,
    /// Close and sizeable.
    Medium,
    /// Very close and large.
    High,
}

/// When a tier is reached: divergence strictly below, magnitude strictly above.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierRule {
    /// `|first - second|` must be below this (log return).
    pub divergence_below: f64,
    /// `|mean|` must be above this (log return).
    pub magnitude_above: f64,
    /// Multiplier of a long position.
    pub long: f64,
    /// Multiplier of a short position.
    pub short: f64,
}

/// Multipliers of the lowest tier, which has no condition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowTier {
    /// Multiplier of a long position; 0 = skip.
    pub long: f64,
    /// Multiplier of a short position; 0 = skip.
    pub short: f64,
}

/// The table of tiers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceTiers {
    /// The highest.
    pub high: TierRule,
    /// The middle one.
    pub medium: TierRule,
    /// The rest.
    pub low: LowTier,
}

/// What two forecasts say together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conviction {
    /// Mean of the two.
    pub mean: f64,
    /// `|first - second|`.
    pub divergence: f64,
    /// Tier.
    pub tier: Tier,
    /// Way; `None` for a mean of exactly 0, which is held by nobody.
    pub direction: Option<Direction>,
    /// Multiplier of the position; 0 = skip.
    pub multiplier: f64,
}

impl ConfidenceTiers {
    /// The weekly USD/COP table: shorts always at 1.5, longs at 1, 0.5 or not at all.
    pub const fn weekly_usdcop() -> Self {
        Self {
            high: TierRule { divergence_below: 0.001, magnitude_above: 0.010, long: 1.0, short: 1.5 },
            medium: TierRule { divergence_below: 0.005, magnitude_above: 0.005, long: 0.5, short: 1.5 },
            low: LowTier { long: 0.0, short: 1.5 },
        }
    }

    /// Judges two forecasts of the same log return. Both conditions of a tier must hold.
    ///
    /// # Errors
    /// [`SizingError::Value`] for a forecast that is not finite.
    pub fn judge(&self, first: f64, second: f64) -> Result<Conviction, SizingError> {
        ensure(first.is_finite(), "first forecast", first, "finite")?;
        ensure(second.is_finite(), "second forecast", second, "finite")?;
        let (mean, divergence) = (0.5 * first + 0.5 * second, (first - second).abs());
        let reached =
            |rule: &TierRule| divergence < rule.divergence_below && mean.abs() > rule.magnitude_above;
        let (tier, long, short) = if reached(&self.high) {
            (Tier::High, self.high.long, self.high.short)
        } else if reached(&self.medium) {
            (Tier::Medium, self.medium.long, self.medium.short)
        } else {
            (Tier::Low, self.low.long, self.low.short)
        };
        let direction = Direction::of(mean);
        let multiplier = match direction {
            Some(Direction::Long) => long,
            Some(Direction::Short) => short,
            None => 0.0,
        };
        Ok(Conviction { mean, divergence, tier, direction, multiplier })
    }
}
