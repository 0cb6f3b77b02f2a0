//! What a label asks about the future.

use serde::{Deserialize, Serialize};

/// A label definition; one of the forms a pipeline file may name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LabelSpec {
    /// Return from the open of the next bar to the open `horizon` bars later, in units of the symbol's volatility.
    FixedHorizon {
        /// Bars from entry to exit, at least 1.
        horizon: usize,
        /// Number of the last close-to-close log returns, up to the decision, whose sample standard deviation is
        /// `sigma`; at least 2.
        vol_window: usize,
        /// Class 1 above this value of the scaled return, in `sigma * sqrt(horizon)`.
        threshold: f64,
        /// Whether the mean scaled return of all symbols with a label on the same decision date is taken off first.
        relative: bool,
    },
    /// Which comes first: the stop, the target or the maximum hold, by the rules of [`crate::first_touch`].
    TripleBarrier {
        /// Loss at which the position is closed, a fraction of the entry price in (0, 1).
        stop_loss: f64,
        /// Gain at which the position is closed, a fraction of the entry price, above 0.
        take_profit: f64,
        /// Bars from entry to the open at which the position is closed at the latest, at least 1.
        max_hold: usize,
    },
}

/// A label definition that means nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("label `{field}` is {value}; it must be {rule}")]
pub struct LabelSpecError {
    /// The field, as in the pipeline file.
    pub field: &'static str,
    /// Its value.
    pub value: f64,
    /// What it must be.
    pub rule: &'static str,
}

impl LabelSpec {
    /// Refuses definitions outside the ranges documented on the fields.
    ///
    /// # Errors
    /// [`LabelSpecError`] for the first field outside its range.
    pub fn check(&self) -> Result<(), LabelSpecError> {
        let require = |ok: bool, field, value, rule| {
            if ok { Ok(()) } else { Err(LabelSpecError { field, value, rule }) }
        };
        match *self {
            Self::FixedHorizon { horizon, vol_window, threshold, .. } => {
                require(horizon >= 1, "horizon", horizon as f64, "at least 1")?;
                require(vol_window >= 2, "vol_window", vol_window as f64, "at least 2")?;
                require(threshold.is_finite(), "threshold", threshold, "finite")
            }
            Self::TripleBarrier { stop_loss, take_profit, max_hold } => {
                require(
                    stop_loss > 0.0 && stop_loss < 1.0,
                    "stop_loss",
                    stop_loss,
                    "a fraction between 0 and 1",
                )?;
                let gain = take_profit > 0.0 && take_profit.is_finite();
                require(gain, "take_profit", take_profit, "a fraction above 0")?;
                require(max_hold >= 1, "max_hold", max_hold as f64, "at least 1")
            }
        }
    }

    /// What one unit of scaled return is, in words; its numbers are in [`crate::LabelGrid::unit`].
    pub fn unit(&self) -> String {
        match self {
            Self::FixedHorizon { horizon, vol_window, .. } => format!(
                "simple return over {horizon} bars from the next open, in standard deviations of the last {vol_window} close-to-close log returns times the root of {horizon}"
            ),
            Self::TripleBarrier { stop_loss, .. } => {
                format!(
                    "simple return from the next open to the exit, in units of the stop's distance {stop_loss}"
                )
            }
        }
    }

    /// Bars from entry to the latest possible exit.
    pub const fn horizon(&self) -> usize {
        match self {
            Self::FixedHorizon { horizon, .. } => *horizon,
            Self::TripleBarrier { max_hold, .. } => *max_hold,
        }
    }
}
