//! A side that keeps pointing the wrong way is paused, alone.

use std::collections::VecDeque;

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::{GuardError, fraction, later};
use crate::Direction;
use crate::limits::Standing;

/// A forecast with what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeWeek {
    /// Last session of the week.
    pub ends: Date,
    /// The way the trade pointed.
    pub direction: Direction,
    /// Return of the *market* from entry to the close at the horizon, a fraction; not the trade's own profit,
    /// which a stop cuts and whose sign already holds the direction.
    pub market_return: f64,
}

/// Direction accuracy of one side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AccuracyReading {
    /// Trades of the side in the window.
    pub trades: u32,
    /// Share of them that pointed the right way; a market that did not move counts as wrong. `None` = no
    /// trades.
    pub accuracy: Option<f64>,
    /// Enough trades, and too few of them right.
    pub paused: bool,
}

/// Pauses a side whose accuracy over the last `weeks` calendar weeks is below its floor, once it has
/// `min_trades`.
///
/// Feed it the signals of a paused side as well, as if they had been traded: otherwise a pause ends only
/// because trades leave the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectionAccuracy {
    weeks: u16,
    min_trades: u32,
    long_floor: f64,
    short_floor: f64,
    now: Option<Date>,
    recent: VecDeque<TradeWeek>,
}

impl DirectionAccuracy {
    /// Usual settings: 16 weeks, 6 trades, floors of 0.45 (long) and 0.55 (short).
    ///
    /// # Errors
    /// [`GuardError::Value`] for 0 weeks or trades, or a floor outside [0, 1].
    pub fn new(weeks: u16, min_trades: u32, long_floor: f64, short_floor: f64) -> Result<Self, GuardError> {
        if weeks == 0 || min_trades == 0 {
            return Err(GuardError::Value { what: "weeks and min_trades", value: 0.0, rule: ">= 1" });
        }
        for (what, value) in [("long_floor", long_floor), ("short_floor", short_floor)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(GuardError::Value { what, value, rule: "in [0, 1]" });
            }
        }
        Ok(Self { weeks, min_trades, long_floor, short_floor, now: None, recent: VecDeque::new() })
    }

    /// Takes a week's trade, of a strategy with one trade a week.
    ///
    /// # Errors
    /// [`GuardError`] for weeks out of order, or a return that is no fraction.
    pub fn update(&mut self, week: TradeWeek) -> Result<(), GuardError> {
        self.week(week.ends, [(week.direction, week.market_return)])
    }

    /// Takes all trades of the week that ends on `ends`, as a book of several names has them: direction and return of the
    /// name's market, as in [`TradeWeek`]. None is a week without a trade.
    ///
    /// # Errors
    /// [`GuardError`] for weeks out of order, or a return that is no fraction.
    pub fn week(
        &mut self,
        ends: Date,
        trades: impl IntoIterator<Item = (Direction, f64)>,
    ) -> Result<(), GuardError> {
        let mut taken = Vec::new();
        for (direction, market_return) in trades {
            fraction("market_return", market_return)?;
            taken.push(TradeWeek { ends, direction, market_return });
        }
        self.pass(ends)?;
        self.recent.extend(taken);
        Ok(())
    }

    /// Takes a week without a trade: the window moves on.
    ///
    /// # Errors
    /// [`GuardError::Order`] for weeks out of order.
    pub fn pass(&mut self, ends: Date) -> Result<(), GuardError> {
        later(self.now, &ends)?;
        self.now = Some(ends);
        let from = ends.plus_days(-7 * i32::from(self.weeks));
        self.recent.retain(|w| w.ends > from);
        Ok(())
    }

    /// The side's figures over the window that ends with the last week taken.
    pub fn reading(&self, side: Direction) -> AccuracyReading {
        let of_side = || self.recent.iter().filter(|w| w.direction == side);
        let trades = of_side().count() as u32;
        let right = of_side().filter(|w| side.sign() * w.market_return > 0.0).count() as f64;
        let accuracy = (trades > 0).then(|| right / f64::from(trades));
        let floor = match side {
            Direction::Long => self.long_floor,
            Direction::Short => self.short_floor,
        };
        let paused = trades >= self.min_trades && accuracy.is_some_and(|a| a < floor);
        AccuracyReading { trades, accuracy, paused }
    }

    /// What a check has to respect.
    pub fn standing(&self) -> Standing {
        Standing {
            longs_paused: self.reading(Direction::Long).paused,
            shorts_paused: self.reading(Direction::Short).paused,
            ..Standing::default()
        }
    }
}
