//! A cost taken apart by who receives it.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// A part of the cost of a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostKind {
    /// Securities transaction tax.
    Stt,
    /// Exchange transaction charge, or the fee of a venue with maker and taker rates.
    Exchange,
    /// Regulator's turnover fee.
    Sebi,
    /// Investor protection fund.
    Ipft,
    /// Stamp duty.
    Stamp,
    /// Tax on brokerage, exchange and regulator fees and the depository charge.
    Tax,
    /// Depository charge per scrip and sell day.
    Dp,
    /// Brokerage.
    Brokerage,
    /// Half the bid-ask spread.
    Slippage,
    /// Temporary market impact of the order's size.
    Impact,
    /// Fee of the US Securities and Exchange Commission, section 31 of the Exchange Act.
    Sec,
    /// Trading activity fee of the US Financial Industry Regulatory Authority.
    Taf,
    /// The part of the order's own lasting move of the price that it pays itself.
    PermanentImpact,
}

impl CostKind {
    /// Every kind, in the order reports print them.
    pub const ALL: [Self; 13] = [
        Self::Stt,
        Self::Exchange,
        Self::Sebi,
        Self::Ipft,
        Self::Stamp,
        Self::Tax,
        Self::Dp,
        Self::Brokerage,
        Self::Slippage,
        Self::Impact,
        Self::Sec,
        Self::Taf,
        Self::PermanentImpact,
    ];

    /// Stable name, as in the data files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stt => "stt",
            Self::Exchange => "exchange",
            Self::Sebi => "sebi",
            Self::Ipft => "ipft",
            Self::Stamp => "stamp",
            Self::Tax => "tax",
            Self::Dp => "dp",
            Self::Brokerage => "brokerage",
            Self::Slippage => "slippage",
            Self::Impact => "impact",
            Self::Sec => "sec",
            Self::Taf => "taf",
            Self::PermanentImpact => "permanent_impact",
        }
    }
}

/// Costs by kind, in the schedule's currency; every part is >= 0.
///
/// The parts that came after the first schedules are written only where they are not 0, so that books without them
/// keep their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostBreakdown {
    /// Securities transaction tax.
    pub stt: f64,
    /// Exchange transaction charge, or the fee of a venue with maker and taker rates.
    pub exchange: f64,
    /// Regulator's turnover fee.
    pub sebi: f64,
    /// Investor protection fund.
    pub ipft: f64,
    /// Stamp duty.
    pub stamp: f64,
    /// Tax on brokerage, exchange and regulator fees and the depository charge.
    pub tax: f64,
    /// Depository charge per scrip and sell day.
    pub dp: f64,
    /// Brokerage.
    pub brokerage: f64,
    /// Half the bid-ask spread.
    pub slippage: f64,
    /// Temporary market impact of the order's size.
    pub impact: f64,
    /// US section 31 fee.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sec: f64,
    /// US trading activity fee.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub taf: f64,
    /// Lasting market impact that the order itself pays.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub permanent_impact: f64,
}

pub(super) fn is_zero(part: &f64) -> bool {
    *part == 0.0
}

impl CostBreakdown {
    /// One part.
    pub const fn get(&self, kind: CostKind) -> f64 {
        match kind {
            CostKind::Stt => self.stt,
            CostKind::Exchange => self.exchange,
            CostKind::Sebi => self.sebi,
            CostKind::Ipft => self.ipft,
            CostKind::Stamp => self.stamp,
            CostKind::Tax => self.tax,
            CostKind::Dp => self.dp,
            CostKind::Brokerage => self.brokerage,
            CostKind::Slippage => self.slippage,
            CostKind::Impact => self.impact,
            CostKind::Sec => self.sec,
            CostKind::Taf => self.taf,
            CostKind::PermanentImpact => self.permanent_impact,
        }
    }

    /// Sum of all parts.
    pub const fn total(&self) -> f64 {
        self.statutory() + self.dp + self.brokerage + self.slippage + self.impact + self.permanent_impact
    }

    /// What the state, the exchange and the regulator take (tax on broker charges included).
    pub const fn statutory(&self) -> f64 {
        self.stt + self.exchange + self.sebi + self.ipft + self.stamp + self.tax + self.sec + self.taf
    }

    /// Every part multiplied by `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            stt: self.stt * factor,
            exchange: self.exchange * factor,
            sebi: self.sebi * factor,
            ipft: self.ipft * factor,
            stamp: self.stamp * factor,
            tax: self.tax * factor,
            dp: self.dp * factor,
            brokerage: self.brokerage * factor,
            slippage: self.slippage * factor,
            impact: self.impact * factor,
            sec: self.sec * factor,
            taf: self.taf * factor,
            permanent_impact: self.permanent_impact * factor,
        }
    }
}

impl AddAssign for CostBreakdown {
    fn add_assign(&mut self, other: Self) {
        self.stt += other.stt;
        self.exchange += other.exchange;
        self.sebi += other.sebi;
        self.ipft += other.ipft;
        self.stamp += other.stamp;
        self.tax += other.tax;
        self.dp += other.dp;
        self.brokerage += other.brokerage;
        self.slippage += other.slippage;
        self.impact += other.impact;
        self.sec += other.sec;
        self.taf += other.taf;
        self.permanent_impact += other.permanent_impact;
    }
}
