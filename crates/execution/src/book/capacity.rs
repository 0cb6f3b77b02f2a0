//! How much money a book could carry.

use serde::{Deserialize, Serialize};

use super::Book;
use super::record::mean;

/// Capital limits of a book, in the currency of its prices; `None` = cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Capital at which the average order (by value) is the participation limit's share of daily volume.
    pub by_participation: Option<f64>,
    /// Capital at which impact has eaten the mean return.
    pub by_impact: Option<f64>,
}

impl Capacity {
    /// The smaller of the limits that could be computed.
    pub fn binding(&self) -> Option<f64> {
        match (self.by_participation, self.by_impact) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

impl Book {
    /// Capacity at a participation limit and a mean return per session net of costs (the book's own, or its active
    /// return's; a fraction).
    ///
    /// Orders grow in proportion to capital C, so participation is C x `participation_per_capital`. Impact per unit of
    /// capital grows as sqrt(C) under the square-root law: with i its mean per session at the mean equity E of this
    /// run, the mean is eaten where mean + i = i sqrt(C/E), so C = E (1 + mean/i)^2; 0 if mean + i <= 0.
    pub fn capacity(&self, participation_limit: f64, mean_return: f64) -> Capacity {
        let by_participation =
            self.participation_per_capital.filter(|p| *p > 0.0).map(|p| participation_limit / p);
        let cost = mean(self.gross_return.get(1..).unwrap_or_default())
            - mean(self.net_return.get(1..).unwrap_or_default());
        let share = self.cost_by_kind.impact / self.cost_by_kind.total();
        let impact = cost * share;
        let by_impact = (impact > 0.0 && mean_return.is_finite())
            .then(|| mean(&self.equity) * (1.0 + mean_return / impact).max(0.0).powi(2));
        Capacity { by_participation, by_impact }
    }
}
