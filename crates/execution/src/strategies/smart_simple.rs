//! The weekly strategy "Smart Simple": two forecasts of the week, sized by volatility and agreement, with stops that follow it.
//!
//! Source: specification of the USD/COP lifecycle, 1.6 and, for what is optional, 1.16.

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::{EntryType, Signal};
use crate::sizing::SizingError;
use crate::sizing::confidence::ConfidenceTiers;
use crate::sizing::dynamic_leverage::DynamicLeverage;
use crate::sizing::stops::AdaptiveStops;
use crate::sizing::volatility_target::VolatilityTarget;

/// Settings of the strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmartSimple {
    /// What two forecasts are worth together.
    pub tiers: ConfidenceTiers,
    /// Leverage by volatility.
    pub target: VolatilityTarget,
    /// Stop and target by volatility.
    pub stops: AdaptiveStops,
    /// Divergence of the forecasts (log return) at which the confidence is 0.
    pub divergence_of_none: f64,
    /// Most of equity that a stop may cost; the stop is drawn closer where leverage would make it more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_loss: Option<f64>,
    /// Scale by how far returns trend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<RegimeGate>,
    /// Scale by the last trades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic: Option<DynamicLeverage>,
}

/// Scales by the Hurst exponent of the last log returns, over chunks of 10 to 20. On so few of them the exponent is mostly noise:
/// an option, not a default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeGate {
    /// Returns in the exponent.
    pub returns: usize,
    /// Above this the week is traded in full.
    pub trending_above: f64,
    /// Below this it is skipped.
    pub skipped_below: f64,
    /// Scale in between.
    pub between: f64,
    /// Whether the slope of independent returns is taken off the exponent first; on so few returns it is near 0.6 otherwise, which
    /// counts as trending.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub unbiased: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
const fn is_yes(value: &bool) -> bool {
    *value
}

impl RegimeGate {
    /// The scale at an exponent; what is not known is in between.
    pub fn scale(&self, exponent: Option<f64>) -> f64 {
        match exponent {
            Some(h) if h > self.trending_above => 1.0,
            Some(h) if h < self.skipped_below => 0.0,
            _ => self.between,
        }
    }
}

/// What is known when a week is decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook<'a> {
    /// Two forecasts of the log return to the week's end.
    pub forecasts: (f64, f64),
    /// Log returns of the sessions so far, oldest first.
    pub log_returns: &'a [f64],
    /// Hurst exponent, where the gate asks for it.
    pub exponent: Option<f64>,
    /// Last close.
    pub price: f64,
    /// First session of the week.
    pub date: Date,
    /// Sessions held at most.
    pub sessions: u32,
}

impl SmartSimple {
    /// The weekly signal. A mean forecast of exactly 0 is no position.
    ///
    /// # Errors
    /// [`SizingError`] for a setting out of range or a forecast that is not finite.
    pub fn signal(&self, strategy: &str, outlook: &Outlook<'_>) -> Result<Signal, SizingError> {
        let conviction = self.tiers.judge(outlook.forecasts.0, outlook.forecasts.1)?;
        let gate = self.regime.map_or(1.0, |gate| gate.scale(outlook.exponent));
        let sized =
            self.target.leverage(self.target.realised(outlook.log_returns), conviction.multiplier * gate)?;
        let mut distances = self.stops.distances(sized.volatility)?;
        if let Some((most, leverage)) = self.max_loss.zip(sized.leverage) {
            distances = self.stops.at_leverage(distances, leverage, most)?;
        }
        let kept = |name: &str, value: String| (name.to_owned(), value);
        Ok(Signal {
            signal_id: format!("h5_{}", outlook.date.iso_week()),
            strategy_id: strategy.to_owned(),
            signal_date: outlook.date,
            direction: conviction.direction.map_or(0, |direction| direction.sign() as i8),
            magnitude: conviction.mean.abs(),
            confidence: (1.0 - conviction.divergence / self.divergence_of_none).clamp(0.0, 1.0),
            skip_trade: sized.leverage.is_none(),
            leverage: sized.leverage.unwrap_or(0.0),
            hard_stop: Some(distances.hard_stop),
            take_profit: Some(distances.take_profit),
            trailing_activation: None,
            trailing_distance: None,
            entry_price: outlook.price,
            entry_type: EntryType::Market,
            horizon_bars: outlook.sessions,
            bar_frequency: "daily".to_owned(),
            metadata: [
                kept("confidence_tier", format!("{:?}", conviction.tier).to_uppercase()),
                kept("realised_volatility", format!("{:.6}", sized.volatility)),
            ]
            .into(),
        })
    }
}
