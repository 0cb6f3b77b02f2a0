//! Stop and target distances that follow volatility.

use serde::{Deserialize, Serialize};

use super::{SizingError, ensure, positive};

/// Hard stop = multiplier x volatility over the holding period, within a floor and a cap; target = a share of
/// the stop.
///
/// The multiplier has no default: a library and a configuration that disagree about it give two strategies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveStops {
    /// Stop in volatilities of the holding period.
    pub multiplier: f64,
    /// Sessions of the holding period.
    pub sessions: f64,
    /// Sessions of a year.
    pub sessions_per_year: f64,
    /// Least distance of the stop, a fraction of the entry price.
    pub floor: f64,
    /// Largest distance.
    pub cap: f64,
    /// Target distance as a share of the stop distance.
    pub target_share: f64,
}

/// Distances from the entry price, fractions of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StopDistances {
    /// Where the loss is taken.
    pub hard_stop: f64,
    /// Where the gain is taken.
    pub take_profit: f64,
}

impl AdaptiveStops {
    /// Distances at an annual volatility (fraction).
    ///
    /// # Errors
    /// [`SizingError::Value`] for a setting or volatility out of range.
    pub fn distances(&self, annual_volatility: f64) -> Result<StopDistances, SizingError> {
        self.check()?;
        let ok = annual_volatility.is_finite() && annual_volatility >= 0.0;
        ensure(ok, "annual_volatility", annual_volatility, "finite and not negative")?;
        let held = annual_volatility * (self.sessions / self.sessions_per_year).sqrt();
        Ok(self.with_stop((self.multiplier * held).clamp(self.floor, self.cap)))
    }

    /// Distances whose stop costs at most `max_loss` of equity at a leverage; the target stays the same share
    /// of the stop.
    ///
    /// # Errors
    /// [`SizingError::Value`] for a leverage or loss that is not positive.
    pub fn at_leverage(
        &self,
        distances: StopDistances,
        leverage: f64,
        max_loss: f64,
    ) -> Result<StopDistances, SizingError> {
        positive("leverage", leverage)?;
        positive("max_loss", max_loss)?;
        Ok(self.with_stop(distances.hard_stop.min(max_loss / leverage)))
    }

    fn with_stop(&self, hard_stop: f64) -> StopDistances {
        StopDistances { hard_stop, take_profit: self.target_share * hard_stop }
    }

    fn check(&self) -> Result<(), SizingError> {
        positive("multiplier", self.multiplier)?;
        positive("sessions", self.sessions)?;
        positive("sessions_per_year", self.sessions_per_year)?;
        positive("floor", self.floor)?;
        ensure(self.cap >= self.floor && self.cap < 1.0, "cap", self.cap, "in [floor, 1)")?;
        positive("target_share", self.target_share)
    }
}
