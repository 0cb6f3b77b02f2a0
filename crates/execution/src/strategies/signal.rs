//! Signals: what a model says, apart from how it is traded.

use std::collections::BTreeMap;

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

/// How an entry is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryType {
    /// At a limit.
    Limit,
    /// At the market.
    Market,
}

/// What a model says of one instrument for one period: the universal signal record, whose keys end in `_pct` for what are fractions.
/// Unknown keys are ignored, so that a producer may add its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Unique, such as `h5_2025-W03` or `h1_2025-01-15`.
    pub signal_id: String,
    /// The strategy's stable name.
    pub strategy_id: String,
    /// The first session it may be traded in.
    pub signal_date: Date,
    /// 1 = long, -1 = short, 0 = flat.
    pub direction: i8,
    /// Size of the forecast, as the model gives it.
    pub magnitude: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// Not to be traded, whatever the direction.
    pub skip_trade: bool,
    /// Notional as a multiple of equity.
    pub leverage: f64,
    /// Loss from the entry price that ends it.
    #[serde(rename = "hard_stop_pct", default, skip_serializing_if = "Option::is_none")]
    pub hard_stop: Option<f64>,
    /// Gain that ends it.
    #[serde(rename = "take_profit_pct", default, skip_serializing_if = "Option::is_none")]
    pub take_profit: Option<f64>,
    /// Gain that arms a trail.
    #[serde(rename = "trailing_activation_pct", default, skip_serializing_if = "Option::is_none")]
    pub trailing_activation: Option<f64>,
    /// Distance of the trail from the best price.
    #[serde(rename = "trailing_distance_pct", default, skip_serializing_if = "Option::is_none")]
    pub trailing_distance: Option<f64>,
    /// The price the model saw.
    pub entry_price: f64,
    /// How the entry is sent.
    pub entry_type: EntryType,
    /// Bars it is held at most: 1, 5 or 60.
    pub horizon_bars: u32,
    /// Of what length.
    pub bar_frequency: String,
    /// Whatever else the producer wants kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A signal that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("signal `{id}`: {what}")]
pub struct SignalError {
    /// Its id.
    pub id: String,
    /// What is wrong.
    pub what: &'static str,
}

impl Signal {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`SignalError`] for a direction beyond -1 to 1, a confidence beyond 0 to 1, a leverage, stop or distance that is negative or
    /// no number, a trail with one half only.
    pub fn check(&self) -> Result<(), SignalError> {
        let fraction = |value: Option<f64>| value.is_none_or(|v| v.is_finite() && v > 0.0 && v < 1.0);
        let exits = [self.hard_stop, self.take_profit, self.trailing_distance];
        let what = if !(-1..=1).contains(&self.direction) {
            "its direction is not -1, 0 or 1"
        } else if !(0.0..=1.0).contains(&self.confidence) {
            "its confidence is not between 0 and 1"
        } else if !(self.leverage.is_finite() && self.leverage >= 0.0) {
            "its leverage is not 0 or more"
        } else if !exits.into_iter().all(fraction) {
            "an exit is not a fraction above 0"
        } else if self.trailing_activation.is_some() != self.trailing_distance.is_some() {
            "a trail needs both its activation and its distance"
        } else if !(self.entry_price.is_finite() && self.entry_price > 0.0) {
            "its price is not above 0"
        } else {
            return Ok(());
        };
        Err(SignalError { id: self.signal_id.clone(), what })
    }

    /// Whether it asks for a position.
    pub fn trades(&self) -> bool {
        !self.skip_trade && self.direction != 0 && self.leverage > 0.0
    }

    /// Its ways out.
    pub fn exits(&self) -> super::Exits {
        super::Exits {
            hard_stop: self.hard_stop,
            take_profit: self.take_profit,
            trail: self.trailing_activation.zip(self.trailing_distance),
        }
    }
}
