//! What a book is told, and what can be wrong with it.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use crate::costs::Undated;

/// How a long-only cross-section book trades. Fractions are fractions (0.03 = 3 %), times are sessions of the panel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookConfig {
    /// Cash at the first decision, in the currency of the prices.
    pub capital: f64,
    /// Sessions between decisions; 0 = decide once, on the first session.
    pub rebalance_every: usize,
    /// Which names are held.
    pub selection: Selection,
    /// How much of each.
    pub sizing: Sizing,
    /// Loss from the average entry price at which a position is closed; `None` = no stop.
    pub stop_loss: Option<f64>,
    /// Gain at which a position is closed; `None` = no target.
    pub take_profit: Option<f64>,
    /// Bars of the name, that of the entry included, after which a position is closed at the next open; `None` = no limit.
    pub max_hold: Option<usize>,
    /// Largest share of average daily volume that an order fills in one session (risk exits are not capped).
    pub participation: f64,
    /// Shares are bought and sold in multiples of this.
    #[serde(default = "one_share")]
    pub lot: u32,
    /// A held name is resized only when the change exceeds this share of its target value.
    #[serde(default)]
    pub resize_band: f64,
    /// What happens to a position whose bars stop.
    #[serde(default)]
    pub delisting: Delisting,
    /// Sessions a year, for the volatility target.
    #[serde(default = "sessions_per_year")]
    pub periods_per_year: f64,
}

const fn one_share() -> u32 {
    1
}

const fn sessions_per_year() -> f64 {
    252.0
}

/// Which names a decision selects among those with a bar, a usable size and (where scores matter) a finite score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Selection {
    /// The best-scored names. Only a score > 0 is ever held: a model that says nothing holds nothing.
    TopFraction {
        /// Share of the scored names to hold, rounded up; names tied with the last one are held too.
        fraction: f64,
        /// A holding is kept while its rank lies within this share; `None` = no hysteresis.
        hysteresis: Option<f64>,
    },
    /// Every name; scores are not read.
    AllNames,
}

/// How the selected names are weighted. Weights sum to at most 1; what a cap cuts goes to the others, then to cash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Sizing {
    /// Weight in proportion to 1 / volatility.
    InverseVolatility {
        /// Close-to-close log returns in the standard deviation (ddof 1); a name with fewer is not held.
        window: usize,
        /// Annual volatility to which the book is scaled down (never up), measured on the selected weights over
        /// `window` sessions; `None` = fully invested.
        target_annual_volatility: Option<f64>,
        /// Largest weight of a name.
        max_weight: f64,
    },
    /// The same weight for each.
    Equal {
        /// Largest weight of a name.
        max_weight: f64,
    },
}

impl Sizing {
    /// Largest weight of a name.
    pub const fn max_weight(&self) -> f64 {
        match self {
            Self::InverseVolatility { max_weight, .. } | Self::Equal { max_weight } => *max_weight,
        }
    }

    /// Returns of a name, and sessions, that a weight reads.
    pub const fn window(&self) -> usize {
        match self {
            Self::InverseVolatility { window, .. } => *window,
            Self::Equal { .. } => 0,
        }
    }
}

/// A position is closed as `delisted` after this many sessions without a bar, at its last close less a haircut.
///
/// No trading cost is charged: there is no market left. Whether the bars ever return is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delisting {
    /// Consecutive sessions without a bar.
    pub after_sessions: usize,
    /// Fraction of the last close that is lost (Shumway 1997, J. Finance 52, measures 0.30 for US performance delistings).
    pub haircut: f64,
}

impl Default for Delisting {
    fn default() -> Self {
        Self { after_sessions: 20, haircut: 0.0 }
    }
}

/// A book could not be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BookError {
    /// A setting is out of its range.
    #[error("book setting `{setting}` is {value}; it must be {rule}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// The selection ranks scores and none were given.
    #[error("the book selects by score and was given no scores")]
    NoScores,
    /// The score grid does not fit the panel.
    #[error("{found} scores for a panel of {expected} cells")]
    ScoresShape {
        /// Cells of the panel.
        expected: usize,
        /// Scores given.
        found: usize,
    },
    /// No session of the panel lies in the span.
    #[error("the panel has no session in {span}")]
    EmptySpan {
        /// The span asked for.
        span: DateSpan,
    },
    /// A fill fell on a date without rates.
    #[error("the book filled an order that cannot be priced")]
    Undated(#[from] Undated),
    /// The accounting identity broke: a bug, never a market event.
    #[error("on {date} cash and positions are worth {equity}, flows say {flows}, cash is {cash}")]
    Identity {
        /// The date.
        date: Date,
        /// cash + sum(position x mark).
        equity: f64,
        /// The day before's equity plus gains less costs.
        flows: f64,
        /// Cash, which may not be negative.
        cash: f64,
    },
}

impl BookConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`BookError::Setting`] for the first one out of range.
    pub fn check(&self) -> Result<(), BookError> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let share = |x: f64| x > 0.0 && x <= 1.0;
        let ensure = |ok: bool, setting, value: f64, rule| {
            if ok { Ok(()) } else { Err(BookError::Setting { setting, value, rule }) }
        };
        // Beyond the upper bound share counts would leave the range in which f64 is exact.
        ensure(positive(self.capital) && self.capital <= 1e15, "capital", self.capital, "in (0, 1e15]")?;
        if let Selection::TopFraction { fraction, hysteresis } = self.selection {
            ensure(share(fraction), "fraction", fraction, "in (0, 1]")?;
            let keep = hysteresis.unwrap_or(fraction);
            ensure(share(keep) && keep >= fraction, "hysteresis", keep, "in [fraction, 1]")?;
        }
        if let Sizing::InverseVolatility { window, target_annual_volatility, .. } = self.sizing {
            ensure(window >= 2, "window", window as f64, ">= 2")?;
            let target = target_annual_volatility.unwrap_or(1.0);
            ensure(positive(target), "target_annual_volatility", target, "> 0")?;
        }
        ensure(share(self.sizing.max_weight()), "max_weight", self.sizing.max_weight(), "in (0, 1]")?;
        let stop = self.stop_loss.unwrap_or(0.5);
        ensure(stop > 0.0 && stop < 1.0, "stop_loss", stop, "in (0, 1)")?;
        let target = self.take_profit.unwrap_or(1.0);
        ensure(positive(target), "take_profit", target, "> 0")?;
        let hold = self.max_hold.unwrap_or(1);
        ensure(hold >= 1, "max_hold", hold as f64, ">= 1")?;
        ensure(share(self.participation), "participation", self.participation, "in (0, 1]")?;
        ensure(self.lot >= 1, "lot", f64::from(self.lot), ">= 1")?;
        ensure((0.0..1.0).contains(&self.resize_band), "resize_band", self.resize_band, "in [0, 1)")?;
        let Delisting { after_sessions, haircut } = self.delisting;
        ensure(after_sessions >= 1, "delisting.after_sessions", after_sessions as f64, ">= 1")?;
        ensure((0.0..=1.0).contains(&haircut), "delisting.haircut", haircut, "in [0, 1]")?;
        ensure(positive(self.periods_per_year), "periods_per_year", self.periods_per_year, "> 0")
    }
}
