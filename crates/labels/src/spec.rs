//! What a label asks about the future.

use serde::{Deserialize, Serialize};

use crate::barrier::{Barriers, TripleBarrier};
use crate::horizon::{Horizon, Unit};
use crate::meta::MetaLabelSpec;
use crate::ranked::Ranked;
use crate::rule::Rule;
use crate::scaled_barrier::VolatilityBarrier;
use crate::trend_scan::TrendScan;

/// A label definition; one of the forms a pipeline file may name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// As `FixedHorizon`, in the daily volatility of López de Prado (2018), snippet 3.1: an exponentially weighted standard
    /// deviation, which forgets a shock slowly instead of all at once.
    VolatilityScaled {
        /// Bars from entry to exit, at least 1.
        horizon: usize,
        /// Span of the exponentially weighted standard deviation `sigma` of simple close-to-close returns up to the
        /// decision; at least 2. A label needs that many returns.
        vol_span: usize,
        /// Class 1 above this value of the scaled return, in `sigma * sqrt(horizon)`.
        threshold: f64,
        /// Whether the mean scaled return of all symbols with a label on the same decision date is taken off first.
        relative: bool,
    },
    /// As `FixedHorizon`, where the return is a fraction and no volatility is looked at: a move that is rare for a calm name and
    /// common for a wild one. A baseline, such as the teacher's source label of more than 2 % in 5 bars.
    FixedReturn {
        /// Bars from entry to exit, at least 1.
        horizon: usize,
        /// Class 1 above this return, a fraction.
        threshold: f64,
        /// Whether the mean return of all symbols with a label on the same decision date is taken off first.
        relative: bool,
    },
    /// Which comes first: the stop, the target or the maximum hold, by the rules of [`crate::first_touch`]. Class 1 for the
    /// target, or a gain at the maximum hold.
    TripleBarrier {
        /// Loss at which the position is closed, a fraction of the entry price in (0, 1).
        stop_loss: f64,
        /// Gain at which the position is closed, a fraction of the entry price, above 0.
        take_profit: f64,
        /// Bars from entry to the open at which the position is closed at the latest, at least 1.
        max_hold: usize,
    },
    /// As `TripleBarrier`, with barriers at multiples of the daily volatility (López de Prado 2018, section 3.4).
    VolatilityBarrier {
        /// Span of the exponentially weighted standard deviation of simple close-to-close returns up to the decision; at
        /// least 2. A label needs that many returns.
        vol_span: usize,
        /// Distance of the stop from the entry, in these deviations, above 0.
        stop: f64,
        /// Distance of the target, in the same, above 0.
        target: f64,
        /// Bars from entry to the open at which the position is closed at the latest, at least 1.
        max_hold: usize,
    },
    /// The direction of the strongest trend in the opens from the next one on ([`crate::strongest_trend`]), whose t is
    /// [`crate::LabelGrid::statistic`].
    TrendScan {
        /// Shortest horizon looked at, bars from entry to exit, at least 2.
        min_horizon: usize,
        /// Longest horizon looked at, at least `min_horizon`; the label's span reaches to it.
        max_horizon: usize,
        /// Class 1 above this t.
        threshold: f64,
    },
    /// The percentile of the forward return among the members with a label on the same decision date, which is
    /// [`crate::LabelGrid::statistic`]; equal returns share the mean of their ranks.
    Ranked {
        /// Bars from entry to exit, at least 1.
        horizon: usize,
        /// Number of quantile buckets, at least 2; class 1 in the highest ([`crate::quantile_bucket`]).
        buckets: usize,
        /// A date with fewer names than this has no label; at least `buckets`.
        min_names: usize,
    },
    /// Whether the side that a primary rule takes pays for itself ([`crate::meta_label_grid`], whose fields these are).
    ///
    /// The rule is not known to this crate: whoever has the features works out the sides. [`crate::label_grid`] takes every
    /// decision for a long one.
    Meta {
        /// The primary rule, an expression over features: long where it is above 0.
        side: String,
        /// See [`MetaLabelSpec::vol_span`].
        vol_span: usize,
        /// See [`MetaLabelSpec::stop`].
        stop: f64,
        /// See [`MetaLabelSpec::target`].
        target: f64,
        /// See [`MetaLabelSpec::max_hold`].
        max_hold: usize,
        /// See [`MetaLabelSpec::round_trip_cost`].
        round_trip_cost: f64,
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
    /// The list of kinds: what each one does is in the file of its rule.
    pub(crate) fn rule(&self) -> Box<dyn Rule> {
        match *self {
            Self::FixedHorizon { horizon, vol_window, threshold, relative } => {
                Box::new(Horizon { horizon, unit: Unit::Window(vol_window), threshold, relative })
            }
            Self::VolatilityScaled { horizon, vol_span, threshold, relative } => {
                Box::new(Horizon { horizon, unit: Unit::Span(vol_span), threshold, relative })
            }
            Self::FixedReturn { horizon, threshold, relative } => {
                Box::new(Horizon { horizon, unit: Unit::Return, threshold, relative })
            }
            Self::TripleBarrier { stop_loss, take_profit, max_hold } => {
                Box::new(TripleBarrier(Barriers { stop_loss, take_profit, max_hold }))
            }
            Self::VolatilityBarrier { vol_span, stop, target, max_hold } => {
                Box::new(VolatilityBarrier { vol_span, stop, target, max_hold })
            }
            Self::TrendScan { min_horizon, max_horizon, threshold } => {
                Box::new(TrendScan { min_horizon, max_horizon, threshold })
            }
            Self::Ranked { horizon, buckets, min_names } => Box::new(Ranked { horizon, buckets, min_names }),
            Self::Meta { vol_span, stop, target, max_hold, round_trip_cost, .. } => {
                Box::new(MetaLabelSpec { vol_span, stop, target, max_hold, round_trip_cost })
            }
        }
    }

    /// The primary rule of a meta-label and the exits of its positions; `None` for other kinds.
    pub fn meta(&self) -> Option<(&str, MetaLabelSpec)> {
        match self {
            Self::Meta { side, vol_span, stop, target, max_hold, round_trip_cost } => {
                let (vol_span, stop, target) = (*vol_span, *stop, *target);
                let (max_hold, round_trip_cost) = (*max_hold, *round_trip_cost);
                Some((side, MetaLabelSpec { vol_span, stop, target, max_hold, round_trip_cost }))
            }
            _ => None,
        }
    }

    /// Refuses definitions outside the ranges documented on the fields.
    ///
    /// # Errors
    /// [`LabelSpecError`] for the first field outside its range.
    pub fn check(&self) -> Result<(), LabelSpecError> {
        self.rule().check()
    }

    /// What one unit of scaled return is, in words; its numbers are in [`crate::LabelGrid::unit`].
    pub fn unit(&self) -> String {
        self.rule().unit()
    }

    /// Bars from entry to the latest possible exit.
    pub fn horizon(&self) -> usize {
        self.rule().horizon()
    }
}
