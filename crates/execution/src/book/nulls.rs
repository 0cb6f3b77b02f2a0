//! Books without skill: what a candidate is measured against.

use proofmark_market::Panel;
use proofmark_units::{DateSpan, Seed};
use rand_chacha::rand_core::Rng;

use super::{Book, BookConfig, BookError, Selection, Sizing, run_book};
use crate::costs::CostSchedule;

/// Bars of the momentum rule's trailing return.
const MOMENTUM_BARS: usize = 60;

/// The null books of a candidate: the same machinery without the score.
///
/// `all_names_vol_scaled` holds every name with the candidate's sizing (inverse volatility over 60 bars where the
/// candidate's own sizing is equal), `all_names_equal` every name in equal weights under the candidate's cap.
pub fn null_books(config: &BookConfig) -> Vec<(&'static str, BookConfig)> {
    let max_weight = config.sizing.max_weight();
    let scaled = match &config.sizing {
        sizing @ Sizing::InverseVolatility { .. } => sizing.clone(),
        Sizing::Equal { .. } => {
            Sizing::InverseVolatility { window: 60, target_annual_volatility: None, max_weight }
        }
    };
    let with = |sizing: Sizing| BookConfig { selection: Selection::AllNames, sizing, ..config.clone() };
    vec![("all_names_vol_scaled", with(scaled)), ("all_names_equal", with(Sizing::Equal { max_weight }))]
}

/// Runs [`null_books`] in their order.
///
/// # Errors
/// As [`run_book`].
pub fn run_null_books(
    panel: &Panel,
    config: &BookConfig,
    costs: &CostSchedule,
    span: DateSpan,
) -> Result<Vec<(&'static str, Book)>, BookError> {
    null_books(config)
        .into_iter()
        .map(|(name, config)| Ok((name, run_book(panel, None, &config, costs, span)?)))
        .collect()
}

/// A rule anybody could follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NaiveRule {
    /// Score 0 everywhere: never trades.
    AlwaysZero,
    /// Score 1 where the return over the last 60 bars is positive, else 0.
    MomentumSign,
    /// Uniform scores in (0, 1), independent of everything.
    RandomScores,
    /// Equal weights at the first decision, never touched again.
    BuyAndHold,
}

impl NaiveRule {
    /// Every rule, in the order reports print them.
    pub const ALL: [Self; 4] = [Self::AlwaysZero, Self::MomentumSign, Self::RandomScores, Self::BuyAndHold];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AlwaysZero => "always_zero",
            Self::MomentumSign => "momentum_sign",
            Self::RandomScores => "random_scores",
            Self::BuyAndHold => "buy_and_hold",
        }
    }

    /// The rule's score grid; each cell uses bars up to its own date only.
    pub fn scores(self, panel: &Panel, seed: &Seed) -> Vec<f64> {
        let cells = panel.len() * panel.width();
        match self {
            Self::AlwaysZero => vec![0.0; cells],
            Self::BuyAndHold => vec![1.0; cells],
            Self::RandomScores => {
                let mut rng = seed.child("random_scores").rng();
                // The middle of 2^53 equal steps: never 0, so every name can be drawn.
                (0..cells).map(|_| ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64).collect()
            }
            Self::MomentumSign => {
                let mut scores = vec![f64::NAN; cells];
                let mut closes = Vec::with_capacity(panel.len());
                for s in 0..panel.width() {
                    closes.clear();
                    for t in (0..panel.len()).filter(|t| panel.has_bar(*t, s)) {
                        let close = panel.close[panel.cell(t, s)];
                        if let Some(i) = closes.len().checked_sub(MOMENTUM_BARS) {
                            scores[panel.cell(t, s)] = f64::from(u8::from(close > closes[i]));
                        }
                        closes.push(close);
                    }
                }
                scores
            }
        }
    }

    /// The candidate's settings as this rule needs them.
    pub fn config(self, candidate: &BookConfig) -> BookConfig {
        match self {
            Self::BuyAndHold => BookConfig {
                rebalance_every: 0,
                selection: Selection::AllNames,
                sizing: Sizing::Equal { max_weight: 1.0 },
                stop_loss: None,
                take_profit: None,
                max_hold: None,
                ..candidate.clone()
            },
            Self::AlwaysZero | Self::MomentumSign | Self::RandomScores => candidate.clone(),
        }
    }
}

/// Runs every naive rule through the candidate's machinery, in the order of [`NaiveRule::ALL`].
///
/// # Errors
/// As [`run_book`].
pub fn run_naive_books(
    panel: &Panel,
    config: &BookConfig,
    costs: &CostSchedule,
    span: DateSpan,
    seed: &Seed,
) -> Result<Vec<(&'static str, Book)>, BookError> {
    NaiveRule::ALL
        .iter()
        .map(|rule| {
            let scores = rule.scores(panel, seed);
            Ok((rule.name(), run_book(panel, Some(&scores), &rule.config(config), costs, span)?))
        })
        .collect()
}
