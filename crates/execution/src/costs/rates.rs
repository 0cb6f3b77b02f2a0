//! The rates of one date, and a fill priced with them.

use serde::{Deserialize, Serialize};

use super::{BrokerPlan, CostBreakdown, SlippageModel};

/// Which way a fill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Shares come in, cash goes out.
    Buy,
    /// Shares go out, cash comes in.
    Sell,
}

/// What the market looked like to the order; all from before the fill.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CostContext {
    /// Daily volatility of the name (standard deviation of log returns, a fraction); `None` = no impact estimate.
    pub sigma: Option<f64>,
    /// Average daily volume of the name, in shares; `None` = no impact estimate.
    pub adv: Option<f64>,
    /// The depository charge of this scrip and day is already paid.
    pub dp_charged: bool,
}

/// All rates in force on one date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    pub(super) stt: [f64; 2],
    pub(super) exchange: [f64; 2],
    pub(super) sebi: [f64; 2],
    pub(super) ipft: [f64; 2],
    pub(super) stamp: [f64; 2],
    pub(super) tax: [f64; 2],
    pub(super) broker: BrokerPlan,
    pub(super) slippage: SlippageModel,
    pub(super) multiplier: f64,
}

impl Rates {
    /// The cost of filling `quantity` shares at `price` on one side, in the schedule's currency.
    ///
    /// Impact = k sigma sqrt(quantity / adv) of the traded value (square-root law: Toth et al. 2011, Phys. Rev. X 1,
    /// 021006); it is zero where `context` lacks sigma or volume.
    pub fn cost(&self, side: Side, quantity: f64, price: f64, context: CostContext) -> CostBreakdown {
        let i = side as usize;
        let value = quantity * price;
        let mut brokerage = value * self.broker.brokerage;
        if self.broker.brokerage_max > 0.0 {
            brokerage = brokerage.min(self.broker.brokerage_max);
        }
        let dp = if side == Side::Sell && !context.dp_charged && quantity > 0.0 {
            self.broker.dp_per_sell_day
        } else {
            0.0
        };
        let (exchange, sebi) = (value * self.exchange[i], value * self.sebi[i]);
        let impact = match (context.sigma, context.adv) {
            (Some(sigma), Some(adv)) if adv > 0.0 => {
                value * self.slippage.impact_coefficient * sigma * (quantity / adv).sqrt()
            }
            _ => 0.0,
        };
        let cost = CostBreakdown {
            stt: value * self.stt[i],
            exchange,
            sebi,
            ipft: value * self.ipft[i],
            stamp: value * self.stamp[i],
            tax: self.tax[i] * (brokerage + exchange + sebi + dp),
            dp,
            brokerage,
            slippage: value * self.slippage.half_spread,
            impact,
        };
        if self.multiplier == 1.0 { cost } else { cost.scaled(self.multiplier) }
    }
}
