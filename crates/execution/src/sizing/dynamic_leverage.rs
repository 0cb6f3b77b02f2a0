//! Leverage that follows the strategy's own recent record.

use serde::{Deserialize, Serialize};

use super::{SizingError, ensure, share};

/// A scale in `[floor, 1]` from the win rate of the last trades, halved in a drawdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DynamicLeverage {
    /// Trades looked at.
    pub window: usize,
    /// Below this many the scale is 1.
    pub min_trades: usize,
    /// `(win rate, scale)`, both rising; linear in between, `floor` below the first, the last scale above the
    /// last.
    pub points: Vec<(f64, f64)>,
    /// A drawdown above this halves the scale, a positive fraction.
    pub halve_above_drawdown: f64,
    /// Least scale.
    pub floor: f64,
}

impl DynamicLeverage {
    /// The second version of the weekly USD/COP strategy: 8 trades, 30 % -> 0.25, 40 % -> 0.5, 60 % -> 1.
    pub fn weekly_usdcop() -> Self {
        Self {
            window: 8,
            min_trades: 3,
            points: vec![(0.30, 0.25), (0.40, 0.50), (0.60, 1.0)],
            halve_above_drawdown: 0.06,
            floor: 0.25,
        }
    }

    /// The scale after trades with these net returns (oldest first; a win is above 0) at a drawdown (positive
    /// fraction).
    ///
    /// # Errors
    /// [`SizingError::Value`] for a setting, return or drawdown out of range.
    pub fn scale(&self, trade_returns: &[f64], drawdown: f64) -> Result<f64, SizingError> {
        self.check()?;
        share("drawdown", drawdown)?;
        for r in trade_returns {
            ensure(r.is_finite(), "trade return", *r, "finite")?;
        }
        let recent = &trade_returns[trade_returns.len().saturating_sub(self.window)..];
        let mut scale = 1.0;
        if recent.len() >= self.min_trades {
            let wins = recent.iter().filter(|r| **r > 0.0).count();
            scale = self.at(wins as f64 / recent.len() as f64);
        }
        if drawdown > self.halve_above_drawdown {
            scale *= 0.5;
        }
        Ok(scale.clamp(self.floor, 1.0))
    }

    fn at(&self, win_rate: f64) -> f64 {
        let above = self.points.iter().position(|(rate, _)| *rate > win_rate);
        match above {
            Some(0) => self.floor,
            Some(next) => {
                let ((x0, y0), (x1, y1)) = (self.points[next - 1], self.points[next]);
                y0 + (win_rate - x0) / (x1 - x0) * (y1 - y0)
            }
            None => self.points.last().map_or(self.floor, |(_, scale)| *scale),
        }
    }

    fn check(&self) -> Result<(), SizingError> {
        ensure(self.min_trades >= 1, "min_trades", self.min_trades as f64, ">= 1")?;
        let window = self.window as f64;
        ensure(self.window >= self.min_trades, "window", window, ">= min_trades")?;
        share("halve_above_drawdown", self.halve_above_drawdown)?;
        share("floor", self.floor)?;
        ensure(!self.points.is_empty(), "points", 0.0, "at least one")?;
        for (rate, scale) in &self.points {
            share("win rate of a point", *rate)?;
            share("scale of a point", *scale)?;
        }
        for pair in self.points.windows(2) {
            ensure(pair[1].0 > pair[0].0, "win rate of a point", pair[1].0, "rising")?;
            ensure(pair[1].1 >= pair[0].1, "scale of a point", pair[1].1, "not falling")?;
        }
        Ok(())
    }
}
