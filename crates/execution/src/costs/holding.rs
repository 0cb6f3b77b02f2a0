//! What a position costs by being held: funding, borrow, carry and interest, with sign.

use std::ops::AddAssign;

use proofmark_units::{Date, Instant};
use serde::{Deserialize, Serialize};

use super::breakdown::is_zero;
use super::{HoldingError, Roll, Undated};

/// A charge for holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldingKind {
    /// Perpetual swaps: longs pay shorts a positive rate at each funding time.
    Funding,
    /// Short sales: an annual rate on what is borrowed.
    Borrow,
    /// Currencies: the rate differential of the pair, and the broker's markup.
    Carry,
    /// Money borrowed on margin.
    Interest,
    /// Money that lies idle, on which the broker pays.
    Deposit,
}

impl HoldingKind {
    /// Every kind, in the order reports print them.
    pub const ALL: [Self; 5] = [Self::Funding, Self::Borrow, Self::Carry, Self::Interest, Self::Deposit];

    /// Stable name, as in the data files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Funding => "funding",
            Self::Borrow => "borrow",
            Self::Carry => "carry",
            Self::Interest => "interest",
            Self::Deposit => "deposit",
        }
    }
}

/// Costs of holding by kind, in the currency of the marks; positive is paid, negative received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldingCost {
    /// Funding of perpetual swaps.
    pub funding: f64,
    /// Borrow fee of short positions.
    pub borrow: f64,
    /// Rate differential and markup of currency positions.
    pub carry: f64,
    /// Interest on borrowed money.
    pub interest: f64,
    /// Interest on idle money, which is received: never above 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deposit: f64,
}

impl HoldingCost {
    /// Sum of all parts.
    pub const fn total(&self) -> f64 {
        self.funding + self.borrow + self.carry + self.interest + self.deposit
    }

    /// One part.
    pub const fn get(&self, kind: HoldingKind) -> f64 {
        match kind {
            HoldingKind::Funding => self.funding,
            HoldingKind::Borrow => self.borrow,
            HoldingKind::Carry => self.carry,
            HoldingKind::Interest => self.interest,
            HoldingKind::Deposit => self.deposit,
        }
    }

    /// All parts times `factor`, such as the worth of a currency.
    #[must_use]
    pub const fn scaled(self, factor: f64) -> Self {
        Self {
            funding: self.funding * factor,
            borrow: self.borrow * factor,
            carry: self.carry * factor,
            interest: self.interest * factor,
            deposit: self.deposit * factor,
        }
    }
}

impl AddAssign for HoldingCost {
    fn add_assign(&mut self, other: Self) {
        self.funding += other.funding;
        self.borrow += other.borrow;
        self.carry += other.carry;
        self.interest += other.interest;
        self.deposit += other.deposit;
    }
}

/// What is held while time passes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Held {
    /// Units; negative when short.
    pub quantity: f64,
    /// Worth of one unit: mark x multiplier.
    pub unit_value: f64,
    /// Money borrowed to hold it, >= 0.
    pub borrowed: f64,
    /// Money that lies idle beside it, >= 0.
    pub idle: f64,
}

/// A rate and the instant from which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateAt {
    /// Funding: when it is paid. Differential: when it was known.
    pub at: Instant,
    /// Funding: fraction of notional a time. Differential: base rate less quote rate, a fraction a year.
    pub rate: f64,
}

/// Rates that only data can tell; each ascending in time.
#[derive(Debug, Clone, Copy, Default)]
pub struct HoldingRates<'a> {
    /// Every funding payment of the instrument. Between two of them nothing is paid.
    pub funding: &'a [RateAt],
    /// Annual rate of the base currency less that of the quote currency, as known at each roll.
    pub differential: &'a [RateAt],
}

/// An annual rate and the date from which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnualRate {
    /// What it is charged for; for `carry` it is the broker's markup, which longs and shorts both pay, and `deposit` is paid to who
    /// holds the money.
    pub kind: HoldingKind,
    /// First date on which it holds.
    pub from: Date,
    /// Fraction a year.
    pub rate: f64,
    /// Where it comes from.
    pub source: String,
    /// The source does not settle the rate or its date.
    #[serde(default)]
    pub assumption: bool,
}

/// What a schedule charges for holding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Holding {
    pub(super) charges: Vec<HoldingKind>,
    pub(super) roll: Option<Roll>,
    pub(super) source: String,
    /// By kind, then date.
    pub(super) annual: Vec<AnnualRate>,
}

impl Holding {
    /// What is charged.
    pub fn charges(&self) -> &[HoldingKind] {
        &self.charges
    }

    /// When positions roll; `None` where only funding is charged.
    pub const fn roll(&self) -> Option<&Roll> {
        self.roll.as_ref()
    }

    /// Where roll and day count come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every annual rate, by kind then date.
    pub fn annual(&self) -> &[AnnualRate] {
        &self.annual
    }

    /// The rate of `kind` in force on `date`; before the first one it is that one where `earliest_before` says so.
    fn rate_on(
        &self,
        schedule: &str,
        kind: HoldingKind,
        date: Date,
        earliest_before: bool,
    ) -> Result<f64, Undated> {
        let mut rates = self.annual.iter().filter(|rate| rate.kind == kind).peekable();
        let first = rates.peek().map_or(date, |rate| rate.from);
        let earliest = rates.peek().map(|rate| rate.rate).filter(|_| earliest_before);
        rates
            .take_while(|rate| rate.from <= date)
            .last()
            .map(|rate| rate.rate)
            .or(earliest)
            .ok_or_else(|| Undated { schedule: schedule.to_owned(), first, date })
    }

    pub(super) fn accrue(
        &self,
        schedule: &str,
        earliest_before: bool,
        held: Held,
        (from, to): (Instant, Instant),
        rates: &HoldingRates<'_>,
    ) -> Result<HoldingCost, HoldingError> {
        let mut cost = HoldingCost::default();
        let charged = |kind| self.charges.contains(&kind);
        let notional = held.quantity * held.unit_value;
        if charged(HoldingKind::Funding) && notional != 0.0 {
            let first = rates.funding.partition_point(|payment| payment.at <= from);
            for payment in rates.funding[first..].iter().take_while(|payment| payment.at <= to) {
                if !payment.rate.is_finite() {
                    return Err(HoldingError::NoFunding { schedule: schedule.to_owned(), at: payment.at });
                }
                cost.funding += notional * payment.rate;
            }
        }
        let Some(roll) = &self.roll else { return Ok(cost) };
        for (date, at, share) in roll.between(from, to) {
            let annual = |kind| self.rate_on(schedule, kind, date, earliest_before);
            if charged(HoldingKind::Borrow) && notional < 0.0 {
                cost.borrow -= notional * annual(HoldingKind::Borrow)? * share;
            }
            if charged(HoldingKind::Carry) && notional != 0.0 {
                let known = rates.differential.partition_point(|rate| rate.at <= at).checked_sub(1);
                let differential = known.map(|last| rates.differential[last].rate).filter(|r| r.is_finite());
                let differential = differential
                    .ok_or_else(|| HoldingError::NoDifferential { schedule: schedule.to_owned(), date })?;
                let markup = annual(HoldingKind::Carry)?;
                cost.carry += (notional.abs() * markup - notional * differential) * share;
            }
            if charged(HoldingKind::Interest) && held.borrowed > 0.0 {
                cost.interest += held.borrowed * annual(HoldingKind::Interest)? * share;
            }
            if charged(HoldingKind::Deposit) && held.idle > 0.0 {
                cost.deposit -= held.idle * annual(HoldingKind::Deposit)? * share;
            }
        }
        Ok(cost)
    }
}
