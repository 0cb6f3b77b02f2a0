//! What a regime is, as a pipeline file names it.

use proofmark_units::{DateSpan, Digest};
use serde::{Deserialize, Serialize};

use super::change_point::ChangePoint;
use super::hmm::{FitOptions, Hmm};
use super::hurst::Hurst;
use super::liquidity::Liquidity;
use super::rotation::Rotation;
use super::rule::Rule;
use super::trend::Trend;
use super::volatility::Volatility;
use super::{Bands, History, Refit, Sectors};

/// Raised when a labeller gives other labels for the same spec, so that old tables stop matching.
const VERSION: &str = "regimes-2";

/// A labeller and how long a level has to last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeSpec {
    /// What is labelled, and how.
    pub labeller: Labeller,
    /// Bars in a row on which a new level must be seen before it holds; 0 or 1 takes it at once.
    pub min_dwell: usize,
}

/// One way to label the bars of instruments. Windows count an instrument's own bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Labeller {
    /// `volatility_regime`: `low_vol`, `mid_vol` or `high_vol` by the percentile of the standard deviation of simple returns.
    Volatility {
        /// Returns in the deviation.
        window: usize,
        /// Returns without which it is unknown, at least 2.
        min_returns: usize,
        /// What it is compared with.
        history: History,
        /// Where low ends and high begins.
        bands: Bands,
    },
    /// `liquidity_regime`: `dry`, `balanced` or `flood` by the percentile of mean turnover (close times volume); unknown where
    /// a window has no volume at all.
    Liquidity {
        /// Bars in the mean of the 8-bar means of turnover.
        window: usize,
        /// Bars without which it is unknown, at least 1.
        min_bars: usize,
        /// What it is compared with.
        history: History,
        /// Where dry ends and flood begins.
        bands: Bands,
    },
    /// `rotation_role`: `sector_laggard`, `sector_neutral` or `sector_leader` by the place of a name's log return among the
    /// names of its sector on the same date: (mean rank - 1) / (names - 1).
    Rotation {
        /// Bars of the return.
        momentum: usize,
        /// Sector of each symbol; one without a sector is unknown.
        sectors: Sectors,
        /// Names without which a sector's date is unknown, at least 2.
        min_names: usize,
        /// Where laggards end and leaders begin.
        bands: Bands,
    },
    /// `trend_regime`: `uptrend` where the fast mean of closes is above the slow one and the close above that of `change` bars
    /// before, `downtrend` where both are below, else `sideways`.
    Trend {
        /// Bars of the fast mean, at least 1.
        fast: usize,
        /// Bars of the slow mean, above `fast`.
        slow: usize,
        /// Bars of the rate of change, at least 1.
        change: usize,
    },
    /// `hurst_regime`: `trending`, `indeterminate` or `mean_reverting` by [`super::hurst_exponent`] of simple returns.
    Hurst {
        /// Returns looked at.
        returns: usize,
        /// Returns without which it is unknown, at least `longest`.
        min_returns: usize,
        /// Shortest chunk, at least 3 returns.
        shortest: usize,
        /// Longest chunk.
        longest: usize,
        /// Below this the regime is mean-reverting.
        mean_reverting: f64,
        /// Above this it is trending.
        trending: f64,
        /// Whether the bias of short chunks is taken off.
        unbiased: bool,
    },
    /// `hmm_regime`: `state_0` (calmest) to `state_4` of a hidden Markov model of log returns, by filtered probabilities. Fitted
    /// for each instrument on a span or again and again, one of the two; only bars after those that were read are labelled.
    Hmm {
        /// Span of the fit, both ends included.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<DateSpan>,
        /// Log returns between fits and of the first one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refit: Option<Refit>,
        /// How it is fitted.
        fit: FitOptions,
        /// Seed of the starts.
        seed: u64,
    },
    /// `change_point`: `changed` where a change of mean or variance of log returns within the last bars is likely, else
    /// `steady` ([`super::RunLengths`]).
    ChangePoint {
        /// First returns, whose mean and variance are the prior; at least 10.
        prior_returns: usize,
        /// Expected bars between changes, above 1.
        expected_run: f64,
        /// Run lengths up to this are recent, at least 1.
        recent: usize,
        /// Probability of a recent change above which a bar is `changed`, between 0 and 1.
        probability: f64,
    },
}

/// A regime definition that means nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("regime `{field}` is {value}; it must be {rule}")]
pub struct RegimeSpecError {
    /// The field, as in the pipeline file.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// What it must be.
    pub rule: &'static str,
}

impl RegimeSpec {
    /// Refuses definitions outside the ranges documented on the fields.
    ///
    /// # Errors
    /// [`RegimeSpecError`] for the first field outside its range.
    pub fn check(&self) -> Result<(), RegimeSpecError> {
        self.rule().check()
    }

    /// Name of the regime: what its rows are called.
    pub fn name(&self) -> &'static str {
        self.rule().name()
    }

    /// Names of the levels, lowest first.
    pub fn values(&self) -> &'static [&'static str] {
        self.rule().values()
    }

    /// Name of a bar whose regime is not known.
    pub fn unknown(&self) -> &'static str {
        self.rule().unknown()
    }

    /// Whether a label reads the bars of other instruments of its date, so that it hangs on which ones there are.
    pub fn compares(&self) -> bool {
        self.rule().compares()
    }

    /// Identity of the labels: the labellers' version and every setting.
    pub fn digest(&self) -> Digest {
        // Serialising to memory fails for no spec: keys are strings and every number has a form.
        let settings = serde_json::to_vec(self).unwrap_or_default();
        Digest::of_parts([VERSION.as_bytes(), &settings])
    }

    /// The list of labellers: what each one does is in the file of its rule.
    pub(super) fn rule(&self) -> Box<dyn Rule + '_> {
        match self.labeller {
            Labeller::Volatility { window, min_returns, history, bands } => {
                Box::new(Volatility { window, minimum: min_returns, history, bands })
            }
            Labeller::Liquidity { window, min_bars, history, bands } => {
                Box::new(Liquidity { window, minimum: min_bars, history, bands })
            }
            Labeller::Rotation { momentum, ref sectors, min_names, bands } => {
                Box::new(Rotation { momentum, sectors, min_names, bands })
            }
            Labeller::Trend { fast, slow, change } => Box::new(Trend { fast, slow, change }),
            Labeller::Hurst {
                returns,
                min_returns,
                shortest,
                longest,
                mean_reverting,
                trending,
                unbiased,
            } => Box::new(Hurst {
                returns,
                min_returns,
                shortest,
                longest,
                mean_reverting,
                trending,
                unbiased,
            }),
            Labeller::Hmm { span, refit, fit, seed } => Box::new(Hmm { options: fit, span, refit, seed }),
            Labeller::ChangePoint { prior_returns, expected_run, recent, probability } => {
                Box::new(ChangePoint { prior_returns, expected_run, recent, probability })
            }
        }
    }
}
