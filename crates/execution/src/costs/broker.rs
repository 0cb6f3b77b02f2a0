//! What a broker charges.

use serde::{Deserialize, Serialize};

use super::breakdown::is_zero;

/// A broker's plan: an order pays by value and by unit, within a least and a most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct BrokerPlan {
    /// Fraction of traded value.
    pub brokerage: f64,
    /// Most an order pays, in the schedule's currency; 0 = no cap.
    pub brokerage_max: f64,
    /// Depository charge per scrip and day with a sale, before tax.
    pub dp_per_sell_day: f64,
    /// Charge per unit (share, contract unit), in the schedule's currency.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub brokerage_per_unit: f64,
    /// Least an order pays, in the schedule's currency; the two caps come after it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub brokerage_min: f64,
    /// Most an order pays, a fraction of its value; 0 = no such cap.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub brokerage_max_fraction: f64,
}

/// What the same order filled before: minima and caps are per order, so a partial fill pays what it adds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FilledBefore {
    /// Units.
    pub quantity: f64,
    /// Traded value, in the schedule's currency.
    pub value: f64,
}

impl BrokerPlan {
    /// Brokerage of a whole order.
    #[inline]
    fn of_order(&self, quantity: f64, value: f64) -> f64 {
        if quantity <= 0.0 {
            return 0.0;
        }
        let mut charge =
            (value * self.brokerage + quantity * self.brokerage_per_unit).max(self.brokerage_min);
        if self.brokerage_max > 0.0 {
            charge = charge.min(self.brokerage_max);
        }
        if self.brokerage_max_fraction > 0.0 {
            charge = charge.min(value * self.brokerage_max_fraction);
        }
        charge
    }

    /// What a fill adds to its order's brokerage.
    #[inline]
    pub(super) fn of_fill(&self, quantity: f64, value: f64, before: FilledBefore) -> f64 {
        if before.quantity <= 0.0 {
            return self.of_order(quantity, value);
        }
        let (all, paid) = (
            self.of_order(before.quantity + quantity, before.value + value),
            self.of_order(before.quantity, before.value),
        );
        (all - paid).max(0.0)
    }

    /// Every amount and rate of the plan.
    pub(super) const fn numbers(&self) -> [f64; 6] {
        [
            self.brokerage,
            self.brokerage_max,
            self.dp_per_sell_day,
            self.brokerage_per_unit,
            self.brokerage_min,
            self.brokerage_max_fraction,
        ]
    }
}
