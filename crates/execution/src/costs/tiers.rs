//! Fees of a venue by the account's rolling notional.

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

/// Fractions of traded value that a venue charges.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VenueFee {
    /// To an order that waited in the book.
    pub maker: f64,
    /// To an order that took from it.
    pub taker: f64,
}

/// One tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeTier {
    /// Rolling 30-day notional from which the tier holds, in the schedule's currency.
    pub above: f64,
    /// Fraction of traded value for makers.
    pub maker: f64,
    /// Fraction of traded value for takers.
    pub taker: f64,
}

/// The tiers that hold from a date on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierTable {
    /// First date on which the tiers hold.
    pub from: Date,
    /// Ascending by `above`, which begins at 0.
    pub levels: Vec<FeeTier>,
    /// Where they come from.
    pub source: String,
    /// The source does not settle the rates or their date.
    #[serde(default)]
    pub assumption: bool,
}

/// What holds between two thresholds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierRule {
    /// The tier reached, as venues charge.
    #[default]
    Stepwise,
    /// A straight line between the tier reached and the next one; the last tier stays flat. A smooth stand-in, for
    /// training on rewards without jumps.
    Interpolated,
}

/// The fee at a rolling notional.
pub(super) fn fee_at(levels: &[FeeTier], rule: TierRule, notional: f64) -> VenueFee {
    let reached = levels.partition_point(|tier| tier.above <= notional).max(1) - 1;
    let Some(tier) = levels.get(reached) else { return VenueFee::default() };
    let fee = VenueFee { maker: tier.maker, taker: tier.taker };
    match (rule, levels.get(reached + 1)) {
        (TierRule::Interpolated, Some(next)) => {
            let share = (notional - tier.above) / (next.above - tier.above);
            VenueFee {
                maker: fee.maker + share * (next.maker - fee.maker),
                taker: fee.taker + share * (next.taker - fee.taker),
            }
        }
        _ => fee,
    }
}

impl TierTable {
    /// What is wrong with the levels, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let numbers = self.levels.iter().flat_map(|tier| [tier.above, tier.maker, tier.taker]);
        if let Some(x) = super::file::not_a_cost(numbers) {
            return Some(format!("{x} is not a cost (0 to {})", super::file::COST_MAX));
        }
        if self.levels.first().is_none_or(|tier| tier.above != 0.0) {
            return Some("its levels do not begin at `above = 0`".to_owned());
        }
        let falls = self.levels.windows(2).find(|pair| pair[0].above >= pair[1].above)?;
        Some(format!("level {} does not lie above level {}", falls[1].above, falls[0].above))
    }
}
