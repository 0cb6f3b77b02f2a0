//! Leverage that aims at a volatility.

use proofmark_stats::performance::volatility;
use serde::{Deserialize, Serialize};

use super::{SizingError, ensure, positive};

/// Leverage = target / max(realised, floor), clipped; then times a multiplier, and clipped again.
///
/// Moreira & Muir (2017), "Volatility-Managed Portfolios", Journal of Finance 72(4), 1611-1644, scale by
/// variance; this scales by volatility, as target-volatility products do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatilityTarget {
    /// Annual volatility aimed at, a fraction.
    pub target: f64,
    /// Realised volatility is taken as at least this, annual.
    pub floor: f64,
    /// Least leverage of a position that is held.
    pub min_leverage: f64,
    /// Largest leverage.
    pub max_leverage: f64,
    /// Returns in the realised volatility.
    pub window: usize,
    /// Returns in a year.
    pub periods_per_year: f64,
}

/// A leverage and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TargetedLeverage {
    /// Annual volatility it was computed with.
    pub volatility: f64,
    /// Too few returns or no movement: `volatility` is the target.
    pub assumed: bool,
    /// Before any clip.
    pub raw: f64,
    /// After the first clip, before the multiplier.
    pub clipped: f64,
    /// What to hold; `None` = the multiplier is 0 and the position is skipped, not held at the least
    /// leverage.
    pub leverage: Option<f64>,
}

impl VolatilityTarget {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`SizingError::Value`] for the first one out of range.
    pub fn check(&self) -> Result<(), SizingError> {
        positive("target", self.target)?;
        positive("floor", self.floor)?;
        positive("max_leverage", self.max_leverage)?;
        let least = self.min_leverage;
        ensure(least >= 0.0 && least <= self.max_leverage, "min_leverage", least, "in [0, max_leverage]")?;
        ensure(self.window >= 2, "window", self.window as f64, ">= 2")?;
        positive("periods_per_year", self.periods_per_year)
    }

    /// Annual volatility of the last `window` log returns (divisor n - 1); `None` when there are fewer, one
    /// is not finite, or none moves.
    pub fn realised(&self, log_returns: &[f64]) -> Option<f64> {
        let last = log_returns.get(log_returns.len().checked_sub(self.window)?..)?;
        volatility(last, self.periods_per_year).filter(|v| *v > 0.0)
    }

    /// The leverage at a realised volatility (annual fraction; `None` = the target) and a multiplier of
    /// conviction.
    ///
    /// # Errors
    /// [`SizingError::Value`] for a setting, a volatility or a multiplier out of range.
    pub fn leverage(&self, realised: Option<f64>, multiplier: f64) -> Result<TargetedLeverage, SizingError> {
        self.check()?;
        let volatility = realised.unwrap_or(self.target);
        positive("realised volatility", volatility)?;
        let ok = multiplier.is_finite() && multiplier >= 0.0;
        ensure(ok, "multiplier", multiplier, "finite and not negative")?;
        let clip = |x: f64| x.clamp(self.min_leverage, self.max_leverage);
        let raw = self.target / volatility.max(self.floor);
        let clipped = clip(raw);
        let leverage = (multiplier > 0.0).then(|| clip(clipped * multiplier));
        Ok(TargetedLeverage { volatility, assumed: realised.is_none(), raw, clipped, leverage })
    }
}
