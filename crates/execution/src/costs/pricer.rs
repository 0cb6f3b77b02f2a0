//! Fills priced by what really happened: maker or taker, tier, part of an order, day.
//!
//! An engine prices a fill in its innermost loop: what lies on that path is marked for inlining across crates, which halves
//! its time.

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::rates::Priced;
use super::tiers::fee_at;
use super::{
    CostBreakdown, CostContext, CostSchedule, FeeState, FilledBefore, Rates, Side, Undated, VenueFee,
};

/// Whether the order waited in the book or took from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// A resting order that others traded against: it pays no spread and has no impact.
    Maker,
    /// It crossed the spread.
    Taker,
}

/// A fill to be priced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Execution {
    /// Trade date at the exchange, by which rates are dated.
    pub date: Date,
    /// The instrument, by its place in the caller's list.
    pub instrument: u32,
    /// Which way.
    pub side: Side,
    /// Units (shares, coins, contract units), > 0.
    pub quantity: f64,
    /// Price; for an option the premium.
    pub price: f64,
    /// Money per unit and point of price; 1 for shares.
    pub multiplier: f64,
    /// Whether it rested.
    pub liquidity: Liquidity,
    /// What the same order filled before.
    pub before: FilledBefore,
    /// What the market looked like; whether the daily charge is paid the account's state knows too.
    pub context: CostContext,
}

impl Execution {
    /// Traded value, in the currency of the price.
    pub fn value(&self) -> f64 {
        self.quantity * self.multiplier * self.price
    }
}

/// A schedule with its rates of the present date at hand. Pricing allocates nothing.
#[derive(Debug, Clone)]
pub struct Pricer {
    schedule: CostSchedule,
    current: Option<InForce>,
}

#[derive(Debug, Clone, Copy)]
struct InForce {
    rates: Rates,
    from: Date,
    /// The next date of a change; `None` = none to come.
    until: Option<Date>,
    /// Place of the tiers in force.
    tiers: Option<usize>,
}

impl InForce {
    #[inline]
    fn holds_on(&self, date: Date) -> bool {
        date >= self.from && self.until.is_none_or(|until| date < until)
    }
}

impl Pricer {
    /// Prices by `schedule`.
    pub const fn new(schedule: CostSchedule) -> Self {
        Self { schedule, current: None }
    }

    /// The schedule.
    pub const fn schedule(&self) -> &CostSchedule {
        &self.schedule
    }

    /// The cost of `fill` for an account in `state`, in the schedule's currency. Nothing has happened yet: ask as often
    /// as you like.
    ///
    /// # Errors
    /// [`Undated`] before the schedule's first date, unless it was told to charge its earliest rates there.
    #[inline]
    pub fn quote(&mut self, fill: &Execution, state: &FeeState) -> Result<CostBreakdown, Undated> {
        let now = match &self.current {
            Some(now) if now.holds_on(fill.date) => now,
            _ => {
                let fresh = self.look_up(fill.date)?;
                self.current.insert(fresh)
            }
        };
        let fee = match now.tiers {
            Some(place) => {
                let table = &self.schedule.tiers()[place];
                fee_at(&table.levels, self.schedule.tier_rule(), state.rolling_notional(fill.date))
            }
            None => VenueFee::default(),
        };
        let takes = fill.liquidity == Liquidity::Taker;
        let per_point = fill.quantity * fill.multiplier;
        let dp_charged = fill.context.dp_charged || state.is_charged(fill.instrument, fill.date);
        Ok(now.rates.price(&Priced {
            side: fill.side,
            quantity: fill.quantity,
            value: per_point * fill.price,
            per_point,
            before: fill.before,
            venue_fee: if takes { fee.taker } else { fee.maker },
            takes,
            context: CostContext { dp_charged, ..fill.context },
        }))
    }

    /// A fill priced before has happened: `state` counts `notional`, its traded value in the tiers' currency, and the
    /// daily charge it paid.
    #[inline]
    pub fn record(&self, fill: &Execution, cost: &CostBreakdown, notional: f64, state: &mut FeeState) {
        if !self.schedule.tiers().is_empty() {
            state.count(fill.date, notional);
        }
        if cost.dp > 0.0 {
            state.set_charged(fill.instrument, fill.date);
        }
    }

    /// [`Self::quote`], then [`Self::record`] with the fill's own traded value: for prices in the tiers' currency.
    ///
    /// # Errors
    /// As [`Self::quote`].
    #[inline]
    pub fn charge(&mut self, fill: &Execution, state: &mut FeeState) -> Result<CostBreakdown, Undated> {
        let cost = self.quote(fill, state)?;
        self.record(fill, &cost, fill.value(), state);
        Ok(cost)
    }

    fn look_up(&self, date: Date) -> Result<InForce, Undated> {
        Ok(InForce {
            rates: self.schedule.on(date)?,
            from: date,
            until: self.schedule.next_change(date),
            tiers: self.schedule.tiers_on(date),
        })
    }
}
