//! The rates of one date, and a fill priced with them.

use serde::{Deserialize, Serialize};

use super::{BrokerPlan, CostBreakdown, FilledBefore, SlippageModel, VenueFee};

/// Which way a fill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Shares come in, cash goes out.
    Buy,
    /// Shares go out, cash comes in.
    Sell,
}

impl Side {
    /// +1 for a buyer, whose units grow, -1 for a seller.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Buy => 1.0,
            Self::Sell => -1.0,
        }
    }

    /// The side that undoes it.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// The side whose sign a change of units has; 0 counts as a sale.
    pub fn of(change: f64) -> Self {
        if change > 0.0 { Self::Buy } else { Self::Sell }
    }
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

/// A charge per unit, by side.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct PerUnit {
    pub(super) charge: [f64; 2],
    /// Most a fill pays; infinite = no cap.
    pub(super) max: f64,
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
    pub(super) sec: [f64; 2],
    pub(super) taf: PerUnit,
    /// Of the lowest tier.
    pub(super) venue: VenueFee,
    pub(super) broker: BrokerPlan,
    pub(super) slippage: SlippageModel,
    pub(super) multiplier: f64,
}

/// A fill as the rates see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Priced {
    pub(super) side: Side,
    pub(super) quantity: f64,
    /// Traded value.
    pub(super) value: f64,
    /// Money per point of price: quantity x multiplier.
    pub(super) per_point: f64,
    /// Filled before by the same order.
    pub(super) before: FilledBefore,
    /// Fraction of value that the venue takes.
    pub(super) venue_fee: f64,
    /// It crossed the spread.
    pub(super) takes: bool,
    pub(super) context: CostContext,
}

impl Rates {
    /// The cost of filling `quantity` shares at `price` on one side, in the schedule's currency, as a whole order that
    /// takes from the market, at the lowest tier where the venue has tiers.
    ///
    /// Impact = k sigma sqrt(quantity / adv) of the traded value (square-root law: Toth et al. 2011, Phys. Rev. X 1,
    /// 021006); it is zero where `context` lacks sigma or volume. [`Pricer`](super::Pricer) knows more of a fill.
    pub fn cost(&self, side: Side, quantity: f64, price: f64, context: CostContext) -> CostBreakdown {
        self.price(&Priced {
            side,
            quantity,
            value: quantity * price,
            per_point: quantity,
            before: FilledBefore::default(),
            venue_fee: self.venue.taker,
            takes: true,
            context,
        })
    }

    #[inline]
    pub(super) fn price(&self, fill: &Priced) -> CostBreakdown {
        let (i, value) = (fill.side as usize, fill.value);
        let brokerage = self.broker.of_fill(fill.quantity, value, fill.before);
        let dp = if fill.side == Side::Sell && !fill.context.dp_charged && fill.quantity > 0.0 {
            self.broker.dp_per_sell_day
        } else {
            0.0
        };
        let (exchange, sebi) = (value * self.exchange[i] + value * fill.venue_fee, value * self.sebi[i]);
        let mut cost = CostBreakdown {
            stt: value * self.stt[i],
            exchange,
            sebi,
            ipft: value * self.ipft[i],
            stamp: value * self.stamp[i],
            tax: self.tax[i] * (brokerage + exchange + sebi + dp),
            dp,
            brokerage,
            sec: value * self.sec[i],
            taf: (fill.quantity * self.taf.charge[i]).min(self.taf.max),
            ..CostBreakdown::default()
        };
        if fill.takes {
            let slipped = self.slippage.cost(fill.quantity, value, fill.per_point, fill.context);
            (cost.slippage, cost.impact) = (slipped.spread, slipped.temporary);
            cost.permanent_impact = slipped.permanent;
        }
        if self.multiplier == 1.0 { cost } else { cost.scaled(self.multiplier) }
    }
}
