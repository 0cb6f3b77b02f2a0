//! The day's loss, marked to market, against the equity with which the day opened.

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::{GuardError, later};
use crate::limits::Standing;

/// What the breaker hears.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DailyEvent {
    /// A day begins; `equity` is the last mark before it, so that a gap at the open counts as loss of this
    /// day.
    Open {
        /// Session.
        date: Date,
        /// Cash and positions at market.
        equity: f64,
    },
    /// Equity, with open positions at market.
    Mark {
        /// Session.
        date: Date,
        /// Cash and positions at market.
        equity: f64,
    },
}

/// Stops additions for the rest of a day once more than `limit` of its opening equity is lost; the next day
/// opens it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyLossBreaker {
    limit: f64,
    day: Option<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    date: Date,
    open_equity: f64,
    tripped: bool,
}

impl DailyLossBreaker {
    /// A breaker for losses above `limit`, a fraction (0.05 = 5 %).
    ///
    /// # Errors
    /// [`GuardError::Value`] outside (0, 1).
    pub fn new(limit: f64) -> Result<Self, GuardError> {
        if limit > 0.0 && limit < 1.0 {
            Ok(Self { limit, day: None })
        } else {
            Err(GuardError::Value { what: "daily loss limit", value: limit, rule: "in (0, 1)" })
        }
    }

    /// Takes an event; whether the breaker is tripped.
    ///
    /// # Errors
    /// [`GuardError`] for days out of order, a mark of a day not opened, or equity that is not finite (at the
    /// open: positive).
    pub fn update(&mut self, event: DailyEvent) -> Result<bool, GuardError> {
        match event {
            DailyEvent::Open { date, equity } => {
                later(self.day.map(|d| d.date), &date)?;
                finite(equity, equity > 0.0, "positive and finite at the open")?;
                self.day = Some(Day { date, open_equity: equity, tripped: false });
                Ok(false)
            }
            DailyEvent::Mark { date, equity } => {
                finite(equity, true, "finite")?;
                let limit = self.limit;
                let day = self.day.as_mut().filter(|d| d.date == date);
                let day = day.ok_or(GuardError::DayNotOpened(date))?;
                // Latched for the day: a recovery does not start trading again.
                day.tripped |= (day.open_equity - equity) / day.open_equity > limit;
                Ok(day.tripped)
            }
        }
    }

    /// What a check has to respect.
    pub fn standing(&self) -> Standing {
        let stopped = self.day.is_some_and(|d| d.tripped);
        Standing { additions_stopped: stopped, ..Standing::default() }
    }
}

fn finite(value: f64, ok: bool, rule: &'static str) -> Result<(), GuardError> {
    if value.is_finite() && ok { Ok(()) } else { Err(GuardError::Value { what: "equity", value, rule }) }
}
