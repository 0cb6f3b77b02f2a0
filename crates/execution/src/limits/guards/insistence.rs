//! An alert for a strategy that keeps saying "long".

use std::collections::VecDeque;

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::{GuardError, later};
use crate::Direction;

/// What was signalled in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalWeek {
    /// Its last session.
    pub ends: Date,
    /// `None` = skipped.
    pub signal: Option<Direction>,
    /// Whether it was traded.
    pub executed: bool,
}

/// Share of longs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InsistenceReading {
    /// Among the signals that were not skipped, which the alert is based on; `None` = there are none.
    pub of_signals: Option<f64>,
    /// Among those traded.
    pub of_trades: Option<f64>,
    /// The window is full and `of_signals` is above the limit.
    pub alert: bool,
}

/// Alerts when more than `max_share` of the signals of the last `weeks` calendar weeks are long. It stops
/// nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongInsistence {
    weeks: u16,
    max_share: f64,
    first: Option<Date>,
    recent: VecDeque<SignalWeek>,
}

impl LongInsistence {
    /// Usual settings: 8 weeks, a share of 0.6.
    ///
    /// # Errors
    /// [`GuardError::Value`] for 0 weeks or a share outside [0, 1).
    pub fn new(weeks: u16, max_share: f64) -> Result<Self, GuardError> {
        if weeks == 0 {
            return Err(GuardError::Value { what: "weeks", value: 0.0, rule: ">= 1" });
        }
        if !(0.0..1.0).contains(&max_share) {
            return Err(GuardError::Value { what: "max_share", value: max_share, rule: "in [0, 1)" });
        }
        Ok(Self { weeks, max_share, first: None, recent: VecDeque::new() })
    }

    /// Takes a week of a strategy with one signal a week; the shares of the window that ends with it.
    ///
    /// # Errors
    /// [`GuardError::Order`] for weeks out of order.
    pub fn update(&mut self, week: SignalWeek) -> Result<InsistenceReading, GuardError> {
        self.take(week.ends, [week])
    }

    /// Takes all signals of the week that ends on `ends`, as a book of several names has them: direction, and whether it was
    /// traded. None is a week that was skipped.
    ///
    /// # Errors
    /// [`GuardError::Order`] for weeks out of order.
    pub fn week(
        &mut self,
        ends: Date,
        signals: impl IntoIterator<Item = (Direction, bool)>,
    ) -> Result<InsistenceReading, GuardError> {
        let of = |(direction, executed)| SignalWeek { ends, signal: Some(direction), executed };
        let signals: Vec<SignalWeek> = signals.into_iter().map(of).collect();
        if signals.is_empty() {
            return self.update(SignalWeek { ends, signal: None, executed: false });
        }
        self.take(ends, signals)
    }

    fn take(
        &mut self,
        ends: Date,
        signals: impl IntoIterator<Item = SignalWeek>,
    ) -> Result<InsistenceReading, GuardError> {
        later(self.recent.back().map(|w| w.ends), &ends)?;
        let first = *self.first.get_or_insert(ends);
        self.recent.extend(signals);
        // Calendar weeks, so that weeks nobody reported do not stretch the window.
        let from = ends.plus_days(-7 * i32::from(self.weeks));
        self.recent.retain(|w| w.ends > from);
        let of_signals = long_share(self.recent.iter().filter_map(|w| w.signal));
        let traded = self.recent.iter().filter(|w| w.executed);
        let of_trades = long_share(traded.filter_map(|w| w.signal));
        let full = ends.days() - first.days() >= 7 * (i32::from(self.weeks) - 1);
        let alert = full && of_signals.is_some_and(|share| share > self.max_share);
        Ok(InsistenceReading { of_signals, of_trades, alert })
    }
}

fn long_share(signals: impl Iterator<Item = Direction>) -> Option<f64> {
    let (longs, all) = signals.fold((0_u32, 0_u32), |(l, n), d| (l + u32::from(d == Direction::Long), n + 1));
    (all > 0).then(|| f64::from(longs) / f64::from(all))
}
