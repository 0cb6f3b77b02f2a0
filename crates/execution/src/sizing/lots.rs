//! From a real number of shares to one that can be traded.

use serde::{Deserialize, Serialize};

use super::{SizingError, ensure, positive};

/// What an order must fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotRule {
    /// Shares per lot, at least 1.
    pub lot: u32,
    /// Largest value of the position in this name, money; `None` = no cap.
    pub max_value: Option<f64>,
    /// Smallest value of an order, money; below it nothing is traded.
    #[serde(default)]
    pub min_value: f64,
}

/// Why the quantity is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotReason {
    /// Nothing but rounding down to a lot.
    WithinLimits,
    /// Trimmed to what the cap of the name leaves.
    PartiallyCapped,
    /// The cap of the name is used up, or leaves less than a lot.
    CapReached,
    /// Less than one lot: one lot would risk more than was asked for.
    BelowOneLot,
    /// Worth less than the smallest order.
    BelowMinimumValue,
}

/// A tradable quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotQuantity {
    /// Shares, a multiple of the lot.
    pub shares: u64,
    /// Why not more.
    pub reason: LotReason,
}

/// The largest number of shares that f64 counts one by one.
const MOST_SHARES: f64 = 9_007_199_254_740_992.0;

impl LotRule {
    /// Rounds `shares` down to lots, within what the cap leaves beside `held_value` (money already in the
    /// name).
    ///
    /// A quantity is never rounded up. What rounding leaves out is smaller than one lot, unless a cap says
    /// otherwise.
    ///
    /// # Errors
    /// [`SizingError::Value`] for a lot of 0, a price that is not positive, or numbers that are negative or
    /// not finite.
    pub fn round(&self, shares: f64, price: f64, held_value: f64) -> Result<LotQuantity, SizingError> {
        positive("price", price)?;
        ensure(self.lot > 0, "lot", 0.0, ">= 1")?;
        ensure((0.0..=MOST_SHARES).contains(&shares), "shares", shares, "in [0, 2^53]")?;
        for (what, value) in [
            ("held_value", held_value),
            ("max_value", self.max_value.unwrap_or(0.0)),
            ("min_value", self.min_value),
        ] {
            ensure(value.is_finite() && value >= 0.0, what, value, "finite and not negative")?;
        }
        let room = self.max_value.map_or(f64::INFINITY, |max| (max - held_value).max(0.0) / price);
        let lot = f64::from(self.lot);
        let lots = (shares.min(room) / lot).floor();
        let shares_traded = lots * lot;
        let nothing = |reason| LotQuantity { shares: 0, reason };
        Ok(if shares < lot {
            nothing(LotReason::BelowOneLot)
        } else if lots == 0.0 {
            nothing(LotReason::CapReached)
        } else if shares_traded * price < self.min_value {
            nothing(LotReason::BelowMinimumValue)
        } else {
            let capped = lots < (shares / lot).floor();
            let reason = if capped { LotReason::PartiallyCapped } else { LotReason::WithinLimits };
            LotQuantity { shares: shares_traded as u64, reason }
        })
    }
}
