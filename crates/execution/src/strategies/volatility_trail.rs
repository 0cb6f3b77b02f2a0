//! The daily strategy "Forecast + VT + Trail": the forecast of the next session, sized by volatility, with a trailing stop.
//!
//! Source: specification of the USD/COP lifecycle, 1.7.

use proofmark_stats::moments::mean;
use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::{EntryType, Signal};
use crate::sizing::SizingError;
use crate::sizing::volatility_target::VolatilityTarget;

/// Which ways are traded; the others are written down and not traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ways {
    /// Both.
    All,
    /// Falling forecasts only.
    ShortOnly,
    /// Rising forecasts only.
    LongOnly,
}

impl Ways {
    fn trades(self, direction: i8) -> bool {
        match self {
            Self::All => true,
            Self::ShortOnly => direction < 0,
            Self::LongOnly => direction > 0,
        }
    }
}

/// Settings of the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatilityTrail {
    /// Leverage by volatility.
    pub target: VolatilityTarget,
    /// Forecasts of which the mean is taken: those of the smallest error so far. The largest forecasts, which the source takes, are
    /// those of the worst calibrated models.
    pub best: usize,
    /// Which ways are traded.
    pub ways: Ways,
    /// Loss from the entry that ends it.
    pub hard_stop: f64,
    /// Gain that arms the trail.
    pub trailing_activation: f64,
    /// The trail's distance from the best price.
    pub trailing_distance: f64,
}

impl VolatilityTrail {
    /// The signal for the session `date`: its direction is that of the mean of `forecasts` (log returns of the models chosen), its
    /// confidence the share of them that agree. No forecast is no position.
    ///
    /// # Errors
    /// [`SizingError`] for a setting out of range.
    pub fn signal(
        &self,
        strategy: &str,
        date: Date,
        forecasts: &[f64],
        log_returns: &[f64],
        price: f64,
    ) -> Result<Signal, SizingError> {
        let sized = self.target.leverage(self.target.realised(log_returns), 1.0)?;
        let forecast = mean(forecasts).unwrap_or(0.0);
        let agree = forecasts.iter().filter(|f| **f * forecast > 0.0).count();
        let direction = if forecast > 0.0 { 1 } else { -i8::from(forecast < 0.0) };
        let filtered = direction != 0 && !self.ways.trades(direction);
        let mut metadata = std::collections::BTreeMap::new();
        metadata.insert("realised_volatility".to_owned(), format!("{:.6}", sized.volatility));
        if filtered {
            metadata.insert("skipped".to_owned(), "filtered_direction".to_owned());
        }
        Ok(Signal {
            signal_id: format!("h1_{date}"),
            strategy_id: strategy.to_owned(),
            signal_date: date,
            direction,
            magnitude: forecast.abs(),
            confidence: agree as f64 / forecasts.len().max(1) as f64,
            skip_trade: filtered,
            leverage: sized.leverage.unwrap_or(0.0),
            hard_stop: Some(self.hard_stop),
            take_profit: None,
            trailing_activation: Some(self.trailing_activation),
            trailing_distance: Some(self.trailing_distance),
            entry_price: price,
            entry_type: EntryType::Market,
            horizon_bars: 1,
            bar_frequency: "5m".to_owned(),
            metadata,
        })
    }
}
