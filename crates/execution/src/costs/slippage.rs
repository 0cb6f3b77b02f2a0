//! What the market charges beyond the printed price: half the spread and the impact of the order's own size.

use serde::{Deserialize, Serialize};

use super::CostContext;
use super::breakdown::is_zero;

/// Spread and impact, for orders that take from the market. Latency is no cost here: it is a later fill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SlippageModel {
    /// Half the bid-ask spread, a fraction of price.
    pub half_spread: f64,
    /// `k` of temporary impact = k sigma sqrt(quantity / adv).
    pub impact_coefficient: f64,
    /// Half the bid-ask spread in units of price, beside the fraction: 0.00005 is half a pip of EUR/USD.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub half_spread_price: f64,
    /// `g` of permanent impact = g sigma quantity / adv.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub permanent_coefficient: f64,
}

/// Money by part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slipped {
    pub(super) spread: f64,
    pub(super) temporary: f64,
    pub(super) permanent: f64,
}

impl SlippageModel {
    /// How far `quantity` units move the price for good, a fraction of it: g sigma quantity / adv, linear, as a
    /// permanent move must be if round trips are not to make money of themselves (Huberman and Stanzl 2004,
    /// Econometrica 72, 1247). 0 where `context` lacks sigma or volume.
    pub fn permanent_move(&self, quantity: f64, context: CostContext) -> f64 {
        match (context.sigma, context.adv) {
            (Some(sigma), Some(adv)) if adv > 0.0 => self.permanent_coefficient * sigma * (quantity / adv),
            _ => 0.0,
        }
    }

    /// The cost of `quantity` units worth `value`, which gain or lose `per_point` with each point of price.
    ///
    /// Temporary impact is the square-root law (Toth et al. 2011, Phys. Rev. X 1, 021006). Of the permanent move the
    /// order pays half, as its parts fill along the way (Almgren and Chriss 2000, J. Risk 3, 5).
    #[inline]
    pub(super) fn cost(&self, quantity: f64, value: f64, per_point: f64, context: CostContext) -> Slipped {
        let temporary = match (context.sigma, context.adv) {
            (Some(sigma), Some(adv)) if adv > 0.0 => {
                value * self.impact_coefficient * sigma * (quantity / adv).sqrt()
            }
            _ => 0.0,
        };
        Slipped {
            spread: value * self.half_spread + per_point * self.half_spread_price,
            temporary,
            permanent: value * self.permanent_move(quantity, context) / 2.0,
        }
    }

    /// Every rate of the model.
    pub(super) const fn numbers(&self) -> [f64; 4] {
        [self.half_spread, self.impact_coefficient, self.half_spread_price, self.permanent_coefficient]
    }
}
