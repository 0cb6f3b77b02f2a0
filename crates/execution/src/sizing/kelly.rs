//! Growth-optimal fractions, scaled down and capped.

use serde::{Deserialize, Serialize};

use super::{SizingError, ensure, positive, share};

/// How much of the growth-optimal fraction is used.
///
/// Kelly (1956), Bell System Technical Journal 35(4), 917-926; Thorp (2006), "The Kelly Criterion in
/// Blackjack, Sports Betting, and the Stock Market", on why less than all of it is held when the edge is
/// estimated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kelly {
    /// Share of the optimum, 0 to 1 (0.5 = half Kelly).
    pub fraction: f64,
    /// Largest `|position|`, a multiple of equity.
    pub cap: f64,
}

impl Kelly {
    /// Position from the mean and variance of the excess return per period: `mean / variance`, negative =
    /// short.
    ///
    /// The optimum of a continuously rebalanced position (Merton 1969 with logarithmic utility).
    ///
    /// # Errors
    /// [`SizingError::Value`] for a mean that is not finite or a variance that is not positive.
    pub fn from_moments(&self, mean: f64, variance: f64) -> Result<f64, SizingError> {
        ensure(mean.is_finite(), "mean", mean, "finite")?;
        positive("variance", variance)?;
        self.scaled(mean / variance)
    }

    /// Stake of a bet won with probability `win_rate`, which pays `payoff` times what a loss costs: `p - (1 -
    /// p) / payoff`. A bet without an edge gets 0.
    ///
    /// The stake is what a loss costs, as a share of equity.
    ///
    /// # Errors
    /// [`SizingError::Value`] for a rate outside [0, 1] or a payoff that is not positive.
    pub fn from_odds(&self, win_rate: f64, payoff: f64) -> Result<f64, SizingError> {
        share("win_rate", win_rate)?;
        positive("payoff", payoff)?;
        self.scaled((win_rate - (1.0 - win_rate) / payoff).max(0.0))
    }

    fn scaled(&self, optimum: f64) -> Result<f64, SizingError> {
        share("fraction", self.fraction)?;
        positive("cap", self.cap)?;
        Ok((self.fraction * optimum).clamp(-self.cap, self.cap))
    }
}
